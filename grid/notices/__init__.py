"""What is told to whom: recipients of notices, their words, and the seal of what leaves the house.

Sending is not here: who is to hear of an event is decided by tables, with no machine running.
"""
