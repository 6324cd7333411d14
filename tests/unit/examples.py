"""Values that unit tests start from: a cell in 奎文, a report, principals, a filed case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from geo_data.policies import load_shipped
from grid.cases.case import Case
from grid.cases.commands import File
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.model import Place, Source
from grid.principal import RULES, Principal, Role
from grid.reports.report import Report

if TYPE_CHECKING:
    from grid.cases.events import Event
    from grid.policy.policy import Policy

CITY = "3707/"
DISTRICT = "3707/370705/"
STREET = "3707/370705/370705001/"
COMMUNITY = "3707/370705/370705001/370705001001/"
CELL = "3707/370705/370705001/370705001001/370705001001001/"
OTHER_CELL = "3707/370705/370705001/370705001001/370705001001002/"
OTHER_COMMUNITY_CELL = "3707/370705/370705001/370705001002/370705001002001/"

#: A Thursday morning within work hours in China (10:00), no holiday near.
THURSDAY = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)

WORKER = Principal("key:worker", Role.WORKER, CELL)
COLLEAGUE = Principal("key:colleague", Role.WORKER, CELL)
NEIGHBOUR = Principal("key:neighbour", Role.WORKER, OTHER_CELL)
CLERK = Principal("key:clerk", Role.STAFF, COMMUNITY)
OPERATOR = Principal("key:operator", Role.OPERATOR, DISTRICT)
ADMIN = Principal("key:admin", Role.ADMIN, CITY)
SOURCE = Principal("key:source", Role.SOURCE, CITY)
ANALYST = Principal("key:analyst", Role.ANALYST, CITY)

#: Exposed rubbish: small by its category. Burst water main: a department's. Gas: an emergency.
RUBBISH = "event.01.10"
GAS = "event.05.02"
MANHOLE = "component.01.01"


@cache
def policy() -> Policy:
    return load_shipped("default")


def place(path: str = CELL) -> Place:
    cell = path.split("/")[4] if path.count("/") == 5 else None
    return Place(path, cell, 1, 119.16, 36.7, 1.0, None, snapped=False)


def report(**changes: Any) -> Report:
    plain = Report(
        id="6f1c7c8e-3f0a-4c59-9b3e-7d5a4a8b1c11",
        category=RUBBISH,
        lon=119.16,
        lat=36.7,
        observed_at=THURSDAY,
        source=Source.WORKER,
        received_at=THURSDAY,
        sender="key:worker",
    )
    return replace(plain, **changes)


def filed(path: str = CELL, now: datetime | None = None, **changes: Any) -> Case:
    return file_events(path, now, **changes)[1][-1]


def file_events(
    path: str = CELL, now: datetime | None = None, **changes: Any
) -> tuple[list[Event], list[Case]]:
    made = report(**changes)
    known = Known(
        case_id="01a2008d-7400-7000-8000-000000000001", number="2026-0000001", place=place(path)
    )
    return apply(None, File(by=RULES, report=made), known, now or made.received_at, policy())
