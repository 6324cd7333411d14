"""What people do with a case: settle, accept, take over, handle, verify, escalate, merge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import charges, deadlines
from grid.cases.commands import OUTCOMES
from grid.cases.events import (
    Accepted,
    Because,
    Escalated,
    Handled,
    Joined,
    Merged,
    Settled,
    TakenOver,
    Verified,
)
from grid.errors import Refusal, Rejected
from grid.model import Case, Level, Size, Stage, path_at

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases import commands as c
    from grid.cases.known import Known
    from grid.model import Charge
    from grid.policy.policy import Policy


def settle(
    case: Case, command: c.Settle, _known: Known, _now: datetime, policy: Policy
) -> list[Settled]:
    """Only a small matter that the team works on and that failed no check, with the evidence."""
    if case.matter.size is not Size.SMALL:
        raise Rejected(
            Refusal.RULE, "只有小事可以自办结案", "only a small matter can be settled by the team"
        )
    if case.charge.handler.kind != "team":
        raise Rejected(
            Refusal.RULE,
            "承办单位已不是本网格，不能自办结案",
            "the cell's team is no longer the handler, so it cannot settle",
        )
    if case.tally.rework:
        raise Rejected(
            Refusal.RULE,
            "核查未通过的案件须重新处置并核查，不能自办结案",
            "it failed a check: it is handled and checked again, not settled",
        )
    there = set(command.evidence)
    if command.note is not None:
        there.add("note")
    row = policy.categories.row(case.matter.category, case.matter.condition)
    missing = sorted(set(row.evidence) - there)
    if missing:
        raise Rejected(
            Refusal.RULE,
            "缺少结案凭据：" + "、".join(_EVIDENCE_ZH[name] for name in missing),
            "evidence is missing: " + ", ".join(missing),
        )
    return [
        Settled(evidence=tuple(sorted(there)), note=command.note, done_at=command.done_at),
    ]


_EVIDENCE_ZH = {"after_photo": "处置后照片", "note": "文字说明", "party_confirms": "当事人确认"}


def accept(
    case: Case, command: c.Accept, _known: Known, _now: datetime, _policy: Policy
) -> list[Accepted]:
    """The handler takes it on, late or not; the first who does stays the citizen's contact."""
    charge = case.charge
    if charge.first is None:
        charge = replace(charge, first=charge.handler)
    running = deadlines.without(case, Stage.ACCEPT, Stage.ASSIGN)
    return [Accepted(charge=charge, deadlines=running, done_at=command.done_at)]


def take_over(
    case: Case, command: c.TakeOver, _known: Known, now: datetime, policy: Policy
) -> list[TakenOver]:
    """The level in charge works itself; its limit to resolve begins now."""
    unit = charges.unit_of(case.charge.level, case.charge.area)
    if unit == case.charge.handler:
        raise Rejected(
            Refusal.RULE,
            "负责层级已经是承办单位",
            "the level in charge is the handler already",
        )
    charge = replace(case.charge, handler=unit, first=case.charge.first or unit)
    running = deadlines.starting(Stage.RESOLVE, case, case.charge.level, now, policy)
    return [TakenOver(charge=charge, deadlines=running, done_at=command.done_at)]


def handle(
    case: Case, command: c.Handle, _known: Known, now: datetime, policy: Policy
) -> list[Handled]:
    """Done, says the handler; whoever said so cannot be who verifies."""
    if command.outcome not in OUTCOMES:
        raise Rejected(
            Refusal.RULE,
            f"处置结果只能是：{'、'.join(sorted(OUTCOMES))}",
            f"the outcome is one of {', '.join(sorted(OUTCOMES))}",
        )
    return [
        Handled(
            outcome=command.outcome,
            evidence=tuple(sorted(command.evidence)),
            charge=replace(case.charge, handled_by=command.by.id),
            deadlines=deadlines.starting(Stage.VERIFY, case, case.charge.level, now, policy),
            note=command.note,
            done_at=command.done_at,
        )
    ]


def verify(
    case: Case, command: c.Verify, _known: Known, now: datetime, policy: Policy
) -> list[Verified | Escalated]:
    """Closed when passed; back to work when not, and up one level from the second time on."""
    if command.by.id == case.charge.handled_by:
        raise Rejected(
            Refusal.RULE,
            "处置人不能核查自己的处置结果",
            "who handled it cannot verify it",
        )
    charge = replace(case.charge, handled_by=None)
    if command.passed:
        return [Verified(True, case.charge, (), note=command.note, done_at=command.done_at)]
    running = deadlines.starting(Stage.RESOLVE, case, case.charge.level, now, policy)
    verified = Verified(False, charge, running, note=command.note, done_at=command.done_at)
    rework = case.tally.rework + 1
    up = charges.above(charge, case.place.path, policy)
    if rework < policy.rework_limit or up is None:
        return [verified]
    why = Because(
        "rework",
        (("rework", f">={policy.rework_limit}", str(rework)),),
        policy.version,
    )
    return [verified, Escalated(cause="rework", charge=up, deadlines=running, why=why)]


def escalate(
    case: Case, command: c.Escalate, _known: Known, now: datetime, policy: Policy
) -> list[Escalated]:
    """Up one step, or with a reason straight to a level above (直通车)."""
    if command.to is None:
        up = charges.above(case.charge, case.place.path, policy)
        if up is None:
            raise Rejected(
                Refusal.RULE, "已在最高负责层级", "it is at the top of the chain already"
            )
    else:
        up = _straight_to(case, command, command.to, policy)
    why = Because("asked", (("by", "role", command.by.role.value),), policy.version)
    return [
        Escalated(
            cause="asked",
            charge=up,
            deadlines=deadlines.starting(
                Stage.ASSIGN, case, up.level, now, policy, beside=(Stage.ACCEPT, Stage.RESOLVE)
            ),
            why=why,
            note=command.note,
            done_at=command.done_at,
        )
    ]


def _straight_to(case: Case, command: c.Escalate, to: Level, policy: Policy) -> Charge:
    names = ", ".join(level.value for level in policy.chain if level.rank > case.charge.level.rank)
    if to not in policy.chain or to.rank <= case.charge.level.rank:
        raise Rejected(
            Refusal.RULE,
            f"只能上交到：{names or '无'}",
            f"it can go up to: {names or 'nothing'}",
        )
    if command.note is None:
        raise Rejected(
            Refusal.RULE, "越级上交须写明理由", "skipping levels needs a reason in the note"
        )
    return replace(case.charge, level=to, area=path_at(case.place.path, to))


def merge(
    case: Case, command: c.Merge, known: Known, _now: datetime, _policy: Policy
) -> list[Merged]:
    """Under a parent that is live and has none itself; a case with children stays."""
    parent = known.parent
    assert parent is not None, "merging needs the parent"
    if parent.id == case.id or parent.parent is not None or not parent.status.live:
        raise Rejected(
            Refusal.RULE,
            "主案已结束或本身已并案",
            "the parent is over or itself under a parent",
        )
    return [Merged(parent=parent.id, cause=command.cause)]


def join(
    _case: Case, command: c.Join, _known: Known, _now: datetime, _policy: Policy
) -> list[Joined]:
    """The parent counts the child's reports."""
    return [Joined(child=command.child, reports=command.reports)]
