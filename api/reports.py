"""Reports come in here, and here their senders ask what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from api import openapi
from api.access import Caller, Nothing, Wired, no_parameters, only, wiring
from api.bodies import read_json
from api.problems import Problem, of_message
from geo_data import cases, fates
from geo_data.rights import row_filter
from grid.errors import InvalidMessage
from grid.model import OWN_SOURCES, Source
from grid.policy.categories import UnknownCategory
from grid.principal import Principal, Role
from grid.reports.report import MAX_BODY
from ingest import door

if TYPE_CHECKING:
    from api.wiring import Wiring
    from grid.reports.report import Report
    from ingest.producer import BrokerAway

router = APIRouter(tags=["reports"])

MOST = 500  # reports in one request
#: Bytes of a list: some 8 kB for each of 500. Read, a body of nothing but brackets takes 25 times
#: its size in memory, and the whole process waits for it.
MAX_LIST = 4 * 1024 * 1024

_POSTERS = (
    Role.WORKER, Role.STAFF, Role.OPERATOR, Role.HOTLINE, Role.SOURCE, Role.CITIZEN, Role.ADMIN,
)  # fmt: skip
Poster = Annotated[Principal, Depends(only(*_POSTERS))]


@router.post(
    "/v1/reports",
    status_code=202,
    summary="Report something, or up to 500 things",
    openapi_extra=openapi.REPORT_BODY,
    responses=openapi.problems(400, 401, 403, 413, 415, 422, 503) | openapi.ACCEPTED,
)
async def post_reports(request: Request, principal: Poster) -> JSONResponse:
    """202 once all in-sync replicas of the broker have the report; the same id again does no harm.

    A list is answered with 200 and one status for each of its items, in its order.
    """
    # The busiest route: it asks for what it needs itself, see api.access.
    no_parameters(request)
    wired = await wiring(request)
    body = await read_json(request, one=MAX_BODY, many=MAX_LIST)
    received_at = datetime.now(UTC)
    if isinstance(body, list):
        return await _take_many(body, principal, wired, received_at)
    try:
        report = _check(body, principal, wired, received_at)
    except InvalidMessage as error:
        raise of_message(error) from None
    await wired.producer.send(report)
    wired.accepted.remember(report.id, principal.id)
    return JSONResponse(_receipt(report.id), 202, {"Location": f"/v1/reports/{report.id}"})


@dataclass(slots=True)
class _Item:
    """One item of a list on its way: a report or the reason why it is none."""

    report: Report | None = None
    problem: Problem | None = None
    given_id: object = None

    def answer(self) -> dict[str, Any]:
        if self.problem is None:
            assert self.report is not None
            return {"code": 202} | _receipt(self.report.id)
        given = self.given_id if isinstance(self.given_id, str) else None
        known = {"id": given[:100]} if given else {}
        return {"code": self.problem.status} | known | {"problem": self.problem.document()}


async def _take_many(
    body: list[Any], principal: Principal, wired: Wiring, received_at: datetime
) -> JSONResponse:
    if not 1 <= len(body) <= MOST:
        kind = "too-large" if body else "invalid-field"
        raise Problem(kind, f"the list has {len(body)} reports, 1 to {MOST} are taken", pointer="")
    items = []
    for place, submission in enumerate(body):
        given = submission.get("id") if isinstance(submission, dict) else None
        item = _Item(given_id=given)
        try:
            item.report = _check(submission, principal, wired, received_at)
        except InvalidMessage as error:
            item.problem = of_message(error, f"/{place}")
        items.append(item)
    good = [item for item in items if item.report is not None]
    outcomes = await wired.producer.send_many([item.report for item in good if item.report])
    for item, away in zip(good, outcomes, strict=True):
        if away is not None:
            item.problem = broker_away(away)
        elif item.report is not None:
            wired.accepted.remember(item.report.id, principal.id)
    return JSONResponse({"items": [item.answer() for item in items]})


def _check(
    submission: object, principal: Principal, wired: Wiring, received_at: datetime
) -> Report:
    """The report of a submission. Raises InvalidMessage, also where its sender may not say that."""
    report = door.accept(submission, sender=principal.id, received_at=received_at)
    try:
        wired.policy.categories.row(report.category, report.condition)
    except UnknownCategory as error:
        named = "/category" if report.condition is None else "/condition"
        if report.category not in wired.policy.categories:
            named = "/category"
        raise InvalidMessage(named, str(error), "choice") from None
    _believe(report.source, principal)
    return report


def _believe(source: Source, principal: Principal) -> None:
    """What counts as seen by the house's own people must come with one of their keys."""
    citizen = principal.role is Role.CITIZEN and source is not Source.CITIZEN
    outside = principal.role in (Role.SOURCE, Role.HOTLINE) and source in OWN_SOURCES
    if citizen or outside:
        raise InvalidMessage(
            "/source", f"cannot be {source} with a key of the role {principal.role}", "choice"
        )


def _receipt(report_id: str) -> dict[str, Any]:
    return {"id": report_id, "status": "accepted", "href": f"/v1/reports/{report_id}"}


def broker_away(error: BrokerAway) -> Problem:
    """The problem of a report that Kafka did not take in time."""
    return Problem(
        "unavailable",
        "the report could not be kept: keep it and send it again under the same id",
        "上报暂时无法保存：请保留，稍后用同一编号重发",
        headers={"Retry-After": str(error.retry_after_s)},
        extra={"retry_after": error.retry_after_s},
    )


@router.get(
    "/v1/reports/{report_id}",
    summary="What became of a report",
    responses=openapi.problems(400, 401, 404, 503) | openapi.FATE,
)
async def get_report(report_id: str, principal: Caller, wired: Wired, _: Nothing) -> dict[str, Any]:
    """For its sender, and for staff who see the place: accepted, filed, merged or rejected."""
    if uuid_of(report_id) is None:
        raise unknown_report()
    rights = row_filter(principal)
    sender = None if principal.role is Role.ADMIN else principal.id
    async with wired.pool.connection() as conn:
        fate = await fates.fate(conn, report_id)
        mine = fate is not None and fate.sender == principal.id
        if fate is not None and (mine or await cases.visible(conn, rights, fate.case)):
            return told(report_id, fate)
        reject = await fates.reject(conn, report_id, sender)
    if reject is not None:
        return {
            "id": report_id,
            "status": "rejected",
            "reason": {"code": reject.code, "field": reject.field, "detail": reject.reason},
            "at": reject.at.isoformat(),
        }
    if fate is None and wired.accepted.by(report_id, principal.id):
        return _receipt(report_id)
    raise unknown_report()


def told(report_id: str, fate: fates.Fate) -> dict[str, Any]:
    """What became of a report, as its sender hears it."""
    fated: dict[str, Any] = {
        "id": report_id,
        "status": "filed",
        "number": fate.number,
        "case": _case(fate.case, fate.number) | {"status": fate.status},
    }
    if fate.parent is not None and fate.parent_number is not None:
        parent = _case(fate.parent, fate.parent_number) | {"status": fate.parent_status}
        fated |= {"status": "merged", "parent": parent}
    return fated


def _case(case_id: str, number: str) -> dict[str, Any]:
    return {"id": case_id, "number": number, "href": f"/v1/cases/{case_id}"}


def uuid_of(text: str) -> UUID | None:
    """The id, where the text is one as it is written here."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def unknown_report() -> Problem:
    """No such report, or not the caller's."""
    return Problem(
        "not-found",
        "no report of this id is filed that you may see; one accepted a moment ago may still be"
        " on its way: ask again in some seconds",
        "没有您可查看的该编号上报；刚刚送达的可能仍在处理，请稍后再查",
    )
