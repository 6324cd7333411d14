"""What a schema holds, as PostgreSQL's catalog tells it, and the first thing where two differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from geo_data.database import Connection

#: Each query gives pairs (what it is, its definition); `%(schema)s` is the schema's name.
#: A column's place in its table does not count: migrations can only add at the end.
_QUERIES = {
    "table": """
        SELECT c.relname,
               concat_ws(' ', c.relkind, c.relpersistence, pg_get_partkeydef(c.oid),
                         pg_get_expr(c.relpartbound, c.oid))
          FROM pg_class c
         WHERE c.relnamespace = %(schema)s::text::regnamespace
           AND c.relkind IN ('r', 'p', 'v', 'm')""",
    "column": """
        SELECT c.relname || '.' || a.attname,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                         CASE WHEN a.attnotnull THEN 'not null' END,
                         'default ' || pg_get_expr(d.adbin, d.adrelid),
                         'identity ' || nullif(a.attidentity::text, ''),
                         'generated ' || nullif(a.attgenerated::text, ''),
                         'collate ' || l.collname)
          FROM pg_attribute a
          JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
          LEFT JOIN pg_collation l ON l.oid = a.attcollation
         WHERE c.relnamespace = %(schema)s::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND a.attnum > 0 AND NOT a.attisdropped""",
    "view": """
        SELECT c.relname, concat(c.reloptions::text, pg_get_viewdef(c.oid))
          FROM pg_class c
         WHERE c.relnamespace = %(schema)s::text::regnamespace AND c.relkind IN ('v', 'm')""",
    "constraint": """
        SELECT c.relname || '.' || k.conname,
               pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE c.relnamespace = %(schema)s::text::regnamespace""",
    "index": """
        SELECT c.relname, pg_get_indexdef(c.oid)
          FROM pg_class c
         WHERE c.relnamespace = %(schema)s::text::regnamespace AND c.relkind IN ('i', 'I')""",
    "trigger": """
        SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = %(schema)s::text::regnamespace AND NOT t.tgisinternal""",
    "function": """
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid)
          FROM pg_proc p
         WHERE p.pronamespace = %(schema)s::text::regnamespace AND p.prokind IN ('f', 'p')""",
    "sequence": """
        SELECT c.relname,
               concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
                         s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
          FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
         WHERE c.relnamespace = %(schema)s::text::regnamespace""",
}

#: Tables whose rows belong to the schema as much as their columns do.
_ROWS = ("status_changes", "feed_head", "team_stamp")


async def catalog(conn: Connection, schema: str) -> dict[str, str]:
    """Everything in the schema: `kind name` → definition, without the schema's own name."""
    path = sql.SQL("SET search_path TO {}, public").format(sql.Identifier(schema))
    await conn.execute(path)
    found: dict[str, str] = {}
    for kind, query in _QUERIES.items():
        for name, definition in await (await conn.execute(query, {"schema": schema})).fetchall():
            found[f"{kind} {name}"] = definition.replace(f"{schema}.", "")
    for table in _ROWS:
        if f"table {table}" in found:
            rows = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
            held = [row[0] for row in await (await conn.execute(rows)).fetchall()]
            found[f"rows of {table}"] = "; ".join(held)
    return found


def first_difference(one: dict[str, str], other: dict[str, str]) -> str | None:
    """In words, what the first difference is; None where both are the same."""
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            return f"{name}: {one.get(name, 'missing')!r} against {other.get(name, 'missing')!r}"
    return None
