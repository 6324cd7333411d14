"""Cases as they were at an instant: what their histories up to then make of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from api import case_page, case_whole
from api.area_names import within
from api.problems import invalid_parameter
from geo_data import areas, cases, cases_before
from geo_data.ledger import columns_of
from grid.cases import why
from grid.cases.events import Joined, Left
from grid.cases.evolve import fold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from api.case_filters import CaseParameters
    from api.wiring import Wiring
    from geo_data.cases import CaseFilter, CaseRow, Position
    from geo_data.database import Connection
    from geo_data.rights import RowFilter
    from grid.cases.case import Case
    from grid.cases.events import Event
    from grid.principal import Principal


async def rows(
    conn: Connection,
    rights: RowFilter,
    asked: CaseParameters,
    wanted: CaseFilter,
    position: Position | None,
) -> tuple[datetime, list[CaseRow]]:
    """The instant, and one row of the list more than was asked for where there are more.

    An area is the one of that code in the layout of then; 403 where nothing of it is the caller's.
    """
    at = asked.as_of
    assert at is not None
    area = ""
    if asked.area is not None:
        area = (await within(conn, rights, asked.area, at)).path
    limit = asked.limit + 1
    found = await cases_before.page(
        conn, rights, wanted, area=area, at=at, order=asked.order, after=position, limit=limit
    )
    return at, found


async def then(
    conn: Connection,
    wired: Wiring,
    principal: Principal,
    rights: RowFilter,
    row: CaseRow,
    at: datetime,
) -> dict[str, Any]:
    """What `GET /v1/cases/{name}` would have answered then; nothing could be done any more.

    `row` is the case as it is. 400 where it was not filed yet.
    """
    _, events = await cases.history(conn, row.id)
    past = until(events, at)
    case = fold(past)
    was = _row(row, case, at)
    charge = case.charge
    paths = (case.place.path, charge.area, charge.handler.area, *(a.area for a in case.aside.asks))
    names = await areas.names(conn, case.place.layout, paths)
    reports = [one for one in await cases.reports(conn, row.id) if one.received_at <= at]
    under = await cases.numbers(conn, _children(past))
    handler = why.unit(charge.handler, wired.policy, areas.AreaNames(names))
    asked = case_whole.requests(case, principal, {}, at)
    return case_whole.whole(was, case, at, masked=rights.masked) | {
        "now": at.isoformat(),
        "as_of": at.isoformat(),
        "areas": case_page.areas(names),
        "handler_name": {"zh": handler[0], "en": handler[1]},
        "report_list": [case_page.report(told, masked=rights.masked) for told in reports],
        "children": [{"id": child, "number": number} for child, number in under],
        "requests": [one | {"yours": False} for one in asked],
        "commands": [],
    }


def until(events: Sequence[Event], at: datetime) -> list[Event]:
    """What had happened by then. 400 where the case was not filed yet."""
    past = [event for event in events if event.at <= at]
    if not past:
        begun = events[0].at.isoformat()
        raise invalid_parameter(
            "as_of",
            f"is too early: it was filed at {begun}",
            f"该案件于 {begun} 立案，此前没有记录",
        )
    return past


def _row(row: CaseRow, case: Case, at: datetime) -> CaseRow:
    """The row that a list would have had."""
    columns = columns_of(case)
    warn, due = columns["warn_at"], columns["due_at"]
    marks = {late.state.value for late in case.aside.lates}
    if case.aside.pause is not None:
        marks.add(case.aside.pause.kind.value)
    return replace(
        row,
        state=json.loads(columns["state"]),
        stage=columns["stage"],
        light=None if due is None else _light(case, warn, due, at),
        warn_at=warn,
        due_at=due,
        changed_at=columns["changed_at"],
        closed_at=columns["closed_at"],
        marks=sorted(marks),
    )


def _light(case: Case, warn: datetime, due: datetime, at: datetime) -> str:
    return "grey" if case.aside.pause is not None else case_page.light(warn, due, at)


def _children(past: Sequence[Event]) -> list[str]:
    """The cases that were under it."""
    found: dict[str, None] = {}
    for event in past:
        if isinstance(event.what, Joined):
            found[event.what.child] = None
        elif isinstance(event.what, Left):
            found.pop(event.what.child, None)
    return list(found)
