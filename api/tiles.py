"""Vector tiles for maps: `/tiles/{set}/{z}/{x}/{y}.mvt`, and what a set is (TileJSON)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from api import openapi, tile_json
from api.access import only
from api.area_names import layout_of
from api.entity_tags import form_of, matches
from api.ogc import asking, parameters
from api.problems import Problem, invalid_parameter, unavailable
from geo_data.features import tiles
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked
from geo_data.features.tile_sets import TILE_SETS, TileSet
from geo_data.features.web_mercator import ZOOMS, Tile
from geo_data.patience import TooSlow
from geo_data.rights import READERS, row_filter

if TYPE_CHECKING:
    from datetime import datetime

    from api.wiring import Wiring
    from geo_data.rights import RowFilter

router = APIRouter(tags=["tiles"])

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"

#: Seconds for which a browser need not ask again.
_AREAS_AGE_S = 60
_ROWS_AGE_S = 3

_NUMBER = re.compile(r"0|[1-9][0-9]{0,7}")
_let_in = only(*READERS)


def _parameter(place: str, name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    required = place == "path"
    return {
        "in": place, "name": name, "required": required, "description": words, "schema": schema,
    }  # fmt: skip


_SET = _parameter("path", "tiles", "the set of tiles", {"type": "string", "enum": [*TILE_SETS]})
#: What items take as well, but for a box: a tile is one.
WANTED = ("as_of", "datetime", *parameters.FILTER)
_QUERY = [parameters.TABLE[name] for name in WANTED]
_ADDRESS = [
    _parameter("path", name, words, {"type": "integer", "minimum": 0})
    for name, words in (("z", "zoom, 0 to 22"), ("x", "column"), ("y", "row from the north"))
]


# The path's parts are read by hand: a signature with them would cost each request a model.
@router.get(
    "/tiles/{tiles}/{z}/{x}/{y}.mvt",  # noqa: FAST003
    summary="A vector tile",
    response_class=Response,
    responses=openapi.problems(400, 401, 403, 404, 503)
    | {
        200: {
            "description": "The tile",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        204: {"description": "Nothing lies in it"},
        304: {"description": "Still the same"},
    },
    openapi_extra={"parameters": [_SET, *_ADDRESS, *_QUERY]},
)
async def get_tile(request: Request) -> Response:
    """Of what lies in it all, or what a filter, a time, values of columns ask for.

    Columns are the collection's: `status=open`; `/ogc/collections/{name}/queryables` has them.
    """
    # Nothing here goes through models: a map asks for dozens of tiles at once.
    wired: Wiring = request.app.state.wiring
    rights = row_filter(await _let_in(request))
    given = request.path_params
    asked_set = known_set(given["tiles"])
    tile = _tile(asked_set, given["z"], given["x"], given["y"])
    wanted = _wanted(asked_set, rights, request)
    layout = await layout_of(wired.reads, wanted.instant) if asked_set.lasting else 0
    asked = tiles.TileAsked(
        asked_set, tile, rights, layout,
        wanted.since, wanted.until, wanted.instant, wanted.equals, wanted.more,
    )  # fmt: skip
    try:
        drawn = await wired.tiles.get(asked)
    except TooSlow:
        raise unavailable("this tile in time", "此瓦片暂时无法及时生成") from None
    age = _AREAS_AGE_S if asked_set.lasting else _ROWS_AGE_S
    headers = {
        "Cache-Control": f"private, max-age={age}",
        "Vary": "Accept-Encoding, Authorization",
    }
    if not drawn.plain:
        return Response(status_code=204, headers=headers)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers["ETag"] = form_of(drawn.tag, packed=packed)
    if matches(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    body = await drawn.packed() if packed else drawn.plain
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


@router.get(
    "/tiles/{tiles}.json",  # noqa: FAST003
    summary="What a set of tiles holds, as TileJSON",
    responses=openapi.problems(400, 401, 403, 404, 503),
    openapi_extra={"parameters": [_SET, *_QUERY]},
)
async def get_tile_json(request: Request) -> dict[str, Any]:
    """TileJSON 3.0; what was asked for goes on into the address of the tiles."""
    wired: Wiring = request.app.state.wiring
    rights = row_filter(await _let_in(request))
    asked_set = known_set(request.path_params["tiles"])
    wanted = _wanted(asked_set, rights, request)
    box = await bounds_of(wired, asked_set, rights, wanted.instant)
    base = f"{str(request.base_url).rstrip('/')}/tiles/{quote(asked_set.name)}"
    query = urlencode(request.query_params.multi_items())
    template = f"{base}/{{z}}/{{x}}/{{y}}.mvt" + (f"?{query}" if query else "")
    return tile_json.document(asked_set, template, box)


def known_set(name: str) -> TileSet:
    """The set of that name; 404 where there is none."""
    found = TILE_SETS.get(name)
    if found is None:
        listed = ", ".join(TILE_SETS)
        detail = f"there are no tiles of {name[:40]}; there are: {listed}"
        raise Problem("not-found", detail, f"没有 {name[:40]} 的瓦片；可用：{listed}")
    return found


async def bounds_of(
    wired: Wiring, asked_set: TileSet, rights: RowFilter, at: datetime | None
) -> tiles.Bounds:
    """Where tiles can hold something: the whole city's areas, of rows those in the caller's."""
    layout = await layout_of(wired.reads, at)
    area = "" if asked_set.lasting else rights.area or ""
    async with wired.pool.connection() as conn:
        return await tiles.bounds(conn, layout, area)


def _tile(asked_set: TileSet, *given: str) -> Tile:
    """The address as numbers: 400 where it has none, 404 outside the grid or the set's zooms."""
    for name, text in zip("zxy", given, strict=True):
        if _NUMBER.fullmatch(text) is None:
            raise invalid_parameter(name, f"must be a whole number from 0 on, not {text[:40]}")
    tile = Tile(*map(int, given))
    if not tile.inside:
        shown = "/".join(given)
        raise Problem(
            "not-found",
            f"there is no tile {shown}: zooms are {ZOOMS[0]} to {ZOOMS[-1]},"
            " columns and rows 0 to 2^zoom - 1",
            f"没有瓦片 {shown}",
        )
    if not asked_set.minzoom <= tile.z <= asked_set.deepest:
        raise Problem(
            "not-found",
            f"{asked_set.name} has tiles from zoom {asked_set.minzoom} to {asked_set.deepest}",
            f"{asked_set.zh}瓦片的缩放级别为 {asked_set.minzoom} 至 {asked_set.deepest}",
        )
    return tile


def _wanted(asked_set: TileSet, rights: RowFilter, request: Request) -> Asked:
    """What of the collection: as `items` reads it, but without a box; of areas without a time."""
    collection = COLLECTIONS[asked_set.collection]
    given = dict(request.query_params)
    if not given:
        return Asked(collection, rights, 0)
    known = {*WANTED, *(column.name for column in collection.columns)}
    parameters.known_only(given, known - {"datetime"} if asked_set.lasting else known)
    return asking.asked(collection, rights, given)
