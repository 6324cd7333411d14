"""The reasons below a sentence: the rule, the facts it saw, the position, what was due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases.naming import clock
from grid.words import CAUSES, FACTS, STAGES, Pair

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases import events as e
    from grid.model import Deadline, Stage
    from grid.policy.policy import Policy

#: From here on the position's accuracy is not worth a word.
_SURE = 0.995


def rule(name: str, policy: Policy) -> list[Pair]:
    """The rule that fired, in the table's own words."""
    if name in CAUSES:
        zh, en = CAUSES[name]
        return [(f"原因：{zh}", f"cause: {en}")]
    known = policy.rules.by_id.get(name)
    if known is None:
        return [(f"规则 {name}", f"rule {name}")]
    return [(f"规则 {name}：{known.note_zh}", f"rule {name}: {known.note_en}")]


def facts(why: e.Because) -> list[Pair]:
    """What the rule saw, each with its condition, and the policy's version."""
    told = []
    for name, condition, value in why.facts:
        zh, en = FACTS.get(name, (name, name))
        told.append(
            (f"{zh}：{value}（条件 {condition}）", f"{en}: {value} (condition {condition})")
        )
    if why.policy:
        told.append((f"依据版本：{why.policy}", f"under policy {why.policy}"))
    return told


def late(stage: Stage, due: datetime, why: e.Because) -> list[Pair]:
    """What was missed, and under which policy."""
    zh, en = STAGES[stage]
    told = [(f"{zh}期限为 {clock(due)}", f"{en} was due {clock(due)}")]
    if why.policy:
        told.append((f"依据版本：{why.policy}", f"under policy {why.policy}"))
    return told


def until(deadlines: tuple[Deadline, ...]) -> list[Pair]:
    """What runs now, and until when."""
    told = []
    for deadline in deadlines:
        if not deadline.missed:
            zh, en = STAGES[deadline.stage]
            at = clock(deadline.due)
            told.append((f"{zh}期限：{at}", f"{en} until {at}"))
    return told


def position(what: e.Filed) -> list[Pair]:
    """How sure the cell is, where that is worth a word."""
    if what.place.cell is None and what.report is not None:
        return [
            (
                "位置不在任何网格内，由市级负责",
                "the position lies outside every cell: the city answers",
            )
        ]
    if what.place.snapped:
        return [
            (
                "位置在网格之外 200 米以内，归入最近的网格",
                "the position lies outside every cell, within 200 m: the nearest cell has it",
            )
        ]
    if what.place.runner_up is not None and what.place.confidence < _SURE:
        share = f"{what.place.confidence:.0%}"
        return [
            (
                f"定位精度下属于本网格的可能性为 {share}",
                f"given the position's accuracy it is this cell with {share} probability",
            )
        ]
    return []
