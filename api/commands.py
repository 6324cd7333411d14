"""The doors for people's commands: the same id gets the same answer, refusals too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from api import case_whole, command_forms, openapi
from api.access import Caller, Nothing, Reader, Wired  # noqa: TC001 - FastAPI reads them
from api.area_names import layout_in_force
from api.bodies import read_json
from api.cases import unknown_case
from api.problems import MEDIA_TYPE, Problem, of_message
from api.reports import told, unknown_report, uuid_of
from geo_data import cases, commanding, fates, knowing, merging
from geo_data.commanding import Answer
from geo_data.rights import row_filter
from grid import canonical, codec
from grid.cases import commands as c
from grid.cases import transitions
from grid.cases.case import Case
from grid.errors import InvalidMessage, Refusal, Rejected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from api.command_forms import Form
    from api.wiring import Wiring
    from geo_data.database import Connection
    from grid.cases.known import Known
    from grid.model import Unit
    from grid.principal import Principal

    #: What was done, or what stands where it was refused, as its sender may see it.
    Show = Callable[[], Awaitable[dict[str, Any]]]

router = APIRouter(tags=["commands"])


@dataclass(frozen=True, slots=True)
class _Said:
    """A command on its way: who says what about which case, and its bytes for comparing."""

    principal: Principal
    case_id: str
    form: Form
    body: bytes


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

    The same id from the same key is answered as it was the first time, even where the case has
    gone out of sight since; with another body it is an error.
    """
    form, body = await _read(request)
    async with wired.pool.connection() as conn:
        case_id = await cases.identify(conn, name)
        if case_id is None:
            raise unknown_case(name)
        said = _Said(principal, case_id, form, canonical.write({"case": case_id, "body": body}))

        async def show() -> dict[str, Any]:
            return await _state(conn, principal, case_id)

        async with conn.transaction():
            answer = await _earlier(conn, said)
            if answer is None:
                if await cases.visible(conn, row_filter(principal), case_id) is None:
                    raise unknown_case(name)
                answer = await _answer(conn, wired, said, show)
    return _response(answer)


@router.post(
    "/v1/reports/{report_id}/commands",
    summary="Withdraw, reopen or add to what one has reported",
    openapi_extra=openapi.COMMAND_BODY,
    responses=openapi.problems(400, 401, 403, 404, 409, 413, 415, 422, 503) | openapi.FATE,
)
async def post_report_command(
    report_id: str, request: Request, principal: Caller, wired: Wired, _: Nothing
) -> Response:
    """For the report's sender: the same commands, answered with what became of the report.

    Where its case goes on under another one, the command is for that one.
    """
    form, body = await _read(request)
    if uuid_of(report_id) is None:
        raise unknown_report()
    async with wired.pool.connection() as conn:
        fate = await fates.fate(conn, report_id)
        if fate is None or fate.sender != principal.id:
            raise unknown_report()
        case_id = fate.parent or fate.case

        async def show() -> dict[str, Any]:
            now = await fates.fate(conn, report_id)
            assert now is not None, "a report stays with its case"
            return told(report_id, now)

        # The report, not the case: repeated after a merge it is still the same command.
        said = _Said(principal, case_id, form, canonical.write({"report": report_id, "body": body}))
        async with conn.transaction():
            answer = await _earlier(conn, said)
            if answer is None:
                answer = await _answer(conn, wired, said, show)
    return _response(answer)


async def _read(request: Request) -> tuple[Form, Any]:
    body = await read_json(request, one=command_forms.MAX_BODY)
    try:
        return command_forms.read(body), body
    except InvalidMessage as error:
        raise of_message(error) from None


async def _earlier(conn: Connection, said: _Said) -> Answer | None:
    """What was answered to this id before."""
    try:
        return await commanding.earlier_answer(conn, said.principal.id, said.form.id, said.body)
    except commanding.OtherBody:
        raise Problem(
            "id-reused",
            "this key has sent another command under this id: make a new id",
            "此编号已用于另一条指令，请使用新编号",
            "/id",
        ) from None


async def _answer(conn: Connection, wired: Wiring, said: _Said, show: Show) -> Answer:
    """Do it, and keep the answer in the same transaction."""
    try:
        async with conn.transaction():  # a refusal takes the note back, not the stored answer
            await _do(conn, wired, said)
    except Rejected as refused:
        answer = _refusal(refused, await show())
    else:
        answer = Answer(200, _text(await show()))
    await commanding.remember_answer(conn, said.principal.id, said.form.id, said.body, answer)
    return answer


async def _do(conn: Connection, wired: Wiring, said: _Said) -> None:
    form, case_id = said.form, said.case_id
    digest = None
    if form.note is not None:
        digest = await commanding.keep_note(conn, case_id, form.note, said.principal.id)
    command = form.command(said.principal, digest)
    policy = await wired.policies.now(conn)
    teams = await wired.teams.get(conn)
    if isinstance(command, c.Merge):
        parent = await _parent(conn, said)
        await merging.merge(conn, case_id, parent, command, policy, teams=teams)
    elif isinstance(command, c.Unmerge):
        await merging.unmerge(conn, case_id, command, policy, teams=teams)
    else:
        if form.position is not None:
            await layout_in_force(conn)  # 503 where there is none
        case = await commanding.give(
            conn, case_id, command, policy, position=form.position, teams=teams
        )
        if isinstance(command, c.HandOver):
            await _belongs(conn, case.charge.handler)


async def _belongs(conn: Connection, unit: Unit) -> None:
    """Nobody but the unit's own people can have it in hand; asked last, after role and state."""
    if not await knowing.belongs(conn, unit, unit.person):
        raise Problem(
            "invalid-field",
            "/person has no duty in the unit that works on it",
            "此人在承办单位没有岗位",
            "/person",
        )


async def _parent(conn: Connection, said: _Said) -> str:
    assert said.form.parent is not None, "its form asks for it"
    found = await cases.visible(conn, row_filter(said.principal), said.form.parent)
    if found is None:
        raise Problem(
            "invalid-field",
            "/parent is no case that you may see",
            "没有您可查看的主案",
            "/parent",
        )
    return found


async def _state(conn: Connection, principal: Principal, case_id: str) -> dict[str, Any]:
    """The case as it is now, with what this principal may do next.

    Who has sent it out of sight hears no more than what became of it.
    """
    rights = row_filter(principal)
    now: datetime = await cases.now(conn)
    row = await cases.one(conn, rights, case_id, at=now)
    if row is None:
        return await cases.briefly(conn, case_id)
    case = codec.read(Case, row.state)
    known = await knowing.offering(conn, case)
    return case_whole.whole(row, case, now, masked=rights.masked) | {
        "now": now.isoformat(),
        "commands": offered(case, principal, known),
    }


def offered(case: Case, principal: Principal, known: Known) -> list[dict[str, str]]:
    """The commands that this principal may give now."""
    return [command_forms.button(t) for t in transitions.allowed(case, principal, known)]


def _refusal(refused: Rejected, state: dict[str, Any]) -> Answer:
    kind = "wrong-role" if refused.refusal is Refusal.ROLE else "refused"
    problem = Problem(
        kind,
        refused.en,
        refused.zh,
        extra={"refusal": refused.refusal.value, "case": state},
    )
    return Answer(problem.status, _text(problem.document()))


def _response(answer: Answer) -> Response:
    media = "application/json" if answer.status == 200 else MEDIA_TYPE  # noqa: PLR2004 - OK
    return Response(answer.text.encode(), answer.status, media_type=media)


def _text(plain: dict[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
