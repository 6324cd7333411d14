"""What happened to a case: the only truth. Payloads are plain values; stored bytes never change.

An event carries what it changed whole (charge, deadlines, requests …), so that `evolve` needs no
rules and an old event still means what it meant when rules, limits or cells change. A field that is
called like a part of the case is that part afterwards.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime  # noqa: TC003 - the codec reads annotations at run time

from grid.cases.events.asking import (
    Asked,
    Carded,
    Exempted,
    Extended,
    FedBack,
    Paused,
    Refused,
    Resumed,
    Returned,
    Supervised,
)
from grid.cases.events.because import Because
from grid.cases.events.beginning import Admitted, Filed, Recategorised, Relocated, Rezoned
from grid.cases.events.ending import (
    Attached,
    Commented,
    Declined,
    Informed,
    Joined,
    Left,
    Merged,
    Reopened,
    Unmerged,
    Voided,
    Withdrawn,
)
from grid.cases.events.work import (
    Accepted,
    CalledBack,
    CheckRaised,
    Contacted,
    DateSet,
    Delegated,
    Dispatched,
    Escalated,
    HandedOver,
    Handled,
    PartHandled,
    Proposed,
    ReportedIn,
    Reviewed,
    Ruled,
    Settled,
    TakenOver,
    Verified,
    Whistled,
)
from grid.values import value

Payload = (
    Filed
    | Admitted
    | Relocated
    | Recategorised
    | Rezoned
    | Dispatched
    | Delegated
    | Accepted
    | TakenOver
    | HandedOver
    | Whistled
    | ReportedIn
    | DateSet
    | Ruled
    | Escalated
    | Settled
    | Contacted
    | Proposed
    | PartHandled
    | Handled
    | Reviewed
    | Verified
    | CalledBack
    | CheckRaised
    | Asked
    | Refused
    | Returned
    | Extended
    | Paused
    | Resumed
    | Exempted
    | Carded
    | Supervised
    | FedBack
    | Declined
    | Withdrawn
    | Voided
    | Reopened
    | Merged
    | Unmerged
    | Joined
    | Left
    | Commented
    | Attached
    | Informed
)


@value
class Event:
    """One entry of a case's history: the `number`-th event of `case`, at `at`, given by `by`."""

    case: str
    number: int
    at: datetime
    by: str
    what: Payload
    version: int = field(default=1)


__all__ = [
    "Accepted",
    "Admitted",
    "Asked",
    "Attached",
    "Because",
    "CalledBack",
    "Carded",
    "CheckRaised",
    "Commented",
    "Contacted",
    "DateSet",
    "Declined",
    "Delegated",
    "Dispatched",
    "Escalated",
    "Event",
    "Exempted",
    "Extended",
    "FedBack",
    "Filed",
    "HandedOver",
    "Handled",
    "Informed",
    "Joined",
    "Left",
    "Merged",
    "PartHandled",
    "Paused",
    "Payload",
    "Proposed",
    "Recategorised",
    "Refused",
    "Relocated",
    "Reopened",
    "ReportedIn",
    "Resumed",
    "Returned",
    "Reviewed",
    "Rezoned",
    "Ruled",
    "Settled",
    "Supervised",
    "TakenOver",
    "Unmerged",
    "Verified",
    "Voided",
    "Whistled",
    "Withdrawn",
]
