"""Where a page ended, opaque to clients: `after` of the link to the next one."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, NamedTuple

from api.problems import invalid_parameter
from geo_data.features.items import fits

if TYPE_CHECKING:
    from geo_data.features.collections import Collection

_BIGGEST = 2**31 - 1


class Cursor(NamedTuple):
    """The last id of a page, and the layout that the first page was of.

    With the layout, a list of areas stays one list though another layout begins to hold meanwhile.
    """

    last: str
    layout: int


def write(collection: Collection, cursor: Cursor) -> str:
    """The cursor as text for a URL."""
    text = json.dumps([collection.name, *cursor], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(collection: Collection, text: str) -> Cursor:
    """The cursor that a list of this collection gave. 400 for any other text."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, last, layout = json.loads(raw)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise invalid_parameter("after", "is no cursor that a list gave") from None
    if name != collection.name:
        raise invalid_parameter("after", "belongs to another collection")
    known = type(last) is str and fits(collection, last)
    if known and type(layout) is int and 0 <= layout <= _BIGGEST:
        return Cursor(last, layout)
    raise invalid_parameter("after", "is no cursor that a list gave")
