"""What a collection can be filtered by, as JSON Schema (OGC API Features, Part 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from api.access import Rights  # noqa: TC001 - read by the framework
from api.ogc import descriptions, pages
from api.ogc.formats import SCHEMA, Format, answer, base, both, wanted
from api.ogc.parameters import PAGE, column_schema, known_only

if TYPE_CHECKING:
    from api.ogc.formats import Base
    from geo_data.features.collections import Collection

router = APIRouter()


@router.get("/ogc/collections/{name}/queryables")
async def get_queryables(name: str, request: Request, _rights: Rights) -> Response:
    """The properties that a filter may name, with their types."""
    collection = descriptions.named(name)
    known_only(request.query_params, PAGE)
    form, here = wanted(request), base(request)
    document = schema(collection, here)
    if form is Format.JSON:
        return answer(document, SCHEMA)
    path = f"{here.collection(collection.name)}/queryables"
    links = both(here, path, request.query_params, form, SCHEMA)
    return pages.page("queryables.html", here, document | {"links": links}, collection=collection)


def schema(collection: Collection, here: Base) -> dict[str, Any]:
    """JSON Schema of one feature as a filter sees it."""
    properties: dict[str, Any] = {
        "id": {"title": "标识 id", "type": "string", "x-ogc-role": "id"},
        **{column.name: column_schema(column) for column in collection.columns},
        "geom": {
            "title": "位置 geometry",
            "format": f"geometry-{collection.geometry.lower()}",
            "x-ogc-role": "primary-geometry",
        },
    }
    ends = {"primary-interval-start": collection.begin, "primary-interval-end": collection.end}
    for role, column in ends.items() if collection.end else [("primary-instant", collection.begin)]:
        properties[column]["x-ogc-role"] = role
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here.to(f"{here.collection(collection.name)}/queryables"),
        "type": "object",
        "title": descriptions.title(collection),
        "properties": properties,
        "additionalProperties": False,
    }
