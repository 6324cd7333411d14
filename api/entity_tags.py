"""Entity tags (RFC 9110): whether the client has what it asks for."""

from __future__ import annotations


def form_of(tag: str, *, packed: bool) -> str:
    """The entity tag of one form of a document, in its quotes; the two differ in their bytes."""
    return f'"{tag}-gzip"' if packed else f'"{tag}"'


def matches(header: str, tag: str) -> bool:
    """If-None-Match: any of the tags, weak ones too, or a star."""
    given = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in given or tag in given
