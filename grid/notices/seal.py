"""The seal on messages that leave: HMAC-SHA256, as Standard Webhooks 1.0 writes it in headers.

Source: the Standard Webhooks specification (standardwebhooks.com), so that receivers can check
with the libraries that exist. Signed is `id.timestamp.body`, with the body's bytes as they go.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "whsec_"
SECRET_BYTES = 32
#: How old a message may be, seconds, or how far ahead its clock; older ones may be repeats.
TOLERANCE_S = 300
_SHORTEST, _LONGEST = 24, 64  # bytes of a secret, by the specification


class BadSeal(ValueError):
    """A message that was not sealed with this secret, or not now; the text says which."""


def shown(secret: bytes) -> str:
    """The secret as its owner gets it: `whsec_` and base64."""
    return PREFIX + b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """The bytes of a secret that is written as `shown` writes it. Raises ValueError."""
    try:
        secret = b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:  # no base64, or no ASCII
        secret = b""
    if not text.startswith(PREFIX) or not _SHORTEST <= len(secret) <= _LONGEST:
        raise ValueError(f"a secret is {PREFIX} and base64 of {_SHORTEST} to {_LONGEST} bytes")
    return secret


def sign(secret: bytes, message: str, timestamp: int, body: bytes) -> str:
    """The signature of one message: `v1,` and base64. `timestamp` in seconds since 1970."""
    said = f"{message}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret, said, sha256)).decode()


def headers(secret: bytes, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message; `message` is its id, the same each time it is sent."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message, timestamp, body),
    }


def check(secret: bytes, given: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a message whose seal is whole; `given` has header names in lower case.

    Raises BadSeal.
    """
    message, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message or not (stamp.isascii() and stamp.isdecimal()):
        raise BadSeal("webhook-id or webhook-timestamp is missing or no number")
    if abs(now - int(stamp)) > TOLERANCE_S:
        raise BadSeal(f"webhook-timestamp is more than {TOLERANCE_S} s from now")
    right = sign(secret, message, int(stamp), body).encode()
    offered = given.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(right, one.encode()) for one in offered):
        raise BadSeal("webhook-signature does not fit the body and this secret")
    return message
