"""The door as an OpenAPI 3.0 document, from the tables of collections and parameters.

Nothing in it points outside itself. Every operation needs a key; docs/reference/http-api.md says
how a key is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.ogc import operations, parameters, tile_paths
from api.ogc.descriptions import title
from api.ogc.formats import GEOJSON, OPENAPI, SCHEMA
from geo_data.features.collections import COLLECTIONS

if TYPE_CHECKING:
    from api.ogc.formats import Base
    from geo_data.features.collections import Collection

_LINK = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
}
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_STRINGS = {"type": "array", "items": {"type": "string"}}
_COLLECTION = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "itemType": {"type": "string", "default": "feature"},
        "crs": _STRINGS,
        "storageCrs": {"type": "string", "format": "uri"},
        "extent": {"type": "object"},
        "links": _LINKS,
    },
}
_GEOMETRY = {
    "type": "object",
    "nullable": True,
    "required": ["type"],
    "properties": {
        "type": {
            "type": "string",
            "enum": [
                "Point",
                "MultiPoint",
                "LineString",
                "MultiLineString",
                "Polygon",
                "MultiPolygon",
                "GeometryCollection",
            ],
        },
        "coordinates": {"type": "array", "items": {}},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "zh"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "zh": {"type": "string"},
        "field": {"type": "string"},
    },
}
_LANDING = {
    "type": "object",
    "required": ["links"],
    "properties": {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "links": _LINKS,
    },
}
_CONFORMANCE = {
    "type": "object",
    "required": ["conformsTo"],
    "properties": {"conformsTo": _STRINGS, "links": _LINKS},
}
_COLLECTIONS = {
    "type": "object",
    "required": ["links", "collections"],
    "properties": {
        "links": _LINKS,
        "crs": _STRINGS,
        "collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
    },
}


def document(here: Base, name: str, words: str) -> dict[str, Any]:
    """The document for this address."""
    paths: dict[str, Any] = {
        "/": operations.get("landing", "Landing page", "Capabilities", _LANDING),
        "/conformance": operations.get(
            "conformance", "Conformance classes", "Capabilities", _CONFORMANCE
        ),
        "/api": operations.get("api", "This document", "Capabilities", {"type": "object"}, OPENAPI),
        "/collections": operations.get(
            "collections", "All collections", "Capabilities", _COLLECTIONS
        ),
    }
    schemas = {"link": _LINK, "problem": _PROBLEM, "collection": _COLLECTION, "geometry": _GEOMETRY}
    paths |= tile_paths.matrix_sets()
    for collection in COLLECTIONS.values():
        paths |= _paths(collection) | tile_paths.of(collection)
        schemas |= _schemas(collection)
    return {
        "openapi": "3.0.3",
        "info": {"title": name, "description": words, "version": "1"},
        "servers": [{"url": here.href}],
        "tags": [
            {"name": "Capabilities", "description": "What there is"},
            *({"name": one.name, "description": title(one)} for one in COLLECTIONS.values()),
        ],
        "paths": paths,
        "components": {
            "parameters": dict(parameters.TABLE),
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}],
    }


def _paths(collection: Collection) -> dict[str, Any]:
    path, name = f"/collections/{collection.name}", collection.name
    items = operations.get(
        f"{name}.items",
        f"{title(collection)}: features",
        name,
        {"$ref": f"#/components/schemas/{name}Page"},
        GEOJSON,
        (*operations.refs(parameters.ITEMS), *parameters.of_columns(collection)),
        (404,),
    )
    item = operations.get(
        f"{name}.item",
        f"{title(collection)}: one feature",
        name,
        {"$ref": f"#/components/schemas/{name}"},
        GEOJSON,
        (
            {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}},
            *operations.refs(parameters.ITEM),
        ),
        (404,),
    )
    return {
        path: operations.get(
            f"{name}.collection",
            f"{title(collection)}: the collection",
            name,
            {"$ref": "#/components/schemas/collection"},
        ),
        f"{path}/queryables": operations.get(
            f"{name}.queryables",
            f"{title(collection)}: what can be filtered by",
            name,
            {"type": "object"},
            SCHEMA,
        ),
        f"{path}/items": items,
        f"{path}/items/{{featureId}}": item,
    }


def _schemas(collection: Collection) -> dict[str, Any]:
    columns = {
        c.name: {**parameters.column_schema(c), "nullable": True} for c in collection.columns
    }
    feature = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"$ref": "#/components/schemas/geometry"},
            "properties": {"type": "object", "properties": columns},
            "links": _LINKS,
        },
    }
    page = {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberReturned": {"type": "integer", "minimum": 0},
            "numberMatched": {"type": "integer", "minimum": 0},
            "links": _LINKS,
            "features": {
                "type": "array",
                "items": {"$ref": f"#/components/schemas/{collection.name}"},
            },
        },
    }
    return {collection.name: feature, f"{collection.name}Page": page}
