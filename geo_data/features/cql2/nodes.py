"""The shapes that the parts of a filter in CQL2 JSON have, and the names that they may have."""

from __future__ import annotations

from typing import Any

from geo_data.features.cql2.refusal import FilterRefused, shown


def operation(node: Any, at: str) -> tuple[str, list[Any]] | None:
    """Name and arguments of an operator or function; None for anything else."""
    if not isinstance(node, dict) or "op" not in node:
        return None
    only(node, ("op", "args"), at)
    name, args = node["op"], node.get("args")
    if not isinstance(name, str) or not isinstance(args, list):
        raise FilterRefused(at, "an operator has a name and a list of args", "运算的写法有误")
    return name, args


def only(node: dict[str, Any], names: tuple[str, ...], at: str) -> None:
    """Refuse members that are not among the names: they would have meant something."""
    for name in node:
        if name not in names:
            raise FilterRefused(
                at, f"there is no member {shown(name)} here", f"此处没有成员 {shown(name)}"
            )


def count(args: list[Any], wanted: int, name: str, at: str) -> None:
    """Refuse another number of arguments."""
    if len(args) != wanted:
        raise FilterRefused(
            at,
            f"{name} takes {wanted} arguments, not {len(args)}",
            f"{name} 需要 {wanted} 个参数，而不是 {len(args)} 个",
        )


def text_of(value: str, at: str) -> str:
    """Text that the database can hold: Unicode without its NUL and without half characters."""
    if "\0" in value:
        raise FilterRefused(at, "text cannot hold the character NUL", "文本不能含 NUL 字符")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise FilterRefused(at, "text holds half a character", "文本含有无效字符") from None
    return value
