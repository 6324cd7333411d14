"""Events by which a case begins, is decided again, and goes from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases import events as e
from grid.cases.naming import clock
from grid.cases.reasons import facts, late, position, rule, until
from grid.cases.sentences.forms import decided_again, to_handler
from grid.words import CAUSES, HAND_OVERS, SIZES

if TYPE_CHECKING:
    from grid.cases.naming import Naming
    from grid.cases.sentences.forms import Said, Sentence
    from grid.words import Pair


def _filed(what: e.Filed, naming: Naming) -> Said:
    size = SIZES[what.matter.size]
    place = naming.names.area(what.place.path)
    charge = naming.charge(what.charge.level, what.charge.area)
    handler = naming.unit(what.charge.handler)
    reasons = [*rule(what.matter.rule, naming.policy), *facts(what.why), *position(what)]
    if "fallback" in what.why.calendar:
        reasons.append(
            (
                "当年节假日安排尚未公布，按周末和固定节日推算",
                "the year's calendar is not published: weekends and fixed holidays were used",
            )
        )
    reasons += until(what.deadlines)
    begun = ("登记，待核实", "received, to be checked") if what.check else ("立案", "filed")
    return (
        (
            f"{what.number} {begun[0]}：{size[0]}，位于{place}，由{charge[0]}负责，"
            f"承办单位{handler[0]}"
        ),
        (
            f"{what.number} {begun[1]}: {size[1]} in {place}, {charge[1]} in charge, "
            f"handled by {handler[1]}"
        ),
    ), reasons


def _admitted(what: e.Admitted, naming: Naming) -> Said:
    zh, en = CAUSES[what.why.rule]
    handler = naming.unit(what.charge.handler)
    return (
        f"正式立案：{zh}，由{handler[0]}承办",
        f"filed: {en}, handled by {handler[1]}",
    ), [*facts(what.why), *until(what.deadlines)]


def _rezoned(what: e.Rezoned, naming: Naming) -> Said:
    before = {name: value for name, _, value in what.why.facts}
    if before.get("place") == what.place.path:
        return (
            "网格划分更新，所在网格不变，期限不变",
            "another layout of cells holds: its cell is the same, no deadline moves",
        ), facts(what.why)
    place = naming.names.area(what.place.path)
    charge = naming.charge(what.charge.level, what.charge.area)
    handler = naming.unit(what.charge.handler)
    return (
        f"网格划分调整，划入{place}，由{charge[0]}负责，承办单位{handler[0]}，期限不变",
        (
            f"another layout of cells holds: it is now in {place}, {charge[1]} in charge, "
            f"handled by {handler[1]}; no deadline moves"
        ),
    ), facts(what.why)


def _dispatched(what: e.Dispatched, naming: Naming) -> Said:
    handler = naming.unit(what.charge.handler)
    zh, en = f"派遣至{handler[0]}", f"dispatched to {handler[1]}"
    if what.parts:
        helpers = naming.departments(tuple(part.department for part in what.parts))
        zh, en = f"{zh}，协办：{helpers[0]}", f"{en}, assisted by {helpers[1]}"
    return (zh, en), until(what.deadlines)


def _handed_over(what: e.HandedOver, naming: Naming) -> Said:
    handler = naming.unit(what.charge.handler)
    cause = HAND_OVERS[what.cause]
    return (
        f"{handler[0]}更换经办人：{cause[0]}",
        f"{handler[1]}: somebody else has it in hand ({cause[1]})",
    ), []


def _whistled(what: e.Whistled, naming: Naming) -> Said:
    said: list[Pair] = []
    if what.departments:
        zh, en = naming.departments(what.departments)
        said.append((f"吹哨：召集{zh}", f"whistled for {en}"))
    if what.released:
        zh, en = naming.departments(what.released)
        said.append((f"不再协办：{zh}", f"no longer assisting: {en}"))
    sentence = "；".join(zh for zh, _ in said), "; ".join(en for _, en in said)
    return sentence, until(what.deadlines)


def _reported_in(what: e.ReportedIn, naming: Naming) -> Said:
    zh, en = naming.department(what.department)
    return (f"{zh}已报到", f"{en} reported in"), []


def _date_set(what: e.DateSet, _: Naming) -> Said:
    at = clock(what.until)
    return (f"限期办理：{at} 前", f"a date was set: {at}"), []


def _escalated(what: e.Escalated, naming: Naming) -> Said:
    cause = CAUSES[what.cause]
    charge = naming.charge(what.charge.level, what.charge.area)
    handler = naming.unit(what.charge.handler)
    if what.stage is not None and what.due is not None:
        reasons = late(what.stage, what.due, what.why)
        reasons += [fact for fact in facts(what.why) if "跳过" in fact[0]]
    else:
        reasons = facts(what.why)
    if what.status is None:
        blamed = ("；超期不免责", ": nobody is released by being late") if what.stage else ("", "")
        stays = (
            f"承办单位不变：{handler[0]}{blamed[0]}",
            f"the handler stays {handler[1]}{blamed[1]}",
        )
        reasons.append(stays)
    else:
        reasons.append((f"承办单位：{handler[0]}", f"handled by {handler[1]}"))
    return (
        f"{cause[0]}，上升至{charge[0]}负责",
        f"{cause[1]}: {charge[1]} is now in charge",
    ), [*reasons, *until(what.deadlines)]


SENTENCES: dict[type, Sentence] = {
    e.Filed: _filed,
    e.Admitted: _admitted,
    e.Relocated: decided_again("改正位置", "its place was put right"),
    e.Recategorised: decided_again("改正类别", "its category was put right"),
    e.Rezoned: _rezoned,
    e.Dispatched: _dispatched,
    e.Delegated: to_handler("交由{}承办", "delegated to {}"),
    e.Accepted: to_handler("{}已签收，开始处置", "accepted by {}"),
    e.TakenOver: to_handler(
        "{}接办，处置期限重新计算", "taken over by {}; the limit to resolve starts anew"
    ),
    e.HandedOver: _handed_over,
    e.Whistled: _whistled,
    e.ReportedIn: _reported_in,
    e.DateSet: _date_set,
    e.Ruled: to_handler("裁定由{}承办，不得再回退", "ruled: {} works on it, for good"),
    e.Escalated: _escalated,
}
