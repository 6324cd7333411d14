"""Layouts of cells: which there are, how good they are, what changed from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from api import openapi
from api.access import Caller, Nothing, Parameters, Reader, Wired
from api.ogc.formats import HTML, JSON, Format, wanted
from api.packed import answer
from api.page import content_policy
from api.problems import Problem, invalid_parameter
from api.teams import NAMES
from geo_data import cases
from geo_data.layout import listing
from geo_data.rights import row_filter
from grid.principal import Role

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.layout.listing import Listed
    from grid.principal import Principal

router = APIRouter(tags=["layouts"])

_BIGGEST = 2**31 - 1
#: Who sees layouts that are not published, where the key is for the whole city.
_DRAFTS = frozenset({Role.ADMIN, Role.ANALYST})

Number = Annotated[int, Path(ge=1, le=_BIGGEST, description="the layout's number")]


class ListParameters(Parameters):
    """Which part of the list is wanted."""

    after: int | None = Field(None, ge=1, le=_BIGGEST, description="`next` of the page before")
    limit: int = Field(20, ge=1, le=100, description="at most so many")


class ChangesParameters(Parameters):
    """What the layout is compared with."""

    from_: int | None = Field(
        None,
        alias="from",
        ge=1,
        le=_BIGGEST,
        description="number of the other layout; by default the one before",
    )


class ReportParameters(Parameters):
    """The form of the report."""

    f: Format | None = Field(None, description="by default as the header Accept says")


@router.get(
    "/v1/layouts",
    summary="The layouts there are, the newest first",
    responses=openapi.problems(400, 401, 503),
)
async def get_layouts(
    caller: Caller, wired: Wired, asked: Annotated[ListParameters, Query()]
) -> dict[str, Any]:
    """Published ones for every key; drafts for administrators and analysts of the whole city."""
    async with wired.pool.connection() as conn:
        now = await cases.now(conn)
        found = await listing.page(
            conn,
            below=asked.after or _BIGGEST,
            drafts=_sees_drafts(caller),
            limit=asked.limit + 1,
        )
    more = len(found) > asked.limit
    found = found[: asked.limit]
    return {
        "now": now.isoformat(),
        "layouts": [_shown(one, now, caller) for one in found],
        "next": found[-1].number if more else None,
    }


@router.get(
    "/v1/layouts/{number}",
    summary="One layout",
    responses=openapi.problems(400, 401, 404, 503),
)
async def get_layout(number: Number, caller: Caller, wired: Wired, _: Nothing) -> dict[str, Any]:
    """When it holds, who published it, how many cells it has."""
    async with wired.pool.connection() as conn:
        now = await cases.now(conn)
        return _shown(await _known(conn, number, caller), now, caller)


@router.get(
    "/v1/layouts/{number}/report",
    summary="A layout against the six principles",
    response_class=Response,
    responses=openapi.problems(400, 401, 403, 404, 503)
    | {
        200: {"description": "The report", "content": {JSON: {}, HTML: {}}},
        304: {"description": "Still the same"},
    },
)
async def get_report(
    number: Number,
    request: Request,
    reader: Reader,
    wired: Wired,
    _: Annotated[ReportParameters, Query()],
) -> Response:
    """As `wangge layout report` writes it, JSON or a page; made anew after an hour.

    It tells the cases of every cell, so it is for keys that see the whole city.
    """
    form = wanted(request)
    async with wired.pool.connection() as conn:
        await _known(conn, number, reader)
        if not _whole_city(reader):
            raise Problem(
                "outside-area",
                "a report is on the whole city; this key sees only a part of it",
                "报告涉及全市，此密钥只能查看其中一部分",
            )
        before = await listing.before(conn, number)
    plain, page = await wired.layouts.report(number, before)
    vary = {"Vary": "Accept, Accept-Encoding, Authorization"}
    if form is Format.JSON:
        return answer(request, plain, JSON, vary)
    policy = content_policy(page.plain.decode())
    more = vary | {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return answer(request, page, HTML, more)


@router.get(
    "/v1/layouts/{number}/changes",
    summary="What changed from one layout to another",
    response_class=Response,
    responses=openapi.problems(400, 401, 403, 404, 503)
    | {
        200: {"description": "Figures of each level, and every change", "content": {JSON: {}}},
        304: {"description": "Still the same"},
    },
)
async def get_changes(
    number: Number,
    request: Request,
    reader: Reader,
    wired: Wired,
    asked: Annotated[ChangesParameters, Query()],
) -> Response:
    """As `wangge layout diff` tells it: split, merged, moved, renamed, new parent, gone, new."""
    async with wired.pool.connection() as conn:
        await _known(conn, number, reader)
        before = asked.from_
        if before is None:
            before = await listing.before(conn, number)
            if before is None:
                raise invalid_parameter("from", "is needed: nothing was before this layout")
        elif await listing.one(conn, before, drafts=_sees_drafts(reader)) is None:
            raise invalid_parameter(
                "from", f"names no layout: there is no {before}", f"没有网格划分方案 {before}"
            )
    return answer(request, await wired.layouts.changes(before, number), JSON)


async def _known(conn: Connection, number: int, caller: Principal) -> Listed:
    """The layout; 404 where there is none for this key."""
    found = await listing.one(conn, number, drafts=_sees_drafts(caller))
    if found is None:
        raise Problem(
            "not-found",
            f"there is no layout {number}, or not for this key",
            f"没有网格划分方案 {number}，或此密钥无权查看",
        )
    return found


def _sees_drafts(caller: Principal) -> bool:
    return caller.role in _DRAFTS and _whole_city(caller)


def _whole_city(caller: Principal) -> bool:
    """True where the key reads every case there is: its area is the city, and no department's."""
    rights = row_filter(caller)
    return rights.area is not None and rights.area.count("/") <= 1 and not rights.department


def _shown(one: Listed, now: datetime, caller: Principal) -> dict[str, Any]:
    href = f"/v1/layouts/{one.number}"
    return {
        "number": one.number,
        "name": one.name,
        "source": one.source,
        "state": one.state(now).replace(" ", "_"),
        "created_at": one.created_at.isoformat(),
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "published_at": one.published_at.isoformat() if one.published_at else None,
        "published_by": one.published_by or None if caller.role in NAMES else None,
        "cells": one.cells,
        "live_cases": one.live_cases if _whole_city(caller) else None,
        "again": one.again,
        "href": href,
        "report": f"{href}/report",
        "changes": f"{href}/changes",
    }
