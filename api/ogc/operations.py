"""A path of the OpenAPI document with its GET: what it takes, what it answers, how it says no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.ogc import parameters
from api.ogc.formats import HTML, JSON
from api.problems import KINDS, MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable


def refs(names: Iterable[str]) -> list[dict[str, str]]:
    """References to parameters of the table."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def get(
    ident: str,
    summary: str,
    tag: str,
    schema: dict[str, Any],
    media: str = JSON,
    given: Iterable[dict[str, Any]] | None = None,
    statuses: tuple[int, ...] = (),
    *,
    page: bool = True,
) -> dict[str, Any]:
    """A path with its GET; `page`: there is a page for people of it as well."""
    content = {media: {"schema": schema}}
    if page:
        content[HTML] = {"schema": {"type": "string"}}
    told: dict[str, Any] = {"200": {"description": summary, "content": content}}
    for status in sorted({400, 401, 403, 500, 503, *statuses}):
        told[str(status)] = {
            "description": "; ".join(k.en for k in KINDS.values() if k.status == status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}},
        }
    return {
        "get": {
            "operationId": ident,
            "summary": summary,
            "tags": [tag],
            "parameters": list(refs(parameters.PAGE) if given is None else given),
            "responses": told,
        }
    }
