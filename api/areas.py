"""Areas: what they are called, where they lie, what is counted in them, and how to draw many."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api import openapi, tallies
from api.access import Caller, Nothing, Parameters, Wired
from api.area_names import known
from api.case_filters import Moment  # noqa: TC001 - pydantic reads annotations at run time
from api.packed import answer
from api.problems import invalid_parameter
from geo_data import areas, cases
from geo_data.rights import row_filter
from grid.model import Level

router = APIRouter(tags=["areas"])


class Detail(StrEnum):
    """How much of the border is wanted."""

    NONE = "none"
    OUTLINE = "outline"
    FULL = "full"


_AS_OF = Field(
    None, description="in the layout that held, or will hold, at this time; by default now"
)


class AreaParameters(Parameters):
    """What of an area is wanted."""

    as_of: Moment | None = _AS_OF
    geometry: Detail = Field(
        Detail.OUTLINE, description="none, an outline of some hundred points, or all points"
    )


class OutlineParameters(Parameters):
    """Which areas are to be drawn."""

    level: Literal["district", "street", "community", "grid"] = "grid"
    as_of: Moment | None = _AS_OF


@router.get(
    "/v1/me",
    summary="Whose key this is",
    responses=openapi.problems(400, 401, 503),
)
async def get_me(principal: Caller, wired: Wired, _: Nothing) -> dict[str, Any]:
    """The key's role and area, and the server's clock."""
    code = principal.area.rstrip("/").rpartition("/")[2]
    async with wired.pool.connection() as conn:
        _layout, area = await known(conn, code)
        now = await cases.now(conn)
    return {
        "id": principal.id,
        "role": principal.role.value,
        "name": principal.name,
        "department": principal.department or None,
        "area": {
            "code": area.code,
            "name": area.name,
            "level": area.level.value,
            "path": area.path,
        },
        "now": now.isoformat(),
    }


@router.get(
    "/v1/categories",
    summary="What a report can be about",
    responses=openapi.problems(400, 401, 503),
)
async def get_categories(_caller: Caller, wired: Wired, _: Nothing) -> dict[str, Any]:
    """The categories of the policy in force, with their names and the rows of their conditions."""
    table = wired.policy.categories
    told = {}
    for code in table.codes:
        rows = table.conditions(code)
        item, group = rows[0].item_name, rows[0].class_name
        told[code] = {
            "zh": item.zh,
            "en": item.en,
            "class": {"zh": group.zh, "en": group.en},
            "conditions": {
                row.condition: {"zh": row.condition_text.zh, "en": row.condition_text.en}
                for row in rows
            },
        }
    return {"policy": wired.policy.version, "categories": told}


@router.get(
    "/v1/areas/{code}",
    summary="An area and what is counted in it",
    responses=openapi.problems(400, 401, 404, 503),
)
async def get_area(
    code: str, principal: Caller, wired: Wired, asked: Annotated[AreaParameters, Query()]
) -> dict[str, Any]:
    """Names and borders are for every key; counts are null outside the key's area.

    With `as_of` they are those of that time, of the cases that the key sees today: `today` of its
    day until then, of the counters what was live. `lag` is null: nothing lags behind then.
    """
    rights = row_filter(principal)
    async with wired.pool.connection() as conn:
        layout, area = await known(conn, code, asked.as_of)
        above = await areas.names(conn, layout, [area.path])
        geometry = None
        if asked.geometry is not Detail.NONE:
            full = asked.geometry is Detail.FULL
            geometry = json.loads(await areas.geometry(conn, layout, area, full=full))
        today = counters = lag = None
        if rights.within(area.path) and asked.as_of is not None:
            today = await tallies.today_at(conn, area.path, rights, asked.as_of)
            counters = await areas.live_at(conn, area.path, rights, asked.as_of)
        elif rights.within(area.path):
            today = await wired.tallies.today(conn, area.path)
            counters = await areas.counters(conn, area.path)
            lag = await wired.tallies.lag(conn)
    return {
        "code": area.code,
        "level": area.level.value,
        "name": area.name,
        "path": area.path,
        "synthetic": area.synthetic,
        "area_m2": area.area_m2,
        "center": [area.lon, area.lat],
        "children": area.children,
        "layout": layout,
        "parents": [
            {"code": a.code, "name": a.name, "level": a.level.value}
            for a in above
            if a.code != area.code
        ],
        "geometry": geometry,
        "today": today,
        "counters": counters,
        "lag": lag,
    }


@router.get(
    "/v1/areas/{code}/outlines",
    summary="All areas of one level below an area, to be drawn",
    responses=openapi.problems(400, 401, 404, 503) | {304: {"description": "Still the same"}},
)
async def get_outlines(
    code: str,
    request: Request,
    _caller: Caller,
    wired: Wired,
    asked: Annotated[OutlineParameters, Query()],
) -> Response:
    """Rings as differences of whole numbers; docs/reference/http-api.md has the format."""
    level = Level(asked.level)
    async with wired.pool.connection() as conn:
        layout, area = await known(conn, code, asked.as_of)
    if level.rank > area.level.rank:
        raise invalid_parameter("level", f"must not be above the area's own, {area.level}")
    drawing = await wired.outlines.get(layout, area, level)
    return answer(request, drawing, "application/json")
