"""One case with everything that lies on it and beside it, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.case_page import light, listed, moment, time_left
from grid.cases.standing import answers
from grid.cases.transitions import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from geo_data.cases import CaseRow
    from grid.cases.case import Ask, Case, Late, Part, Pause
    from grid.model import Deadline, Unit
    from grid.principal import Principal

_ANSWER = BY_NAME["answer"]


def whole(row: CaseRow, case: Case, now: datetime, *, masked: bool) -> dict[str, Any]:
    """Everything of the state, and what time is left, in words. `row` is as a list has it."""
    matter, place, charge, tally = case.matter, case.place, case.charge, case.tally
    aside = case.aside
    paused = aside.pause is not None
    return listed(row, masked=masked) | {
        "rule": matter.rule,
        "profile": matter.profile,
        "policy": matter.policy,
        "severity": matter.severity,
        "affected": matter.affected,
        "injured": matter.injured,
        "occurred_at": moment(case.origin.occurred_at),
        "confidence": place.confidence,
        "runner_up": place.runner_up,
        "snapped": place.snapped,
        "first_receiver": _unit(charge.first) if charge.first else None,
        "handled_by": charge.handled_by,
        "handler_since": moment(charge.since),
        "ruled": charge.ruled,
        "rework": tally.rework,
        "escalations": tally.escalations,
        "supervisions": tally.supervisions,
        "returns": tally.returns,
        "extensions": tally.extensions,
        "reopened": tally.reopened,
        "deadlines": [_deadline(one, now, paused=paused) for one in case.deadlines],
        "pause": _pause(aside.pause, now) if aside.pause else None,
        "parts": [_part(one) for one in aside.parts],
        "reviews": [level.value for level in aside.reviews],
        "callbacks": {
            "unsatisfied": aside.rounds,
            "unreached": [moment(at) for at in aside.tries],
        },
        "lates": [_late(one) for one in aside.lates],
        "ended_as": aside.ended_as.value if aside.ended_as else None,
    }


def requests(
    case: Case, principal: Principal, notes: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """What was asked for and waits; whether this principal may answer. `notes` are by digest."""
    return [_ask(one, case, principal, notes, now) for one in case.aside.asks]


def _ask(
    ask: Ask, case: Case, principal: Principal, notes: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    kind = ask.kind.value
    due = next((d for d in case.deadlines if d.stage == "answer" and d.who == kind), None)
    return {
        "kind": kind,
        "by": ask.by,
        "area": ask.area,
        "at": moment(ask.at),
        "until": moment(ask.until),
        "stage": ask.stage.value if ask.stage else None,
        "due": moment(ask.due),
        "cause": ask.cause or None,
        "note": notes.get(ask.note) if ask.note else None,
        "answer": _deadline(due, now, paused=False) if due else None,
        "yours": principal.role in _ANSWER.roles and answers(principal, ask),
    }


def _unit(unit: Unit) -> dict[str, str]:
    return {"kind": unit.kind, "area": unit.area, "code": unit.code, "person": unit.person}


def _deadline(one: Deadline, now: datetime, *, paused: bool) -> dict[str, Any]:
    return {
        "stage": one.stage.value,
        "since": moment(one.since),
        "warn": moment(one.warn),
        "due": moment(one.due),
        "missed": one.missed,
        "nonstop": one.nonstop,
        "who": one.who,
        "light": "grey" if paused else light(one.warn, one.due, now),
        "left": time_left(one.due, now),
    }


def _pause(pause: Pause, now: datetime) -> dict[str, Any]:
    return {
        "kind": pause.kind.value,
        "since": moment(pause.since),
        "until": moment(pause.until),
        "left": time_left(pause.until, now),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "department": part.department,
        "area": part.area,
        "reported_in": part.reported_in,
        "done": part.done,
    }


def _late(late: Late) -> dict[str, Any]:
    return {
        "stage": late.stage.value,
        "who": late.who,
        "unit": _unit(late.unit),
        "due": moment(late.due),
        "card_at": moment(late.card_at),
        "ended": moment(late.ended),
        "state": late.state.value,
    }
