"""Whole collections as files, written while they are read: memory does not grow with the rows.

`stream.chunks` reads a snapshot batch by batch as columns (`columns`) and hands each batch to the
writer of a format (`formats`). Whole columns are turned into text or bytes at once, no row is
touched by itself.
"""
