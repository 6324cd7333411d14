"""Features of a collection, page by page or one alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from api.access import Rights, Wired  # noqa: TC001 - read by the framework
from api.area_names import layout_at
from api.ogc import cursors, descriptions, pages, parameters
from api.ogc.boxes import boxes
from api.ogc.crs import CRS84, Crs, system
from api.ogc.cursors import Cursor
from api.ogc.filtering import filtering
from api.ogc.formats import (
    GEOJSON,
    HTML,
    Base,
    Format,
    base,
    both,
    collected,
    link,
    wanted,
)
from api.ogc.moments import interval, moment
from api.problems import Problem
from geo_data.features import as_of, items
from geo_data.features.reading import Asked

if TYPE_CHECKING:
    from geo_data.features.collections import Collection
    from geo_data.features.items import Page
    from geo_data.features.reading import Part

router = APIRouter()


@dataclass(frozen=True, slots=True)
class _Request:
    """What a request for a page says, read and converted; `more` are further conditions."""

    collection: Collection
    limit: int
    given_boxes: tuple[tuple[float, float, float, float], ...]
    since: datetime | None
    until: datetime | None
    crs: Crs
    as_of: datetime | None
    after: Cursor | None
    equals: dict[str, Any]
    more: tuple[Part, ...]


def _read(collection: Collection, given: dict[str, str]) -> _Request:
    parameters.known_only(given, {*parameters.ITEMS, *(c.name for c in collection.columns)})
    bbox_crs = system("bbox-crs", given.get("bbox-crs"))
    since, until = interval(given["datetime"]) if "datetime" in given else (None, None)
    return _Request(
        collection,
        parameters.limit(given.get("limit")),
        boxes(given["bbox"], bbox_crs) if "bbox" in given else (),
        since,
        until,
        system("crs", given.get("crs")),
        _as_of(given),
        cursors.read(collection, given["after"]) if "after" in given else None,
        parameters.equals(collection, given),
        filtering(collection, given),
    )


@router.get("/ogc/collections/{name}/items")
async def get_items(name: str, request: Request, rights: Rights, wired: Wired) -> Response:
    """A page of features in the order of their ids; `next` continues without gap or repetition."""
    collection = descriptions.named(name)
    given = dict(request.query_params)
    read, form, here = _read(collection, given), wanted(request), base(request)
    crs = read.crs if form is Format.JSON else CRS84  # the page's map is drawn in degrees
    async with wired.pool.connection() as conn:
        layout = read.after.layout if read.after else await layout_at(conn, read.as_of)
        asked = Asked(
            collection,
            rights,
            layout,
            read.given_boxes,
            read.since,
            read.until,
            read.equals,
            (*as_of.conditions(collection, read.as_of), *read.more),
        )
        after = read.after.last if read.after else None
        try:
            page = await items.page(conn, asked, crs.written, after=after, limit=read.limit)
        except items.TooSlow:
            raise _too_slow() from None
        matched = None
        if after is None:
            whole = page.last is None
            matched = len(page.features) if whole else await wired.counts.of(conn, asked)
    document = _described(collection, here, given, form, page, layout)
    document["numberReturned"] = len(page.features)
    if matched is not None:
        document["numberMatched"] = matched
    if form is Format.HTML:
        return pages.items(here, document, collection, page.features)
    return collected(document, "features", page.features, GEOJSON, _headers(crs))


@router.get("/ogc/collections/{name}/items/{ident}")
async def get_item(
    name: str, ident: str, request: Request, rights: Rights, wired: Wired
) -> Response:
    """One feature; 404 where the caller sees none."""
    collection = descriptions.named(name)
    given = dict(request.query_params)
    parameters.known_only(given, parameters.ITEM)
    crs, at, form, here = (
        system("crs", given.get("crs")),
        _as_of(given),
        wanted(request),
        base(request),
    )
    crs = crs if form is Format.JSON else CRS84
    text = None
    if items.fits(collection, ident):
        async with wired.pool.connection() as conn:
            layout = await layout_at(conn, at)
            asked = Asked(collection, rights, layout, more=as_of.conditions(collection, at))
            text = await items.one(conn, asked, crs.written, ident)
    if text is None:
        raise Problem(
            "not-found",
            f"there is no {ident[:60]} in {collection.name}, or not for this key",
            f"{collection.zh}中没有 {ident[:60]}，或此密钥无权查看",
        )
    links = [
        *both(here, here.item(collection.name, ident), given, form, GEOJSON),
        descriptions.to_itself(collection, here),
    ]
    if form is Format.HTML:
        return pages.item(here, {"links": links}, collection, text)
    whole = f"{text[:-1]},{json.dumps({'links': links}, ensure_ascii=False)[1:]}"
    return Response(whole.encode(), media_type=GEOJSON, headers=_headers(crs))


def _as_of(given: dict[str, str]) -> datetime | None:
    return moment("as_of", given["as_of"]) if "as_of" in given else None


def _too_slow() -> Problem:
    return Problem(
        "unavailable",
        f"this takes longer than {items.PATIENCE_S:g} s; ask for less: a smaller box or time",
        "查询用时过长，请缩小范围",
    )


def _headers(crs: Crs) -> dict[str, str]:
    return {"Content-Crs": f"<{crs.uri}>"}


def _described(
    collection: Collection,
    here: Base,
    given: dict[str, str],
    form: Format,
    page: Page,
    layout: int,
) -> dict[str, Any]:
    """Everything of a page but its features."""
    path = f"{here.collection(collection.name)}/items"
    links = both(here, path, given, form, GEOJSON)
    if page.last is not None:
        after = cursors.write(collection, Cursor(page.last, layout))
        href = here.to(path, **{**given, "after": after})
        media = HTML if form is Format.HTML else GEOJSON
        links.append(link(href, "next", media, "下一页 / Next page"))
    links.append(descriptions.to_itself(collection, here))
    return {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "links": links,
    }
