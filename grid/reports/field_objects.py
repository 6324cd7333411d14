"""Fields with names, the objects and lists made of them: parser and JSON Schema from one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid.canonical import pointer_part
from grid.errors import InvalidMessage
from grid.reports.field_kinds import Kind, Parser, Schema, wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message: name, kind, meaning in both languages.

    `server` marks those that only the server may set.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    server: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """An object of named fields. `make` builds the value from them, `unmake` takes it apart."""

    fields: tuple[Field, ...]
    make: Callable[[dict[str, Any]], Any]
    unmake: Callable[[Any], Mapping[str, object]]

    def parser(self) -> Parser:
        """Every field by its own parser; unknown and missing ones are errors."""
        read = object_parser(self.fields)
        make = self.make
        return lambda value: make(read(value))

    def wire(self) -> Callable[[Any], object]:
        """A plain dict."""
        return self.unmake

    def schema(self) -> Schema:
        """An object that allows no other fields."""
        return object_schema(self.fields)

    def bounds(self) -> str:
        """The fields, those that may be left out with a question mark."""
        parts = (f"`{f.name}`{'' if f.required else '?'} ({f.kind.bounds()})" for f in self.fields)
        return "object: " + ", ".join(parts)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of at most `most` items of one kind; kept as a tuple."""

    item: Kind
    most: int

    def parser(self) -> Parser:
        """Every item by the item's parser."""
        parse_item = self.item.parser()
        most = self.most

        def parse(value: object) -> tuple[Any, ...]:
            if not isinstance(value, list):
                raise wrong_type(value, "a list")
            if len(value) > most:
                raise InvalidMessage("", f"has {len(value)} items, at most {most}", "length")
            found = []
            for place, item in enumerate(value):
                try:
                    found.append(parse_item(item))
                except InvalidMessage as error:
                    raise below(str(place), error) from None
            return tuple(found)

        return parse

    def wire(self) -> Callable[[Any], object]:
        """A plain list."""
        item = self.item.wire()
        return list if item is None else lambda values: [item(value) for value in values]

    def schema(self) -> Schema:
        """An array."""
        return {"type": "array", "items": self.item.schema(), "maxItems": self.most}

    def bounds(self) -> str:
        """How many of what."""
        return f"at most {self.most} of {self.item.bounds()}"


def below(name: str, error: InvalidMessage) -> InvalidMessage:
    """The same error, seen from one level further out."""
    return InvalidMessage(f"/{pointer_part(name)}{error.field}", error.reason, error.code)


def object_parser(fields: tuple[Field, ...]) -> Callable[[object], dict[str, Any]]:
    """A parser of JSON objects with exactly these fields; gives the values by name."""
    parsers = {field.name: field.kind.parser() for field in fields}
    required = [field.name for field in fields if field.required]

    def parse(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong_type(value, "an object")
        found: dict[str, Any] = {}
        name = ""
        try:
            for name, given in value.items():
                found[name] = parsers[name](given)
        except KeyError:
            raise InvalidMessage(f"/{pointer_part(name)}", "is no known field", "unknown") from None
        except InvalidMessage as error:
            raise below(name, error) from None
        for name in required:
            if name not in found:
                raise InvalidMessage(f"/{name}", "is missing", "missing")
        return found

    return parse


def object_schema(fields: tuple[Field, ...]) -> Schema:
    """The JSON Schema of an object with exactly these fields."""
    return {
        "type": "object",
        "properties": {f.name: f.kind.schema() | {"description": f.en} for f in fields},
        "required": [f.name for f in fields if f.required],
        "additionalProperties": False,
    }
