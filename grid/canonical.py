"""JSON as this product writes and reads it: one spelling for one value, and nothing doubtful.

Written: keys sorted, no spaces, UTF-8, floats as Python's shortest exact form. Read: strictly;
what two readers could understand differently (a key twice, NaN) is refused.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from grid.errors import InvalidMessage

_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def write(value: object) -> bytes:
    """The canonical bytes of a value of plain dicts, lists, text, numbers, booleans and None."""
    return _encoder.encode(value).encode()


def read(raw: bytes, limit: int) -> Any:
    """The value that `raw` holds, of at most `limit` bytes.

    Raises InvalidMessage with code `size`, `encoding` (not UTF-8), `json` (not JSON, NaN, numbers
    or nesting beyond reason) or `duplicate` (a key twice in one object).
    """
    if len(raw) > limit:
        raise InvalidMessage("", f"is {len(raw)} bytes long, at most {limit} are taken", "size")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidMessage("", f"is not UTF-8 (byte {error.start})", "encoding") from None
    try:
        return _decoder.decode(text)
    except InvalidMessage:
        raise
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidMessage("", f"is not JSON: {error.msg} ({place})", "json") from None
    except RecursionError:
        raise InvalidMessage("", "is nested too deeply", "json") from None
    except ValueError:  # Python refuses to convert integers of thousands of digits
        raise InvalidMessage("", "holds a number with too many digits", "json") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)  # one pass: the names are a stranger's
        twice = next(name for name, n in times.items() if n > 1)
        raise InvalidMessage(f"/{pointer_part(twice)}", "stands twice in one object", "duplicate")
    return found


def _no_constant(name: str) -> NoReturn:
    raise InvalidMessage("", f"{name} is not a JSON number", "json")


def pointer_part(name: str) -> str:
    """A field's name as a part of a JSON pointer (RFC 6901), cut to a length fit for a message."""
    return name[:100].replace("~", "~0").replace("/", "~1").encode("utf-8", "replace").decode()


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
