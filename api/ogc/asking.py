"""What a request asks of a collection, read the same way for pages, single features and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.ogc import parameters
from api.ogc.boxes import boxes
from api.ogc.crs import system
from api.ogc.filtering import filtering
from api.ogc.moments import interval, moment
from geo_data.features.reading import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from geo_data.features.collections import Collection
    from geo_data.rights import RowFilter

#: Until the database has said which layout it is.
_NO_LAYOUT = 0


def instant(given: Mapping[str, str]) -> datetime | None:
    """`as_of`, if the request has one. 400 where it is no moment."""
    return moment("as_of", given["as_of"]) if "as_of" in given else None


def asked(collection: Collection, rights: RowFilter, given: Mapping[str, str]) -> Asked:
    """Box, time, values of columns, filter and instant, but for the layout.

    Whoever calls has looked for unknown parameters. 400 for what cannot be read.
    """
    bbox_crs = system("bbox-crs", given.get("bbox-crs"))
    since, until = interval(given["datetime"]) if "datetime" in given else (None, None)
    return Asked(
        collection,
        rights,
        _NO_LAYOUT,
        boxes=boxes(given["bbox"], bbox_crs) if "bbox" in given else (),
        since=since,
        until=until,
        equals=parameters.equals(collection, given),
        more=filtering(collection, given),
        instant=instant(given),
    )
