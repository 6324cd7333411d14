"""What is counted on the bare text of a filter before any parser sees it.

The parser (a PEG in native code) ends the process on a stack overflow, and tries each bracket that
does not follow a name in two ways when what is in it fails: with n of them within each other,
2^n times. Both depend on what can be counted beforehand: brackets, and operators that nest.
"""

from __future__ import annotations

import re

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


def guard(text: str) -> None:
    """Refuse a text whose brackets do not fit, or that would cost the parser too much."""
    brackets: list[bool] = []  # for each that is open: does it follow a name?
    bare = effort = operators = signs = 0
    named = False
    for token in _TOKEN.finditer(text):
        kind, written = token.lastgroup, token[0]
        effort += len(written) << bare
        at = f"character {token.start() + 1}"
        if kind == "open":
            brackets.append(named)
            bare += not named
            signs = 0
            if len(brackets) > DEEPEST:
                raise FilterRefused(
                    at,
                    f"brackets stand more than {DEEPEST} deep within each other",
                    f"括号嵌套超过 {DEEPEST} 层",
                )
        elif kind == "close":
            if not brackets:
                raise FilterRefused(at, "this bracket was never opened", "右括号没有对应的左括号")
            bare -= not brackets.pop()
            signs = 0
        elif kind == "comma":
            signs = 0
        elif kind == "unended":
            raise FilterRefused(at, "this quote does not end", "引号没有结束")
        elif kind == "signed":
            signs += 1
            operators += signs > _SIGNS
        elif kind == "sign":
            operators += len(written)
        elif kind == "word":
            operators += _operators(written)
        if kind != "blank":
            named = kind == "quoted" or (kind == "word" and _is_name(written))
        if operators > OPERATORS:
            raise FilterRefused(
                at, f"more than {OPERATORS} operators", f"运算符超过 {OPERATORS} 个"
            )
        if effort > _EFFORT:
            raise FilterRefused(
                at,
                "brackets nest too deeply for so long a text; CQL2 JSON has no such limit",
                "文本过长且括号嵌套过深；可改用 CQL2 JSON",
            )
    if brackets:
        raise FilterRefused("", f"{len(brackets)} brackets are not closed", "括号没有闭合")


def _is_name(word: str) -> bool:
    return not word[0].isdigit() and not word.lower().endswith(_BARE)


def _operators(word: str) -> int:
    """Operators that the parser may find in a word: it reads `likea` as like a, `1or1` as well."""
    if word[0].isdigit():
        return len(_BEGINS.findall(word))
    return _BEGINS.match(word) is not None
