"""Documents kept as the bytes that go out: as they are and in gzip, with entity tags."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from fastapi import Response

from api.entity_tags import form_of, matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request


@dataclass(frozen=True, slots=True)
class Packed:
    """The document as it is and in gzip, each with its own strong entity tag."""

    plain: bytes
    packed: bytes
    tag: str

    @classmethod
    def of(cls, plain: bytes, packed: bytes | None = None) -> Packed:
        """Of the bytes as they are; they are packed here where that was not done before."""
        packed = gzip.compress(plain, compresslevel=6, mtime=0) if packed is None else packed
        return cls(plain, packed, sha256(plain).hexdigest()[:32])


def answer(
    request: Request, kept: Packed, media: str, more: Mapping[str, str] | None = None
) -> Response:
    """The document in the form that the client takes; 304 where the client has it."""
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "ETag": form_of(kept.tag, packed=packed),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Authorization",
        **(more or {}),
    }
    if matches(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(kept.packed if packed else kept.plain, media_type=media, headers=headers)
