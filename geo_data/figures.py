"""What stands beside the figures: areas and their groups, weekly lists, a worker's deeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - dataclasses keep it inspectable
from typing import TYPE_CHECKING

from geo_data.queries import load
from grid.figures.score import Deed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.database import Connection
    from geo_data.rights import RowFilter
    from grid.model import Level

_SQL = load("figures")

#: The lists of a week.
LISTS = ("came_in", "due", "cleared")


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area with the group that it is compared within: `urban`, `rural` or none."""

    code: str
    name: str
    path: str
    group: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A case as a weekly list shows it."""

    case_id: str
    number: str
    status: str
    size: str
    category: str
    source: str
    path: str
    level: str
    kind: str
    area: str
    department: str
    received_at: datetime
    promise_due: datetime | None
    closed_at: datetime | None
    ended_at: datetime | None
    closed_late: bool


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a community said of a worker for a month, 0 to 100."""

    person: str
    month: str
    mark: float
    words: str
    by: str


async def plain_plans(conn: Connection) -> None:
    """For the running transaction: compiling a query of figures takes longer than running it."""
    await conn.execute(_SQL.no_jit)


async def areas(conn: Connection, layout: int, level: Level, rights: RowFilter) -> list[AreaRow]:
    """The areas of a level within the rights, by path."""
    low, high = rights.bounds
    given = {"layout": layout, "level": level.value, "path_low": low, "path_high": high}
    return [AreaRow(*row) for row in await (await conn.execute(_SQL.areas, given)).fetchall()]


async def week_list(
    conn: Connection,
    name: str,
    rights: RowFilter,
    begins: datetime,
    ends: datetime,
    *,
    department: str | None,
    limit: int,
) -> list[Listed]:
    """One of `LISTS`: what came in, is due or was cleared from `begins` until before `ends`."""
    low, high = rights.bounds
    given = {
        "path_low": low,
        "path_high": high,
        "begins": begins,
        "ends": ends,
        "department": department,
        "limit": limit,
    }
    query = _SQL.listed + "\n" + getattr(_SQL, name)
    rows = await (await conn.execute(query, given, prepare=False)).fetchall()
    return [Listed(*row) for row in rows]


async def deeds(
    conn: Connection, person: str, rights: RowFilter, begins: datetime, ends: datetime
) -> list[Deed]:
    """What a worker did in a period, on cases that the rights show."""
    low, high = rights.bounds
    given = {
        "person": person, "begins": begins, "ends": ends, "path_low": low, "path_high": high,
    }  # fmt: skip
    rows = []
    for query in (_SQL.settled_by, _SQL.reported_by, _SQL.verified_by, _SQL.reworked_by):
        rows += await (await conn.execute(query, given)).fetchall()
    ids = sorted({row[2] for row in rows})
    photos: dict[str, list[str]] = dict(
        await (await conn.execute(_SQL.photos, {"ids": ids})).fetchall()
    )
    return [
        Deed(part, at, number, category, lon, lat, frozenset(photos.get(case_id, ())), void)
        for part, at, case_id, number, category, lon, lat, void in rows
    ]


async def is_full_time(
    conn: Connection, person: str, begins: datetime, ends: datetime
) -> bool | None:
    """Whether the worker was full-time then; None where no team names the worker."""
    given = {"person": person, "begins": begins, "ends": ends}
    row = await (await conn.execute(_SQL.full_time, given)).fetchone()
    return None if row is None else bool(row[0])


async def works_in(conn: Connection, layout: int, person: str, rights: RowFilter) -> bool:
    """True for somebody of a team within the rights, or who did something there."""
    low, high = rights.bounds
    given = {"layout": layout, "person": person, "path_low": low, "path_high": high}
    row = await (await conn.execute(_SQL.works_in, given)).fetchone()
    assert row is not None
    return bool(row[0])


async def appraisals(conn: Connection, person: str, first: str, last: str) -> list[Appraisal]:
    """A worker's appraisals from month `first` until before month `last` (`2026-11`)."""
    given = {"person": person, "first": first, "last": last}
    rows = await (await conn.execute(_SQL.appraisals, given)).fetchall()
    return [Appraisal(person, *row) for row in rows]


async def load_appraisals(conn: Connection, given: Sequence[Appraisal]) -> None:
    """Store appraisals; what is there for a worker and month is replaced."""
    await conn.execute(
        _SQL.load_appraisals,
        {
            "persons": [one.person for one in given],
            "months": [one.month for one in given],
            "marks": [one.mark for one in given],
            "words": [one.words for one in given],
            "bys": [one.by for one in given],
        },
    )
