"""Tile sets and their tiles in the OpenAPI document; ids as OGC API Tiles wants them (Table 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.ogc import operations, parameters
from api.ogc.descriptions import title
from api.ogc.matrix_sets import QUAD
from api.tiles import MEDIA_TYPE, WANTED
from geo_data.features.tile_sets import TILE_SETS

if TYPE_CHECKING:
    from geo_data.features.collections import Collection
    from geo_data.features.tile_sets import TileSet

_TAG = "Capabilities"
_OBJECT = {"type": "object"}


def matrix_sets() -> dict[str, Any]:
    """The paths of tile matrix sets."""
    listed, one = "Tile matrix sets", f"The tile matrix set {QUAD}"
    return {
        "/tileMatrixSets": operations.get(
            "getTileMatrixSetsList", listed, _TAG, _OBJECT, given=_form(), page=False
        ),
        f"/tileMatrixSets/{QUAD}": operations.get(
            "getTileMatrixSet", one, _TAG, _OBJECT, given=_form(), page=False
        ),
    }


def of(collection: Collection) -> dict[str, Any]:
    """The paths of a collection's tiles; none where it has none."""
    if collection.name not in TILE_SETS:
        return {}
    name, words = collection.name, title(collection)
    begun, path = f"{name}.collection.vector", f"/collections/{name}/tiles"
    tile = operations.get(
        f"{begun}.getTile",
        f"{words}: a vector tile",
        name,
        {"type": "string", "format": "binary"},
        MEDIA_TYPE,
        (
            *(_number(part) for part in ("tileMatrix", "tileRow", "tileCol")),
            *operations.refs(_wanted(TILE_SETS[name])),
            *parameters.of_columns(collection),
        ),
        (404,),
        page=False,
    )
    tile["get"]["responses"]["204"] = {"description": "Nothing lies in it"}
    return {
        path: operations.get(
            f"{begun}.getTileSetsList",
            f"{words}: sets of vector tiles",
            name,
            _OBJECT,
            given=_form(),
            page=False,
        ),
        f"{path}/{QUAD}": operations.get(
            f"{begun}.getTileSet",
            f"{words}: which vector tiles there are",
            name,
            _OBJECT,
            given=_form(),
            page=False,
        ),
        f"{path}/{QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
    }


def _wanted(tiles: TileSet) -> tuple[str, ...]:
    """What a tile takes as items do: areas have no time of their own."""
    return tuple(name for name in WANTED if not (tiles.lasting and name == "datetime"))


def _form() -> list[dict[str, Any]]:
    schema = {"type": "string", "enum": ["json"]}
    return [{"name": "f", "in": "query", "required": False, "schema": schema}]


def _number(name: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0}
    return {"name": name, "in": "path", "required": True, "schema": schema}
