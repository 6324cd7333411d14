"""What a handler does with a case: accept, hand over, contact, propose, settle, handle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import commands as c
from grid.cases import deadlines
from grid.cases.case import RECHECK
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
from grid.model import Level, Size, Stage, Unit
from grid.policy.categories import UnknownCategory
from grid.words import EVIDENCE

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import Case, Part
    from grid.cases.known import Known
    from grid.model import Deadline, Matter
    from grid.policy.policy import Policy
    from grid.principal import Principal


def accept(
    case: Case, command: c.Accept, _known: Known, _now: datetime, policy: Policy
) -> list[Accepted]:
    """The handler takes it on, late or not; the first who does stays the citizen's contact.

    Where nobody had named the condition, who accepts may: the limit of that row then holds for the
    resolution, within the promise.
    """
    charge = case.charge
    unit = charge.handler
    handler = Unit(unit.kind, unit.area, unit.code, command.by.id)
    charge = charge.held_by(handler, charge.first or handler)
    running = deadlines.without(case, Stage.ACCEPT, Stage.ASSIGN)
    matter = None
    if command.condition is not None:
        matter = _with_condition(case, command.condition, policy)
        running = _by_condition(case, matter, running, policy)
    return [
        Accepted(charge=charge, deadlines=running, done_at=command.done_at, matter=matter),
    ]


def _with_condition(case: Case, condition: str, policy: Policy) -> Matter:
    if case.matter.condition not in (None, condition):
        refuse(
            "情形已经确定，改正请用“改正类别”",
            "the condition is set already; recategorise puts it right",
        )
    try:
        policy.categories.row(case.matter.category, condition)
    except UnknownCategory as unknown:
        refuse(f"此类别没有情形 {condition}", str(unknown))
    return replace(case.matter, condition=condition)


def _by_condition(
    case: Case, matter: Matter, running: tuple[Deadline, ...], policy: Policy
) -> tuple[Deadline, ...]:
    old = case.deadline(Stage.RESOLVE)
    promise = case.deadline(Stage.PROMISE)
    if old is None or old.missed or promise is None:
        return running
    fresh = policy.deadline(
        Stage.RESOLVE,
        old.since,
        level=case.charge.level,
        size=matter.size,
        profile=matter.profile,
        category=policy.categories.row(matter.category, matter.condition),
        promise=promise.due,
    )
    assert fresh is not None, "every policy limits the resolution"
    return tuple(fresh if d is old else d for d in running)


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
        return [Settled(evidence, command.note, command.done_at)]
    return [
        Settled(
            evidence,
            command.note,
            command.done_at,
            recheck=True,
            charge=case.charge.finished_by(command.by.id),
            deadlines=deadlines.starting(
                Stage.VERIFY, case, Level.COMMUNITY, now, policy, who=RECHECK
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
    waiting = [part.department for part in case.aside.parts if not part.done]
    if waiting:
        names = [policy.department(code) for code in waiting]
        refuse(
            "协办部门尚未完成：" + "、".join(d.name_zh for d in names),
            "assisting departments have not done their part: "
            + ", ".join(d.name_en for d in names),
        )
    reviews = policy.reviews.levels_for(case.matter.category, case.matter.size)
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


def part_of(case: Case, principal: Principal) -> Part | None:
    """The part of the principal's department, where that is not the leading one."""
    code = principal.department
    if not code or code == case.charge.handler.code:
        return None
    return case.part(code)


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
