"""Webhooks: partners' addresses that hear the feed. Made here, sent by the clerk."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from socket import SOCK_STREAM
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field as Parameter

from api import openapi
from api.access import Nothing, Parameters, Wired, only
from api.area_names import narrowed
from api.bodies import read_json
from api.problems import Problem, of_message
from geo_data import webhooks
from geo_data.rights import RowFilter
from grid.cases.wire import PAYLOADS
from grid.errors import InvalidMessage
from grid.notices import seal
from grid.notices.addresses import BadAddress, public, target
from grid.principal import Principal, Role
from grid.reports.field_kinds import Code, Number, Text
from grid.reports.field_objects import Field, ListOf, object_parser, object_schema

if TYPE_CHECKING:
    from geo_data.database import Connection
    from geo_data.webhooks import WebhookRecord

router = APIRouter(tags=["webhooks"])

#: Who may have webhooks, and how many each.
ROLES = (Role.SOURCE, Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN)
MOST = 20
_BODY = 16 * 1024
_LOOK_UP_S = 3.0
_HIGHEST = 2**53  # what JSON's readers all hold exactly
_BY_HAND = "paused by hand"

Partner = Annotated[Principal, Depends(only(*ROLES))]

_FORM = (
    Field("url", Text(2000), "接收地址", "where to: https:// or http://", required=True),
    Field("name", Text(100), "名称", "what it is for, in your own words"),
    Field(
        "events",
        ListOf(Code("[a-z_]{1,40}", "the type of an event"), most=100),
        "事件类型；不填为全部",
        "types of events, such as filed; all where it is left out",
    ),
    Field(
        "area",
        Code("[0-9]{2,20}", "the code of an area"),
        "区域代码",
        "code of an area within the key's own, which it is by default",
    ),
    Field(
        "from",
        Number(1, _HIGHEST, whole=True),
        "从哪个事件流编号开始；默认从现在开始",
        "number of the feed's first entry to send; by default what comes from now on",
    ),
)
_REPLAY = (
    Field(
        "from",
        Number(1, _HIGHEST, whole=True),
        "从哪个事件流编号重发",
        "number of the feed's first entry to send again",
        required=True,
    ),
)
_form, _replay = object_parser(_FORM), object_parser(_REPLAY)


def _body(fields: tuple[Field, ...]) -> dict[str, Any]:
    shape = {"application/json": {"schema": object_schema(fields)}}
    return {"requestBody": {"required": True, "content": shape}}


class DeliveryParameters(Parameters):
    """Which attempts are shown."""

    before: int = Parameter(_HIGHEST, ge=1, le=_HIGHEST, description="feed numbers below this")
    limit: int = Parameter(100, ge=1, le=1000, description="at most so many")
    failed: bool = Parameter(default=False, description="only those that were not taken")


@router.post(
    "/v1/webhooks",
    status_code=201,
    summary="Have the feed sent to an address",
    openapi_extra=_body(_FORM),
    responses=openapi.problems(400, 401, 403, 404, 413, 415, 422, 503),
)
async def post_webhook(
    request: Request, partner: Partner, wired: Wired, _: Nothing
) -> dict[str, Any]:
    """201 with the webhook and its `secret`, which is shown this once and signs every message."""
    given = await _read(request, _form)
    unknown = next((name for name in given.get("events", ()) if name not in PAYLOADS), None)
    if unknown is not None:
        raise _wrong("/events", f"has {unknown}, which is none of {', '.join(PAYLOADS)}")
    await _check_address(given["url"], private=wired.config.private_receivers)
    async with wired.pool.connection() as conn:
        area = await _area(conn, partner, given.get("area"))
        if await webhooks.owned(conn, partner) >= MOST:
            raise Problem(
                "refused",
                f"this key has {MOST} webhooks already; delete one first",
                f"此密钥已有 {MOST} 个 Webhook，请先删除",
            )
        first = given.get("from")
        ident, secret = await webhooks.add(
            conn,
            partner,
            given["url"],
            name=given.get("name", ""),
            events=given.get("events", ()),
            area=area,
            after=None if first is None else first - 1,
        )
        made = await _one(conn, partner, ident)
    return _shown(made) | {"secret": seal.shown(secret)}


@router.get(
    "/v1/webhooks",
    summary="The webhooks of this key",
    responses=openapi.problems(400, 401, 403, 503),
)
async def get_webhooks(partner: Partner, wired: Wired, _: Nothing) -> dict[str, Any]:
    """The key's own; for an admin all in its area. Secrets are not shown."""
    async with wired.pool.connection() as conn:
        found = await webhooks.records(conn, partner)
    return {"webhooks": [_shown(one) for one in found]}


@router.get(
    "/v1/webhooks/{ident}",
    summary="One webhook",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_webhook(ident: str, partner: Partner, wired: Wired, _: Nothing) -> dict[str, Any]:
    """How far it has come, whether it fails and since when."""
    async with wired.pool.connection() as conn:
        return _shown(await _one(conn, partner, ident))


@router.delete(
    "/v1/webhooks/{ident}",
    status_code=204,
    summary="Delete a webhook",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def delete_webhook(ident: str, partner: Partner, wired: Wired, _: Nothing) -> Response:
    """204; a message that is on its way may still arrive."""
    async with wired.pool.connection() as conn:
        await _one(conn, partner, ident)
        await webhooks.delete(conn, ident, partner)
    return Response(status_code=204)


@router.post(
    "/v1/webhooks/{ident}/pause",
    summary="Send nothing for a while",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def post_pause(ident: str, partner: Partner, wired: Wired, _: Nothing) -> dict[str, Any]:
    """The webhook, paused; its place in the feed is kept."""
    async with wired.pool.connection() as conn:
        await _one(conn, partner, ident)
        await webhooks.pause(conn, ident, partner, _BY_HAND)
        return _shown(await _one(conn, partner, ident))


@router.post(
    "/v1/webhooks/{ident}/resume",
    summary="Go on sending",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def post_resume(ident: str, partner: Partner, wired: Wired, _: Nothing) -> dict[str, Any]:
    """The webhook, active; nothing of what came in the meantime is left out."""
    async with wired.pool.connection() as conn:
        await _one(conn, partner, ident)
        await webhooks.resume(conn, ident, partner)
        return _shown(await _one(conn, partner, ident))


@router.post(
    "/v1/webhooks/{ident}/replay",
    summary="Send again from a number of the feed",
    openapi_extra=_body(_REPLAY),
    responses=openapi.problems(400, 401, 403, 404, 413, 415, 422, 503),
)
async def post_replay(
    ident: str, request: Request, partner: Partner, wired: Wired, _: Nothing
) -> dict[str, Any]:
    """The webhook, set back; a paused one stays paused. Ids are those of the first time."""
    given = await _read(request, _replay)
    async with wired.pool.connection() as conn:
        await _one(conn, partner, ident)
        await webhooks.replay(conn, ident, partner, given["from"] - 1)
        return _shown(await _one(conn, partner, ident))


@router.get(
    "/v1/webhooks/{ident}/deliveries",
    summary="What was sent lately, and what came of it",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_deliveries(
    ident: str, partner: Partner, wired: Wired, asked: Annotated[DeliveryParameters, Query()]
) -> dict[str, Any]:
    """The last thousand entries that were sent, newest first; nothing of what was answered."""
    async with wired.pool.connection() as conn:
        await _one(conn, partner, ident)
        found = await webhooks.deliveries(
            conn, ident, before=asked.before, limit=asked.limit, failed=asked.failed
        )
    following = found[-1].feed if len(found) == asked.limit else None
    return {"deliveries": [asdict(one) for one in found], "before": following}


async def _read(request: Request, parse: Any) -> dict[str, Any]:
    body = await read_json(request, one=_BODY)
    try:
        read: dict[str, Any] = parse(body)
    except InvalidMessage as error:
        raise of_message(error) from None
    return read


def _wrong(pointer: str, said: str) -> Problem:
    return Problem("invalid-field", f"{pointer} {said}", pointer=pointer)


async def _check_address(url: str, *, private: bool) -> None:
    """422 for an address that nothing may be sent to. It is looked at again at each sending."""
    try:
        goal = target(url)
    except BadAddress as bad:
        raise _wrong("/url", str(bad)) from None
    if private:
        return
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_LOOK_UP_S):
            found = await loop.getaddrinfo(goal.host, goal.port, type=SOCK_STREAM)
    except (OSError, UnicodeError):  # a time-out is an OSError as well
        raise _wrong("/url", f"has the host {goal.host[:100]}, which cannot be found") from None
    if not all(public(str(entry[4][0])) for entry in found):
        raise _wrong("/url", "leads into a private network, where nothing is sent")


async def _area(conn: Connection, partner: Principal, code: str | None) -> str:
    if code is None:
        return partner.area
    part = await narrowed(conn, RowFilter(partner.area, partner.id, masked=False), code)
    assert part.area is not None
    return part.area


async def _one(conn: Connection, partner: Principal, ident: str) -> WebhookRecord:
    found = await webhooks.records(conn, partner, ident) if "\x00" not in ident else []
    if not found:
        shown = ident[:40]
        raise Problem(
            "not-found",
            f"this key has no webhook with the id {shown}",
            f"此密钥没有编号为 {shown} 的 Webhook",
        )
    return found[0]


def _shown(one: WebhookRecord) -> dict[str, Any]:
    plain = asdict(one)
    plain["area"] = one.area.rstrip("/").rpartition("/")[2]
    return plain
