"""Around everything: what nobody expected becomes a problem document, and every answer is plain.

The text of an unexpected error may hold what somebody wrote, so the log gets its type and where it
came from, never its words.
"""

from __future__ import annotations

import logging
import re
import traceback
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect

from api.problems import Problem, unavailable
from api.reports import broker_away
from geo_data.database import Failure, classify
from ingest.producer import BrokerAway

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

#: Big files pack themselves beside the event loop, where packing makes them smaller at all.
_PACKED_THERE = "/export/"

_NOTHING = re.compile(r"q=0(\.0{0,3})?")
_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))


class Outermost:
    """ASGI middleware. Answers to GET are packed where the client takes it; others are short."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packing = GZipMiddleware(app, minimum_size=1024, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer for what comes back as an exception."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = _without_refused_gzip(scope)
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS:
                    headers.setdefault(name, value)
            await send(message)

        packing = scope["method"] == "GET" and not scope["path"].startswith(_PACKED_THERE)
        inner = self._packing if packing else self._app
        try:
            await inner(scope, receive, send_on)
        except ClientDisconnect:
            raise ConnectionAbortedError from None  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            problem = _problem(error)
            if problem.status == 500:  # noqa: PLR2004 - internal
                _note(scope, error)
            if begun:
                raise ConnectionAbortedError from None  # half an answer: let the client see that
            await problem.response()(scope, receive, send_on)


def _without_refused_gzip(scope: Scope) -> Scope:
    """The same request; without Accept-Encoding where that refuses gzip (`gzip;q=0`).

    Everything below packs wherever the header has the word.
    """
    given = Headers(scope=scope).get("accept-encoding", "")
    if "gzip" not in given or any(map(_takes_gzip, given.split(","))):
        return scope
    kept = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
    return {**scope, "headers": kept}


def _takes_gzip(part: str) -> bool:
    """One of the header's parts: `gzip`, and no weight of nothing (RFC 9110, 12.4.2)."""
    name, *parameters = (word.strip().lower() for word in part.split(";"))
    return name == "gzip" and not any(map(_NOTHING.fullmatch, parameters))


def _problem(error: Exception) -> Problem:
    if isinstance(error, BrokerAway):
        return broker_away(error)
    if classify(error) is Failure.TRANSIENT:
        return unavailable("the database", "数据库暂时无法访问")
    return Problem("internal", "an unexpected error; it was noted in the log")


def _note(scope: Scope, error: Exception) -> None:
    where = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    log.error("%s %s: %s\n%s", scope["method"], scope["path"], type(error).__name__, where)
