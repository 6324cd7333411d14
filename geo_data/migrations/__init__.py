"""Steps from an older schema to today's: `0001_words.sql` and on, each applied once, in order.

Expand first; contract one release later, so that two versions run side by side.
"""
