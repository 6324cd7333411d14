"""Tile sets of collections as OGC API Tiles describes them, and their tiles at its address.

The tiles are those of /tiles. All are of the one tile matrix set WebMercatorQuad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from api import tiles as tiles_door
from api.access import Rights, Wired  # noqa: TC001 - read by the framework
from api.ogc.crs import CRS84
from api.ogc.descriptions import named, title
from api.ogc.formats import JSON, answer, base, link
from api.ogc.matrix_sets import MERCATOR, QUAD, QUAD_URI, json_only
from api.problems import Problem
from api.tile_json import layers
from api.tiles import MEDIA_TYPE, bounds_of
from geo_data.features.tile_sets import TILE_SETS
from geo_data.features.web_mercator import tile_at

if TYPE_CHECKING:
    from api.ogc.formats import Base
    from geo_data.features.collections import Collection
    from geo_data.features.tile_sets import TileSet
    from geo_data.features.tiles import Bounds

router = APIRouter()

_PART_1 = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
CONFORMANCE = tuple(
    f"{_PART_1}/{one}"
    for one in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")
)

_REL = "http://www.opengis.net/def/rel/ogc/1.0"

#: Kinds of TileJSON's fields in JSON Schema.
_KINDS = {"Number": "number", "Boolean": "boolean", "String": "string"}


@router.get("/ogc/collections/{name}/tiles")
async def get_tilesets(name: str, request: Request, _rights: Rights) -> Response:
    """The tile sets of a collection: the one there is."""
    collection, tiles = _known(name, request)
    here = base(request)
    path = f"{here.collection(collection.name)}/tiles"
    return answer(
        {
            "links": [link(here.to(path), "self", JSON, "本页 / This document")],
            "tilesets": [
                {
                    **_what(collection),
                    "links": [
                        _to_set(collection, here, "self"),
                        _scheme(here),
                        _template(tiles, here),
                    ],
                }
            ],
        }
    )


@router.get("/ogc/collections/{name}/tiles/" + QUAD)
async def get_tileset(name: str, request: Request, rights: Rights, wired: Wired) -> Response:
    """What the tiles of a collection hold, and which there are."""
    collection, tiles = _known(name, request)
    here = base(request)
    box = await bounds_of(wired, tiles, rights, None)
    west, south, east, north = box
    return answer(
        {
            **_what(collection),
            "description": "; ".join(layer["description"] for layer in layers(tiles)),
            "boundingBox": {
                "lowerLeft": [west, south],
                "upperRight": [east, north],
                "crs": CRS84.uri,
            },
            "tileMatrixSetLimits": _limits(tiles, box),
            "layers": [_layer(layer) for layer in layers(tiles)],
            "links": [
                _to_set(collection, here, "self"),
                _scheme(here),
                _template(tiles, here),
                link(
                    f"{_root(here)}/tiles/{quote(tiles.name)}.json",
                    "describedby",
                    JSON,
                    "TileJSON 3.0",
                ),
            ],
        }
    )


# Named as the tiles' own door reads them: it answers, this is only another address.
@router.get("/ogc/collections/{tiles}/tiles/" + QUAD + "/{z}/{y}/{x}")
async def get_tile(request: Request) -> Response:
    """A tile by matrix, row and column; rows and columns are counted from the north-west."""
    known_tiles(named(request.path_params["tiles"]))
    return await tiles_door.get_tile(request)


def _known(name: str, request: Request) -> tuple[Collection, TileSet]:
    collection = named(name)
    json_only(request)
    return collection, known_tiles(collection)


def known_tiles(collection: Collection) -> TileSet:
    """The tiles of a collection; 404 where it has none."""
    tiles = TILE_SETS.get(collection.name)
    if tiles is None:
        raise Problem(
            "not-found",
            f"there are no tiles of {collection.name}",
            f"{collection.zh}没有矢量瓦片",
        )
    return tiles


def _what(collection: Collection) -> dict[str, Any]:
    return {
        "title": title(collection),
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": QUAD_URI,
    }


def _limits(tiles: TileSet, box: Bounds) -> list[dict[str, Any]]:
    """Rows and columns between which something can lie, for each zoom."""
    west, south, east, north = box
    told = []
    for z in range(tiles.minzoom, tiles.maxzoom + 1):
        first, last = tile_at(west, north, z), tile_at(east, south, z)
        told.append(
            {
                "tileMatrix": str(z),
                "minTileRow": first.y,
                "maxTileRow": last.y,
                "minTileCol": first.x,
                "maxTileCol": last.x,
            }
        )
    return told


def _layer(layer: dict[str, Any]) -> dict[str, Any]:
    properties = {}
    for name, words in layer["fields"].items():
        kind, _, meaning = words.partition(": ")
        properties[name] = {"type": _KINDS[kind], "title": meaning}
    return {
        "id": layer["id"],
        "dataType": "vector",
        "minTileMatrix": str(layer["minzoom"]),
        "maxTileMatrix": str(layer["maxzoom"]),
        "propertiesSchema": {"type": "object", "properties": properties},
    }


def _to_set(collection: Collection, here: Base, rel: str) -> dict[str, str]:
    href = here.to(f"{here.collection(collection.name)}/tiles/{QUAD}")
    return link(href, rel, JSON, title(collection))


def _scheme(here: Base) -> dict[str, str]:
    return link(here.to(f"/tileMatrixSets/{QUAD}"), f"{_REL}/tiling-scheme", JSON, QUAD)


def _template(tiles: TileSet, here: Base) -> dict[str, Any]:
    path = here.collection(tiles.name)
    href = here.to(f"{path}/tiles/{QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}")
    return link(href, "item", MEDIA_TYPE, "矢量瓦片 / A vector tile") | {"templated": True}


def _root(here: Base) -> str:
    return here.href.removesuffix("/ogc")
