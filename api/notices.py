"""What the caller is told: a list, unread first, and a stream that resumes without loss."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field as Parameter

from api import openapi
from api.access import Caller, Nothing, Parameters, Wired
from api.bodies import read_json
from api.keys import key_of
from api.listening import Listener
from api.problems import Problem, invalid_parameter, of_message, unavailable
from geo_data import notices
from geo_data.notices import Mark
from grid.errors import InvalidMessage
from grid.notices import words
from grid.reports.field_kinds import Code
from grid.reports.field_objects import Field, ListOf, object_parser, object_schema

if TYPE_CHECKING:
    from api.wiring import Wiring
    from geo_data.notices import Reach, StoredNotice
    from grid.principal import Principal

router = APIRouter(tags=["notices"])

PACE_S = 0.5  # one write to a listener in this time
_MOST_READ = 500
_BODY = 64 * 1024
_AFTER = re.compile(r"([ru])-([0-9]{1,18})-([0-9]{1,4})")
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,4})")

_READ = (
    Field(
        "ids",
        ListOf(Code("[0-9]{1,18}-[0-9]{1,4}", "the id of a notice"), most=_MOST_READ),
        "通知编号",
        "ids of notices that were read",
        required=True,
    ),
)
_read = object_parser(_READ)
_READ_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": object_schema(_READ)}},
    }
}


class NoticeParameters(Parameters):
    """Which notices are shown."""

    after: str | None = Parameter(None, max_length=40, description="`next` of the page before")
    unread: bool = Parameter(default=False, description="only those that were not read")
    limit: int = Parameter(50, ge=1, le=500, description="at most so many")


class StreamParameters(Parameters):
    """Where the stream begins."""

    last_event_id: str | None = Parameter(
        None, max_length=60, description="as the header Last-Event-ID, which goes before"
    )


@router.get(
    "/v1/me/notices",
    summary="What I am told",
    responses=openapi.problems(400, 401, 503),
)
async def get_notices(
    caller: Caller, wired: Wired, asked: Annotated[NoticeParameters, Query()]
) -> dict[str, Any]:
    """The caller's notices, those not read first, then the newest first."""
    after = _page_end(asked.after)
    async with wired.pool.connection() as conn:
        reader = await notices.reach(conn, caller)
        found = await notices.page(
            conn, reader, after=after, unread=asked.unread, limit=asked.limit
        )
    end = found[-1] if len(found) == asked.limit else None
    following = None
    if end is not None:
        following = f"{'u' if end.read_at is None else 'r'}-{end.feed}-{end.place}"
    return {"notices": [_shown(one) for one in found], "next": following}


@router.post(
    "/v1/me/notices/read",
    summary="I have read these",
    openapi_extra=_READ_BODY,
    responses=openapi.problems(400, 401, 413, 415, 422, 503),
)
async def post_read(request: Request, caller: Caller, wired: Wired, _: Nothing) -> dict[str, int]:
    """How many were not marked before; those of others are passed over."""
    body = await read_json(request, one=_BODY)
    try:
        ids = _read(body)["ids"]
    except InvalidMessage as error:
        raise of_message(error) from None
    marks = [Mark(*map(int, ident.split("-"))) for ident in ids]
    async with wired.pool.connection() as conn:
        reader = await notices.reach(conn, caller)
        return {"read": await notices.mark_read(conn, reader, marks)}


@router.get(
    "/v1/me/notices/stream",
    summary="What I am told, as it happens",
    response_class=StreamingResponse,
    responses=openapi.problems(400, 401, 410, 503)
    | {
        200: {
            "description": "`event: notice` with id `epoch-feed-place`, `event: heartbeat`",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def get_stream(
    request: Request, caller: Caller, wired: Wired, asked: Annotated[StreamParameters, Query()]
) -> Response:
    """Server-sent events from now on, or from `Last-Event-ID`."""
    if wired.notices.last is None:
        raise unavailable("the list of notices", "通知暂时无法读取")
    given = request.headers.get("last-event-id") or asked.last_event_id
    mark = wired.notices.last if given is None else _resume(wired, given)
    async with wired.pool.connection() as conn:
        reader = await notices.reach(conn, caller)
    key = key_of(request.headers.get("authorization"), request.method)
    assert key is not None
    return NoticeListener(wired, key, caller, reader, mark).response()


class NoticeListener(Listener):
    """One who hears notices."""

    def __init__(
        self, wired: Wiring, key: str, caller: Principal, reader: Reach, mark: Mark
    ) -> None:
        super().__init__(wired.notices, PACE_S)
        self._wired = wired
        self._key = key
        self._caller = caller
        self._reader = reader
        self._mark = mark

    async def _next(self) -> tuple[bytes, bool]:
        before = self._mark
        found, self._mark = await self._wired.notices.after(self._reader, before)
        written = "".join(
            f"id: {self._epoch}-{one.feed}-{one.place}\nevent: notice\ndata: {_text(one)}\n\n"
            for one in found
        )
        return written.encode(), self._mark != before

    def _beat(self) -> bytes:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        place = max(self._mark.place, 0)
        ident = f"{self._epoch}-{self._mark.feed}-{place}"
        return f'id: {ident}\nevent: heartbeat\ndata: {{"at":"{at}"}}\n\n'.encode()

    async def _allowed(self) -> bool:
        """The key is in force; duties may have changed."""
        principal = await self._wired.keys.principal(self._key)
        if principal != self._caller:
            return False
        async with self._wired.pool.connection() as conn:
            self._reader = await notices.reach(conn, self._caller)
        return True


def _shown(one: StoredNotice) -> dict[str, Any]:
    zh, en = words.text(one.template, one.facts)
    return {
        "id": f"{one.feed}-{one.place}",
        "template": one.template,
        "zh": zh,
        "en": en,
        "case": one.case,
        "number": one.facts["number"],
        "facts": one.facts,
        "at": one.at.isoformat(),
        "read_at": one.read_at.isoformat() if one.read_at is not None else None,
    }


def _text(one: StoredNotice) -> str:
    return json.dumps(_shown(one), ensure_ascii=False, separators=(",", ":"))


def _page_end(given: str | None) -> tuple[bool, Mark] | None:
    if given is None:
        return None
    found = _AFTER.fullmatch(given)
    if found is None:
        raise invalid_parameter("after", "must be `next` of the page before")
    return found[1] == "r", Mark(int(found[2]), int(found[3]))


def _resume(wired: Wiring, given: str) -> Mark:
    found = _CURSOR.fullmatch(given)
    if found is None:
        raise invalid_parameter("last_event_id", "must be the id of an event of this stream")
    reader = wired.notices
    mark = Mark(int(found[2]), int(found[3]))
    assert reader.last is not None
    if int(found[1]) == reader.epoch:
        return mark
    end = reader.last
    raise Problem(
        "other-epoch",
        "the feed was restored and begins anew: load the list again, then go on from start",
        "事件流已恢复并重新编号：请重新载入通知，再从 start 继续",
        extra={
            "start": f"{reader.epoch}-{end.feed}-{max(end.place, 0)}",
            "epoch": reader.epoch,
        },
    )
