"""The application: routers, one way of saying no, one order of middleware."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI

from api import (
    areas,
    cases,
    commands,
    events,
    exports,
    health,
    indicators,
    layouts,
    ledger,
    notices,
    page,
    problems,
    reports,
    suggestions,
    teams,
    tiles,
    webhooks,
    work,
    workers,
)
from api.access import Caller, Nothing, once
from api.headless import Headless
from api.ogc import routes as ogc
from api.outermost import Outermost
from api.wiring import wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.config import ApiConfig

_TAGS = [
    {"name": "reports", "description": "What somebody saw: sent here, and what became of it."},
    {"name": "cases", "description": "Cases, their history, and why they are where they are."},
    {"name": "commands", "description": "What people do with cases."},
    {"name": "figures", "description": "What is counted: indicators, the weekly ledger, a month."},
    {"name": "events", "description": "The feed: what happens, in one order for everybody."},
    {"name": "webhooks", "description": "The feed, sent to partners' addresses."},
    {"name": "notices", "description": "What the caller is told: late, given, granted, closed."},
    {"name": "areas", "description": "City, districts, streets, communities, cells."},
    {
        "name": "layouts",
        "description": "Layouts of cells: which hold when, how good, what changed.",
    },
    {"name": "tiles", "description": "Vector tiles of areas, cases, reports, for maps."},
    {"name": "exports", "description": "Whole collections as files."},
    {"name": "operations", "description": "Health and metrics."},
]


def create_app(config: ApiConfig) -> FastAPI:
    """The application for these settings; it opens and closes everything with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with wire(config) as wiring:
            app.state.wiring = wiring
            yield

    app = FastAPI(
        title="wangge",
        version="1",
        description="Grid-based city governance. Times are RFC 3339, positions lon/lat WGS 84.",
        openapi_tags=_TAGS,
        openapi_url=None,  # behind a key, as everything is
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(once)],
        lifespan=lifespan,
    )
    problems.install(app)
    rooms = (  # each route is tried in this order: what is asked for most stands first
        reports,
        tiles,
        ogc,
        cases,
        suggestions,
        work,
        commands,
        events,
        notices,
        webhooks,
        areas,
        layouts,
        exports,
        teams,
        indicators,
        ledger,
        workers,
        health,
        page,
    )
    for room in rooms:
        app.include_router(room.router)

    @app.get("/openapi.json", include_in_schema=False)
    async def get_openapi(_caller: Caller, _: Nothing) -> dict[str, Any]:
        return app.openapi()

    app.add_middleware(Outermost)
    app.add_middleware(Headless)
    return app
