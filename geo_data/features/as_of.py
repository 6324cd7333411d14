"""A collection as it was at a past instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from geo_data.features.collections import Rows
from geo_data.features.reading import Part

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.features.collections import Collection


def conditions(collection: Collection, instant: datetime | None) -> tuple[Part, ...]:
    """What keeps the rows that were there by an instant; nothing where none is asked for.

    Areas need no condition: they are those of the layout that held then (`areas.layout_at`). Cases
    and reports are those that had come in; what holds for a time must have held then.
    """
    if instant is None or collection.level:
        return ()
    begin = sql.SQL("f.{} <= %(t_as_of)s").format(sql.Identifier(collection.begin))
    found = [Part(begin, {"t_as_of": instant})]
    if collection.end and collection.rows is Rows.EVERYBODY:
        end = sql.SQL("f.{0} IS NULL OR f.{0} > %(t_as_of)s").format(sql.Identifier(collection.end))
        found.append(Part(end, {}))
    return tuple(found)
