"""Tile sets of collections as OGC API Tiles describes them; the tiles themselves are at /tiles.

All are of the one tile matrix set WebMercatorQuad. Its registered URI names it; its definition is
given here as well, because programs fetch it and a city's network may not reach the registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from api.access import Rights, Wired  # noqa: TC001 - read by the framework
from api.ogc.crs import CRS84
from api.ogc.descriptions import named, title
from api.ogc.formats import JSON, answer, base, link
from api.ogc.parameters import PAGE, known_only
from api.problems import Problem, invalid_parameter
from api.tile_json import layers
from api.tiles import MEDIA_TYPE, bounds_of
from geo_data.features.tile_sets import TILE_SETS
from geo_data.features.web_mercator import ORIGIN_M, ZOOMS, tile_at

if TYPE_CHECKING:
    from api.ogc.formats import Base
    from geo_data.features.collections import Collection
    from geo_data.features.tile_sets import TileSet
    from geo_data.features.tiles import Bounds

router = APIRouter()

_PART_1 = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
CONFORMANCE = tuple(
    f"{_PART_1}/{one}" for one in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
)

QUAD = "WebMercatorQuad"
_QUAD_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}"
_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_TILE_PIXELS, _PIXEL_M = 256, 0.00028  # the standard's tile and its size of a pixel
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


@router.get("/ogc/tileMatrixSets")
async def get_matrix_sets(request: Request, _rights: Rights) -> Response:
    """The tile matrix sets: the one there is."""
    _json_only(request)
    here = base(request)
    one = {"id": QUAD, "title": QUAD, "uri": _QUAD_URI, "crs": _MERCATOR}
    links = [link(here.to(f"/tileMatrixSets/{QUAD}"), "self", JSON, QUAD)]
    return answer({"tileMatrixSets": [one | {"links": links}]})


@router.get("/ogc/tileMatrixSets/" + QUAD)
async def get_matrix_set(request: Request, _rights: Rights) -> Response:
    """WebMercatorQuad (OGC 17-083r4, Annex D.1), as deep as tiles are served."""
    _json_only(request)
    return answer(
        {
            "id": QUAD,
            "title": QUAD,
            "uri": _QUAD_URI,
            "crs": _MERCATOR,
            "orderedAxes": ["X", "Y"],
            "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
            "tileMatrices": [_matrix(z) for z in ZOOMS],
        }
    )


def _matrix(z: int) -> dict[str, Any]:
    cell_m = -2 * ORIGIN_M / _TILE_PIXELS / (1 << z)
    return {
        "id": str(z),
        "scaleDenominator": cell_m / _PIXEL_M,
        "cellSize": cell_m,
        "pointOfOrigin": [ORIGIN_M, -ORIGIN_M],
        "tileWidth": _TILE_PIXELS,
        "tileHeight": _TILE_PIXELS,
        "matrixWidth": 1 << z,
        "matrixHeight": 1 << z,
    }


def _json_only(request: Request) -> None:
    known_only(request.query_params, PAGE)
    if request.query_params.get("f", "json") != "json":
        raise invalid_parameter("f", "must be json: there is no page of this", "f 须为 json")


def _known(name: str, request: Request) -> tuple[Collection, TileSet]:
    collection = named(name)
    _json_only(request)
    tiles = TILE_SETS.get(collection.name)
    if tiles is None:
        raise Problem(
            "not-found",
            f"there are no tiles of {collection.name}",
            f"{collection.zh}没有矢量瓦片",
        )
    return collection, tiles


def _what(collection: Collection) -> dict[str, Any]:
    return {
        "title": title(collection),
        "dataType": "vector",
        "crs": _MERCATOR,
        "tileMatrixSetURI": _QUAD_URI,
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
    href = f"{_root(here)}/tiles/{quote(tiles.name)}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.mvt"
    return link(href, "item", MEDIA_TYPE, "矢量瓦片 / A vector tile") | {"templated": True}


def _root(here: Base) -> str:
    return here.href.removesuffix("/ogc")
