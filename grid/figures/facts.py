"""What figures need to know of a case, and nothing else: flat values, kept event by event.

They are named tuples because each one is also a row of a table: `CaseFacts` of `case_facts`,
`Held` of `held_stages`, `Call` of `callbacks`, all in the order of their columns.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - named tuples keep it inspectable
from enum import StrEnum
from typing import NamedTuple


class How(StrEnum):
    """How a stage ended, or that it has not."""

    RUNNING = "running"
    PAUSED = "paused"  # all clocks of the case stand
    DONE = "done"  # by what it was there for
    PASSED_ON = "passed_on"  # somebody else got the case, or the stage fell away
    OVER = "over"  # the case ended without it


class Held(NamedTuple):
    """One stage and who held it.

    `n` counts within the case. `kind`, `area`, `department` and `person` are the unit that had to
    do it and who had it in hand (or did it); `level` was in charge when it began. `done_at` is the
    phone's own time of the end, `late` that it was due before it ended, `state` what became of the
    red light (`grid.cases.case.LateState`), empty where there is none.
    """

    n: int
    stage: str
    who: str
    kind: str
    area: str
    department: str
    person: str
    level: str
    since: datetime
    warn: datetime
    due: datetime
    ended: datetime | None = None
    done_at: datetime | None = None
    how: str = How.RUNNING.value
    late: bool = False
    blamed: bool = False  # late, and neither exempt nor excused nor in time by the phone
    state: str = ""
    carded_at: datetime | None = None


class Call(NamedTuple):
    """What one level's callback of one reporter came to. `report` is empty for the case's own.

    `final` is False while it is still tried.
    """

    report: str
    level: str
    at: datetime
    tries: int
    final: bool
    reached: bool
    solved: bool
    satisfied: bool
    reason: str


class CaseFacts(NamedTuple):
    """What figures need of one case.

    Of an event that changes a moment, the moment is the server's; what the phone said is in
    `handled_done`. `gathered` is the parent of a surge, which nobody reported. `misdirected` says
    that the first department was not the last. `recheck_failed` is a settled case that failed its
    re-check, or whose reporter was not satisfied. `promised_due` is what was promised first,
    `promise_due` what holds after extensions and pauses; `promise_broken` that it was closed after
    an earlier promise and opened again. `handle_*` tell of the leading handlers' stages to resolve:
    the last due, whether any was late, and whether any is to be blamed. `promised_s` and `saved_s`
    (seconds) compare promise and actual time of a closed case, pauses left out.
    `closed_late` and `closed_blamed` compare it with the promise: not to be blamed is a case all of
    whose late stages were exempted.
    """

    case_id: str
    version: int
    number: str
    path: str
    category: str
    source: str
    size: str
    lon: float
    lat: float
    sender: str
    gathered: bool
    reports: int
    received_at: datetime
    filed_at: datetime | None
    status: str
    level: str
    charge_area: str
    kind: str
    area: str
    department: str
    person: str
    first_department: str
    dispatched_at: datetime | None
    accepted_at: datetime | None
    misdirected: bool
    handle_due: datetime | None
    handled_at: datetime | None
    handled_done: datetime | None
    handled_by: str
    outcome: str
    handle_late: bool
    handle_blamed: bool
    settled_at: datetime | None
    settled_by: str
    recheck_failed: bool
    verified_at: datetime | None
    verified_by: str
    promised_from: datetime | None
    promised_due: datetime | None
    promise_due: datetime | None
    promise_broken: bool
    closed_at: datetime | None
    closed_late: bool
    closed_blamed: bool
    ended_at: datetime | None
    promised_s: float | None
    saved_s: float | None
    rework: int
    returns: int
    extensions: int
    reopened: int
    escalations: int
    supervisions: int
    paused_since: datetime | None
    pause_kind: str
    pauses: int
    paused_s: float
    red: int
    blamed: int
    cards: int
    parent: str | None
    held: tuple[Held, ...] = ()
    calls: tuple[Call, ...] = ()
