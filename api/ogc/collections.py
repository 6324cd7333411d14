"""The collections, each with its extent and its reference systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from api.access import Rights, Wired  # noqa: TC001 - read by the framework
from api.ogc import descriptions, pages
from api.ogc.crs import SYSTEMS
from api.ogc.formats import Format, answer, base, both, wanted
from api.ogc.parameters import PAGE, known_only
from geo_data import areas
from geo_data.features import items
from geo_data.features.collections import COLLECTIONS

if TYPE_CHECKING:
    from api.wiring import Wiring
    from geo_data.features.items import Extent

router = APIRouter()


@router.get("/ogc/collections")
async def get_collections(request: Request, _rights: Rights, wired: Wired) -> Response:
    """All collections; which there are does not depend on the key, what is in them does."""
    known_only(request.query_params, PAGE)
    form, here = wanted(request), base(request)
    extent = await _extent(wired)
    told = []
    for one in COLLECTIONS.values():
        plain = descriptions.described(one, extent, here)
        plain["links"] = [
            descriptions.to_itself(one, here) | {"rel": "self"},
            *plain["links"],
        ]
        told.append(plain)
    document = {
        "links": both(here, "/collections", request.query_params, form),
        "crs": list(SYSTEMS),
        "collections": told,
    }
    if form is Format.HTML:
        return pages.page("collections.html", here, document)
    return answer(document)


@router.get("/ogc/collections/{name}")
async def get_collection(name: str, request: Request, _rights: Rights, wired: Wired) -> Response:
    """One collection."""
    collection = descriptions.named(name)
    known_only(request.query_params, PAGE)
    form, here = wanted(request), base(request)
    document = descriptions.described(collection, await _extent(wired), here)
    path = here.collection(collection.name)
    document["links"] = [
        *both(here, path, request.query_params, form),
        *document["links"],
    ]
    if form is Format.HTML:
        return pages.page("collection.html", here, document, collection=collection)
    return answer(document)


async def _extent(wired: Wiring) -> Extent | None:
    """The extent of the layout in force; None while none is."""
    async with wired.pool.connection() as conn:
        try:
            return await items.extent(conn, await areas.layout_in_force(conn))
        except areas.NoLayout:
            return None
