"""What is said about a case: comments, files, emergencies told upward, supervision and feedback."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import commands as c
from grid.cases import deadlines
from grid.cases.events import Attached, Because, Commented, FedBack, Informed, Supervised
from grid.cases.refusing import need_note, need_word, refuse
from grid.cases.standing import must_answer, pressed
from grid.model import Stage

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.policy.policy import Policy

_GRADES = range(1, 4)
#: The clock that a first telling by a channel stops.
_STOPS = {"phone": Stage.TELL, "writing": Stage.WRITE}


def comment(
    _case: Case, command: c.Comment, _known: Known, _now: datetime, _policy: Policy
) -> list[Commented]:
    """Something is said."""
    return [Commented(need_note(command, "内容", "something"))]


def attach(
    _case: Case, command: c.Attach, _known: Known, _now: datetime, _policy: Policy
) -> list[Attached]:
    """Files come to it."""
    need_word(("材料类型", "the role"), command.role, c.ATTACHMENT_ROLES)
    if not command.files:
        refuse("须指定材料", "it must name the files")
    return [Attached(command.files, command.role, command.note)]


def inform(
    case: Case, command: c.Inform, _known: Known, _now: datetime, _policy: Policy
) -> list[Informed]:
    """Told upward: by phone and in writing each stops its own clock."""
    need_word(("方式", "the channel"), command.channel, c.CHANNELS)
    need_word(("报告类型", "the sort"), command.sort, c.TELLINGS)
    need_word(("报告对象", "who was told"), command.to, c.INFORMED)
    return [
        Informed(
            deadlines=deadlines.without(case, _STOPS[command.channel])
            if command.sort == "first"
            else case.deadlines,
            channel=command.channel,
            to=command.to,
            sort=command.sort,
            note=command.note,
            done_at=command.done_at,
        )
    ]


def supervise(
    case: Case, command: c.Supervise, _known: Known, now: datetime, policy: Policy
) -> list[Supervised]:
    """Pressed from above; the handler has a clock to answer."""
    need_word(("督办类型", "the kind"), command.kind, c.SUPERVISIONS)
    note = need_note(command, "督办要求", "what is asked of the handler")
    if command.grade not in _GRADES:
        refuse("督办级别为 1 至 3 级", "the grade is 1, 2 or 3")
    who = str(case.tally.version + 1)
    running = deadlines.adding(Stage.FEEDBACK, case, case.charge.level, now, policy, who)
    by = command.by
    why = Because("ordered", (("by", "role", by.role.value), ("by", "area", by.area)))
    return [
        Supervised(
            kind=command.kind,
            grade=command.grade,
            cause="ordered",
            deadlines=running,
            why=why,
            note=note,
        )
    ]


def feed_back(
    case: Case, command: c.FeedBack, _known: Known, now: datetime, policy: Policy
) -> list[FedBack]:
    """One answer for all supervision that waits for one of this unit.

    Where no other clock runs any more, who answered is asked again in a week: a case that is late
    in everything is not left alone because somebody said something.
    """
    note = need_note(command, "反馈内容", "the answer")
    answered = [
        d for d in case.deadlines if d.stage is Stage.FEEDBACK and must_answer(command.by, d, case)
    ]
    if not answered:
        refuse("没有待反馈的督办", "no supervision waits for an answer")
    running = tuple(d for d in case.deadlines if d not in answered)
    rest = replace(case, deadlines=running, aside=replace(case.aside, lates=()))
    if rest.next_tick is None:
        running = deadlines.in_a_week(rest, f"{pressed(answered[-1])}:0", now, policy)
    return [FedBack(running, note, command.done_at)]
