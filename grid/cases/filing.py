"""Making cases: of a report, and of a surge; and the look before filing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import charges, deadlines
from grid.cases.case import RECHECK, Late, LateState
from grid.cases.deciding import judge
from grid.cases.events import Admitted, Because, Filed, Settled
from grid.errors import InvalidMessage
from grid.model import OWN_SOURCES, Level, Matter, Place, Size, Stage, level_of
from grid.policy.categories import UnknownCategory

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import Case
    from grid.cases.commands import Admit, File, Gather
    from grid.cases.known import Known
    from grid.model import Charge, Deadline
    from grid.policy.policy import Policy
    from grid.reports.report import Report


def file(
    _: Case | None, command: File, known: Known, now: datetime, policy: Policy
) -> list[Filed | Settled]:
    """A case with size, level in charge, handler and deadlines; closed at once where settled.

    Clocks run from `received_at`. What is said to be settled stays open when it is no small
    matter, its category's evidence is not there, or somebody else than the house's own people
    says so: `why` then says what was missing. Reports of some sources wait for a look by the
    cell's team first, but for emergencies.
    """
    report, place = command.report, known.place
    assert place is not None, "filing needs the place"
    try:
        row = policy.categories.row(report.category, report.condition)
    except UnknownCategory as unknown:
        field = "/condition" if report.category in policy.categories else "/category"
        raise InvalidMessage(field, str(unknown), "unknown_category") from unknown
    settled, received = report.settled is not None, report.received_at
    verdict = judge(
        _matter(report, row.default_size, policy),
        row,
        place,
        received,
        policy,
        zones=known.zones,
        settled=settled,
    )
    matter, charge = verdict.matter, verdict.charge
    missing = _missing_evidence(report, frozenset(row.evidence), matter.size) if settled else []
    more = []
    if missing:
        more.append(("settled", "evidence", ", ".join(missing)))
    if place.snapped:
        more.append(("place", "snapped", place.cell or ""))
    check = (
        report.source in policy.intake.check
        and matter.size is not Size.EMERGENCY
        and level_of(place.path) is Level.GRID
    )
    lates: tuple[Late, ...] = ()
    if check:
        charge = replace(charge, handler=charges.unit_of(Level.GRID, place.path))
        running = deadlines.checking(matter, charge.level, received, policy)
    else:
        running = deadlines.at_filing(matter, charge.level, received, policy)
        if matter.size is Size.EMERGENCY:
            told, lates = _telling(matter, charge, report, now, policy)
            running = (*running, *told)
    filed = Filed(
        number=known.number,
        report=report.id,
        matter=matter,
        place=place,
        charge=charge,
        deadlines=running,
        why=Because(
            matter.rule, (*verdict.facts, *more), policy.version, _calendar(policy, running)
        ),
        received_at=received,
        occurred_at=report.occurred_at,
        observed_at=report.observed_at,
        sender=report.sender,
        text=known.text,
        check=check,
        lates=lates,
    )
    if missing or not settled:
        return [filed]
    if known.lot >= policy.recheck_share:
        done = tuple(sorted(row.evidence))
        return [filed, Settled(evidence=done, done_at=report.observed_at)]
    return [filed, _to_be_rechecked(filed, report, row.evidence, now, policy)]


def _to_be_rechecked(
    filed: Filed, report: Report, evidence: tuple[str, ...], now: datetime, policy: Policy
) -> Settled:
    """Settled on the spot, and the lot fell on it: the community looks before it is closed."""
    check = policy.deadline(
        Stage.VERIFY,
        now,
        level=filed.charge.level,
        size=filed.matter.size,
        profile=filed.matter.profile,
        category=policy.categories.row(filed.matter.category, filed.matter.condition),
        promise=filed.deadlines[0].due,
    )
    assert check is not None, "every policy limits verification"
    return Settled(
        evidence=tuple(sorted(evidence)),
        done_at=report.observed_at,
        recheck=True,
        charge=filed.charge.finished_by(report.sender),
        deadlines=(filed.deadlines[0], replace(check, who=RECHECK)),
    )


def _matter(report: Report, size: Size, policy: Policy) -> Matter:
    """What the report says of the matter, before the table has decided."""
    return Matter(
        category=report.category,
        condition=report.condition,
        size=size,
        rule="",
        profile="",
        source=report.source,
        policy=policy.version,
        severity=report.severity,
        affected=report.affected or 0,
        injured=report.injured or 0,
        off_hours=not policy.calendar.is_work_time(report.observed_at),
    )


def _telling(
    matter: Matter, charge: Charge, report: Report, now: datetime, policy: Policy
) -> tuple[tuple[Deadline, ...], tuple[Late, ...]]:
    """The deadlines for telling an emergency upward, counted from when it happened.

    One that had passed before the report came in shows as late and is nobody's blame: the phone
    was offline.
    """
    happened = report.occurred_at or report.observed_at
    unit = charges.unit_of(charge.level, charge.area)
    running, lates = [], []
    for deadline in deadlines.telling(matter, charge.level, happened, policy):
        late = deadline.due <= report.received_at
        running.append(replace(deadline, missed=late))
        if late:
            lates.append(Late(deadline.stage, unit, deadline.due, now, state=LateState.EXCUSED))
    return tuple(running), tuple(lates)


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
    """The parent of a surge, at the lowest level that can see the whole of it.

    It is never smaller nor lower than the case that began it, and its promise is no later.
    """
    first = command.first
    lowest = max(level_of(command.area), Level.COMMUNITY, first.charge.level, key=_rank)
    level = charges.lowest_step(lowest, policy)
    size = Size.MAJOR if level.rank >= Level.DISTRICT.rank else Size.BIG
    size = max(size, first.matter.size, key=_SIZES.index)
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
    matter = replace(first.matter, size=size, rule="surge", policy=policy.version)
    charge = charges.at_filing(place, level, "department", matter.category, policy, now)
    running = deadlines.at_filing(matter, charge.level, now, policy)
    promised = first.deadline(Stage.PROMISE)
    if promised is not None:
        running = deadlines.promised_by(running, promised.due, now)
    if size is Size.EMERGENCY:
        running = (*running, *deadlines.telling(matter, charge.level, now, policy))
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
            deadlines=running,
            why=why,
            received_at=now,
            observed_at=first.tally.last_at,
            sender="",
            reports=command.reports,
        )
    ]


_SIZES = tuple(Size)


def _rank(level: Level) -> int:
    return level.rank


def admit(
    case: Case, command: Admit, known: Known, now: datetime, policy: Policy
) -> list[Admitted]:
    """Filed after the look: the handler that the table names gets it now."""
    return [admitted(case, known, now, policy, "checked", command.note, command.done_at)]


def admitted(
    case: Case,
    known: Known,
    now: datetime,
    policy: Policy,
    cause: str,
    note: str | None = None,
    done_at: datetime | None = None,
) -> Admitted:
    """The event of filing after the look, or for want of one (`cause`)."""
    row = policy.categories.row(case.matter.category, case.matter.condition)
    verdict = judge(case.matter, row, case.place, now, policy, zones=known.zones)
    level = max(case.charge.level, verdict.charge.level, key=_rank)
    charge = replace(
        case.charge,
        handler=verdict.charge.handler,
        since=now,
        level=level,
        area=case.charge.area if level is case.charge.level else verdict.charge.area,
    )
    why = Because(cause, verdict.facts, policy.version, policy.calendar.version)
    return Admitted(
        charge=charge,
        deadlines=deadlines.giving(case, charge.level, now, policy),
        why=why,
        note=note,
        done_at=done_at,
    )
