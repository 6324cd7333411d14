"""Figures: tables by area, department, worker or category, and the cases behind each."""

from __future__ import annotations

import asyncio
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api import indicator_page, openapi
from api.access import Parameters, Reader, Wired
from api.area_names import known, layout_in_force
from api.periods import DayOrMoment, period_of
from api.problems import Problem, invalid_parameter
from geo_data import cases
from geo_data import figures as stored
from geo_data.figure_queries import Asked, behind
from geo_data.indicators import TooMuch, indicators
from geo_data.rights import row_filter
from grid.figures import sheet
from grid.figures.answers import Variant
from grid.figures.counting import EXEMPTED, RAW
from grid.figures.figures import BY_NAME, FIGURES
from grid.model import PATH_ORDER, Level, level_of
from grid.principal import Role

if TYPE_CHECKING:
    from geo_data.database import Connection
    from geo_data.rights import RowFilter
    from grid.figures.figure import Figure
    from grid.principal import Principal

router = APIRouter(tags=["figures"])

#: Roles that see figures of single workers; a worker sees its own.
BY_WORKER = frozenset({Role.WORKER, Role.STAFF, Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})
CSV = "text/csv; charset=utf-8"
_MOST = 1000


class IndicatorParameters(Parameters):
    """What `GET /v1/indicators` can be asked."""

    by: Literal["area", "department", "worker", "category"] = "area"
    area: str | None = Field(None, max_length=20, description="code of an area; else the key's own")
    level: Level | None = Field(
        None, description="by=area: of which level; else the next one below"
    )
    begins: Annotated[datetime | None, DayOrMoment] = Field(
        None, alias="from", description="a day or a moment; by default this month"
    )
    ends: Annotated[datetime | None, DayOrMoment] = Field(
        None, alias="to", description="not included"
    )
    variant: Variant | None = Field(None, description="both where it is left out")
    department: str | None = Field(None, max_length=40, description="only of this department")
    category: str | None = Field(None, max_length=40, description="only of it: `event.01`")
    worker: str | None = Field(None, max_length=200, description="by=worker: only this one")


class TableParameters(IndicatorParameters):
    """And in which shape."""

    figures: str | None = Field(None, max_length=2000, description="`closed,rework`; else all")
    format: Literal["json", "csv"] = "json"


class BehindParameters(IndicatorParameters):
    """The cases behind one figure."""

    hits: bool = Field(False, description="only what counts in the numerator")
    limit: int = Field(100, ge=1, le=_MOST)
    offset: int = Field(0, ge=0, le=10_000_000)


@router.get(
    "/v1/indicators",
    summary="Figures by area, department, worker or category",
    responses=openapi.problems(400, 401, 403, 404, 503),
    response_model=None,
)
async def get_indicators(
    principal: Reader, wired: Wired, asked: Annotated[TableParameters, Query()]
) -> Response:
    """Numerator, denominator, what was left out and why, an interval of chance; raw and exempted.

    What is above the level asked for, or belongs to none, is in `rest`; `total` is everything.
    """
    figures = _figures(asked.figures)
    variants = [asked.variant] if asked.variant else list(Variant)
    async with wired.pool.connection() as conn:
        layout = await layout_in_force(conn)
        question = await _question(conn, principal, asked)
        try:
            table = await indicators(
                conn, layout, figures, question, wired.policy, variants=variants
            )
        except TooMuch as error:
            raise invalid_parameter("figures", f"are too many: {error}") from None
    if asked.format == "csv":
        text = await asyncio.to_thread(sheet.of_table, table, question.period)
        return Response(text.encode(), media_type=CSV)
    page = await asyncio.to_thread(indicator_page.text, table, question, _echo(asked))
    return Response(page.encode(), media_type="application/json")


@router.get(
    "/v1/indicators/{figure}/cases",
    summary="The cases behind a figure",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_cases_behind(
    figure: str, principal: Reader, wired: Wired, asked: Annotated[BehindParameters, Query()]
) -> dict[str, Any]:
    """Case numbers, those that were left out too, with the reason; by number."""
    found = BY_NAME.get(figure)
    if found is None:
        raise Problem("not-found", f"there is no figure {figure[:40]}", "没有这个指标")
    hits = None
    if asked.hits:
        hits = EXEMPTED if asked.variant is Variant.EXEMPTED else RAW
    async with wired.pool.connection() as conn:
        question = await _question(conn, principal, asked)
        await stored.plain_plans(conn)
        rows = await behind(
            conn, found, question, hits=hits, offset=asked.offset, limit=asked.limit + 1
        )
    more = len(rows) > asked.limit
    return {
        "figure": indicator_page.described(found),
        **indicator_page.period(question.period),
        "cases": [indicator_page.case(row, found, question.by) for row in rows[: asked.limit]],
        "next": asked.offset + asked.limit if more else None,
    }


def _figures(given: str | None) -> list[Figure]:
    if given is None:
        return list(FIGURES)
    names = list(dict.fromkeys(given.split(",")))
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise invalid_parameter(
            "figures", f"names no figure: {unknown[0][:40]}; there are {', '.join(BY_NAME)}"
        )
    return [BY_NAME[name] for name in names]


async def _question(conn: Connection, principal: Principal, asked: IndicatorParameters) -> Asked:
    part = await narrowed_by(conn, principal, asked.area, asked.department)
    person = asked.worker
    if person is not None and asked.by != "worker":
        raise invalid_parameter("worker", "goes with by=worker")
    if asked.level is not None and asked.by != "area":
        raise invalid_parameter("level", "goes with by=area")
    if asked.by == "worker":
        person = own_person(principal, person)
    assert part.area is not None
    level = asked.level or _below(level_of(part.area))
    return Asked(
        rights=part,
        period=period_of(asked.begins, asked.ends, await cases.now(conn)),
        by=asked.by,
        level=level,
        department=_plain("department", asked.department),
        person=_plain("worker", person),
        category=_plain("category", asked.category),
    )


async def narrowed_by(
    conn: Connection, principal: Principal, area: str | None, department: str | None
) -> RowFilter:
    """The caller's rights over an area; 403 for other areas, or another department than its own."""
    rights = row_filter(principal)
    if rights.department and department not in (None, rights.department):
        raise Problem("outside-area", "this key is another department's", "密钥属于其他部门")
    if area is None:
        return rights
    _, found = await known(conn, area)
    part = rights.narrowed(found.path)
    if part is None or part.area != found.path:
        raise Problem(
            "outside-area",
            f"{found.name} ({found.code}) lies outside the area of this key",
            f"{found.name}（{found.code}）不在此密钥的辖区内",
        )
    return part


def own_person(principal: Principal, person: str | None) -> str | None:
    """Whose figures the caller may see, of those asked for; None is everybody's in its area."""
    if principal.role not in BY_WORKER or principal.department:
        raise Problem(
            "wrong-role",
            "figures of single workers are for them and for who leads them",
            "工作人员个人指标仅本人及其上级可见",
        )
    if principal.role is not Role.WORKER:
        return person
    if person not in (None, principal.id):
        raise Problem("outside-area", "a worker sees its own figures", "只能查看本人指标")
    return principal.id


def _below(level: Level) -> Level:
    place = PATH_ORDER.index(level)
    return PATH_ORDER[min(place + 1, len(PATH_ORDER) - 1)]


def _plain(name: str, given: str | None) -> str | None:
    if given is not None and not given.isprintable():
        raise invalid_parameter(name, "holds a character that cannot be")
    return given


def _echo(asked: IndicatorParameters) -> dict[str, str]:
    """The parameters that the cases behind are asked with as well."""
    given = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: str(value) for name, value in given.items() if name not in {"figures", "format"}}
