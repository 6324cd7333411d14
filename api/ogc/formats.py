"""Which form an answer has, JSON or a page for people, and where links lead."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Response
from fastapi.responses import StreamingResponse

from api.problems import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from fastapi import Request

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

_TOGETHER = 200  # features in a piece
_OPENAPI = "application/vnd.oai.openapi+json"
_JSON_RANGES = (GEOJSON, JSON, SCHEMA, _OPENAPI, "application/*", "*/*")
_HTML_RANGES = (HTML, "application/xhtml+xml", "text/*", "*/*")


class Format(StrEnum):
    """Values of `f`."""

    JSON = "json"
    HTML = "html"


def wanted(request: Request) -> Format:
    """By `f`, else by the header Accept; JSON where both would do. 400 for an unknown `f`."""
    given = request.query_params.get("f")
    if given is None:
        accept = _weights(request.headers.get("accept", ""))
        html = max((accept.get(one, 0.0) for one in _HTML_RANGES), default=0.0)
        plain = max((accept.get(one, 0.0) for one in _JSON_RANGES), default=0.0)
        return Format.HTML if html > plain else Format.JSON
    if given not in list(Format):
        raise invalid_parameter("f", f"must be {' or '.join(Format)}", "f 须为 json 或 html")
    return Format(given)


def _weights(accept: str) -> dict[str, float]:
    """Media ranges of an Accept header (RFC 9110) with their weights; odd ones weigh nothing."""
    found = {}
    for part in accept.split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            found[name] = float(weight)
        except ValueError:
            found[name] = 0.0
    return found


class Base(NamedTuple):
    """The address of the landing page, as this client reached it; no slash at its end."""

    href: str

    def to(self, path: str = "", /, **query: str) -> str:
        """The address of what is below; `path` is quoted already."""
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.href}{path}{asked}"

    def export(self, name: str, form: str) -> str:
        """The address of a whole collection as a file, beside this door."""
        return f"{self.href.removesuffix('/ogc')}/export/{quote(name, safe='')}.{form}"

    def collection(self, name: str) -> str:
        """The path of a collection."""
        return f"/collections/{quote(name, safe='')}"

    def item(self, name: str, ident: str) -> str:
        """The path of a feature."""
        return f"/collections/{quote(name, safe='')}/items/{quote(ident, safe='')}"


def base(request: Request) -> Base:
    """Where this door stands for the client."""
    return Base(f"{str(request.base_url).rstrip('/')}/ogc")


def link(href: str, rel: str, media: str, title: str) -> dict[str, str]:
    """A link object."""
    return {"href": href, "rel": rel, "type": media, "title": title}


def both(
    here: Base, path: str, given: Mapping[str, str], form: Format, media: str = JSON
) -> list[dict[str, str]]:
    """Links to this answer itself and to its other form."""
    kinds = {
        Format.JSON: (media, "本页的 JSON / This as JSON"),
        Format.HTML: (HTML, "本页的网页 / This as a page"),
    }
    rest = {name: value for name, value in given.items() if name != "f"}
    other = Format.JSON if form is Format.HTML else Format.HTML
    return [
        link(here.to(path, **given), "self", *kinds[form]),
        link(here.to(path, **rest, f=other.value), "alternate", *kinds[other]),
    ]


def answer(
    document: Mapping[str, Any], media: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(body.encode(), media_type=media, headers=dict(headers or {}))


def collected(
    document: Mapping[str, Any],
    name: str,
    texts: Sequence[str],
    media: str,
    headers: Mapping[str, str],
) -> Response:
    """A JSON object with a list of JSON texts under `name`, at its end.

    Long ones are sent in pieces: packing many megabytes at once would keep everybody waiting.
    """
    head = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    begun = f'{head[:-1]},"{name}":['
    if len(texts) <= _TOGETHER:
        return Response(f"{begun}{','.join(texts)}]}}".encode(), 200, dict(headers), media)

    async def pieces() -> AsyncIterator[bytes]:
        yield begun.encode()
        for first in range(0, len(texts), _TOGETHER):
            comma = "," if first else ""
            yield f"{comma}{','.join(texts[first : first + _TOGETHER])}".encode()
        yield b"]}"

    return StreamingResponse(pieces(), 200, dict(headers), media)
