"""Events and cases as bytes, and events as others read them (CloudEvents 1.0).

The bytes that are hashed are the bytes that are stored: canonical JSON (sorted names, no spaces,
UTF-8). They never change; `UPCASTERS` has one function for each (type, version) that is no longer
written, and fixtures of every version are kept for ever.
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from grid import codec
from grid.cases import events
from grid.cases.case import Case

#: The version in which events are written today.
VERSION = 1

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}

PAYLOADS: dict[str, type] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower(): cls
    for cls in typing.get_args(events.Payload)
}
_NAMES = {cls: name for name, cls in PAYLOADS.items()}

_dump = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
).encode


def type_of(payload: events.Payload) -> str:
    """The event's type on the wire, such as `filed` or `taken_over`."""
    return _NAMES[type(payload)]


def encode_event(event: events.Event) -> str:
    """The canonical text of an event; what is stored, hashed and sent."""
    return (
        f'{{"at":{codec.instant(event.at)},"by":{codec.text(event.by)},'
        f'"case":{codec.text(event.case)},"data":{codec.write(event.what)},'
        f'"number":{event.number},"type":"{_NAMES[type(event.what)]}","v":{VERSION}}}'
    )


def decode_event(text: str) -> events.Event:
    """The event of a stored text, lifted to today's version where it is an older one."""
    plain = json.loads(text)
    name, version, data = plain["type"], plain["v"], plain["data"]
    while version < VERSION:
        data = UPCASTERS[name, version](data)
        version += 1
    return events.Event(
        case=plain["case"],
        number=plain["number"],
        at=datetime.fromisoformat(plain["at"]),
        by=plain["by"],
        what=codec.read(PAYLOADS[name], data),
    )


def encode_case(case: Case) -> str:
    """The canonical text of a case's state."""
    return codec.write(case)


def decode_case(text: str) -> Case:
    """The case of a stored state."""
    return codec.read(Case, json.loads(text))


def chain(previous: bytes, number: int, text: str) -> bytes:
    """The feed's hash at `number`: H(previous, number, event bytes), SHA-256, 32 bytes."""
    return sha256(previous + number.to_bytes(8, "big") + text.encode()).digest()


#: What the chain starts from, for each epoch of the feed.
GENESIS = bytes(32)


def cloud_event(text: str, feed: int, path: str) -> str:
    """A stored event as CloudEvents 1.0 JSON, `feed` number and area path as extensions."""
    plain = json.loads(text)
    return _dump(
        {
            "specversion": "1.0",
            "id": f"{plain['case']}/{plain['number']}",
            "source": "/wangge/cases",
            "type": f"wangge.case.{plain['type']}.v{plain['v']}",
            "subject": plain["case"],
            "time": plain["at"],
            "datacontenttype": "application/json",
            "feed": feed,
            "path": path,
            "data": plain,
        }
    )
