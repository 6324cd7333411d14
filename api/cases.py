"""Cases: lists, one, its history, its why, and who reported it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from api import case_as_of, case_page, case_whole, command_forms, openapi
from api.access import Nothing, Parameters, Reader, Rights, Wired, only
from api.area_names import narrowed
from api.case_filters import CaseParameters, Moment, cursor
from api.problems import Problem
from geo_data import areas, cases, knowing
from geo_data.rights import HANDLERS, RowFilter, row_filter
from grid import codec
from grid.cases import transitions, why
from grid.cases.case import Case
from grid.cases.known import NOTHING
from grid.cases.masked import masked
from grid.cases.standing import Relation, stands_in
from grid.model import Status
from grid.policy.versions import version_in
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.cases import CaseFilter, CaseRow, Position
    from geo_data.database import Connection

router = APIRouter(tags=["cases"])


class CaseAt(Parameters):
    """When the case is to be looked at."""

    as_of: Moment | None = Field(None, description="as it was at this time; by default now")


@router.get(
    "/v1/cases",
    summary="Cases, filtered, page by page",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_cases(
    request: Request, rights: Rights, wired: Wired, asked: Annotated[CaseParameters, Query()]
) -> dict[str, Any]:
    """The cases below the caller's area. `next` continues the list without gaps or repetitions.

    With `as_of` as they were then: filters go by what held then, whoever may see a case today may
    see what it was.
    """
    wanted, position = asked.filter(me=rights.sender, masked=rights.masked), asked.position()
    async with wired.pool.connection() as conn:
        if asked.as_of is not None:
            now, rows = await case_as_of.rows(conn, rights, asked, wanted, position)
        else:
            now, rows = await _rows(conn, rights, asked, wanted, position)
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    following = cursor(asked.order, rows[-1]) if more else None
    return {
        "now": now.isoformat(),
        "cases": [case_page.listed(row, masked=rights.masked) for row in rows],
        "next": following,
        "link": _link(request, following),
    }


async def _rows(
    conn: Connection,
    rights: RowFilter,
    asked: CaseParameters,
    wanted: CaseFilter,
    position: Position | None,
) -> tuple[datetime, list[CaseRow]]:
    """The clock's time, and one row more than was asked for where there are more."""
    part = rights if asked.area is None else await narrowed(conn, rights, asked.area)
    now = await cases.now(conn)
    limit = asked.limit + 1
    rows = await cases.page(
        conn, part, wanted, at=now, order=asked.order, after=position, limit=limit
    )
    return now, rows


def _link(request: Request, following: str | None) -> str | None:
    if following is None:
        return None
    given = [pair for pair in request.query_params.multi_items() if pair[0] != "after"]
    return f"/v1/cases?{urlencode([*given, ('after', following)])}"


@router.get(
    "/v1/cases/{name}",
    summary="One case, by id or number",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_case(
    name: str, principal: Reader, wired: Wired, asked: Annotated[CaseAt, Query()]
) -> dict[str, Any]:
    """The case, its reports, the names of its areas and what the caller may do with it now.

    With `as_of` as it was then: whoever may see it today may see what it was.
    """
    rights = row_filter(principal)
    async with wired.pool.connection() as conn:
        now = await cases.now(conn)
        row = await cases.one(conn, rights, name, at=now)
        if row is None:
            raise unknown_case(name)
        if asked.as_of is not None:
            return await case_as_of.then(conn, wired, principal, rights, row, asked.as_of)
        reports = await cases.reports(conn, row.id)
        children = await cases.children(conn, row.id)
        case = codec.read(Case, row.state)
        names = await _names(conn, row, *(ask.area for ask in case.aside.asks))
        known = await knowing.offering(conn, case)
        notes = {} if rights.masked or not case.aside.asks else await cases.notes(conn, row.id)
    handler = why.unit(case.charge.handler, wired.policy, areas.AreaNames(names))
    return case_whole.whole(row, case, now, masked=rights.masked) | {
        "now": now.isoformat(),
        "areas": case_page.areas(names),
        "handler_name": {"zh": handler[0], "en": handler[1]},
        "report_list": [case_page.report(told, masked=rights.masked) for told in reports],
        "children": [{"id": child, "number": number} for child, number in children],
        "requests": case_whole.requests(case, principal, notes, now),
        "commands": [
            command_forms.form(row, wired.policy)
            for row in transitions.allowed(case, principal, known)
        ],
    }


@router.get(
    "/v1/cases/{name}/history",
    summary="Everything that happened to a case",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_history(
    name: str, rights: Rights, wired: Wired, asked: Annotated[CaseAt, Query()]
) -> dict[str, Any]:
    """The events as they are stored, each with words, and with its note for who may read notes.

    With `as_of` those until then.
    """
    case_id, texts, told, notes = await _read_history(name, rights, wired, asked.as_of)
    entries = []
    for text, words in zip(texts, told, strict=True):
        event = json.loads(text)
        entry = {"event": event, "zh": words.zh, "en": words.en}
        if rights.masked:
            entry["event"] = masked(event)
        note = notes.get(event["data"].get("note", ""))
        if note is not None:
            entry["note"] = note
        entries.append(entry)
    return {"id": case_id, "history": entries}


@router.get(
    "/v1/cases/{name}/why",
    summary="Why a case is where it is, in words",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_why(
    name: str, rights: Rights, wired: Wired, asked: Annotated[CaseAt, Query()]
) -> dict[str, Any]:
    """What happened, until `as_of` or now, and the reasons for it, in Chinese and English."""
    case_id, _texts, told, _notes = await _read_history(name, rights, wired, asked.as_of)
    return {
        "id": case_id,
        "told": [
            {
                "number": words.number,
                "at": words.at.isoformat(),
                "by": words.by,
                "type": words.type,
                "zh": words.zh,
                "en": words.en,
                "reasons": [{"zh": zh, "en": en} for zh, en in words.reasons],
            }
            for words in told
        ],
    }


@router.get(
    "/v1/cases/{name}/people",
    summary="Who reported a case: for who handles it",
    responses=openapi.problems(400, 401, 403, 404, 503),
)
async def get_people(
    name: str,
    principal: Annotated[Principal, Depends(only(*HANDLERS, Role.HOTLINE))],
    wired: Wired,
    _: Nothing,
) -> dict[str, Any]:
    """Names, phone numbers and addresses. Every look is kept in the audit log."""
    async with wired.pool.connection() as conn:
        row = await cases.one(conn, row_filter(principal), name, at=await cases.now(conn))
        if row is None:
            raise unknown_case(name)
        case = codec.read(Case, row.state)
        calls = principal.role is Role.HOTLINE and case.status is Status.VERIFIED
        if not calls and not stands_in(principal, Relation.HANDS, case, NOTHING):
            raise Problem(
                "wrong-role",
                "who reported is shown only to who handles the case or has to call back",
                "反映人信息只对承办单位和回访人员可见",
            )
        people = await cases.people(conn, row.id, principal)
    return {"id": row.id, "people": [{"report": r, "reporter": p} for r, p in people]}


def unknown_case(name: str) -> Problem:
    """No such case, or none that the caller may see: which of both is nobody's business."""
    return Problem(
        "not-found",
        f"there is no case {name[:40]} that you may see",
        f"没有您可查看的案件 {name[:40]}",
    )


async def _read_history(
    name: str, rights: RowFilter, wired: Wired, until: datetime | None
) -> tuple[str, list[str], list[why.Told], dict[str, str]]:
    async with wired.pool.connection() as conn:
        row = await cases.one(conn, rights, name, at=await cases.now(conn))
        if row is None:
            raise unknown_case(name)
        texts, events = await cases.history(conn, row.id)
        if until is not None:
            events = case_as_of.until(events, until)
            texts = texts[: len(events)]
        notes = {} if rights.masked else await cases.notes(conn, row.id)
        names = await cases.area_names(conn, events)
        policies = await wired.policies.current(conn)
    told = [
        words
        for event in events
        for words in why.tell(
            [event], policies.named(version_in(event.what), event.at), areas.AreaNames(names)
        )
    ]
    return row.id, texts, told, notes


async def _names(conn: Connection, row: CaseRow, *others: str) -> list[areas.AreaName]:
    charge, place = row.state["charge"], row.state["place"]
    paths = (place["path"], charge["area"], charge["handler"]["area"], *others)
    return await areas.names(conn, place["layout"], paths)
