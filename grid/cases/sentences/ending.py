"""Events by which a case ends, comes back, goes together with others; and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases import events as e
from grid.cases.reasons import facts, until
from grid.cases.sentences.forms import bare, plain
from grid.words import CAUSES, CHANNELS, DECLINE_REASONS, INFORMED, TELLINGS

if TYPE_CHECKING:
    from grid.cases.naming import Naming
    from grid.cases.sentences.forms import Said, Sentence


def _declined(what: e.Declined, _: Naming) -> Said:
    zh, en = DECLINE_REASONS[what.reason]
    return (f"不予受理：{zh}", f"declined: {en}"), []


def _reopened(what: e.Reopened, naming: Naming) -> Said:
    charge = naming.charge(what.charge.level, what.charge.area)
    return (
        f"重新开启，由{charge[0]}负责",
        f"reopened, {charge[1]} in charge",
    ), [*facts(what.why), *until(what.deadlines)]


def _merged(what: e.Merged, _: Naming) -> Said:
    zh, en = CAUSES.get(what.cause, (what.cause, what.cause))
    return (f"并入主案：{zh}", f"merged into its parent: {en}"), []


def _joined(what: e.Joined, _: Naming) -> Said:
    return (
        f"另一案件并入本案，增加上报 {what.reports} 件",
        f"another case came under this one with {what.reports} report(s)",
    ), []


def _left(what: e.Left, _: Naming) -> Said:
    return (
        f"另一案件从本案分出，减少上报 {what.reports} 件",
        f"another case went out from under this one with {what.reports} report(s)",
    ), []


def _attached(what: e.Attached, _: Naming) -> Said:
    n = len(what.files)
    return (f"补充材料 {n} 件", f"{n} file(s) attached"), []


def _informed(what: e.Informed, _: Naming) -> Said:
    channel, sort, to = CHANNELS[what.channel], TELLINGS[what.sort], INFORMED[what.to]
    return (
        f"{channel[0]}{sort[0]}：{to[0]}",
        f"told upward {channel[1]} ({sort[1]}): {to[1]}",
    ), []


SENTENCES: dict[type, Sentence] = {
    e.Declined: _declined,
    e.Withdrawn: bare("上报人撤回", "withdrawn by who reported it"),
    e.Voided: bare("作废", "void"),
    e.Reopened: _reopened,
    e.Merged: _merged,
    e.Unmerged: plain("从主案分出，单独办理", "taken out from under its parent"),
    e.Joined: _joined,
    e.Left: _left,
    e.Commented: bare("留言", "a comment"),
    e.Attached: _attached,
    e.Informed: _informed,
}
