"""Who is responsible for an area, who is away, and saying that somebody will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import openapi
from api.access import Nothing, Parameters, Reader, Wired, only
from api.area_names import known, layout_in_force
from api.bodies import read_json
from api.case_filters import Moment  # noqa: TC001 - pydantic reads annotations at run time
from api.problems import Problem, of_message
from geo_data import cases, team_changes, teams
from geo_data.rights import row_filter
from grid.errors import InvalidMessage
from grid.principal import Principal, Role
from grid.reports.field_kinds import Text, Time
from grid.reports.field_objects import Field, object_parser, object_schema
from grid.teams import Absence

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.teams import Present

router = APIRouter(tags=["areas"])

#: Roles that work with these people and so read their names.
NAMES = frozenset({Role.WORKER, Role.STAFF, Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})

_BODY = 4 * 1024
_PERSON = Text(100)
_FORM = (
    Field("person", _PERSON, "谁缺岗", "who is away: an id, as the team has it", required=True),
    Field("from", Time(), "开始时间，默认现在", "since when; by default now"),
    Field("to", Time(), "结束时间，不填为待定", "until when; open where it is left out"),
    Field(
        "stand_in",
        _PERSON,
        "代班人；不填由备岗接手",
        "who does the work meanwhile; by default the backup of each unit",
    ),
    Field("reason", Text(200), "事由", "in words; shown to nobody"),
)
_form = object_parser(_FORM)
_SHAPE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": object_schema(_FORM)}},
    }
}

Office = Annotated[Principal, Depends(only(Role.STAFF, Role.OPERATOR, Role.ADMIN))]


class TeamParameters(Parameters):
    """When the team is to be looked at."""

    as_of: Moment | None = None


@router.get(
    "/v1/areas/{code}/team",
    summary="Who is responsible for an area",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_team(
    code: str, principal: Reader, wired: Wired, asked: Annotated[TeamParameters, Query()]
) -> dict[str, Any]:
    """The area's people and its departments', who is away, and who answers: now or at a time.

    Names and ids of people are null for roles that do not work with them.
    """
    rights = row_filter(principal)
    async with wired.pool.connection() as conn:
        _layout, area = await known(conn, code, asked.as_of)
        if not rights.within(area.path):
            raise Problem(
                "outside-area",
                f"{area.name} ({area.code}) lies outside the area of this key",
                f"{area.name}（{area.code}）不在此密钥的辖区内",
            )
        now = asked.as_of or await cases.now(conn)
        people = await teams.of_area(conn, area.code, now)
        answers = (await teams.load(conn, [area.code], now)).responsible(area.code, "", now)
    named = principal.role in NAMES
    return {
        "code": area.code,
        "level": area.level.value,
        "name": area.name,
        "path": area.path,
        "now": now.isoformat(),
        "answers": answers if named else None,
        "answered": answers is not None,
        "team": [_shown(one, named=named) for one in people],
    }


def _shown(one: Present, *, named: bool) -> dict[str, Any]:
    member, away = one.member, one.away
    absence = None
    if away is not None:
        absence = {
            "from": away.begins.isoformat(),
            "to": away.ends.isoformat() if away.ends else None,
            "stand_in": away.stand_in if named else None,
        }
    return {
        "duty": member.duty.value,
        "department": member.department or None,
        "person": member.person if named else None,
        "name": member.name if named else None,
        "full_time": member.full_time,
        "valid_from": member.valid_from.isoformat(),
        "valid_to": member.valid_to.isoformat() if member.valid_to else None,
        "away": absence,
    }


@router.post(
    "/v1/absences",
    status_code=201,
    summary="Say that somebody is away",
    openapi_extra=_SHAPE,
    responses=openapi.problems(400, 401, 403, 409, 413, 415, 422, 503)
    | {200: {"description": "It was entered before"}},
)
async def post_absence(
    request: Request, response: Response, office: Office, wired: Wired, _: Nothing
) -> dict[str, Any]:
    """Open work is handed over within seconds of the beginning, by an event on each case."""
    body = await read_json(request, one=_BODY)
    try:
        given = _form(body)
    except InvalidMessage as error:
        raise of_message(error) from None
    async with wired.pool.connection() as conn:
        absence = _absence(given, await cases.now(conn))
        await _check_rights(conn, office, absence)
        try:
            number, new = await team_changes.enter_absence(conn, absence, by=office.id)
        except team_changes.Overlapping as error:
            raise _wrong("/from", str(error)) from None
    if not new:
        response.status_code = 200
    return {
        "id": number,
        "person": absence.person,
        "from": absence.begins.isoformat(),
        "to": absence.ends.isoformat() if absence.ends else None,
        "stand_in": absence.stand_in,
    }


def _absence(given: dict[str, Any], now: datetime) -> Absence:
    begins, ends = given.get("from", now), given.get("to")
    if ends is not None and ends <= max(begins, now):
        raise _wrong("/to", "must lie ahead, and after the beginning")
    stand_in = given.get("stand_in")
    if stand_in == given["person"]:
        raise _wrong("/stand_in", "nobody stands in for oneself")
    return Absence(given["person"], begins, ends, stand_in, given.get("reason", ""))


async def _check_rights(conn: Connection, office: Principal, absence: Absence) -> None:
    """An absence holds in every unit of the person, so all of them must be the caller's."""
    mine, others = await _places(conn, office, absence.person)
    if not mine:
        raise _wrong("/person", "has no duty in the area of this key")
    if others:
        raise Problem(
            "outside-area",
            "this person has duties outside the area of this key as well: ask the level above",
            "此人在您的辖区之外也有岗位，请由上一级登记",
        )
    if absence.stand_in is not None and not (await _places(conn, office, absence.stand_in))[0]:
        raise _wrong("/stand_in", "has no duty in the area of this key")


async def _places(conn: Connection, office: Principal, person: str) -> tuple[int, int]:
    """In how many units that are the caller's the person has a duty, and in how many others."""
    layout = await layout_in_force(conn)
    places = await teams.places_of(conn, layout, person)
    mine = sum(
        path is not None
        and office.sees(path)
        and (not office.department or department == office.department)
        for path, department, _ in places
    )
    return mine, len(places) - mine


def _wrong(pointer: str, detail: str) -> Problem:
    return Problem("invalid-field", f"{pointer} {detail}", pointer=pointer)
