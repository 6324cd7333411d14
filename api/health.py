"""For operations: does the process live, can it take work, and how old is what waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from api import metrics, openapi
from api.access import Caller, Nothing, Wired  # noqa: TC001 - FastAPI reads them
from geo_data import areas

if TYPE_CHECKING:
    from api.wiring import Wiring

router = APIRouter(tags=["operations"])

_WAIT_S = 2.0


@router.get("/health/live", summary="The process lives", responses=openapi.problems(400))
async def live(_: Nothing) -> dict[str, str]:
    """200 as long as it answers at all."""
    return {"status": "live"}


@router.get(
    "/health/ready",
    summary="The process can take work",
    responses=openapi.problems(400) | {503: {"description": "A part is away; `parts` says which"}},
)
async def ready(wired: Wired, _: Nothing) -> JSONResponse:
    """200 when database, Kafka, cells and feed are there; 503 with what is missing."""
    parts = {
        "database": "away",
        "cells": "unknown",
        "kafka": "up" if wired.producer.connected else "away",
        "feed": "up" if wired.feed.head is not None else "away",
    }
    try:
        async with asyncio.timeout(_WAIT_S):
            parts |= await _stored(wired)
    except Exception:  # noqa: BLE001, S110 - whatever it is, the database is away
        pass
    fit = all(state == "up" for state in parts.values())
    body: dict[str, Any] = {"status": "ready" if fit else "not ready", "parts": parts}
    return JSONResponse(body, 200 if fit else 503, None if fit else {"Retry-After": "3"})


async def _stored(wired: Wiring) -> dict[str, str]:
    async with wired.pool.connection() as conn:
        try:
            await areas.layout_in_force(conn)
        except areas.NoLayout:
            return {"database": "up", "cells": "none loaded"}
    return {"database": "up", "cells": "up"}


@router.get(
    "/metrics",
    summary="Ages of what waits, for Prometheus",
    response_class=PlainTextResponse,
    responses=openapi.problems(400, 401, 503),
)
async def get_metrics(_caller: Caller, wired: Wired, _: Nothing) -> PlainTextResponse:
    """Text format 0.0.4."""
    return PlainTextResponse(await metrics.text(wired), media_type=metrics.MEDIA_TYPE)
