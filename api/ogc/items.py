"""Features of a collection, page by page or one alone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import APIRouter, Request, Response

from api.access import Rights, Wired  # noqa: TC001 - read by the framework
from api.area_names import layout_of
from api.ogc import asking, cursors, descriptions, pages, parameters
from api.ogc.crs import CRS84, Crs, system
from api.ogc.cursors import Cursor
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
from api.problems import Problem
from api.quick_reads import WITHIN_S
from geo_data.features import items
from geo_data.features.reading import Asked
from geo_data.patience import TooSlow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.wiring import Wiring
    from geo_data.database import Connection
    from geo_data.features.collections import Collection
    from geo_data.features.items import Page

_Found = TypeVar("_Found")

router = APIRouter()


@router.get("/ogc/collections/{name}/items")
async def get_items(name: str, request: Request, rights: Rights, wired: Wired) -> Response:
    """A page of features in the order of their ids; `next` continues without gap or repetition."""
    collection = descriptions.named(name)
    given = dict(request.query_params)
    parameters.known_only(given, {*parameters.ITEMS, *(c.name for c in collection.columns)})
    asked, at = asking.asked(collection, rights, given), asking.instant(given)
    limit, given_crs = parameters.limit(given.get("limit")), system("crs", given.get("crs"))
    cursor = cursors.read(collection, given["after"]) if "after" in given else None
    form, here = wanted(request), base(request)
    crs = given_crs
    if form is Format.HTML:  # its map is drawn in degrees
        crs, limit = CRS84, min(limit, pages.MOST)
    after = cursor.last if cursor else None
    layout = cursor.layout if cursor else await layout_of(wired.reads, at)
    asked = replace(asked, layout=layout)
    page = await _read(
        wired, rights, lambda conn: items.page(conn, asked, crs.written, after=after, limit=limit)
    )
    matched = None
    if after is None:
        whole = page.last is None
        matched = len(page.features) if whole else await wired.counts.of(wired.reads, asked)
    document = _described(collection, here, given, form, page, layout)
    document["numberReturned"] = len(page.features)
    if matched is not None:
        document["numberMatched"] = matched
    if form is Format.HTML:
        return await asyncio.to_thread(pages.items, here, document, collection, page.features)
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
        asking.instant(given),
        wanted(request),
        base(request),
    )
    crs = crs if form is Format.JSON else CRS84
    text = None
    if items.fits(collection, ident):
        layout = await layout_of(wired.reads, at)
        asked = Asked(collection, rights, layout, instant=at, ended=True)
        text = await _read(wired, rights, lambda conn: items.one(conn, asked, crs.written, ident))
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


async def _read(
    wired: Wiring, rights: Rights, query: Callable[[Connection], Awaitable[_Found]]
) -> _Found:
    """What the query says; 503 where it takes too long."""
    try:
        return await wired.reads.read(query, rights.sender)
    except TooSlow:
        raise Problem(
            "unavailable",
            f"this takes longer than {WITHIN_S:g} s; ask for less: a smaller box or time",
            "查询用时过长，请缩小范围",
        ) from None


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
