"""All routes of this door. They describe themselves at /ogc/api, in OpenAPI 3.0."""

from __future__ import annotations

from fastapi import APIRouter

from api.ogc import collections, items, landing, matrix_sets, queryables, tilesets

router = APIRouter(include_in_schema=False)
for _room in (landing, collections, queryables, items, tilesets, matrix_sets):
    router.include_router(_room.router)
