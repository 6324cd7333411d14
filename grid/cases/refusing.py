"""How a rule says no, in both languages, and the questions that many rules ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from grid.errors import Refusal, Rejected

if TYPE_CHECKING:
    from grid.cases.case import Ask, Case
    from grid.cases.commands import Command
    from grid.words import Pair


def refuse(zh: str, en: str) -> NoReturn:
    """A rule forbids it here."""
    raise Rejected(Refusal.RULE, zh, en)


def refuse_role(zh: str, en: str) -> NoReturn:
    """Somebody else has to do it."""
    raise Rejected(Refusal.ROLE, zh, en)


def need_note(command: Command, zh: str, en: str) -> str:
    """The command's note; refused where it has none: `zh` and `en` say what must be in it."""
    if command.note is None:
        refuse(f"须写明{zh}", f"the note must say {en}")
    return command.note


def need_word(field: Pair, word: str, known: frozenset[str]) -> None:
    """Refuse a word that is none of those known."""
    if word not in known:
        names = ", ".join(sorted(known))
        refuse(f"{field[0]}只能是：{names}", f"{field[1]} is one of {names}")


def one_at_a_time(case: Case, ask: Ask) -> None:
    """Refuses what is asked for already and waits for its answer."""
    same = (ask.kind, ask.stage, ask.due)
    if any((other.kind, other.stage, other.due) == same for other in case.aside.asks):
        refuse("同一申请正在等待答复", "the same request waits for its answer already")
