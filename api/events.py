"""The feed over HTTP: server-sent events that resume without loss, and pages of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from api import openapi
from api.access import Parameters, Reader, Wired
from api.area_names import narrowed
from api.case_filters import Words
from api.feed_reader import PAGE, line
from api.keys import key_of
from api.listening import Listener
from api.problems import Problem, invalid_parameter, unavailable
from geo_data import feed
from geo_data.rights import row_filter
from grid.cases.wire import PAYLOADS
from grid.model import Level  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from api.feed_reader import FeedReader, Line
    from api.keys import Keys
    from geo_data.rights import RowFilter

router = APIRouter(tags=["events"])

PACE_S = 0.2  # one write to a listener in this time
_LONGEST_CURSOR = 40
_BEYOND = 2**62  # what a bigint cannot hold would be compared with every number of the feed


class EventParameters(Parameters):
    """What is listened for, and where from."""

    area: str | None = Field(None, max_length=20, description="code of an area")
    level: Annotated[list[Level] | None, Words] = Field(
        None, description="level in charge, before or after"
    )
    kind: Annotated[list[str] | None, Words] = Field(
        None, description="types of events, such as filed"
    )
    after: str | None = Field(
        None, max_length=40, description="answer with JSON: entries after this number"
    )
    limit: int = Field(100, ge=1, le=PAGE, description="entries looked at, with `after`")
    last_event_id: str | None = Field(
        None,
        max_length=_LONGEST_CURSOR,
        description="as the header Last-Event-ID, which goes before",
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listener hears: its own part of the area it asked for, levels, kinds."""

    area: str
    levels: frozenset[str] | None
    kinds: frozenset[str] | None
    masked: bool
    department: str = ""

    def takes(self, line: Line) -> bool:
        """True for what lies in the area after the event, or lay there before it."""
        here = line.path.startswith(self.area)
        if not here and not (line.path_before and line.path_before.startswith(self.area)):
            return False
        if self.kinds is not None and line.kind not in self.kinds:
            return False
        return self.levels is None or not self.levels.isdisjoint((line.level, line.level_before))


@router.get(
    "/v1/events",
    summary="What happens, as it happens",
    response_class=StreamingResponse,
    responses=openapi.problems(400, 401, 403, 410, 503) | openapi.EVENTS,
)
async def get_events(
    request: Request, principal: Reader, wired: Wired, asked: Annotated[EventParameters, Query()]
) -> Response:
    """Server-sent events from now on, or from `Last-Event-ID`; with `after`, a page of JSON."""
    rights = row_filter(principal)
    part = rights
    if asked.area is not None:
        async with wired.pool.connection() as conn:
            part = await narrowed(conn, rights, asked.area)
    for name in asked.kind or ():
        if name not in PAYLOADS:
            raise invalid_parameter("kind", f"must be one of {', '.join(PAYLOADS)}")
    assert part.area is not None
    wanted = Wanted(
        part.area,
        frozenset(level.value for level in asked.level) if asked.level else None,
        frozenset(asked.kind) if asked.kind else None,
        rights.masked,
        rights.department,
    )
    if wired.feed.head is None:
        raise unavailable("the feed", "事件流暂时无法读取")
    if asked.after is not None:
        return await _page(wired, wanted, asked.after, asked.limit)
    given = request.headers.get("last-event-id") or asked.last_event_id
    cursor = wired.feed.head if given is None else await _resume(wired, given, "last_event_id")
    key = key_of(request.headers.get("authorization"), request.method)
    assert key is not None
    return EventListener(wired.feed, wired.keys, key, rights, wanted, cursor).response()


class EventListener(Listener):
    """One who hears events."""

    def __init__(
        self,
        reader: FeedReader,
        keys: Keys,
        key: str,
        rights: RowFilter,
        wanted: Wanted,
        cursor: int,
    ) -> None:
        super().__init__(reader, PACE_S)
        self._reader = reader
        self._keys = keys
        self._key = key
        self._rights = rights
        self._wanted = wanted
        self._cursor = cursor

    async def _next(self) -> tuple[bytes, bool]:
        wanted = self._wanted
        lines = await self._reader.after(self._cursor)
        taken = [line for line in lines if wanted.takes(line)]
        taken = await self._reader.heard(taken, wanted.department)
        if lines:
            self._cursor = lines[-1].number
        masked, epoch = wanted.masked, self._epoch
        written = "".join(
            [
                f"id: {epoch}-{line.number}\nevent: case\ndata: {line.shown(masked=masked)}\n\n"
                for line in taken
            ]
        )
        # Where nothing of this page was for it, there may be more.
        return written.encode(), self._cursor < (self._reader.head or 0)

    def _beat(self) -> bytes:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        data = f'{{"feed":{self._cursor},"at":"{at}"}}'
        return f"id: {self._epoch}-{self._cursor}\nevent: heartbeat\ndata: {data}\n\n".encode()

    async def _allowed(self) -> bool:
        principal = await self._keys.principal(self._key)
        return principal is not None and row_filter(principal) == self._rights


async def _page(wired: Wired, wanted: Wanted, after: str, limit: int) -> Response:
    """Entries after a number, `N` or `epoch-N`; `next` is where to go on, also past the others."""
    number = (
        min(int(after), _BEYOND)
        if after.isascii() and after.isdecimal()
        else await _resume(wired, after, "after")
    )
    async with wired.pool.connection() as conn:
        epoch, head, *_ = await feed.head(conn)
        lines = [line(entry) for entry in await feed.read(conn, number, limit)]
    reached = lines[-1].number if lines else number
    frame = {"epoch": epoch, "head": head, "next": reached, "more": reached < head}
    taken = await wired.feed.heard([one for one in lines if wanted.takes(one)], wanted.department)
    shown = [one.shown(masked=wanted.masked) for one in taken]
    events = ",".join(shown)
    text = f'{json.dumps(frame)[:-1]},"events":[{events}]}}'
    return Response(text.encode(), media_type="application/json")


async def _resume(wired: Wired, given: str, name: str) -> int:
    """The number of a cursor `epoch-number`; 410 where the feed has begun anew since.

    `name` is the parameter that it came in.
    """
    epoch, _, number = given.partition("-")
    short = len(given) <= _LONGEST_CURSOR and given.isascii()
    if not (short and epoch.isdecimal() and number.isdecimal()):
        raise invalid_parameter(name, "must be epoch-number, such as 1-4711")
    at = int(number)
    head = wired.feed.head or 0
    if int(epoch) == wired.feed.epoch and at <= head:
        return at
    async with wired.pool.connection() as conn:  # this process may be a moment behind
        now, head, *_ = await feed.head(conn)
    if int(epoch) == now == wired.feed.epoch and at <= head:
        return at
    extra: dict[str, Any] = {"start": f"{now}-{head}", "epoch": now}
    raise Problem(
        "other-epoch",
        "the feed was restored and begins anew: load the cases again, then go on from start",
        "事件流已恢复并重新编号：请重新载入案件，再从 start 继续",
        extra=extra,
    )
