"""The two ways in which the domain says no. Everything else that is raised is a bug."""

from __future__ import annotations

from enum import StrEnum


class InvalidMessage(ValueError):
    """A message that cannot be taken: the field that is wrong, a stable code and the reason.

    `field` is a JSON pointer (`/lon`, `/attachments/0/sha256`), empty for the whole message.
    """

    def __init__(self, field: str, reason: str, code: str = "invalid") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason
        self.code = code


class Refusal(StrEnum):
    """Why a command was refused, in the order in which it is asked."""

    ROLE = "role"  # this principal may not give it: 403
    STATE = "state"  # the case is not in a state that allows it: 409
    VERSION = "version"  # what the sender saw has changed since in what matters: 409
    RULE = "rule"  # allowed in general, but a rule forbids it here: 409


class Rejected(Exception):
    """The domain's refusal of a command, with its kind and the reason in both languages."""

    def __init__(self, refusal: Refusal, zh: str, en: str) -> None:
        super().__init__(en)
        self.refusal = refusal
        self.zh = zh
        self.en = en
