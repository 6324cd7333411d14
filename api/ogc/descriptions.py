"""What a collection says of itself: title, extent, reference systems, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.ogc.crs import CRS84, SYSTEMS
from api.ogc.formats import GEOJSON, HTML, JSON, SCHEMA, link
from api.problems import Problem
from geo_data.exports.formats import MEDIA_TYPES
from geo_data.features.collections import COLLECTIONS
from geo_data.features.tile_sets import TILE_SETS

if TYPE_CHECKING:
    from api.ogc.formats import Base
    from geo_data.features.collections import Collection
    from geo_data.features.items import Extent

_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"


def named(name: str) -> Collection:
    """The collection of that name; 404 where there is none."""
    found = COLLECTIONS.get(name)
    if found is None:
        raise Problem(
            "not-found",
            f"there is no collection {name[:40]!r}; there are {', '.join(COLLECTIONS)}",
            f"没有数据集 {name[:40]}；现有：{'、'.join(COLLECTIONS)}",
        )
    return found


def title(collection: Collection) -> str:
    """The title in both languages."""
    return f"{collection.zh} {collection.en}"


def described(collection: Collection, extent: Extent | None, here: Base) -> dict[str, Any]:
    """The collection's object, without links to itself.

    The extent is that of the city for every collection: where cases lie is not told to who may not
    see them. Time is told of areas only, for the same reason.
    """
    plain: dict[str, Any] = {
        "id": collection.name,
        "title": title(collection),
        "description": "; ".join(f"{c.name}: {c.zh}, {c.en}" for c in collection.columns),
        "itemType": "feature",
        "crs": list(SYSTEMS),
        "storageCrs": CRS84.uri,
        "links": [
            link(
                here.to(f"{here.collection(collection.name)}/items"),
                "items",
                GEOJSON,
                f"{collection.zh}：要素 / {collection.en}: features",
            ),
            link(
                here.to(f"{here.collection(collection.name)}/items", f="html"),
                "items",
                HTML,
                f"{collection.zh}：网页 / {collection.en}: features as a page",
            ),
            link(
                here.to(f"{here.collection(collection.name)}/queryables"),
                _QUERYABLES,
                SCHEMA,
                f"{collection.zh}：可筛选的属性 / {collection.en}: what can be filtered by",
            ),
            *(
                link(
                    here.export(collection.name, form),
                    "enclosure",
                    media,
                    f"{collection.zh}：下载 {form} / {collection.en}: all of it as {form}",
                )
                for form, media in MEDIA_TYPES.items()
            ),
        ],
    }
    if collection.name in TILE_SETS:
        words = f"{collection.zh}：矢量瓦片 / {collection.en}: vector tiles"
        href = here.to(f"{here.collection(collection.name)}/tiles")
        plain["links"].append(link(href, _TILES, JSON, words))
    if extent is not None:
        plain["extent"] = _extent(collection, extent)
    return plain


def _extent(collection: Collection, extent: Extent) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if extent.box is not None:
        told["spatial"] = {"bbox": [list(extent.box)], "crs": CRS84.uri}
    if collection.level:
        until = extent.until.isoformat() if extent.until else None
        told["temporal"] = {"interval": [[extent.since.isoformat(), until]]}
    return told


def to_itself(collection: Collection, here: Base) -> dict[str, str]:
    """A link to the collection."""
    return link(here.to(here.collection(collection.name)), "collection", JSON, title(collection))
