"""The door for people's commands: the same id gets the same answer, refusals too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from api import case_page, command_forms, openapi
from api.access import Nothing, Reader, Wired  # noqa: TC001 - FastAPI reads them
from api.bodies import read_json
from api.cases import unknown_case
from api.problems import MEDIA_TYPE, Problem, of_message
from geo_data import cases, commanding
from geo_data.commanding import Answer
from geo_data.rights import row_filter
from grid import canonical, codec
from grid.cases import transitions
from grid.errors import InvalidMessage, Refusal, Rejected
from grid.cases.case import Case

if TYPE_CHECKING:
    from datetime import datetime

    from api.command_forms import Form
    from api.wiring import Wiring
    from geo_data.database import Connection
    from geo_data.rights import RowFilter
    from grid.principal import Principal

router = APIRouter(tags=["commands"])


@router.post(
    "/v1/cases/{name}/commands",
    summary="Do something with a case",
    openapi_extra=openapi.COMMAND_BODY,
    responses=openapi.problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def post_command(
    name: str, request: Request, principal: Reader, wired: Wired, _: Nothing
) -> Response:
    """200 with the new state; 403 or 409 with the reason and the state as it is.

    The same id from the same key is answered as it was the first time; with another body it is an
    error.
    """
    body = await read_json(request, one=command_forms.MAX_BODY)
    try:
        form = command_forms.read(body)
    except InvalidMessage as error:
        raise of_message(error) from None
    rights = row_filter(principal)
    async with wired.pool.connection() as conn:
        case_id = await cases.visible(conn, rights, name)
        if case_id is None:
            raise unknown_case(name)
        said = canonical.write({"case": case_id, "body": body})
        answer = await _answer(conn, wired, principal, case_id, form, said)
    media = "application/json" if answer.status == 200 else MEDIA_TYPE  # noqa: PLR2004 - OK
    return Response(answer.text.encode(), answer.status, media_type=media)


async def _answer(
    conn: Connection, wired: Wiring, principal: Principal, case_id: str, form: Form, said: bytes
) -> Answer:
    """The answer to a command, in one transaction with what it does."""
    async with conn.transaction():
        try:
            known = await commanding.earlier_answer(conn, principal.id, form.id, said)
        except commanding.OtherBody:
            raise Problem(
                "id-reused",
                "this key has sent another command under this id: make a new id",
                "此编号已用于另一条指令，请使用新编号",
                "/id",
            ) from None
        if known is not None:
            return known
        answer = await _do(conn, wired, principal, case_id, form)
        await commanding.remember_answer(conn, principal.id, form.id, said, answer)
        return answer


async def _do(
    conn: Connection, wired: Wiring, principal: Principal, case_id: str, form: Form
) -> Answer:
    rights = row_filter(principal)
    try:
        async with conn.transaction():  # a refusal takes the note back, not the stored answer
            note = form.note
            digest = await commanding.keep_note(conn, case_id, note, principal.id) if note else None
            command = form.command(principal, digest)
            policy = await wired.policies.now(conn)
            teams = await wired.teams.get(conn)
            await commanding.give(conn, case_id, command, policy, teams=teams)
    except Rejected as refused:
        state = await _state(conn, rights, principal, case_id)
        return _refusal(refused, state)
    return Answer(200, _text(await _state(conn, rights, principal, case_id)))


async def _state(
    conn: Connection, rights: RowFilter, principal: Principal, case_id: str
) -> dict[str, Any]:
    """The case as it is now, with what this principal may do next."""
    now: datetime = await cases.now(conn)
    row = await cases.one(conn, rights, case_id, at=now)
    assert row is not None, "a command neither deletes nor moves a case"
    case = codec.read(Case, row.state)
    return case_page.whole(row, now, masked=rights.masked) | {
        "now": now.isoformat(),
        "commands": [
            {"name": t.name, "zh": t.zh, "en": t.en} for t in transitions.allowed(case, principal)
        ],
    }


def _refusal(refused: Rejected, state: dict[str, Any]) -> Answer:
    kind = "wrong-role" if refused.refusal is Refusal.ROLE else "refused"
    problem = Problem(
        kind,
        refused.en,
        refused.zh,
        extra={"refusal": refused.refusal.value, "case": state},
    )
    return Answer(problem.status, _text(problem.document()))


def _text(plain: dict[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
