"""What a command looks like on the wire: bodies read by the table of fields, and what they make.

Which commands exist, and who may give them when, is in `grid.cases.transitions`; the fields are in
`api.command_fields`. This only reads bodies and describes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.command_fields import ALL, DEPARTMENT, OWN, named
from grid.cases.transitions import BY_NAME, TRANSITIONS
from grid.errors import InvalidMessage
from grid.principal import Role
from grid.reports.field_kinds import Schema, wrong_type
from grid.reports.field_objects import ListOf, object_parser, object_schema
from grid.reports.fields import Crs
from ingest.datum import position_to_wgs84

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from grid.cases.commands import Command
    from grid.cases.transitions import Transition
    from grid.policy.policy import Policy
    from grid.principal import Principal
    from grid.reports.field_objects import Field

MAX_BODY = 64 * 1024

#: The commands that people give, in the order of the table of transitions.
NAMES = tuple(row.name for row in TRANSITIONS if row.roles != {Role.SYSTEM})

#: Values that say where to look, and are no part of the command itself.
_ELSEWHERE = ("lon", "lat", "crs", "parent")

_parsers: dict[str, Callable[[object], dict[str, Any]]] = {
    name: object_parser(ALL + OWN[name]) for name in NAMES
}


@dataclass(frozen=True, slots=True)
class Form:
    """A body that was read: the command's name and its values, the note still in words.

    `position` is where it is said to be (WGS 84, lon and lat), `parent` the id or number of the
    case that it is to come under.
    """

    name: str
    id: str
    version: int | None
    done_at: datetime | None
    note: str | None
    values: dict[str, Any]
    position: tuple[float, float] | None = None
    parent: str | None = None

    def command(self, by: Principal, note_digest: str | None) -> Command:
        """The command; in place of the note stands its digest."""
        made = dict(self.values)
        if note_digest is not None:
            made["note"] = note_digest
        if "evidence" in made:
            made["evidence"] = frozenset(made["evidence"])
        kind = BY_NAME[self.name].command
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
    where = {key: values.pop(key) for key in _ELSEWHERE if key in values}
    return Form(
        name,
        values.pop("id"),
        values.pop("version", None),
        values.pop("done_at", None),
        values.pop("note", None),
        values,
        _position(where),
        where.get("parent"),
    )


def _position(where: Mapping[str, Any]) -> tuple[float, float] | None:
    if "lon" not in where:
        return None
    return position_to_wgs84(where.get("crs", Crs.WGS84), where["lon"], where["lat"])


def schema() -> Schema:
    """JSON Schema (draft 2020-12) of all commands."""
    shapes = []
    for name in NAMES:
        shape = object_schema(ALL + OWN[name])
        shape["properties"]["command"] = {"const": name}
        shapes.append(shape | {"title": name})
    return {"oneOf": shapes}


def button(row: Transition) -> dict[str, str]:
    """A command as it is offered: its name, and what will happen."""
    return {"name": row.name, "zh": row.zh, "en": row.en}


def form(row: Transition, policy: Policy) -> dict[str, Any]:
    """A command as it is offered, with the fields that a form for it has."""
    return button(row) | {"fields": [_described(field, policy) for field in OWN[row.name]]}


def _described(field: Field, policy: Policy) -> dict[str, Any]:
    shape = field.kind.schema()
    listed = isinstance(field.kind, ListOf)
    if (field.kind.item if isinstance(field.kind, ListOf) else field.kind) is DEPARTMENT:
        known = policy.responsibilities.departments
        words = {code: (one.name_zh, one.name_en) for code, one in sorted(known.items())}
        choice = {"type": "string", "enum": list(words)} | named(words)
        shape = shape | {"items": choice} if listed else choice
    return {
        "name": field.name,
        "zh": field.zh,
        "en": field.en,
        "required": field.required,
        "schema": shape,
    }
