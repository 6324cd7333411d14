"""How a case ends without work, goes under another, comes back, or is decided again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from grid.cases import charges, deadlines
from grid.cases import commands as c
from grid.cases.deciding import Verdict, judge
from grid.cases.events import (
    Because,
    Declined,
    Joined,
    Left,
    Merged,
    Recategorised,
    Relocated,
    Reopened,
    Unmerged,
    Voided,
    Withdrawn,
)
from grid.cases.refusing import need_note, need_word, refuse
from grid.model import Level, Stage, Status, level_of
from grid.policy.categories import UnknownCategory
from grid.principal import Role

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.model import Charge, Deadline, Matter, Place
    from grid.policy.policy import Policy


def decline(
    _case: Case, command: c.Decline, _known: Known, _now: datetime, _policy: Policy
) -> list[Declined]:
    """With a reason and a reply."""
    need_word(("理由", "the reason"), command.reason, c.DECLINE_REASONS)
    note = need_note(command, "给上报人的答复", "the reply to the reporter")
    return [Declined(command.reason, note)]


def withdraw(
    case: Case, command: c.Withdraw, _known: Known, _now: datetime, _policy: Policy
) -> list[Withdrawn]:
    """The reporter needs no reason. What others reported as well is not one reporter's to end."""
    if case.tally.reports > 1:
        refuse("还有其他人上报了此事，不能撤回", "others reported it as well: it goes on for them")
    return [Withdrawn(command.note)]


def void(
    _case: Case, command: c.Void, _known: Known, _now: datetime, _policy: Policy
) -> list[Voided]:
    """Never without a reason."""
    return [Voided(need_note(command, "作废理由", "why it is void"))]


def reopen(
    case: Case, command: c.Reopen, known: Known, now: datetime, policy: Policy
) -> list[Reopened]:
    """Within the policy's days: at the same level first, one higher from the second time on.

    It is a new promise: the old one was kept or broken when it closed.
    """
    note = need_note(command, "重新开启的理由", "why it is not over")
    ended = case.aside.ended_at or case.tally.last_at or now
    if now > ended + timedelta(days=policy.reopen_days):
        refuse(
            f"结案已超过 {policy.reopen_days} 天",
            f"it ended more than {policy.reopen_days} days ago: report it anew",
        )
    charge = replace(case.charge, since=now, handled_by=None)
    facts: tuple[tuple[str, str, str], ...] = (("by", "role", command.by.role.value),)
    cause = "asked"
    if case.tally.reopened:
        up = charges.above(charge, case.place.path, policy, known.skipped)
        charge, cause = up or charge, "reopened"
        facts = (*facts, ("reopened", ">=1", str(case.tally.reopened)))
    return [
        Reopened(
            charge=charge,
            deadlines=deadlines.at_filing(case.matter, charge.level, now, policy),
            why=Because(cause, facts, policy.version, policy.calendar.version),
            note=note,
        )
    ]


def merge(
    case: Case, command: c.Merge, known: Known, _now: datetime, _policy: Policy
) -> list[Merged]:
    """Under a parent that is live and has none itself."""
    parent = known.parent
    assert parent is not None, "merging needs the parent"
    if parent.id == case.id or parent.parent is not None or not parent.status.live:
        refuse("主案已结束或本身已并案", "the parent is over or itself under a parent")
    if case.status is Status.MERGED and (
        command.by.role is not Role.SYSTEM or parent.id == case.parent
    ):
        refuse("案件已并案", "it is under a parent already")
    cause = command.cause if command.by.role is Role.SYSTEM else "duplicate"
    return [Merged(parent=parent.id, cause=cause)]


def unmerge(
    case: Case, command: c.Unmerge, _known: Known, now: datetime, policy: Policy
) -> list[Unmerged]:
    """As it was before; its stages start anew, its promise is what it was."""
    note = need_note(command, "拆案理由", "why it is a matter of its own")
    parent = case.parent
    assert parent is not None, "a merged case has its parent"
    status = case.aside.ended_as or Status.OPEN
    charge = replace(case.charge, since=now)
    level = charge.level
    # Requests and assisting departments' parts fell when it went under its parent.
    kept = tuple(d for d in deadlines.without_parts(case).deadlines if d.stage is not Stage.ANSWER)
    case = replace(case, deadlines=kept)
    if status is Status.RECEIVED:
        running = deadlines.starting(Stage.CHECK, case, level, now, policy)
    else:
        running = deadlines.giving(case, level, now, policy, accepted=status is Status.WORKING)
    return [Unmerged(running, charge, status, parent, note)]


def join(
    _case: Case, command: c.Join, _known: Known, _now: datetime, _policy: Policy
) -> list[Joined]:
    """The parent counts the child's reports."""
    return [Joined(child=command.child, reports=command.reports)]


def leave(
    _case: Case, command: c.Leave, _known: Known, _now: datetime, _policy: Policy
) -> list[Left]:
    """The parent counts them no more."""
    return [Left(child=command.child, reports=command.reports)]


def relocate(
    case: Case, command: c.Relocate, known: Known, now: datetime, policy: Policy
) -> list[Relocated]:
    """Another place: cell, size, level and handler are decided again; the promise stays."""
    place = known.place
    assert place is not None, "relocating needs the place"
    if (place.lon, place.lat) == (case.place.lon, case.place.lat):
        refuse("位置没有变化", "it is there already")
    charge, verdict, running, status = _again(case, case.matter, place, known, now, policy)
    return [
        Relocated(
            place=place,
            matter=verdict.matter,
            charge=charge,
            deadlines=running,
            why=verdict.because(policy, ("place", "before", case.place.path)),
            status=status,
            note=command.note,
            done_at=command.done_at,
        )
    ]


def recategorise(
    case: Case, command: c.Recategorise, known: Known, now: datetime, policy: Policy
) -> list[Recategorised]:
    """Another category: size, level and handler are decided again; the promise stays."""
    before = case.matter
    if (command.category, command.condition) == (before.category, before.condition):
        refuse("类别没有变化", "it has this category already")
    matter = replace(before, category=command.category, condition=command.condition)
    charge, verdict, running, status = _again(case, matter, case.place, known, now, policy)
    return [
        Recategorised(
            matter=verdict.matter,
            charge=charge,
            deadlines=running,
            why=verdict.because(policy, ("category", "before", before.category)),
            status=status,
            note=command.note,
            done_at=command.done_at,
        )
    ]


def _again(
    case: Case, matter: Matter, place: Place, known: Known, now: datetime, policy: Policy
) -> tuple[Charge, Verdict, tuple[Deadline, ...], Status]:
    """Decided again. A case that had gone up does not come down by it: late stays late.

    Where level and handler stay the same, so do the status and all deadlines.
    """
    try:
        row = policy.categories.row(matter.category, matter.condition)
    except UnknownCategory as unknown:
        refuse(f"没有类别 {matter.category}", str(unknown))
    verdict = judge(matter, row, place, now, policy, zones=known.zones)
    decided = verdict.charge
    if case.tally.escalations and decided.level.rank < case.charge.level.rank:
        unit = charges.unit_of(case.charge.level, place.path)
        decided = replace(decided, level=case.charge.level, area=unit.area)
    if case.status is Status.RECEIVED and level_of(place.path) is Level.GRID:
        decided = replace(decided, handler=charges.unit_of(Level.GRID, place.path))
    before = case.charge
    if decided.handler.same(before.handler):
        charge = replace(before, level=decided.level, area=decided.area)
        return charge, verdict, case.deadlines, case.status
    charge = replace(
        charges.given(before, decided.handler, now), level=decided.level, area=decided.area
    )
    if case.status is Status.RECEIVED:
        running = deadlines.starting(Stage.CHECK, case, charge.level, now, policy)
        return charge, verdict, running, Status.RECEIVED
    running = deadlines.giving(case, charge.level, now, policy, matter=verdict.matter)
    return charge, verdict, running, Status.OPEN
