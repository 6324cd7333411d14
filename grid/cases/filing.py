"""Making cases: of a report, and of a surge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases import charges, deadlines
from grid.cases.events import Because, Filed, Settled
from grid.errors import InvalidMessage
from grid.model import OWN_SOURCES, Level, Matter, Place, Size, level_of
from grid.policy.categories import UnknownCategory
from grid.policy.rules import Facts

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.commands import File, Gather
    from grid.cases.known import Known
    from grid.model import Case, Deadline
    from grid.policy.policy import Policy
    from grid.reports.report import Report


def file(
    _: Case | None, command: File, known: Known, _now: datetime, policy: Policy
) -> list[Filed | Settled]:
    """A case with size, level in charge, handler and deadlines; closed at once where settled.

    Clocks run from `received_at`. What is said to be settled stays open when it is no small
    matter, its category's evidence is not there, or somebody else than the house's own people
    says so: `why` then says what was missing.
    """
    report, place = command.report, known.place
    assert place is not None, "filing needs the place"
    try:
        row = policy.categories.row(report.category, report.condition)
    except UnknownCategory as unknown:
        field = "/condition" if report.category in policy.categories else "/category"
        raise InvalidMessage(field, str(unknown), "unknown_category") from unknown
    settled = report.settled is not None
    off_hours = not policy.calendar.is_work_time(report.observed_at)
    outcome = policy.rules.decide(
        Facts(
            category=report.category,
            category_size=row.default_size,
            severity=report.severity,
            affected=report.affected or 0,
            injured=report.injured or 0,
            money=0,
            zones=known.zones,
            repetition=known.repetition,
            source=report.source,
            off_hours=off_hours,
            settled=settled,
        )
    )
    matter = Matter(
        category=report.category,
        condition=report.condition,
        size=outcome.size,
        rule=outcome.rule_id,
        profile=outcome.profile,
        source=report.source,
        policy=policy.version,
    )
    charge = charges.at_filing(
        place,
        outcome.level,
        outcome.handler,
        report.category,
        policy,
    )
    missing = _missing_evidence(report, frozenset(row.evidence), outcome.size) if settled else []
    facts = [(name, cell, str(value)) for name, cell, value in outcome.matched]
    if missing:
        facts.append(("settled", "evidence", ", ".join(missing)))
    if place.snapped:
        facts.append(("place", "snapped", place.cell or ""))
    running = deadlines.at_filing(matter, charge.level, report.received_at, policy)
    filed = Filed(
        number=known.number,
        report=report.id,
        matter=matter,
        place=place,
        charge=charge,
        deadlines=running,
        why=Because(outcome.rule_id, tuple(facts), policy.version, _calendar(policy, running)),
        received_at=report.received_at,
        occurred_at=report.occurred_at,
        observed_at=report.observed_at,
        sender=report.sender,
        text=known.text,
    )
    if missing or not settled:
        return [filed]
    return [filed, Settled(evidence=tuple(sorted(row.evidence)), done_at=report.observed_at)]


def _missing_evidence(report: Report, asked: frozenset[str], size: Size) -> list[str]:
    """What keeps a settled report from being closed at once; empty when nothing does."""
    there = {"note"} if report.settled else set()
    if any(a.role == "after" for a in report.attachments):
        there.add("after_photo")
    missing = sorted(asked - there)
    if report.source not in OWN_SOURCES:
        missing.append("team")
    if size is not Size.SMALL:
        missing.append(size.value)
    return missing


def _calendar(policy: Policy, running: tuple[Deadline, ...]) -> str:
    """The calendar's version, and whether a clock runs through a year that has none published."""
    name, promise = policy.calendar.version, running[0]
    guessed = policy.calendar.uses_fallback(promise.since, promise.due)
    return f"{name} (fallback)" if guessed else name


def gather(
    _: Case | None, command: Gather, known: Known, now: datetime, policy: Policy
) -> list[Filed]:
    """The parent of a surge, at the lowest level that can see the whole of it."""
    first = command.first
    level = charges.lowest_step(max(level_of(command.area), Level.COMMUNITY, key=_rank), policy)
    size = Size.MAJOR if level.rank >= Level.DISTRICT.rank else Size.BIG
    whole = level_of(command.area) is Level.GRID
    place = Place(
        path=command.area,
        cell=first.place.cell if whole else None,
        layout=first.place.layout,
        lon=first.place.lon,
        lat=first.place.lat,
        confidence=1.0,
        runner_up=None,
        snapped=False,
    )
    matter = Matter(
        category=first.matter.category,
        condition=first.matter.condition,
        size=size,
        rule="surge",
        profile=first.matter.profile,
        source=first.matter.source,
        policy=policy.version,
    )
    charge = charges.at_filing(place, level, "department", matter.category, policy)
    why = Because(
        "surge",
        (
            ("reports", f">={policy.surge.reporters}", str(command.reports)),
            ("first", "number", first.number),
        ),
        policy.version,
        policy.calendar.version,
    )
    return [
        Filed(
            number=known.number,
            report=None,
            matter=matter,
            place=place,
            charge=charge,
            deadlines=deadlines.at_filing(matter, charge.level, now, policy),
            why=why,
            received_at=now,
            observed_at=first.tally.last_at,
            sender="",
            reports=command.reports,
        )
    ]


def _rank(level: Level) -> int:
    return level.rank
