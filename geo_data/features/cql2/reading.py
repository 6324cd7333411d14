"""From text or JSON to the tree of CQL2 JSON, and the limits of that tree."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import cql2

from geo_data.features.cql2.guarding import guard
from geo_data.features.cql2.refusal import (
    DEEPEST,
    LISTED,
    LONGEST,
    OPERATORS,
    POSITIONS,
    FilterRefused,
)
from grid import canonical
from grid.errors import InvalidMessage

_PLACE = re.compile(r"--> (\d+):(\d+)")


class Language(StrEnum):
    """How a filter is written, by its name in OGC API Features Part 3."""

    TEXT = "cql2-text"
    JSON = "cql2-json"


def tree_of(text: str, language: Language) -> Any:
    """The filter as CQL2 JSON, within the limits. Raises FilterRefused."""
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise FilterRefused(
            f"character {error.start + 1}", "is no character", "含有无效字符"
        ) from None
    if len(raw) > LONGEST:
        raise FilterRefused(
            "",
            f"is {len(raw)} bytes long, at most {LONGEST} are taken",
            f"长度为 {len(raw)} 字节，最多 {LONGEST} 字节",
        )
    tree = _of_json(raw) if language is Language.JSON else _of_text(text)
    _measure(tree)
    return tree


def _of_json(raw: bytes) -> Any:
    # Read strictly, as all JSON here: the library drops members that it does not know and takes
    # one of two that contradict each other.
    try:
        return canonical.read(raw, LONGEST)
    except InvalidMessage as error:
        raise FilterRefused(error.field, error.reason, "不是有效的 CQL2 JSON") from None


def _of_text(text: str) -> Any:
    guard(text)
    try:
        return cql2.parse_text(text).to_json()
    except cql2.ParseError as error:
        place = _PLACE.search(str(error))
        if place is None:
            raise FilterRefused("", "is no CQL2 text", "不是有效的 CQL2 文本") from None
        where = f"line {place[1]}, character {place[2]}"
        raise FilterRefused(
            where, "this cannot be understood as CQL2 text", "此处不是有效的 CQL2 文本"
        ) from None
    except Exception:  # noqa: BLE001 - literals that it reads and cannot write, such as POINT EMPTY
        raise FilterRefused("", "a literal cannot be used", "字面量无法使用") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the native code's own end
            raise
        raise FilterRefused("", "is no CQL2 text", "不是有效的 CQL2 文本") from None


def _measure(tree: Any) -> None:
    """Count what a filter is made of, without recursion."""
    operators = numbers = 0
    waiting: list[tuple[Any, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, list):
            numbers += sum(isinstance(one, int | float) for one in node)
            waiting += ((one, depth) for one in node if isinstance(one, list | dict))
        elif isinstance(node, dict):
            if "op" in node:
                operators += 1
                depth += 1
            if depth > DEEPEST:
                raise FilterRefused(
                    "",
                    f"operators stand more than {DEEPEST} deep within each other",
                    f"运算嵌套超过 {DEEPEST} 层",
                )
            for name, part in node.items():
                _measure_list(name, part)
                waiting.append((part, depth))
    if operators > OPERATORS:
        raise FilterRefused(
            "",
            f"has {operators} operators, at most {OPERATORS} are taken",
            f"运算符 {operators} 个，最多 {OPERATORS} 个",
        )
    if numbers > 3 * POSITIONS:
        raise FilterRefused(
            "",
            f"has too many numbers; at most {POSITIONS} positions are taken",
            f"坐标过多，最多 {POSITIONS} 个",
        )


def _measure_list(name: str, part: Any) -> None:
    if name != "args" or not isinstance(part, list):
        return
    longest = max((len(one) for one in part if isinstance(one, list)), default=0)
    if longest > LISTED:
        raise FilterRefused(
            "",
            f"a list has {longest} values, at most {LISTED} are taken",
            f"列表有 {longest} 个值，最多 {LISTED} 个",
        )
