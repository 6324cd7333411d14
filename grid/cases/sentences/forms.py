"""What a sentence is, and sentences that several events share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grid.cases.naming import Naming
from grid.cases.reasons import facts, rule, until
from grid.words import SIZES, Pair

#: What an event says, and the reasons below it.
Said = tuple[Pair, list[Pair]]
Sentence = Callable[[Any, Naming], Said]


def decided_again(zh: str, en: str) -> Sentence:
    """What was put right, and what the case is now."""

    def sentence(what: Any, naming: Naming) -> Said:
        charge = naming.charge(what.charge.level, what.charge.area)
        handler = naming.unit(what.charge.handler)
        return (
            (
                f"{zh}，重新认定为{SIZES[what.matter.size][0]}，由{charge[0]}负责，"
                f"承办单位{handler[0]}"
            ),
            (
                f"{en}: now a {SIZES[what.matter.size][1]}, {charge[1]} in charge, "
                f"handled by {handler[1]}"
            ),
        ), [*rule(what.matter.rule, naming.policy), *facts(what.why), *until(what.deadlines)]

    return sentence


def to_handler(zh: str, en: str) -> Sentence:
    """A sentence with the handler's name in place of `{}`, and the limits that hold now."""

    def sentence(what: Any, naming: Naming) -> Said:
        handler = naming.unit(what.charge.handler)
        return (zh.format(handler[0]), en.format(handler[1])), until(what.deadlines)

    return sentence


def plain(zh: str, en: str) -> Sentence:
    """A sentence without names, and the limits that hold now."""
    return lambda what, _: ((zh, en), until(getattr(what, "deadlines", ())))


def bare(zh: str, en: str) -> Sentence:
    """A sentence and nothing else."""
    return lambda _what, _: ((zh, en), [])
