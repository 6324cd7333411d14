"""Who works on it, decided by the level in charge: dispatch, delegate, take over, whistle, rule.

And going up by hand, or because one place is reported again and again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from grid.cases import charges, deadlines, rising
from grid.cases.case import Part
from grid.cases.deciding import judge
from grid.cases.events import (
    Because,
    DateSet,
    Delegated,
    Dispatched,
    Escalated,
    Ruled,
    TakenOver,
    Whistled,
)
from grid.cases.refusing import need_note, refuse
from grid.model import Level, Stage, Status, level_of, path_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from grid.cases import commands as c
    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.model import Charge, Deadline
    from grid.policy.policy import Policy


def dispatch(
    case: Case, command: c.Dispatch, known: Known, now: datetime, policy: Policy
) -> list[Dispatched | Escalated]:
    """To the named department, or the one that the responsibility table names.

    Where nobody is named there, the owner is unknown and the district decides.
    """
    code = command.department
    if not code:
        named = charges.department_for(case.matter.category, case.place.path, now, policy)
        if named is None:
            return [_owner_unknown(case, known, now, policy)]
        code = named
    _known_departments((code, *command.assisting), policy)
    unit = charges.department(code, case.place.path)
    if unit.same(case.charge.handler):
        refuse(
            "该部门已是承办单位；召集协办请用“吹哨”",
            "this department is the handler already; whistle calls others to help",
        )
    if code in command.assisting:
        refuse("主办部门不能同时协办", "the leading department cannot assist itself")
    charge = charges.given(case.charge, unit, now)
    busy = {part.department for part in case.aside.parts} | {code}
    fresh = _parts(case, (other for other in command.assisting if other not in busy))
    parts = (*(part for part in case.aside.parts if part.department != code), *fresh)
    running = deadlines.giving(case, charge.level, now, policy)
    running = _calling(replace(case, deadlines=running), fresh, now, policy)
    return [Dispatched(charge, running, parts, command.note, command.done_at)]


def _owner_unknown(case: Case, known: Known, now: datetime, policy: Policy) -> Escalated:
    top = policy.top
    if case.charge.level.rank >= top.rank:
        refuse(
            "责任表未指定部门，请直接指定承办部门",
            "the responsibility table names nobody: name the department",
        )
    charge = replace(case.charge, level=top, area=path_at(case.place.path, top))
    why = Because("owner_unknown", (("category", "", case.matter.category),), policy.version)
    return rising.lift(case, charge, why, known, now, policy)


def _known_departments(codes: Iterable[str], policy: Policy) -> None:
    known = policy.responsibilities.departments
    for code in codes:
        if code not in known:
            refuse(
                f"没有部门 {code}；现有：{'、'.join(sorted(known))}",
                f"there is no department {code}; there are {', '.join(sorted(known))}",
            )


def _parts(case: Case, codes: Iterable[str]) -> tuple[Part, ...]:
    area = path_at(case.place.path, Level.DISTRICT)
    return tuple(Part(code, area) for code in dict.fromkeys(codes))


def _calling(
    case: Case, parts: Iterable[Part], now: datetime, policy: Policy
) -> tuple[Deadline, ...]:
    """The running deadlines, and for each part its limit to report in."""
    for part in parts:
        running = deadlines.adding(
            Stage.REPORT_IN, case, case.charge.level, now, policy, part.department
        )
        case = replace(case, deadlines=running)
    return case.deadlines


def delegate(
    case: Case, command: c.Delegate, _known: Known, now: datetime, policy: Policy
) -> list[Delegated]:
    """To a level below the one in charge, along the place's own areas."""
    below = [
        level
        for level in Level
        if level.rank < case.charge.level.rank
        and level_of(path_at(case.place.path, level)) is level
    ]
    if command.to not in below:
        names = ", ".join(level.value for level in below)
        refuse(f"只能交给：{names or '无'}", f"it can be given to: {names or 'nothing'}")
    unit = charges.unit_of(command.to, case.place.path)
    if unit.same(case.charge.handler):
        refuse("该单位已是承办单位", "this unit is the handler already")
    charge = charges.given(case.charge, unit, now)
    running = deadlines.giving(case, charge.level, now, policy)
    return [Delegated(charge, running, command.note, command.done_at)]


def take_over(
    case: Case, command: c.TakeOver, _known: Known, now: datetime, policy: Policy
) -> list[TakenOver]:
    """The level in charge works itself; its limit to resolve begins now."""
    unit = charges.unit_of(case.charge.level, case.charge.area)
    if unit.same(case.charge.handler) and case.status is not Status.OPEN:
        refuse("负责层级已经是承办单位", "the level in charge is the handler already")
    same = unit.same(case.charge.handler)
    unit = replace(unit, person=command.by.id)
    if same:  # nobody gets a fresh limit for what he has already
        charge = case.charge.held_by(unit, case.charge.first or unit)
        running = deadlines.without(case, Stage.ACCEPT, Stage.ASSIGN)
    else:
        charge = replace(charges.given(case.charge, unit, now), first=case.charge.first or unit)
        running = deadlines.giving(case, charge.level, now, policy, accepted=True)
    return [TakenOver(charge=charge, deadlines=running, done_at=command.done_at)]


def set_date(
    case: Case, command: c.SetDate, _known: Known, now: datetime, policy: Policy
) -> list[DateSet]:
    """A date for the handler: after now, and within the promise while that is ahead."""
    promise = case.deadline(Stage.PROMISE)
    assert promise is not None, "an open case has its promise"
    latest = promise.due if promise.due > now else now + timedelta(days=policy.pause_days)
    if not now < command.until <= latest:
        refuse(
            f"期限须在现在之后、{latest.isoformat()} 之前；超过承诺须申请延期",
            f"the date must lie after now and not after {latest.isoformat()}; "
            "beyond the promise an extension is needed",
        )
    running = deadlines.until(case, Stage.RESOLVE, command.until, now, policy)
    return [DateSet(deadlines=running, until=command.until, note=command.note)]


def whistle(
    case: Case, command: c.Whistle, _known: Known, now: datetime, policy: Policy
) -> list[Whistled]:
    """Departments come to help, each with its own limit to report in."""
    if case.charge.level is Level.GRID:
        refuse("网格须先上交社区，由社区吹哨", "the community whistles: send it up first")
    called, released = set(command.departments), set(command.release)
    if not called | released:
        refuse("须指定被召集或不再协办的部门", "it must name departments to call or to let go")
    _known_departments(command.departments, policy)
    at_work = {part.department for part in case.aside.parts if not part.done}
    twice = sorted(called & (at_work | {case.charge.handler.code}))
    if twice:
        refuse(f"已在办理：{'、'.join(twice)}", f"already at work: {', '.join(twice)}")
    unknown = sorted(released - at_work)
    if unknown:
        refuse(f"没有在协办：{'、'.join(unknown)}", f"not assisting: {', '.join(unknown)}")
    fresh = _parts(case, command.departments)
    gone = called | released
    kept = tuple(part for part in case.aside.parts if part.department not in gone)
    rest = tuple(d for d in case.deadlines if d.who not in released)
    return [
        Whistled(
            parts=(*kept, *fresh),
            deadlines=_calling(replace(case, deadlines=rest), fresh, now, policy),
            departments=tuple(part.department for part in fresh),
            note=command.note,
            released=tuple(sorted(released)),
        )
    ]


def rule(case: Case, command: c.Rule, _known: Known, now: datetime, policy: Policy) -> list[Ruled]:
    """After as many returns as the policy bears: who works on it, for good."""
    if case.tally.returns < policy.returns.most:
        refuse(
            f"回退满 {policy.returns.most} 次后才裁定",
            f"a ruling comes after {policy.returns.most} returns",
        )
    if case.charge.ruled:
        refuse("已经裁定", "there is a ruling already")
    if command.department:
        _known_departments((command.department,), policy)
        unit = charges.department(command.department, case.place.path)
    else:
        unit = charges.unit_of(case.charge.level, case.charge.area)
    charge = replace(charges.given(case.charge, unit, now), ruled=True)
    return [
        Ruled(
            charge=charge,
            deadlines=deadlines.giving(case, charge.level, now, policy),
            status=Status.OPEN,
            note=command.note,
            done_at=command.done_at,
        )
    ]


def escalate(
    case: Case, command: c.Escalate, known: Known, now: datetime, policy: Policy
) -> list[Escalated]:
    """Up one step, or with a reason straight to a level above (直通车)."""
    if command.to is None:
        up = rising.up(case, known, policy)
        if up is None:
            refuse("已在最高负责层级", "it is at the top of the chain already")
    else:
        up = _straight_to(case, command, command.to, policy)
    why = Because("asked", (("by", "role", command.by.role.value),), policy.version)
    lifted = rising.lift(
        case, up, why, known, now, policy, note=command.note, done_at=command.done_at
    )
    return [lifted]


def _straight_to(case: Case, command: c.Escalate, to: Level, policy: Policy) -> Charge:
    names = ", ".join(level.value for level in policy.chain if level.rank > case.charge.level.rank)
    if to not in policy.chain or to.rank <= case.charge.level.rank:
        refuse(f"只能上交到：{names or '无'}", f"it can go up to: {names or 'nothing'}")
    need_note(command, "越级上交的理由", "why levels are skipped")
    return replace(case.charge, level=to, area=path_at(case.place.path, to))


def recur(case: Case, command: c.Recur, known: Known, now: datetime, policy: Policy) -> list[Any]:
    """Decided again, with the repetition as a fact; it goes up, or nothing changes.

    The department that the table names gets it, where it names one.
    """
    row = policy.categories.row(case.matter.category, case.matter.condition)
    verdict = judge(
        case.matter, row, case.place, now, policy, zones=known.zones, repetition=command.reports
    )
    if verdict.charge.level.rank <= case.charge.level.rank:
        refuse("重复上报不改变负责层级", "the repetition does not change who is in charge")
    facts = (*verdict.facts, ("first", "number", command.first))
    why = Because("repetition", facts, policy.version, policy.calendar.version)
    charge = replace(case.charge, level=verdict.charge.level, area=verdict.charge.area)
    lifted = rising.lift(case, charge, why, known, now, policy)
    handler = verdict.charge.handler
    if handler.same(case.charge.handler) or case.status is Status.RECEIVED:
        return [lifted]
    return [
        replace(
            lifted,
            charge=charges.given(charge, handler, now),
            deadlines=deadlines.giving(case, charge.level, now, policy),
            status=Status.OPEN,
        )
    ]
