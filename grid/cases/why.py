"""Why a case is where it is, told in words: made when it is read, from the events alone.

Events carry rules, facts and versions, never sentences, so that a wording can be mended without
touching history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Protocol

from grid.cases import events as e
from grid.cases.wire import type_of
from grid.model import Level, Stage
from grid.words import CAUSES, FACTS, LEVELS, OUTCOMES, SIZES, STAGES, Pair

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from grid.model import Deadline, Unit
    from grid.policy.policy import Policy

#: From here on the position's accuracy is not worth a word.
_SURE = 0.995
_ZONE = timezone(timedelta(hours=8))


class Names(Protocol):
    """Names of areas, by path; the path's last code where it is unknown."""

    def area(self, path: str) -> str:
        """The area's name in Chinese."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """One event in words: what happened, and below it the reasons, Chinese and English."""

    number: int
    at: datetime
    by: str
    type: str
    zh: str
    en: str
    reasons: tuple[Pair, ...]


def tell(history: Iterable[e.Event], policy: Policy, names: Names) -> list[Told]:
    """A history in the order in which it happened."""
    return [_told(event, policy, names) for event in history]


def clock(moment: datetime) -> str:
    """A moment as a clerk reads it: `2026-11-22 17:50` in China's time."""
    return moment.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")


def unit(handler: Unit, policy: Policy, names: Names) -> Pair:
    """A unit's name."""
    area = names.area(handler.area)
    if handler.kind == "department":
        known = policy.responsibilities.departments.get(handler.code)
        if known is None:
            return f"{area}{handler.code}", f"{handler.code} of {area}"
        return f"{area}{known.name_zh}", f"{known.name_en} of {area}"
    if handler.kind == "team":
        return f"{area}团队", f"the team of {area}"
    return area, area


def _told(event: e.Event, policy: Policy, names: Names) -> Told:
    (zh, en), reasons = _words(event.what, policy, names)
    return Told(event.number, event.at, event.by, type_of(event.what), zh, en, tuple(reasons))


def _words(what: e.Payload, policy: Policy, names: Names) -> tuple[Pair, list[Pair]]:
    match what:
        case e.Filed():
            return _filed(what, policy, names)
        case e.Settled():
            return ("网格自办结案", "settled by the cell's own team and closed"), []
        case e.Accepted():
            zh, en = unit(what.charge.handler, policy, names)
            return (f"{zh}已签收，开始处置", f"accepted by {en}"), _until(what.deadlines)
        case e.TakenOver():
            zh, en = unit(what.charge.handler, policy, names)
            return (
                f"{zh}接办，处置期限重新计算",
                f"taken over by {en}; the limit to resolve starts anew",
            ), _until(what.deadlines)
        case e.Handled():
            zh, en = OUTCOMES[what.outcome]
            return (f"处置完毕：{zh}，等待核查", f"handled: {en}; waits for verification"), _until(
                what.deadlines
            )
        case e.Verified(passed=True):
            return ("核查通过，结案", "verified and closed"), []
        case e.Verified():
            return ("核查未通过，返工", "did not pass verification, back to work"), _until(
                what.deadlines
            )
        case e.Escalated():
            return _escalated(what, policy, names)
        case e.CheckRaised():
            level, area = LEVELS[Level(what.level)], names.area(what.area)
            return (
                f"核查超期，改由{area}（{level[0]}）核查；案件本身不动",
                f"not verified in time: now {area} ({level[1]}) must check; the case stays",
            ), _late((Stage.VERIFY, what.due), what.why)
        case e.Supervised():
            zh, en = CAUSES[what.cause]
            return (f"督办（{what.grade}级）：{zh}", f"supervised (grade {what.grade}): {en}"), (
                _late((what.stage, what.due), what.why)
            )
        case e.Merged():
            zh, en = CAUSES.get(what.cause, (what.cause, what.cause))
            return (f"并入主案：{zh}", f"merged into its parent: {en}"), []
        case e.Joined():
            return (
                f"另一案件并入本案，增加上报 {what.reports} 件",
                f"another case came under this one with {what.reports} report(s)",
            ), []


def _filed(what: e.Filed, policy: Policy, names: Names) -> tuple[Pair, list[Pair]]:
    size, level = SIZES[what.matter.size], LEVELS[what.charge.level]
    place = names.area(what.place.path)
    charge = names.area(what.charge.area)
    handler = unit(what.charge.handler, policy, names)
    reasons = [*_rule(what.matter.rule, policy), *_facts(what.why)]
    if what.place.cell is None and what.report is not None:
        reasons.append(
            (
                "位置不在任何网格内，由市级负责",
                "the position lies outside every cell: the city answers",
            )
        )
    elif what.place.snapped:
        reasons.append(
            (
                "位置在网格之外 200 米以内，归入最近的网格",
                "the position lies outside every cell, within 200 m: the nearest cell has it",
            )
        )
    elif what.place.runner_up is not None and what.place.confidence < _SURE:
        share = f"{what.place.confidence:.0%}"
        reasons.append(
            (
                f"定位精度下属于本网格的可能性为 {share}",
                f"given the position's accuracy it is this cell with {share} probability",
            )
        )
    if "fallback" in what.why.calendar:
        reasons.append(
            (
                "当年节假日安排尚未公布，按周末和固定节日推算",
                "the year's calendar is not published: weekends and fixed holidays were used",
            )
        )
    reasons += _until(what.deadlines)
    return (
        (
            f"{what.number} 立案：{size[0]}，位于{place}，由{charge}（{level[0]}）负责，"
            f"承办单位{handler[0]}"
        ),
        (
            f"{what.number} filed: {size[1]} in {place}, {charge} ({level[1]}) in charge, "
            f"handled by {handler[1]}"
        ),
    ), reasons


def _escalated(what: e.Escalated, policy: Policy, names: Names) -> tuple[Pair, list[Pair]]:
    zh, en = CAUSES[what.cause]
    level, area = LEVELS[what.charge.level], names.area(what.charge.area)
    handler = unit(what.charge.handler, policy, names)
    reasons = []
    if what.stage is not None and what.due is not None:
        reasons = _late((what.stage, what.due), what.why)
    else:
        reasons = _facts(what.why)
    late = ("；超期不免责", ": nobody is released by being late") if what.stage else ("", "")
    reasons.append(
        (f"承办单位不变：{handler[0]}{late[0]}", f"the handler stays {handler[1]}{late[1]}")
    )
    return (
        f"{zh}，上升至{area}（{level[0]}）负责",
        f"{en}: {area} ({level[1]}) is now in charge",
    ), [*reasons, *_until(what.deadlines)]


def _rule(rule: str, policy: Policy) -> list[Pair]:
    if rule in CAUSES:
        zh, en = CAUSES[rule]
        return [(f"原因：{zh}", f"cause: {en}")]
    known = policy.rules.by_id.get(rule)
    if known is None:
        return [(f"规则 {rule}", f"rule {rule}")]
    return [(f"规则 {rule}：{known.note_zh}", f"rule {rule}: {known.note_en}")]


def _facts(why: e.Because) -> list[Pair]:
    told = []
    for name, condition, value in why.facts:
        zh, en = FACTS.get(name, (name, name))
        told.append(
            (f"{zh}：{value}（条件 {condition}）", f"{en}: {value} (condition {condition})")
        )
    if why.policy:
        told.append((f"依据版本：{why.policy}", f"under policy {why.policy}"))
    return told


def _late(missed: tuple[Stage, datetime], why: e.Because) -> list[Pair]:
    stage, due = missed
    zh, en = STAGES[stage]
    told = [(f"{zh}期限为 {clock(due)}", f"{en} was due {clock(due)}")]
    if why.policy:
        told.append((f"依据版本：{why.policy}", f"under policy {why.policy}"))
    return told


def _until(deadlines: tuple[Deadline, ...]) -> list[Pair]:
    told = []
    for deadline in deadlines:
        if not deadline.missed:
            zh, en = STAGES[deadline.stage]
            until = clock(deadline.due)
            told.append((f"{zh}期限：{until}", f"{en} until {until}"))
    return told
