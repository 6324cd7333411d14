"""Facts of areas in the database; what an area has where only its parts are known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - dataclasses keep it inspectable
from typing import TYPE_CHECKING

from geo_data import ledger
from geo_data.areas import layout_in_force
from geo_data.loaded import Loaded
from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.area_facts.file import Fact
    from geo_data.database import Connection
    from geo_data.rights import RowFilter

_SQL = load("area_facts")


@dataclass(frozen=True, slots=True)
class Listed:
    """Of how many areas a source tells a measure of a day, and the sum of all of them."""

    source: str
    measure: str
    day: date
    areas: int
    sum: float
    loaded_at: datetime


async def codes(conn: Connection) -> frozenset[str]:
    """The codes of all areas in the layout in force. Raises NoLayout."""
    layout = await layout_in_force(conn)
    rows = await (await conn.execute(_SQL.codes, {"layout": layout})).fetchall()
    return frozenset(row[0] for row in rows)


async def save(conn: Connection, source: str, facts: Sequence[Fact]) -> Loaded:
    """What the source says from now on, in one transaction; the same again changes nothing."""
    async with conn.transaction():
        await conn.execute(_SQL.lock)
        now = await ledger.clock(conn)
        rows = await (await conn.execute(_SQL.latest, {"source": source})).fetchall()
        latest = {tuple(row[:3]): (row[3], row[4]) for row in rows}
        closing: list[int] = []
        coming: list[Fact] = []
        for fact in facts:
            held = latest.pop(fact.key, None)
            if held is not None and held[1] == fact.value:
                continue
            coming.append(fact)
            if held is not None:
                closing.append(held[0])
        changed, gone = len(closing), len(latest)
        closing += [number for number, _ in latest.values()]
        if closing:
            await conn.execute(_SQL.close, {"now": now, "ids": closing})
        if coming:
            async with conn.cursor() as cursor, cursor.copy(_SQL.copy) as copy:
                for fact in coming:
                    await copy.write_row((source, *fact.key, fact.value, now))
    return Loaded(len(coming) - changed, changed, gone, len(facts) - len(coming))


async def counts(conn: Connection) -> list[Listed]:
    """What there is, by source, measure and day."""
    return [Listed(*row) for row in await (await conn.execute(_SQL.counts)).fetchall()]


async def known(
    conn: Connection, layout: int, measure: str, rights: RowFilter, until: date
) -> dict[str, float]:
    """How many of something each area within the rights has, by its code, as known on that day.

    Of an area of which nobody tells, the sum of the areas right below it, where all of them are
    known; others are not in it. "" is all that the rights reach over.
    """
    low, high = rights.bounds
    asked = {
        "layout": layout, "measure": measure, "path_low": low, "path_high": high, "until": until,
    }  # fmt: skip
    rows = await (await conn.execute(_SQL.of_areas, asked)).fetchall()
    values: dict[str, float] = {path: value for path, value in rows if value is not None}
    below: dict[str, list[str]] = defaultdict(list)
    for path, _ in rows:
        below[path.rstrip("/").rpartition("/")[0] + "/"].append(path)
    for path in sorted((path for path, _ in rows), key=lambda path: -path.count("/")):
        parts = below[path]
        if path not in values and parts and all(part in values for part in parts):
            values[path] = sum(values[part] for part in parts)
    counted = {path.rstrip("/").rpartition("/")[2]: value for path, value in values.items()}
    top = min((path for path, _ in rows), key=len, default="")
    if top in values and top == (rights.area or top):
        counted[""] = values[top]
    return counted
