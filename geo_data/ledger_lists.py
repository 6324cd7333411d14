"""The weekly ledger (台账, 销号): lists of cases with the names that people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_data import areas
from geo_data import figures as stored
from grid.figures import sheet
from grid.model import Level, Size, Status
from grid.words import LEVELS, SIZES, STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.figures import Listed
    from geo_data.rights import RowFilter
    from grid.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Entry:
    """A case of a list, with its words: category, place, who works on it, status."""

    case: Listed
    category: str
    place: str
    handler: str
    status: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lists of a week by name (`geo_data.figures.LISTS`); `more` names those cut short."""

    begins: datetime
    ends: datetime
    lists: Mapping[str, tuple[Entry, ...]]
    more: tuple[str, ...]


async def ledger(
    conn: Connection,
    layout: int,
    rights: RowFilter,
    begins: datetime,
    ends: datetime,
    *,
    department: str | None,
    limit: int,
    policy: Policy,
) -> Ledger:
    """The lists of the week from `begins` until before `ends`, at most `limit` cases each."""
    found: dict[str, list[Listed]] = {}
    more = []
    for name in stored.LISTS:
        rows = await stored.week_list(
            conn, name, rights, begins, ends, department=department or None, limit=limit + 1
        )
        found[name] = rows[:limit]
        if len(rows) > limit:
            more.append(name)
    paths = {path for rows in found.values() for row in rows for path in (row.path, row.area)}
    names = areas.AreaNames(await areas.names(conn, layout, paths))
    lists = {
        name: tuple(_entry(row, names, policy) for row in rows) for name, rows in found.items()
    }
    return Ledger(begins, ends, lists, tuple(more))


def _entry(row: Listed, names: areas.AreaNames, policy: Policy) -> Entry:
    category = row.category
    if category in policy.categories:
        category = policy.categories.row(category).item_name.zh
    departments = policy.responsibilities.departments
    if row.kind == "department":
        known = departments.get(row.department)
        handler = known.name_zh if known else row.department
    else:
        handler = names.area(row.area)
    return Entry(row, category, names.area(row.path), handler, STATUSES[Status(row.status)][0])


_HEAD = (
    "台账 list", "编号 number", "收到 received", "类别 category", "位置 place", "大小 size",
    "负责层级 in charge", "承办单位 handler", "状态 status", "承诺办结 due", "结案 closed",
    "超期 overdue",
)  # fmt: skip
_LISTS = {"came_in": "新增", "due": "应办", "cleared": "销号"}


def ledger_sheet(made: Ledger) -> str:
    """The lists as one CSV, one row for each entry."""
    return sheet.text(_HEAD, (_cells(name, e) for name, rows in made.lists.items() for e in rows))


def _cells(name: str, entry: Entry) -> Sequence[Any]:
    case = entry.case
    return (
        _LISTS[name], case.number, case.received_at, entry.category, entry.place,
        SIZES[Size(case.size)][0], LEVELS[Level(case.level)][0], entry.handler, entry.status,
        case.promise_due, case.closed_at, "是" if case.closed_late else "",
    )  # fmt: skip
