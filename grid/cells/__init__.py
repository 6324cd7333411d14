"""Position → cell: which cell covers a point, how sure that is, and which is the next one.

The convention is the same here and in PostGIS: a cell holds a point that its polygon *covers*
(border included), and of several cells that hold it the one with the lowest code wins. How it is
found, step by step with pictures: docs/explanation/cell-index.md.
"""
