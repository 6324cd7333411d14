"""The tile matrix set of all tiles, WebMercatorQuad.

Its registered URI names it; its definition is given here as well, because programs fetch it and a
city's network may not reach the registry.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import Rights  # noqa: TC001 - read by the framework
from api.ogc.formats import JSON, answer, base, link
from api.ogc.parameters import PAGE, known_only
from api.problems import invalid_parameter
from geo_data.features.web_mercator import ORIGIN_M, ZOOMS

router = APIRouter()

QUAD = "WebMercatorQuad"
QUAD_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_TILE_PIXELS, _PIXEL_M = 256, 0.00028  # the standard's tile and its size of a pixel


@router.get("/ogc/tileMatrixSets")
async def get_matrix_sets(request: Request, _rights: Rights) -> Response:
    """The tile matrix sets: the one there is."""
    json_only(request)
    here = base(request)
    one = {"id": QUAD, "title": QUAD, "uri": QUAD_URI, "crs": MERCATOR}
    links = [link(here.to(f"/tileMatrixSets/{QUAD}"), "self", JSON, QUAD)]
    return answer({"tileMatrixSets": [one | {"links": links}]})


@router.get("/ogc/tileMatrixSets/" + QUAD)
async def get_matrix_set(request: Request, _rights: Rights) -> Response:
    """WebMercatorQuad (OGC 17-083r4, Annex D.1), as deep as tiles are served.

    `identifier`, `supportedCRS` and `topLeftCorner` are what the standard's first edition
    (17-083r2) called `id`, `crs` and `pointOfOrigin`: GDAL before 3.7 knows these names only.
    """
    json_only(request)
    return answer(
        {
            "id": QUAD,
            "identifier": QUAD,
            "title": QUAD,
            "uri": QUAD_URI,
            "crs": MERCATOR,
            "supportedCRS": MERCATOR,
            "orderedAxes": ["X", "Y"],
            "boundingBox": {
                "lowerLeft": [ORIGIN_M, ORIGIN_M],
                "upperRight": [-ORIGIN_M, -ORIGIN_M],
                "crs": MERCATOR,
            },
            "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
            "tileMatrices": [_matrix(z) for z in ZOOMS],
        }
    )


def _matrix(z: int) -> dict[str, Any]:
    cell_m = -2 * ORIGIN_M / _TILE_PIXELS / (1 << z)
    return {
        "id": str(z),
        "identifier": str(z),
        "scaleDenominator": cell_m / _PIXEL_M,
        "cellSize": cell_m,
        "pointOfOrigin": [ORIGIN_M, -ORIGIN_M],
        "topLeftCorner": [ORIGIN_M, -ORIGIN_M],
        "tileWidth": _TILE_PIXELS,
        "tileHeight": _TILE_PIXELS,
        "matrixWidth": 1 << z,
        "matrixHeight": 1 << z,
    }


def json_only(request: Request) -> None:
    """400 for any parameter but `f=json`."""
    known_only(request.query_params, PAGE)
    if request.query_params.get("f", "json") != "json":
        raise invalid_parameter("f", "must be json: there is no page of this", "f 须为 json")
