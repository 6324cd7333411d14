"""Suggestions of what may be one matter: read beside a case, or dismissed; merging is a command."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from api import openapi
from api.access import Nothing, Parameters, Rights, Wired, only
from api.bodies import read_json
from api.cases import unknown_case
from api.command_fields import Flag
from api.problems import Problem, of_message
from geo_data import cases, suggestions
from geo_data.rights import row_filter
from grid.errors import InvalidMessage
from grid.principal import Principal, Role
from grid.reports.field_objects import Field, object_parser, object_schema
from grid.watching.duplicates import Ground, say

if TYPE_CHECKING:
    from geo_data.suggestions import Stored
    from grid.watching.duplicates import Reason

router = APIRouter(tags=["cases"])

_BODY = 1024
_FORM = (
    Field(
        "dismissed",
        Flag(),
        "不是同一件事",
        "true: the two are two matters, nobody is asked again",
        required=True,
    ),
)
_form = object_parser(_FORM)
_SHAPE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": object_schema(_FORM)}},
    }
}
#: Who decides whether two cases are one: those who may merge, and who knows the place.
Deciding = Annotated[Principal, Depends(only(Role.WORKER, Role.STAFF, Role.OPERATOR, Role.ADMIN))]


class State(StrEnum):
    """Where a suggestion stands."""

    OPEN = "open"
    MERGED = "merged"
    DISMISSED = "dismissed"
    OVER = "over"
    ALL = "all"


class SuggestionParameters(Parameters):
    """Open ones, unless others are asked for."""

    state: State = State.OPEN


@router.get(
    "/v1/cases/{name}/suggestions",
    summary="What may be the same matter",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_suggestions(
    name: str, rights: Rights, wired: Wired, asked: Annotated[SuggestionParameters, Query()]
) -> dict[str, Any]:
    """Cases that may be the same as this one, the likeliest first, each with reasons in words.

    Only cases that the caller may see. `merge` is the command that makes two one. Analysts are not
    told how far apart two reports are and how alike their words, nor the score made of both.
    """
    async with wired.pool.connection() as conn:
        case_id = await cases.visible(conn, rights, name)
        if case_id is None:
            raise unknown_case(name)
        state = None if asked.state is State.ALL else asked.state.value
        found = await suggestions.of_case(conn, rights, case_id, state)
    return {"id": case_id, "suggestions": [_shown(one, masked=rights.masked) for one in found]}


@router.post(
    "/v1/cases/{name}/suggestions/{other}",
    summary="Say that two cases are two matters",
    openapi_extra=_SHAPE,
    responses=openapi.problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def post_suggestion(
    name: str, other: str, request: Request, principal: Deciding, wired: Wired, _: Nothing
) -> dict[str, Any]:
    """Dismiss a suggestion; saying it again changes nothing."""
    try:
        said = _form(await read_json(request, one=_BODY))
    except InvalidMessage as error:
        raise of_message(error) from None
    if not said["dismissed"]:
        raise of_message(InvalidMessage("/dismissed", "must be true: merging is a command"))
    rights = row_filter(principal)
    async with wired.pool.connection() as conn, conn.transaction():
        pair = []
        for one in (name, other):
            seen = await cases.visible(conn, rights, one)
            if seen is None:
                raise unknown_case(one)
            pair.append(seen)
        case_id, other_id = pair
        state = await suggestions.dismiss(conn, case_id, other_id, principal.id)
    if state is None:
        raise Problem("not-found", "nobody suggested these two", "没有这条并案建议")
    if state != State.DISMISSED:
        raise Problem(
            "refused",
            "it is decided already: " + ("the two are one" if state == "merged" else "one is over"),
            "已并案" if state == "merged" else "其中一案已结束",
        )
    return {"id": case_id, "other": other_id, "state": state}


#: Metres between two people's positions, and likeness of words to words that one may choose,
#: would tell step by step what is kept back from analysts.
_KEPT_BACK = {
    Ground.DISTANCE: ("相距很近", "close by"),
    Ground.WORDS: ("文字相似", "descriptions alike"),
}


def _shown(one: Stored, *, masked: bool) -> dict[str, Any]:
    return {
        "other": {
            "id": one.other,
            "number": one.number,
            "status": one.status,
            "category": one.category,
            "path": one.path,
            "received_at": one.received_at.isoformat(),
        },
        "score": None if masked else one.score,
        "reasons": [_reason(reason, masked=masked) for reason in one.reasons],
        "state": one.state,
        "at": one.at.isoformat(),
    }


def _reason(reason: Reason, *, masked: bool) -> dict[str, Any]:
    hidden = masked and reason.ground in _KEPT_BACK
    zh, en = _KEPT_BACK[reason.ground] if hidden else say(reason)
    value = None if hidden else reason.value
    return {"ground": reason.ground.value, "value": value, "zh": zh, "en": en}
