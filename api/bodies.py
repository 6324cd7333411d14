"""Reading a request's body: JSON only, and never more of it than may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.problems import Problem, of_message
from grid import canonical
from grid.errors import InvalidMessage

if TYPE_CHECKING:
    from fastapi import Request

_TYPE = "application/json"
_BLANK = b" \t\r\n"


async def read_json(request: Request, *, one: int, many: int | None = None) -> Any:
    """The JSON value of the body: at most `one` bytes, or `many` where it is a list.

    Raises Problem: 415 for another content type, 413 as soon as too much is announced or has
    come, 400 for what is no JSON.
    """
    media, _, charset = request.headers.get("content-type", "").partition(";")
    if media.strip().lower() != _TYPE or charset.strip().lower() not in ("", "charset=utf-8"):
        raise Problem(
            "media-type",
            f"the body must be {_TYPE}",
            headers={"Accept-Post": _TYPE},
        )
    raw = await _read(request, one, many or one)
    try:
        return canonical.read(raw, many or one)
    except InvalidMessage as error:
        raise of_message(error) from None


async def _read(request: Request, one: int, many: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > many:
        raise _too_large(many)
    limit = many
    known = False
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if not known and (start := part.lstrip(_BLANK)):
            known = True
            limit = many if start.startswith(b"[") else one
        if size > limit:
            raise _too_large(limit)
    return b"".join(parts)


def _too_large(limit: int) -> Problem:
    # The rest of the body is not read: the connection cannot be used again.
    return Problem(
        "too-large",
        f"the body may have {limit:,} bytes at most",
        f"内容最多 {limit:,} 字节",
        headers={"Connection": "close"},
    )
