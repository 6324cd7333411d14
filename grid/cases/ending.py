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
from grid.cases.standing import is_handler
from grid.model import Level, Size, Stage, Status, level_of
from grid.policy.categories import UnknownCategory
from grid.principal import Role

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.model import Charge, Deadline, Matter, Place
    from grid.policy.policy import Policy


def decline(
    case: Case, command: c.Decline, _known: Known, _now: datetime, _policy: Policy
) -> list[Declined]:
    """With a reason and a reply; not what was taken up, is late or came back."""
    if case.charge.first is not None or case.tally.reopened or case.aside.lates:
        refuse(
            "已签收、已超期或重新开启的案件不能不予受理",
            "it was accepted, is late or was reopened: it cannot be declined any more",
        )
    _no_others(case)
    need_word(("理由", "the reason"), command.reason, c.DECLINE_REASONS)
    note = need_note(command, "给上报人的答复", "the reply to the reporter")
    return [Declined(command.reason, note)]


def withdraw(
    case: Case, command: c.Withdraw, _known: Known, _now: datetime, _policy: Policy
) -> list[Withdrawn]:
    """The reporter needs no reason. What others reported as well is not one reporter's to end."""
    _no_others(case)
    begun = case.status is Status.WORKING or case.aside.lates
    if begun and command.by.role not in (Role.CITIZEN, Role.SOURCE):
        refuse("已在办理或已超期，不能撤回", "it is being handled or late: it cannot be withdrawn")
    return [Withdrawn(command.note)]


def _no_others(case: Case) -> None:
    """What others reported as well is not ended over their heads."""
    if case.tally.reports > (1 if case.origin.report is not None else 0):
        refuse(
            "还有其他人上报了此事，请先拆案",
            "others reported it as well: take their cases out from under it first",
        )


def void(
    case: Case, command: c.Void, _known: Known, _now: datetime, _policy: Policy
) -> list[Voided]:
    """Never without a reason, and never with other people's reports under it."""
    _no_others(case)
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
    if case.aside.ended_as is Status.RECEIVED:  # nobody had decided yet who works on it
        row = policy.categories.row(case.matter.category, case.matter.condition)
        verdict = judge(case.matter, row, case.place, now, policy, zones=known.zones)
        charge = replace(charge, handler=verdict.charge.handler)
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
    cause = command.cause
    if command.by.role is not Role.SYSTEM:
        _same_matter(case, parent)
        cause = "duplicate"
    return [Merged(parent=parent.id, cause=cause)]


def _same_matter(case: Case, parent: Case) -> None:
    """People merge what is of one class, under the case whose promise comes first."""
    if case.matter.category.rsplit(".", 1)[0] != parent.matter.category.rsplit(".", 1)[0]:
        refuse("类别不同，请先改正类别", "they are of different classes: recategorise first")
    mine, theirs = case.deadline(Stage.PROMISE), parent.deadline(Stage.PROMISE)
    if mine is not None and theirs is not None and mine.due < theirs.due:
        refuse(
            "主案的办结承诺更晚，请反向并案",
            "the parent's promise is the later one: merge it under this case instead",
        )


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
    gone = (Stage.ANSWER, Stage.FEEDBACK)
    kept = tuple(d for d in deadlines.without_parts(case).deadlines if d.stage not in gone)
    if any(d.stage in (Stage.TELL, Stage.WRITE) and d.due <= now for d in kept):
        kept = tuple(d for d in kept if d.stage not in (Stage.TELL, Stage.WRITE))
        kept = (*kept, *deadlines.telling(case.matter, level, now, policy))
    case = replace(case, deadlines=kept)
    if case.deadline(Stage.PROMISE) is None:  # merged before cases kept their deadlines
        since = case.origin.received_at or now
        promise = deadlines.at_filing(case.matter, level, since, policy)[:1]
        case = replace(case, deadlines=(*promise, *kept))
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
    _in_time(case, command, now)
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
    _in_time(case, command, now)
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


def _in_time(case: Case, command: c.Command, now: datetime) -> None:
    """Whoever has it sees soon whether it is his; when time runs out, the level above decides."""
    if not is_handler(command.by, case):
        return
    mine = [d for d in case.deadlines if d.stage in deadlines.HANDLERS and not d.who]
    if any(d.missed or now >= d.warn for d in mine):
        refuse(
            "黄灯亮起后，由上级改正位置或类别",
            "once the light is yellow, a level above its handler puts place and category right",
        )


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
    fresh: tuple[Deadline, ...] = ()
    if verdict.matter.size is Size.EMERGENCY and case.matter.size is not Size.EMERGENCY:
        fresh = deadlines.telling(verdict.matter, decided.level, now, policy)
    if case.tally.escalations and decided.level.rank < case.charge.level.rank:
        unit = charges.unit_of(case.charge.level, place.path)
        decided = replace(decided, level=case.charge.level, area=unit.area)
    if case.status is Status.RECEIVED and level_of(place.path) is Level.GRID:
        decided = replace(decided, handler=charges.unit_of(Level.GRID, place.path))
    before = case.charge
    if decided.handler.same(before.handler):
        charge = replace(before, level=decided.level, area=decided.area)
        return charge, verdict, (*case.deadlines, *fresh), case.status
    charge = replace(
        charges.given(before, decided.handler, now), level=decided.level, area=decided.area
    )
    if case.status is Status.RECEIVED:
        running = deadlines.starting(Stage.CHECK, case, charge.level, now, policy)
        return charge, verdict, (*running, *fresh), Status.RECEIVED
    running = deadlines.giving(case, charge.level, now, policy, matter=verdict.matter)
    return charge, verdict, (*running, *fresh), Status.OPEN
