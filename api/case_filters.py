"""What a list of cases can be asked for: query parameters turned into typed values, once."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from api.access import LISTS, Parameters
from api.case_page import coarse_box
from api.problems import invalid_parameter
from geo_data.cases import CaseFilter, Order, Position
from grid.cases.case import AskKind
from grid.model import Level, Size, Status
from grid.reports.field_kinds import Time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.case_page import Box
    from geo_data.cases import CaseRow

MOST = 1000
LIVE = tuple(status for status in Status if status.live)

_CATEGORY = re.compile(r"[a-z]{1,16}(\.[0-9A-Za-z]{1,8}){0,2}(\.\*)?")
_parse_time = Time().parser()


def _words(given: Any) -> Any:
    """`a,b` and `a` beside `b` are the same list."""
    parts = given if isinstance(given, list) else [given]
    return [word for part in parts for word in str(part).split(",")]


def _time(given: Any) -> Any:
    if isinstance(given, str) and " " in given:
        raise ValueError("has a blank: write the + of the offset as %2B")
    return _parse_time(given)


Words = BeforeValidator(_words)
Moment = Annotated[datetime, BeforeValidator(_time)]


class CaseParameters(Parameters):
    """Filters of `GET /v1/cases`; all of them hold together."""

    report: UUID | None = Field(None, description="the case of this report")
    area: str | None = Field(None, max_length=20, description="code of an area")
    level: Annotated[list[Level] | None, Words] = Field(None, description="level in charge")
    status: Annotated[list[Status | Literal["live"]] | None, Words] = Field(
        None, description="`live` means all in which somebody still has to do something"
    )
    size: Annotated[list[Size] | None, Words] = None
    light: Annotated[list[Literal["green", "yellow", "red", "grey"]] | None, Words] = Field(
        None, description="`grey` where the clocks stand"
    )
    handler: str | None = Field(None, max_length=20, description="kind of handler, as `team`")
    department: str | None = Field(None, max_length=40, description="code of a department")
    person: str | None = Field(
        None, max_length=100, description="who has it in hand: an id, or `me`"
    )
    paused: bool | None = Field(None, description="whether its clocks stand")
    ask: Annotated[list[AskKind | Literal["any", "none"]] | None, Words] = Field(
        None, description="a request of this kind waits for its answer"
    )
    late: bool | None = Field(None, description="whether it has a red light that stands")
    card: bool | None = Field(None, description="whether a card was given on it")
    long_term: bool | None = Field(None, description="whether it is on the long-term list")
    category: str | None = Field(
        None, max_length=40, description="`event.05.02`, or a part of it: `event.05`, `event.05.*`"
    )
    received_from: Moment | None = None
    received_to: Moment | None = Field(None, description="not included")
    bbox: str | None = Field(None, max_length=200, description="west,south,east,north in degrees")
    as_of: Moment | None = Field(
        None, description="the list as it was at this time; by default now"
    )
    order: Order = Order.NEWEST
    limit: int = Field(100, ge=1, le=MOST)
    after: str | None = Field(None, max_length=200, description="`next` of the page before")

    def filter(self, *, me: str, masked: bool) -> CaseFilter:
        """The filter for the database; `me` is who asks. Raises Problem for what no type can say.

        Where positions are `masked`, a box takes all that is shown within it or on its border:
        narrow boxes must not tell more than the rounded positions do.
        """
        box: Box = _box(self.bbox) if self.bbox is not None else (None, None, None, None)
        if masked:
            box = coarse_box(box)
        return CaseFilter(
            report=str(self.report) if self.report else None,
            status=_statuses(self.status) if self.status else None,
            level=[level.value for level in self.level] if self.level else None,
            size=[size.value for size in self.size] if self.size else None,
            light=self.light,
            handler_kind=_plain("handler", self.handler),
            department=_plain("department", self.department),
            person=me if self.person == "me" else _plain("person", self.person),
            paused=self.paused,
            ask=_asks(self.ask or ()),
            asking=_asking(self.ask or ()),
            late=self.late,
            card=self.card,
            long_term=self.long_term,
            category=_category(self.category) if self.category is not None else None,
            received_from=self.received_from,
            received_to=self.received_to,
            west=box[0],
            south=box[1],
            east=box[2],
            north=box[3],
        )

    def position(self) -> Position | None:
        """Where the page before ended; its cursor holds for its own order only."""
        return read_cursor(self.after, self.order) if self.after is not None else None


def cursor(order: Order, last: CaseRow) -> str:
    """Opaque to clients: the order and where the page ended."""
    due = last.due_at.isoformat() if order is Order.DUE and last.due_at else None
    text = json.dumps([order.value, last.id, due], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, order: Order) -> Position:
    """Where the page before ended. Raises Problem for what no list of that order gave."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, ident, due = json.loads(raw)
        place = Position(str(UUID(ident)), datetime.fromisoformat(due) if due else None)
    except (binascii.Error, ValueError, TypeError, AttributeError):
        raise invalid_parameter("after", "is no cursor that a list gave") from None
    if name != order.value:
        raise invalid_parameter("after", f"belongs to the order {name!s}"[:100])
    if place.due is not None and place.due.tzinfo is None:
        raise invalid_parameter("after", "is no cursor that a list gave")
    return place


def _statuses(given: list[Any]) -> list[str]:
    found = [Status(word).value for word in given if word != "live"]
    return found + [status.value for status in LIVE if "live" in given]


def _asks(given: Sequence[str]) -> list[str] | None:
    kinds = [str(AskKind(word)) for word in given if word not in ("any", "none")]
    return kinds or None


def _asking(given: Sequence[str]) -> bool | None:
    if "none" in given and len(given) > 1:
        raise invalid_parameter("ask", "is none, or kinds of requests")
    return "none" not in given if given else None


def _plain(name: str, given: str | None) -> str | None:
    if given is not None and not given.isprintable():
        raise invalid_parameter(name, "holds a character that cannot be")
    return given


def _category(given: str) -> str:
    if not _CATEGORY.fullmatch(given):
        raise invalid_parameter("category", "must be like event, event.05.* or event.05.02")
    return given.removesuffix(".*")


def _box(given: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in given.split(","))
    except ValueError:
        raise invalid_parameter("bbox", "must be four numbers: west,south,east,north") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the globe
        raise invalid_parameter("bbox", "must have west < east and south < north, in degrees")
    return west, south, east, north


assert {"level", "status", "size", "light", "ask"} <= LISTS
