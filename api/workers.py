"""A worker's month or year: what was done, what counts for points, what was said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from api import indicator_page, openapi
from api.access import Parameters, Reader, Wired
from api.area_names import layout_in_force
from api.indicators import own_person
from api.periods import named
from api.problems import Problem, invalid_parameter
from geo_data import cases
from geo_data import figures as stored
from geo_data.rights import row_filter
from grid.figures import periods
from grid.figures.score import WITHHELD, credit, worker_points

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.figures import Appraisal
    from grid.figures.score import Credit, Deed

router = APIRouter(tags=["figures"])


class MonthParameters(Parameters):
    """One month or one year."""

    month: str | None = Field(None, max_length=10, description="`2026-11`; by default this one")
    year: str | None = Field(None, max_length=10, description="`2026`, instead of a month")


@router.get(
    "/v1/workers/{person}/month",
    summary="A worker's month, or year",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_month(
    person: str, principal: Reader, wired: Wired, asked: Annotated[MonthParameters, Query()]
) -> dict[str, Any]:
    """For the worker, its community and above: deeds, points with the sum's parts, what earns not.

    The community's appraisal stands beside and is no part of the points.
    """
    own_person(principal, person)
    if not person.isprintable():
        raise Problem("not-found", "there is no such worker", "没有这个工作人员")
    rights = row_filter(principal)
    async with wired.pool.connection() as conn:
        now = await cases.now(conn)
        name, begins, ends = _span(asked, now)
        layout = await layout_in_force(conn)
        if person != principal.id and not await stored.works_in(conn, layout, person, rights):
            raise Problem(
                "not-found",
                f"nobody called {person[:40]} works in the area of this key",
                "辖区内没有这个工作人员",
            )
        full_time = await stored.is_full_time(conn, person, begins, ends)
        deeds = await stored.deeds(conn, person, rights, begins, ends)
        first, last = periods.this_month(begins), periods.this_month(ends)
        said = await stored.appraisals(conn, person, first, last)
    score = wired.policy.score
    credited = credit(deeds, score)
    points = worker_points(score, credited, len(deeds), full_time=full_time is not False)
    return {
        "person": person,
        "period": name,
        "from": begins.isoformat(),
        "to": ends.isoformat(),
        "now": now.isoformat(),
        "full_time": full_time,
        "points": indicator_page.score(points),
        "deeds": _deeds(credited),
        "withheld": [_deed(deed) | {"reason": why} for deed, why in credited.withheld],
        "reasons": {name: {"zh": zh, "en": en} for name, (zh, en) in WITHHELD.items()},
        "appraisals": [_appraisal(one) for one in said],
    }


def _span(asked: MonthParameters, now: datetime) -> tuple[str, datetime, datetime]:
    if asked.year is not None:
        if asked.month is not None:
            raise invalid_parameter("year", "goes without month")
        return asked.year, *named("year", asked.year, periods.year)
    month = asked.month or periods.this_month(now)
    return month, *named("month", month, periods.month)


def _deeds(credited: Credit) -> dict[str, list[dict[str, Any]]]:
    return {part: [_deed(deed) for deed in done] for part, done in credited.earned.items()}


def _deed(deed: Deed) -> dict[str, Any]:
    return {
        "part": deed.part,
        "number": deed.number,
        "at": deed.at.isoformat(),
        "category": deed.category,
    }


def _appraisal(one: Appraisal) -> dict[str, Any]:
    return {"month": one.month, "mark": one.mark, "words": one.words or None, "by": one.by}
