"""The parameters of a policy: numbers and choices that the rules of the house leave open.

Each group is a table of the policy's own file, read and checked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.model import Level, Source
from grid.words import APPEAL_CAUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.policy.toml_table import TomlTable

#: Causes of an escalation for which a policy may make the new level in charge the handler.
HANDLER_CHANGES = (
    "accept_missed", "contact_missed", "opinion_missed", "resolve_missed", "report_in_missed",
    "rework", "dissatisfied", "repetition", "returned_twice", "owner_unknown",
)  # fmt: skip

#: The parts of an area's composite score; their weights make 100.
AREA_PARTS = ("handled_in_time", "closed", "rework", "callback", "reports")

#: The kinds of workers that have a formula of their own, and what a formula weighs.
WORKER_KINDS = ("full_time", "part_time")
WORKER_PARTS = (
    "settled", "verified_in_time", "confirmed_reports", "visited_on_time",
    "rework", "distance", "raw_counts",
)  # fmt: skip

_YEAR_DAYS = 366


@dataclass(frozen=True, slots=True)
class Intake:
    """Reports of the sources in `check` wait for a look before they are filed."""

    check: frozenset[Source]


@dataclass(frozen=True, slots=True)
class Callback:
    """Who is called back: reporters from `sources`, one round by each of `levels` in turn.

    A reporter who was not reached in `tries` tries on `days` different days counts as unreached.
    """

    sources: frozenset[Source]
    levels: tuple[Level, ...]
    tries: int
    days: int


@dataclass(frozen=True, slots=True)
class Returns:
    """A handler may ask for a return within so many work hours, at most `most` times a case."""

    most: int
    within_h: float


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal comes within so many working days of a red light, and names one of `causes`.

    It can be granted where less than `lost_h` hours were lost (Jixi 2018).
    """

    window_days: int
    lost_h: float
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repetition:
    """The n-th report of a class within this distance (metres) and time is a repetition."""

    reports: int
    radius_m: float
    days: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """How near two cases lie that may be one; a suggestion shows from the score `least` (0-1)."""

    radius_m: float
    days: float
    least: float


@dataclass(frozen=True, slots=True)
class Score:
    """The published formulas.

    `area` weighs the parts of an area's composite score (they make 100); `workers` the parts of a
    worker's points, by kind of worker. At most `daily_cap` of a category count a day; the same
    photo or place counts once in `same_place_h` hours.
    """

    area: Mapping[str, float]
    workers: Mapping[str, Mapping[str, float]]
    daily_cap: int
    same_place_h: float


@dataclass(frozen=True, slots=True)
class Parameters:
    """All groups.

    `pause_days` is the longest a pause or an entry in the long-term list may run to its review,
    `reopen_days` how long a closed case may be opened again; both in days on the wall.
    """

    intake: Intake
    callback: Callback
    returns: Returns
    pause_days: int
    appeal: Appeal
    reopen_days: int
    repetition: Repetition
    duplicates: Duplicates
    handler_changes: frozenset[str]
    score: Score


def read_parameters(top: TomlTable) -> Parameters:
    """The parameters of a policy's file; what is wrong is noted with the table's problems."""
    intake, callback, returns = top.table("intake"), top.table("callback"), top.table("returns")
    appeal, repetition = top.table("appeal"), top.table("repetition")
    duplicates, escalation = top.table("duplicates"), top.table("escalation")
    parameters = Parameters(
        intake=Intake(frozenset(_sources(intake, "check"))),
        callback=Callback(
            sources=frozenset(_sources(callback, "sources")),
            levels=_levels(callback),
            tries=callback.whole("tries", 1, 20),
            days=callback.whole("days", 1, 30),
        ),
        returns=Returns(
            most=returns.whole("most", 0, 20), within_h=returns.number("within_h", 0.1, 1000)
        ),
        pause_days=top.whole("pause_days", 1, _YEAR_DAYS),
        appeal=Appeal(
            window_days=appeal.whole("window_days", 1, 60),
            lost_h=appeal.number("lost_h", 0, 1000),
            causes=tuple(appeal.words("causes", APPEAL_CAUSES)),
        ),
        reopen_days=top.whole("reopen_days", 0, _YEAR_DAYS),
        repetition=Repetition(
            reports=repetition.whole("reports", 2, 1000),
            radius_m=repetition.number("radius_m", 1, 10_000),
            days=repetition.number("days", 0.1, _YEAR_DAYS),
        ),
        duplicates=Duplicates(
            radius_m=duplicates.number("radius_m", 1, 10_000),
            days=duplicates.number("days", 0.1, _YEAR_DAYS),
            least=duplicates.number("least", 0, 1),
        ),
        handler_changes=frozenset(escalation.words("handler_changes", HANDLER_CHANGES)),
        score=_score(top.table("score")),
    )
    for table in (intake, callback, returns, appeal, repetition, duplicates, escalation):
        table.close()
    return parameters


def _sources(table: TomlTable, key: str) -> list[Source]:
    return [Source(word) for word in table.words(key, Source)]


def _levels(callback: TomlTable) -> tuple[Level, ...]:
    levels = tuple(Level(word) for word in callback.words("levels", Level))
    if not levels:
        callback.complain("levels", "callback.levels names nobody who calls")
    return levels


def _score(table: TomlTable) -> Score:
    area, worker = table.table("area"), table.table("worker")
    kinds = {kind: worker.table(kind) for kind in WORKER_KINDS}
    score = Score(
        area=area.numbers(AREA_PARTS, 0, 100),
        workers={kind: part.numbers(WORKER_PARTS, -100, 100) for kind, part in kinds.items()},
        daily_cap=table.whole("daily_cap", 1, 10_000),
        same_place_h=table.number("same_place_h", 0, 24 * _YEAR_DAYS),
    )
    total = sum(score.area.values())
    if abs(total - 100) > 1e-6:  # noqa: PLR2004
        table.complain("area", f"the weights of [score.area] make {total:g}, not 100")
    for part in (table, area, worker, *kinds.values()):
        part.close()
    return score
