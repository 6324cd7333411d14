"""What a handler does with a case: accept, hand over, contact, propose, settle, handle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import commands as c
from grid.cases import deadlines
from grid.cases.case import RECHECK
from grid.cases.deciding import judge
from grid.cases.events import (
    Accepted,
    Contacted,
    HandedOver,
    Handled,
    PartHandled,
    Proposed,
    ReportedIn,
    Settled,
)
from grid.cases.refusing import need_note, need_word, refuse
from grid.cases.standing import part_of
from grid.errors import Refusal, Rejected
from grid.model import Level, Size, Stage, Status, Unit
from grid.policy.categories import UnknownCategory
from grid.words import EVIDENCE

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import Case, Part
    from grid.cases.known import Known
    from grid.model import Charge, Deadline, Matter
    from grid.policy.policy import Policy


def accept(
    case: Case, command: c.Accept, known: Known, now: datetime, policy: Policy
) -> list[Accepted]:
    """The handler takes it on, late or not; the first who does stays the citizen's contact.

    Where nobody had named the condition, who accepts may: it is decided again by that row, but it
    does not come down, and the promise stays.
    """
    charge = case.charge
    unit = charge.handler
    handler = Unit(unit.kind, unit.area, unit.code, command.by.id)
    charge = charge.held_by(handler, charge.first or handler)
    resolve = case.deadline(Stage.RESOLVE)
    # A level that must see to a missed resolution is not let go by a late acceptance.
    stops = (Stage.ACCEPT,) if resolve is not None and resolve.missed else _ACCEPTED
    running = deadlines.without(case, *stops)
    matter = None
    if command.condition is not None:
        matter, charge, running = _with_condition(
            replace(case, charge=charge, deadlines=running), command.condition, known, now, policy
        )
    return [
        Accepted(charge=charge, deadlines=running, done_at=command.done_at, matter=matter),
    ]


_ACCEPTED = (Stage.ACCEPT, Stage.ASSIGN)


def _with_condition(
    case: Case, condition: str, known: Known, now: datetime, policy: Policy
) -> tuple[Matter, Charge, tuple[Deadline, ...]]:
    """Decided again by the row that holds: upward only, within the promise that was given."""
    if case.matter.condition not in (None, condition):
        refuse(
            "情形已经确定，改正请用“改正类别”",
            "the condition is set already; recategorise puts it right",
        )
    try:
        row = policy.categories.row(case.matter.category, condition)
    except UnknownCategory as unknown:
        refuse(f"此类别没有情形 {condition}", str(unknown))
    told = replace(case.matter, condition=condition)
    verdict = judge(told, row, case.place, now, policy, zones=known.zones)
    matter, charge = verdict.matter, case.charge
    if verdict.charge.level.rank > charge.level.rank:
        charge = replace(charge, level=verdict.charge.level, area=verdict.charge.area)
    running = deadlines.by_row(case, matter, charge.level, policy)
    if matter.size is Size.EMERGENCY and case.matter.size is not Size.EMERGENCY:
        running = (*running, *deadlines.telling(matter, charge.level, now, policy))
    return matter, charge, running


def hand_over(
    case: Case, command: c.HandOver, _known: Known, _now: datetime, _policy: Policy
) -> list[HandedOver]:
    """Another person of the same unit; the unit stays bound, and no deadline moves."""
    handler = case.charge.handler
    if not command.person.strip():
        refuse("须指定接手人", "it must name who takes it")
    need_word(("移交原因", "the cause"), command.cause, c.HAND_OVERS)
    if handler.person == command.person:
        refuse("此人已是经办人", "this person has it in hand already")
    charge = replace(case.charge, handler=replace(handler, person=command.person))
    return [HandedOver(charge=charge, before=handler.person, cause=command.cause)]


def contact(
    case: Case, command: c.Contact, _known: Known, _now: datetime, _policy: Policy
) -> list[Contacted]:
    """Called or arrived: the contact clock stops."""
    need_word(("联系方式", "how"), command.how, c.CONTACTS)
    running = deadlines.without(case, Stage.CONTACT)
    return [Contacted(running, command.how, command.note, command.done_at)]


def propose(
    case: Case, command: c.Propose, _known: Known, _now: datetime, _policy: Policy
) -> list[Proposed]:
    """The opinion is given: its clock stops."""
    note = need_note(command, "办理意见", "what the handler means to do")
    return [Proposed(deadlines.without(case, Stage.OPINION), note, command.done_at)]


def settle(
    case: Case, command: c.Settle, known: Known, now: datetime, policy: Policy
) -> list[Settled]:
    """Only a small matter that the team works on and that failed no check, with the evidence."""
    if case.matter.size is not Size.SMALL:
        refuse("只有小事可以自办结案", "only a small matter can be settled by the team")
    if case.charge.handler.kind != "team":
        refuse(
            "承办单位已不是本网格，不能自办结案",
            "the cell's team is no longer the handler, so it cannot settle",
        )
    if not all(part.done for part in case.aside.parts):
        refuse("协办部门尚未完成", "assisting departments have not done their part")
    if case.tally.reopened:
        refuse("重新开启的案件须处置并核查", "it was reopened: it is handled and checked")
    if case.tally.rework:
        refuse(
            "核查未通过的案件须重新处置并核查，不能自办结案",
            "it failed a check: it is handled and checked again, not settled",
        )
    there = set(command.evidence)
    if command.note is not None:
        there.add("note")
    row = policy.categories.row(case.matter.category, case.matter.condition)
    missing = sorted(set(row.evidence) - there)
    if missing:
        refuse(
            "缺少结案凭据：" + "、".join(EVIDENCE[name][0] for name in missing),
            "evidence is missing: " + ", ".join(missing),
        )
    evidence = tuple(sorted(there))
    if known.lot >= policy.recheck_share:
        called = case.matter.source in policy.callback.sources and known.reachable
        if not called:
            return [Settled(evidence, command.note, command.done_at)]
        level = policy.callback.levels[0]
        running = deadlines.starting(Stage.CALLBACK, case, level, now, policy)
        return [Settled(evidence, command.note, command.done_at, deadlines=running, callback=True)]
    return [
        Settled(
            evidence,
            command.note,
            command.done_at,
            recheck=True,
            charge=case.charge.finished_by(command.by.id),
            deadlines=deadlines.finished(
                case, Stage.VERIFY, Level.COMMUNITY, now, policy, who=RECHECK
            ),
        )
    ]


def handle(
    case: Case, command: c.Handle, _known: Known, now: datetime, policy: Policy
) -> list[Handled | PartHandled]:
    """Done, says the handler; whoever said so cannot be who verifies.

    An assisting department finishes its own part; the leading one speaks for the whole, when all
    parts are done.
    """
    need_word(("处置结果", "the outcome"), command.outcome, c.OUTCOMES)
    evidence = tuple(sorted(command.evidence))
    mine = part_of(case, command.by)
    if mine is not None:
        return [_part_handled(case, mine, command, evidence)]
    if case.status is Status.OPEN:
        raise Rejected(
            Refusal.STATE,
            "主办单位须先签收",
            "its handler has to accept it first; only parts are done",
        )
    waiting = [part.department for part in case.aside.parts if not part.done]
    if waiting:
        names = [policy.department(code) for code in waiting]
        refuse(
            "协办部门尚未完成：" + "、".join(d.name_zh for d in names),
            "assisting departments have not done their part: "
            + ", ".join(d.name_en for d in names),
        )
    reviews = _reviewing(case, policy)
    stage = Stage.REVIEW if reviews else Stage.VERIFY
    level = reviews[0] if reviews else case.charge.level
    return [
        Handled(
            outcome=command.outcome,
            evidence=evidence,
            charge=case.charge.finished_by(command.by.id),
            deadlines=deadlines.finished(case, stage, level, now, policy),
            note=command.note,
            done_at=command.done_at,
            reviews=reviews,
        )
    ]


def _reviewing(case: Case, policy: Policy) -> tuple[Level, ...]:
    """The levels that the policy asks for; the one in charge too after too much rework."""
    asked = set(policy.reviews.levels_for(case.matter.category, case.matter.size))
    if case.tally.rework >= policy.rework_limit:
        asked.add(case.charge.level)
    return tuple(sorted(asked, key=lambda level: level.rank))


def _part_handled(
    case: Case, mine: Part, command: c.Handle, evidence: tuple[str, ...]
) -> PartHandled:
    if mine.done:
        refuse("本部门的部分已经完成", "your department's part is done already")
    code = mine.department
    return PartHandled(
        parts=tuple(
            replace(part, reported_in=True, done=True) if part is mine else part
            for part in case.aside.parts
        ),
        deadlines=deadlines.without(case, Stage.REPORT_IN, Stage.RESOLVE, who=code),
        department=code,
        outcome=command.outcome,
        evidence=evidence,
        note=command.note,
        done_at=command.done_at,
    )


def report_in(
    case: Case, command: c.ReportIn, _known: Known, now: datetime, policy: Policy
) -> list[ReportedIn]:
    """The department is there: its limit to do its part begins."""
    code = command.by.department
    mine = case.part(code)
    if mine is None or mine.reported_in:
        refuse("本部门没有待报到的协办任务", "no call for this department waits for an answer")
    rest = replace(case, deadlines=deadlines.without(case, Stage.REPORT_IN, who=code))
    return [
        ReportedIn(
            parts=tuple(
                replace(part, reported_in=True) if part is mine else part
                for part in case.aside.parts
            ),
            deadlines=deadlines.adding(Stage.RESOLVE, rest, case.charge.level, now, policy, code),
            department=code,
            done_at=command.done_at,
        )
    ]
