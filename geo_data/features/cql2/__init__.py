"""Filters in CQL2 (OGC 21-065r2), text and JSON, as conditions over a collection's columns.

`filters.translated` is the only door. What it does not know by name is refused; no word of a filter
becomes SQL, and nothing of it reaches the database but bound values.
"""
