"""Frozen values to canonical JSON text and back, from their annotations, prepared once per class.

Canonical: names sorted, no spaces, UTF-8, times in RFC 3339 in UTC. Takes dataclasses of str, int,
float, bool, datetime, StrEnum, optional values, tuples and other such dataclasses. What has its
default is left out, so that a field added later does not change the bytes of what was written
before it. Text is written straight away, without a tree of dicts between: half the time.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache, lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
Write = Callable[[Any], str]
Read = Callable[[Any], Any]

text: Write = encode_basestring

#: Texts remembered of each kind of part. An event and the case after it share their parts, and
#: all of a batch's events are written before its cases: three deadlines for each of a thousand.
_REMEMBERED = 4096


def write(value: Any) -> str:
    """The canonical JSON of a value."""
    kind: Any = type(value)
    return _whole_writer(kind)(value)


def read(cls: type[T], plain: dict[str, Any]) -> T:
    """The value of `cls` whose parsed JSON is `plain`; unknown names are an error."""
    kind: Any = cls
    made: T = _reader(kind)(plain)
    return made


@lru_cache(_REMEMBERED)
def instant(value: datetime) -> str:
    """A moment as a JSON string."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return f'"{value.isoformat()}"'


def _parse_instant(moment: str) -> datetime:
    parsed = datetime.fromisoformat(moment)
    return parsed if parsed.tzinfo is UTC else parsed.astimezone(UTC)


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a JSON number")
    # One text for equal numbers, 1 and 1.0, 0.0 and -0.0: equal values share remembered texts.
    return repr(float(value) + 0.0)


def _truth(value: bool) -> str:
    return "true" if value else "false"


_PLAIN: dict[Any, Write] = {
    str: text,
    int: int.__repr__,
    float: _number,
    bool: _truth,
    datetime: instant,
}


def _optional(kind: Any) -> Any | None:
    """The X of an `X | None`."""
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        rest = [a for a in typing.get_args(kind) if a is not type(None)]
        if len(rest) == 1:
            return rest[0]
        raise TypeError(f"the codec takes no union but X | None: {kind}")
    return None


@cache
def _writer(kind: Any) -> Write:
    inner = _optional(kind)
    if inner is not None:
        some = _writer(inner)
        return lambda value: "null" if value is None else some(value)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {member: text(member.value) for member in kind}.__getitem__
    if typing.get_origin(kind) is tuple:
        return _tuple_writer(typing.get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return lru_cache(_REMEMBERED)(_value_writer(kind))
    raise TypeError(f"the codec does not know {kind}")


@cache
def _whole_writer(cls: type) -> Write:
    """Writes a value that is part of no other: nobody asks for its text twice."""
    return _value_writer(cls)


def _tuple_writer(args: tuple[Any, ...]) -> Write:
    if len(args) == 2 and args[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        one = _writer(args[0])
        return lambda values: "[" + ",".join([one(value) for value in values]) + "]"
    each = [_writer(a) for a in args]
    return lambda values: (
        "[" + ",".join([one(value) for one, value in zip(each, values, strict=True)]) + "]"
    )


def _value_writer(cls: type) -> Write:
    hints = typing.get_type_hints(cls)
    ordered = sorted(fields(cls), key=lambda f: f.name)
    get = attrgetter(*(f.name for f in ordered))
    single = len(ordered) == 1
    # A field without a default has the marker MISSING there; asking for it saves comparing parts.
    steps = [(f"{text(f.name)}:", _writer(hints[f.name]), f.default) for f in ordered]

    def write_value(value: Any) -> str:
        got = (get(value),) if single else get(value)
        return (
            "{"
            + ",".join(
                [
                    name + one(part)
                    for (name, one, default), part in zip(steps, got, strict=True)
                    if part is not None and (default is MISSING or part != default)
                ]
            )
            + "}"
        )

    return write_value


@cache
def _reader(kind: Any) -> Read:
    inner = _optional(kind)
    if inner is not None:
        some = _reader(inner)
        return some if some is _as_it_is else _or_none(some)
    if kind is float:
        return float
    if kind in (str, int, bool):
        return _as_it_is
    if kind is datetime:
        return _parse_instant
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word_reader(kind)
    if typing.get_origin(kind) is tuple:
        return _tuple_reader(typing.get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return _value_reader(kind)
    raise TypeError(f"the codec does not know {kind}")


def _as_it_is(plain: Any) -> Any:
    return plain


def _or_none(some: Read) -> Read:
    return lambda plain: None if plain is None else some(plain)


def _word_reader(kind: Any) -> Read:
    """The member of a word; a look-up costs a fifth of what asking the class does."""
    members = {member.value: member for member in kind}
    return lambda plain: members[plain] if plain in members else kind(plain)


def _tuple_reader(args: tuple[Any, ...]) -> Read:
    if len(args) == 2 and args[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        one = _reader(args[0])
        return lambda plain: tuple([one(value) for value in plain])
    each = [_reader(a) for a in args]
    return lambda plain: tuple([one(value) for one, value in zip(each, plain, strict=True)])


def _value_reader(cls: type) -> Read:
    hints = typing.get_type_hints(cls)
    # Text, numbers and truths are what JSON gives already: only the others are gone through.
    readers = [
        (f.name, read) for f in fields(cls) if (read := _reader(hints[f.name])) is not _as_it_is
    ]
    absent = {
        f.name: None
        for f in fields(cls)
        if f.default is MISSING and _optional(hints[f.name]) is not None
    }

    def read_value(plain: dict[str, Any]) -> Any:
        made = absent | plain
        for name, read in readers:
            if name in made:
                made[name] = read(made[name])
        return cls(**made)

    return read_value
