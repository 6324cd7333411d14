"""What a command looks like on the wire: one table of fields for each, and the command they make.

Which commands exist, and who may give them when, is in `grid.cases.transitions`; this
only reads bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from grid.cases.transitions import TRANSITIONS
from grid.errors import InvalidMessage
from grid.model import Level
from grid.policy.categories import Evidence
from grid.principal import Role
from grid.reports.field_kinds import Choice, Code, Number, Parser, Schema, Text, Time, wrong_type
from grid.reports.field_objects import Field, ListOf, object_parser, object_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from grid.cases.commands import Command
    from grid.principal import Principal

MAX_BODY = 64 * 1024
_MOST_VERSION = 1_000_000


class Outcome(StrEnum):
    """`grid.cases.commands.OUTCOMES` as words of a field; a test compares the two."""

    SOLVED = "solved"
    NOTHING_FOUND = "nothing_found"
    EXPLAINED = "explained"
    HANDED_ON = "handed_on"


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def parser(self) -> Parser:
        """A JSON boolean, nothing that only looks like one."""

        def parse(value: object) -> bool:
            if not isinstance(value, bool):
                raise wrong_type(value, "true or false")
            return value

        return parse

    def wire(self) -> None:
        """A boolean goes as it is."""

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}

    def bounds(self) -> str:
        """Both words."""
        return "true or false"


_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NOTE = Field("note", Text(2000), "说明", "in words; kept apart from the history")
_EVIDENCE = Field(
    "evidence", ListOf(Choice(Evidence), most=len(Evidence)), "佐证", "what is there as proof"
)

#: What every command has.
_ALL = (
    Field(
        "id",
        Code(_UUID, "a UUID in lower case with hyphens"),
        "指令编号，由发送端生成；重发用同一编号",
        "made by the sender; sent again under the same id it gets the same answer",
        required=True,
    ),
    Field("command", Text(20), "指令名称", "the command's name", required=True),
    Field(
        "version",
        Number(1, _MOST_VERSION, whole=True),
        "发送者看到的案件版本；此后有实质变动则不执行",
        "the case's version that the sender saw; refused where it changed since in what matters",
    ),
    Field("done_at", Time(), "实际办理时间（手机时钟）", "when it was done, by the sender's clock"),
)

_OWN: dict[str, tuple[Field, ...]] = {
    "settle": (_EVIDENCE, _NOTE),
    "accept": (),
    "take_over": (),
    "handle": (
        Field("outcome", Choice(Outcome), "处置结果", "what came of it, `solved` by default"),
        _EVIDENCE,
        _NOTE,
    ),
    "verify": (Field("passed", Flag(), "是否通过", "whether it passed", required=True), _NOTE),
    "escalate": (Field("to", Choice(Level), "上交到哪一级", "the level to go to at once"), _NOTE),
}

#: The commands that people give, in the order of the table of transitions.
NAMES = tuple(row.name for row in TRANSITIONS if row.roles != {Role.SYSTEM})

_parsers: dict[str, Callable[[object], dict[str, Any]]] = {
    name: object_parser(_ALL + _OWN[name]) for name in NAMES
}


@dataclass(frozen=True, slots=True)
class Form:
    """A body that was read: the command's name and its values, the note still in words."""

    name: str
    id: str
    version: int | None
    done_at: datetime | None
    note: str | None
    values: dict[str, Any]

    def command(self, by: Principal, note_digest: str | None) -> Command:
        """The command; in place of the note stands its digest."""
        made = dict(self.values)
        if note_digest is not None:
            made["note"] = note_digest
        if "evidence" in made:
            made["evidence"] = frozenset(word.value for word in made["evidence"])
        if "outcome" in made:
            made["outcome"] = made["outcome"].value
        kind = next(row.command for row in TRANSITIONS if row.name == self.name)
        return kind(by=by, id=self.id, version=self.version, done_at=self.done_at, **made)


def read(body: object) -> Form:
    """The form of a JSON value. Raises InvalidMessage with the first wrong field."""
    if not isinstance(body, dict):
        raise wrong_type(body, "an object")
    if "command" not in body:
        raise InvalidMessage("/command", "is missing", "missing")
    name = body["command"]
    if name not in NAMES:
        raise InvalidMessage("/command", f"must be one of {', '.join(NAMES)}", "choice")
    values = _parsers[name](body)
    del values["command"]
    return Form(
        name,
        values.pop("id"),
        values.pop("version", None),
        values.pop("done_at", None),
        values.pop("note", None),
        values,
    )


def schema() -> Schema:
    """JSON Schema (draft 2020-12) of all commands."""
    shapes = []
    for name in NAMES:
        shape = object_schema(_ALL + _OWN[name])
        shape["properties"]["command"] = {"const": name}
        shapes.append(shape | {"title": name})
    return {"oneOf": shapes}
