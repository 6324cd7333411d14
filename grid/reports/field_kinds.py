"""Kinds of fields: what a value may be, said once and used three ways.

Each kind gives a parser (plain JSON value → Python value, InvalidMessage with a pointer relative to
the field), the way back, a JSON Schema and its bounds in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum  # noqa: TC003 - dataclasses keep it inspectable
from typing import Any, Protocol

from grid.errors import InvalidMessage

_type_name = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_type_name |= {list: "a list", dict: "an object", type(None): "null"}

# What PostgreSQL's text and UTF-8 cannot hold, and control characters that no keyboard makes.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_YEARS = range(2000, 2100)

Parser = Callable[[object], Any]
Schema = dict[str, Any]


class Kind(Protocol):
    """What a field may hold."""

    def parser(self) -> Parser:
        """A function from the JSON value to the Python value; raises InvalidMessage."""

    def wire(self) -> Callable[[Any], object] | None:
        """A function back to the JSON value; None where the two are the same."""

    def schema(self) -> Schema:
        """JSON Schema, draft 2020-12."""

    def bounds(self) -> str:
        """The bounds in a few words, for the reference page."""


def wrong_type(value: object, wanted: str) -> InvalidMessage:
    """The error for a value of another JSON type than the wanted one."""
    given = _type_name.get(type(value), type(value).__name__)
    return InvalidMessage("", f"must be {wanted}, not {given}", "type")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - a line's length


@dataclass(frozen=True, slots=True)
class Text:
    """Words of people: never repeated in errors, since they may name somebody."""

    longest: int
    shortest: int = 1

    def parser(self) -> Parser:
        """Text of a length in characters, without control characters but tab and line breaks."""
        longest, shortest = self.longest, self.shortest

        def parse(value: object) -> str:
            if not isinstance(value, str):
                raise wrong_type(value, "text")
            if not shortest <= len(value) <= longest:
                raise InvalidMessage(
                    "", f"has {len(value)} characters, {self.bounds()} are taken", "length"
                )
            if not value.isprintable() and (found := _UNFIT.search(value)):
                sign = f"U+{ord(found[0]):04X}"
                raise InvalidMessage("", f"holds the character {sign}", "encoding")
            return value

        return parse

    def wire(self) -> None:
        """Text goes as it is."""

    def schema(self) -> Schema:
        """A string with lengths."""
        return {"type": "string", "minLength": self.shortest, "maxLength": self.longest}

    def bounds(self) -> str:
        """Lengths."""
        return f"{self.shortest}–{self.longest:,} characters"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a fixed form. `form` is a regular expression that Python and ECMAScript share."""

    form: str
    words: str

    def parser(self) -> Parser:
        """Text that matches the form from end to end."""
        match = re.compile(self.form, re.ASCII).fullmatch
        words = self.words

        def parse(value: object) -> str:
            if not isinstance(value, str):
                raise wrong_type(value, "text")
            if match(value) is None:
                raise InvalidMessage("", f"must be {words}, not {_shown(value)}", "format")
            return value

        return parse

    def wire(self) -> None:
        """A code goes as it is."""

    def schema(self) -> Schema:
        """A string with a pattern."""
        return {"type": "string", "pattern": f"^{self.form}$"}

    def bounds(self) -> str:
        """The form in words."""
        return self.words


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, both included; `whole` for counts."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False

    def parser(self) -> Parser:
        """Finite and within the bounds; a negative zero becomes zero."""
        low, high = self.low, self.high
        wanted = "a whole number" if self.whole else "a number"
        kinds: tuple[type, ...] = (int,) if self.whole else (float, int)
        zero: float = 0 if self.whole else 0.0

        def parse(value: Any) -> float:
            if type(value) not in kinds:  # a bool is an int to isinstance
                raise wrong_type(value, wanted)
            if low <= value <= high:  # false for NaN
                return value + zero  # type: ignore[no-any-return]
            raise InvalidMessage("", f"must be {self.bounds()}, not {_shown(value)}", "range")

        return parse

    def wire(self) -> None:
        """A number goes as it is."""

    def schema(self) -> Schema:
        """A number with both bounds."""
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.low, "maximum": self.high}

    def bounds(self) -> str:
        """Both bounds and the unit."""
        if self.low == self.high:
            return f"{self.low:,}"
        return f"{self.low:,} to {self.high:,} {self.unit}".replace(".0 ", " ").rstrip()


@dataclass(frozen=True, slots=True)
class Time:
    """A moment: RFC 3339 with an offset; kept in UTC, to the microsecond."""

    def parser(self) -> Parser:
        """Text of exactly that form, in the years that a report can be of."""
        match = _RFC3339.fullmatch

        def parse(value: object) -> datetime:
            if not isinstance(value, str):
                raise wrong_type(value, "text")
            if match(value) is None:
                wanted = "a time with its offset (2026-11-22T09:30:00+08:00)"
                raise InvalidMessage("", f"must be {wanted}, not {_shown(value)}", "format")
            try:
                moment = datetime.fromisoformat(value)
            except ValueError as error:
                raise InvalidMessage("", f"is no time: {error}", "format") from None
            # In UTC as well, as it is written: the next reader asks again.
            if moment.year in _YEARS and (utc := moment.astimezone(UTC)).year in _YEARS:
                return utc
            raise InvalidMessage("", f"must be {self.bounds()}, not {_shown(value)}", "range")

        return parse

    def wire(self) -> Callable[[datetime], str]:
        """RFC 3339 in UTC."""
        return datetime.isoformat

    def schema(self) -> Schema:
        """A date-time."""
        return {"type": "string", "format": "date-time"}

    def bounds(self) -> str:
        """The years."""
        return f"RFC 3339 with offset, in the years {_YEARS[0]} to {_YEARS[-1]}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the words of an enumeration."""

    words: type[StrEnum]

    def parser(self) -> Parser:
        """The member of that word."""
        members = {str(member): member for member in self.words}

        def parse(value: object) -> StrEnum:
            if not isinstance(value, str):
                raise wrong_type(value, "text")
            try:
                return members[value]
            except KeyError:
                listed = ", ".join(members)
                raise InvalidMessage(
                    "", f"must be one of {listed}, not {_shown(value)}", "choice"
                ) from None

        return parse

    def wire(self) -> None:
        """A StrEnum is text already."""

    def schema(self) -> Schema:
        """An enumeration."""
        return {"type": "string", "enum": [str(word) for word in self.words]}

    def bounds(self) -> str:
        """The words."""
        return ", ".join(f"`{word}`" for word in self.words)
