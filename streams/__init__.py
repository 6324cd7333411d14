"""The Faust agent, the sequencer, the followers and the timekeeper: what moves by itself.

Knows offsets, partitions, cursors; no request and no rule may enter.
"""
