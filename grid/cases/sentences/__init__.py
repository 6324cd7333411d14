"""What each event says in words, and the reasons below it, Chinese and English.

`table.said` is the way in. The sentences stand by theme, each module with its part of the table.
"""
