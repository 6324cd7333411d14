"""Frozen values to plain JSON values and back, from their annotations, prepared once per class.

Takes dataclasses of str, int, float, bool, datetime, StrEnum, optional values, tuples and other
such dataclasses. Times become RFC 3339 in UTC. What a value does not set (None, or its default
empty tuple) is left out, so that a field added later does not change the bytes of what was
written before it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
Convert = Callable[[Any], Any]


def to_plain(value: Any) -> dict[str, Any]:
    """The value as a dict of JSON values."""
    kind: Any = type(value)
    encode = _encoder(kind)
    assert encode is not None, "only dataclasses have names"
    plain: dict[str, Any] = encode(value)
    return plain


def from_plain(cls: type[T], plain: dict[str, Any]) -> T:
    """The value of `cls` that `to_plain` made `plain` from; unknown names are an error."""
    kind: Any = cls
    made: T = _decoder(kind)(plain)
    return made


def _instant(value: datetime) -> str:
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat()


def _parse_instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _optional(kind: Any) -> Any | None:
    """The X of an `X | None`."""
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        rest = [a for a in typing.get_args(kind) if a is not type(None)]
        if len(rest) == 1:
            return rest[0]
        raise TypeError(f"the codec takes no union but X | None: {kind}")
    return None


@cache
def _encoder(kind: Any) -> Convert | None:
    """The function that makes a plain value; None where the value is plain already."""
    inner = _optional(kind)
    if inner is not None:
        return _optional_encoder(_encoder(inner))
    if kind in (str, int, float, bool):
        return None
    if kind is datetime:
        return _instant
    if isinstance(kind, type) and issubclass(kind, Enum):
        return attrgetter("value")
    if typing.get_origin(kind) is tuple:
        return _tuple_encoder(typing.get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return _value_encoder(kind)
    raise TypeError(f"the codec does not know {kind}")


def _optional_encoder(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda value: None if value is None else convert(value)


def _tuple_encoder(args: tuple[Any, ...]) -> Convert:
    if len(args) == 2 and args[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        convert = _encoder(args[0])
        return list if convert is None else lambda values: [convert(v) for v in values]
    converts = [_encoder(a) for a in args]
    if not any(converts):
        return list
    return lambda values: [
        v if convert is None else convert(v) for v, convert in zip(values, converts, strict=True)
    ]


def _value_encoder(cls: type) -> Convert:
    hints = typing.get_type_hints(cls)
    names = tuple(f.name for f in fields(cls))
    read = attrgetter(*names)
    single = len(names) == 1
    converts = tuple(_encoder(hints[name]) for name in names)
    defaults = tuple(() if f.default == () else None for f in fields(cls))
    steps = tuple(zip(names, converts, defaults, strict=True))

    def encode(value: Any) -> dict[str, Any]:
        got = (read(value),) if single else read(value)
        plain = {}
        for (name, convert, default), part in zip(steps, got, strict=True):
            if part is None or part is default:
                continue
            plain[name] = part if convert is None else convert(part)
        return plain

    return encode


@cache
def _decoder(kind: Any) -> Convert:
    inner = _optional(kind)
    if inner is not None:
        convert = _decoder(inner)
        return lambda plain: None if plain is None else convert(plain)
    if kind is float:
        return float
    if kind in (str, int, bool):
        return lambda plain: plain
    if kind is datetime:
        return _parse_instant
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if typing.get_origin(kind) is tuple:
        return _tuple_decoder(typing.get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return _value_decoder(kind)
    raise TypeError(f"the codec does not know {kind}")


def _tuple_decoder(args: tuple[Any, ...]) -> Convert:
    if len(args) == 2 and args[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        convert = _decoder(args[0])
        return lambda plain: tuple([convert(v) for v in plain])
    converts = [_decoder(a) for a in args]
    return lambda plain: tuple([convert(v) for v, convert in zip(plain, converts, strict=True)])


def _value_decoder(cls: type) -> Convert:
    hints = typing.get_type_hints(cls)
    converts = {f.name: _decoder(hints[f.name]) for f in fields(cls)}
    optional = {
        f.name for f in fields(cls) if f.default is MISSING and _optional(hints[f.name]) is not None
    }

    def decode(plain: dict[str, Any]) -> Any:
        made = {name: converts[name](part) for name, part in plain.items()}
        for name in optional:
            made.setdefault(name, None)
        return cls(**made)

    return decode
