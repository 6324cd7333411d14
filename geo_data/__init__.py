"""Everything stored: schema, migrations, queries, layouts of cells and the data that ships.

The only room that knows SQL, psycopg or geopandas; no rule may enter.
"""
