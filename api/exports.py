"""Whole collections as files, for who sees them: `/export/{collection}.{format}`."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api import openapi
from api.access import Reader, Wired  # noqa: TC001 - read by the framework
from api.area_names import layout_at
from api.download import Download
from api.ogc import asking, descriptions, parameters
from api.problems import Problem, invalid_parameter
from geo_data.exports.formats import MEDIA_TYPES, PACKABLE, Format, Shape
from geo_data.exports.stream import MOST_S, TooLong, chunks, note
from geo_data.rights import row_filter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from api.wiring import Wiring
    from geo_data.features.reading import Asked

router = APIRouter(tags=["exports"])

_CHINA = timezone(timedelta(hours=8))
_TAKEN = ("bbox", "bbox-crs", "datetime", "as_of", "filter", "filter-lang", "filter-crs")
_DIALECT = {
    "name": "dialect",
    "in": "query",
    "required": False,
    "description": "CSV only. `excel`: opens right in spreadsheets; `plain`: every value as it is.",
    "schema": {"type": "string", "enum": ["excel", "plain"], "default": "excel"},
}
_SUBJECT = 500  # characters of the audit log's subject


def _documented() -> dict[str, Any]:
    named = [parameters.TABLE[name] for name in _TAKEN]
    return {"parameters": [*named, _DIALECT]}


@router.get(
    "/export/{name}.{form}",
    summary="A whole collection as a file",
    responses=openapi.problems(400, 401, 403, 404, 503)
    | {
        200: {
            "description": "The file. One that ends without its transfer's end is not whole.",
            "content": {media: {} for media in MEDIA_TYPES.values()},
        }
    },
    response_class=Response,
    openapi_extra=_documented(),
)
async def get_export(
    name: str, form: str, request: Request, principal: Reader, wired: Wired
) -> Download:
    """GeoParquet, GeoPackage, CSV or GeoJSON of what the caller sees, as it is at one moment.

    Filters are those of `/ogc/collections/{name}/items`: a box, a time, values of columns, CQL2.
    """
    collection = descriptions.named(name)
    if form not in list(Format):
        raise Problem(
            "not-found",
            f"there is no format {form[:20]}; there are {', '.join(Format)}",
            f"没有 {form[:20]} 格式，可用：{', '.join(Format)}",
        )
    format_ = Format(form)
    given = dict(request.query_params)
    packed = format_ in PACKABLE and "gzip" in request.headers.get("accept-encoding", "")
    shape = Shape(
        format_,
        spreadsheet=_spreadsheet(format_, given),
        packed=packed,
        folder=wired.config.scratch,
    )
    subject = f"{collection.name}.{form}?{urlencode(given)}"[:_SUBJECT]
    known = {*_TAKEN, "dialect", *(column.name for column in collection.columns)}
    parameters.known_only(given, known)
    asked, at = asking.asked(collection, row_filter(principal), given), asking.instant(given)
    pieces = _pieces(wired, asked, shape, at=at, noted=(principal.id, subject))
    headers = {"Content-Encoding": "gzip"} if packed else {}
    if format_ in PACKABLE:
        headers["Vary"] = "Accept-Encoding"
    return Download(
        pieces,
        name=f"{collection.name}_{datetime.now(_CHINA):%Y%m%d_%H%M}.{form}",
        media_type=MEDIA_TYPES[format_],
        headers=headers,
    )


async def _pieces(
    wired: Wiring, asked: Asked, shape: Shape, *, at: datetime | None, noted: tuple[str, str]
) -> AsyncGenerator[bytes]:
    """The file's bytes; holds a turn and a connection from the first one to the end."""
    with wired.exports.take(noted[0]):
        async with wired.pool.connection() as conn:
            async with conn.transaction():
                layout = await layout_at(conn, at)
                await note(conn, *noted)
            try:
                async with aclosing(chunks(conn, replace(asked, layout=layout), shape)) as pieces:
                    async for piece in pieces:
                        yield piece
            except TooLong:
                raise Problem(
                    "unavailable",
                    f"this takes longer than {MOST_S / 60:.0f} minutes; ask for less",
                    "导出用时过长，请缩小范围",
                ) from None


def _spreadsheet(form: Format, given: Mapping[str, str]) -> bool:
    """`dialect`, for CSV only."""
    dialect = given.get("dialect", "excel")
    if "dialect" in given and form is not Format.CSV:
        raise invalid_parameter("dialect", "is for CSV only", "dialect 仅用于 CSV")
    if dialect not in ("excel", "plain"):
        raise invalid_parameter("dialect", "must be excel or plain", "dialect 须为 excel 或 plain")
    return dialect == "excel"
