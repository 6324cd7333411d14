"""The reference page of commands, written from the table of fields, so that it cannot be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.command_fields import ALL, OWN
from api.command_forms import NAMES
from grid.cases.transitions import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grid.reports.field_objects import Field

_HEAD = """# Commands

Written from `api/command_fields.py` by `wangge docs`; a test compares. Who may give a command when
is in [the state machine](state-machine.md); how they are sent and answered in
[the HTTP API](http-api.md#commands).

指令的字段；何人何时可用见状态机，收发方式见接口说明。

## Of every command · 通用字段

"""


def command_page() -> str:
    """The page in Markdown."""
    lines = [_HEAD + "\n".join(_table(ALL)), ""]
    for name in NAMES:
        row = BY_NAME[name]
        lines += [f"## `{name}`", "", f"{row.zh}", "", f"{row.en}", ""]
        lines += [*_table(OWN[name]), ""] if OWN[name] else []
    return "\n".join(lines)


def _table(fields: Iterable[Field]) -> Iterator[str]:
    yield "| field | value | meaning | 说明 |"
    yield "| --- | --- | --- | --- |"
    for field in fields:
        needed = "" if field.required else "?"
        yield f"| `{field.name}`{needed} | {field.kind.bounds()} | {field.en} | {field.zh} |"
