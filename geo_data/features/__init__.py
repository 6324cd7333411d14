"""What analysts read: collections of features, their columns, who sees which rows how exactly.

One table (`collections`) says what there is, one function (`reading.rows`) turns what is asked into
SQL. Items, tiles, exports and filters all go through it, so a row or a position that one of them
keeps back is kept back by all.
"""
