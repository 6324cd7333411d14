"""What is asked of the bare text of a filter before any parser sees it.

The parser (a PEG in native code) ends the process on a stack overflow, and tries each bracket that
does not follow a name in two ways when what is in it fails: with n of them within each other,
2^n times. Both depend on what can be counted beforehand: brackets, and operators that nest. And it
takes a moment without an offset for one in UTC, eight hours from what its writer means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from geo_data.features.cql2.moments import OPEN, check_written
from geo_data.features.cql2.refusal import DEEPEST, OPERATORS, FilterRefused

#: Characters, each as often as the parser may come to it: a tenth of a second at worst.
_EFFORT = 100_000

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<open>\()
      | (?P<close>\))
      | (?P<comma>,)
      | (?P<signed>[-+](?=[0-9]))
      | (?P<sign>[-+*/%^=<>!]+)
      | (?P<word>[\w.:]+)
      | (?P<unended>['"])
      | (?P<blank>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
#: A bracket after one of these is no function's. The parser needs no blank between words: `andnot`.
_BARE = ("not", "and", "or", "in", "like", "between", "div", "is", "null")
_OPERATORS = "not|and|or|in|like|between|div"
_BEGINS = re.compile(_OPERATORS, re.IGNORECASE)
#: A position has at most four numbers, so four signs between two commas nest nothing.
_SIGNS = 4
_OF_MOMENTS = ("timestamp", "interval")


@dataclass(slots=True)
class _Bracket:
    bare: bool  # it follows no name
    moments: bool  # what is written in it are moments


@dataclass(slots=True)
class _Count:
    """What was seen up to here."""

    brackets: list[_Bracket] = field(default_factory=list)
    bare: int = 0
    effort: int = 0
    operators: int = 0
    signs: int = 0  # since the last comma or bracket
    name: str = ""  # the last word, if a bracket after it is a function's

    def take(self, kind: str, written: str, at: str) -> None:
        """One token more."""
        self.effort += len(written) << self.bare
        match kind:
            case "open":
                self._open(at)
            case "close":
                if not self.brackets:
                    raise FilterRefused(
                        at, "this bracket was never opened", "右括号没有对应的左括号"
                    )
                self.bare -= self.brackets.pop().bare
                self.signs = 0
            case "comma":
                self.signs = 0
            case "unended":
                raise FilterRefused(at, "this quote does not end", "引号没有结束")
            case "text":
                if self.brackets and self.brackets[-1].moments and written[1:-1] not in OPEN:
                    check_written(written[1:-1], at)
            case "signed":
                self.signs += 1
                self.operators += self.signs > _SIGNS
            case "sign":
                self.operators += len(written)
            case "word":
                self.operators += _operators(written)
        if kind != "blank":
            self.name = _name(kind, written)

    def _open(self, at: str) -> None:
        within = bool(self.brackets) and self.brackets[-1].moments
        bare = not self.name
        moments = within if bare else self.name in _OF_MOMENTS
        self.brackets.append(_Bracket(bare, moments))
        self.bare += bare
        self.signs = 0
        if len(self.brackets) > DEEPEST:
            raise FilterRefused(
                at,
                f"brackets stand more than {DEEPEST} deep within each other",
                f"括号嵌套超过 {DEEPEST} 层",
            )


def guard(text: str) -> None:
    """Refuse a text whose brackets do not fit, or that would cost the parser too much."""
    seen = _Count()
    for token in _TOKEN.finditer(text):
        at = f"character {token.start() + 1}"
        seen.take(token.lastgroup or "", token[0], at)
        if seen.operators > OPERATORS:
            raise FilterRefused(
                at, f"more than {OPERATORS} operators", f"运算符超过 {OPERATORS} 个"
            )
        if seen.effort > _EFFORT:
            raise FilterRefused(
                at,
                "brackets nest too deeply for so long a text; CQL2 JSON has no such limit",
                "文本过长且括号嵌套过深；可改用 CQL2 JSON",
            )
    if seen.brackets:
        raise FilterRefused("", f"{len(seen.brackets)} brackets are not closed", "括号没有闭合")


def _name(kind: str, written: str) -> str:
    """The name that a bracket after this token belongs to; none after an operator or a number."""
    if kind == "quoted":
        return written[1:-1].lower() or '"'
    word = written.lower()
    return word if kind == "word" and not (word[0].isdigit() or word.endswith(_BARE)) else ""


def _operators(word: str) -> int:
    """Operators that the parser may find in a word: it reads `likea` as like a, `1or1` as well."""
    if word[0].isdigit():
        return len(_BEGINS.findall(word))
    return _BEGINS.match(word) is not None
