"""A whole table of figures: counted in the database, named by the layout and the policy."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from geo_data import figures as stored
from geo_data.area_facts import store as area_facts
from geo_data.figure_queries import Asked, Found, tallies
from grid.figures.answers import Variant
from grid.figures.figures import BY_NAME
from grid.figures.score import AREA_FIGURES
from grid.figures.table import Name, Table, table
from grid.model import Level
from grid.policy.calendar import ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.database import Connection
    from grid.figures.figure import Figure
    from grid.policy.policy import Policy

#: Answers in one table: all figures of a city's communities, or a few of its cells.
MOST_ANSWERS = 60_000

#: What counts per head is what was known by the period's last day.
_INSTANT = timedelta(microseconds=1)

#: By what figures can be asked for.
BY = ("area", "department", "worker", "category")


class TooMuch(ValueError):
    """More answers than one table may have; `figures` is how many of so many lines it may."""

    def __init__(self, lines: int) -> None:
        self.figures = MOST_ANSWERS // lines
        super().__init__(f"{lines} lines: ask for at most {self.figures} figures at once")


async def indicators(
    conn: Connection,
    layout: int,
    figures: Sequence[Figure],
    asked: Asked,
    policy: Policy,
    *,
    variants: Sequence[Variant] = tuple(Variant),
) -> Table:
    """The table that is asked for. In a transaction of the caller's. Raises TooMuch."""
    await stored.plain_plans(conn)
    city = await stored.areas(conn, layout, Level.DISTRICT, asked.rights)
    asked = replace(asked, districts=tuple(area.code for area in city))
    needed = dict.fromkeys(figures)
    if asked.by == "area":
        needed |= dict.fromkeys(BY_NAME[name] for name, _ in AREA_FIGURES.values())
    if asked.by == "area":
        lines = len(await stored.areas(conn, layout, asked.level, asked.rights))
        if lines * len(figures) > MOST_ANSWERS:
            raise TooMuch(lines)
    found = await tallies(conn, needed, asked)
    until = (min(asked.period.ends, asked.period.now) - _INSTANT).astimezone(ZONE).date()
    bases = {
        measure: await area_facts.known(conn, layout, measure, asked.rights, until)
        for measure in sorted({figure.per for figure in figures} - {""})
    }
    names = await _names(conn, layout, asked, policy, found)
    # Tens of thousands of answers take their time: whoever else is served here goes on meanwhile.
    shown = await asyncio.to_thread(
        table,
        list(needed),
        found,
        names,
        by=asked.by,
        variants=variants,
        score=policy.score,
        bases=bases,
    )
    return Table(shown.by, tuple(figures), shown.variants, shown.lines, shown.rest, shown.total)


async def _names(
    conn: Connection, layout: int, asked: Asked, policy: Policy, found: Found
) -> list[Name]:
    """What lines there are: all areas and departments, the workers and categories that occur."""
    if asked.by == "area":
        rows = await stored.areas(conn, layout, asked.level, asked.rights)
        return [Name(row.code, row.name, "", row.group or _peers(asked.level)) for row in rows]
    if asked.by == "department":
        departments = policy.responsibilities.departments.items()
        only = asked.rights.department or asked.department
        return [
            Name(code, one.name_zh, one.name_en, "departments")
            for code, one in sorted(departments)
            if not only or code == only
        ]
    codes = sorted({code for groups in found.values() for code in groups} - {""})
    if asked.by == "worker":
        return [Name(code, code, code) for code in codes]
    return [_category(code, policy) for code in codes]


def _peers(level: Level) -> str:
    """Streets and districts are compared among themselves; cells and communities by their class."""
    return level.value if level in (Level.STREET, Level.DISTRICT) else ""


def _category(code: str, policy: Policy) -> Name:
    if code not in policy.categories:
        return Name(code, code, code)
    name = policy.categories.row(code).item_name
    return Name(code, name.zh, name.en)
