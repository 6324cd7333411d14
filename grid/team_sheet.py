"""The sheet of teams: who has which duty where, as CSV text, and what it makes of what is stored.

A sheet is the truth for the units that it names: who is stored there and no longer stands in it
leaves now, what was stays on record. Units that it does not name stay as they are. The same sheet
again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from grid.model import Level
from grid.policy.calendar import ZONE
from grid.policy.sheets import PolicyError, PolicyProblem, Problems, SheetRow, read_sheet
from grid.teams import ANSWERING, Duty, Member

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

#: Columns that a sheet must have, and those that it may leave out.
REQUIRED = ("area", "person", "name", "duty")
OPTIONAL = ("department", "full_time", "valid_from", "valid_to")

_LONGEST = 100  # characters of an id or a name
#: What is said of a key that is not in force begins like this.
_KEY = "key:"


class BadTeams(ValueError):
    """A sheet that cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: tuple[PolicyProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Register:
    """What a sheet may name: areas in force or to come, departments, principals with a key."""

    areas: Mapping[str, Level]
    departments: Collection[str]
    keys: Collection[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A member as a line of the sheet has it; `begins` None: since now, or as it is stored."""

    line: int
    member: Member  # its valid_from counts only where `begins` is set
    begins: datetime | None


@dataclass(slots=True)
class Changes:
    """What is to be written: new members, stored ones as they shall be, those that never began."""

    added: list[Member] = field(default_factory=list)
    changed: dict[int, Member] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)
    same: int = 0


def changes_of(
    file: str, text: str, register: Register, stored: Mapping[int, Member], now: datetime
) -> Changes:
    """What the sheet makes of the stored members (by number) at `now`. Raises BadTeams."""
    problems = Problems()
    rows = _read(file, text, register, problems)
    changes, standing = _merge(rows, stored, now)
    _check_terms(file, standing, problems)
    try:
        problems.raise_any()
    except PolicyError as error:
        raise BadTeams(error.problems) from None
    return changes


# ── reading ─────────────────────────────────────────────────────────────────────────────────


def _read(file: str, text: str, register: Register, problems: Problems) -> list[Row]:
    found: list[Row] = []
    for row in read_sheet(text, file, REQUIRED, OPTIONAL, problems):
        duty = row.word("duty", Duty, problems)
        begins, ends = _from(row, problems), _to(row, problems)
        if duty is None:
            continue
        member = Member(
            area=row.code("area"),
            department=row.code("department"),
            person=row.code("person"),
            name=row.text("name"),
            duty=duty,
            full_time=row.code("full_time") == "yes",
            valid_from=begins or datetime.min.replace(tzinfo=UTC),
            valid_to=ends,
        )
        for wrong in _wrong(member, row, register):
            problems.add(file, row.line, wrong)
        found.append(Row(row.line, member, begins))
    return found


def _wrong(member: Member, row: SheetRow, register: Register) -> Iterable[str]:
    level = register.areas.get(member.area)
    if level is None:
        yield f"area '{member.area}' is in no layout that holds or waits to begin"
    if member.department and member.department not in register.departments:
        yield f"department '{member.department}' is not known"
    if member.duty is Duty.SENT:
        if not member.department:
            yield "whoever is sent comes from a department: name it"
        if level not in (Level.GRID, None):
            yield f"people are sent to cells; '{member.area}' is a {level}"
    elif member.department and level not in (Level.DISTRICT, Level.CITY, None):
        yield f"a department works for a district or the city; '{member.area}' is a {level}"
    if not _fits(member.person) or any(sign.isspace() for sign in member.person):
        yield f"person must be an id of 1–{_LONGEST} characters without blanks"
    elif member.person.startswith(_KEY) and member.person not in register.keys:
        yield f"person '{member.person}' has no key in force: see `wangge key list`"
    if not _fits(member.name):
        yield f"name must have 1–{_LONGEST} characters"
    if row.code("full_time") not in ("", "yes", "no"):
        yield f"full_time '{row.code('full_time')}' is none of yes, no"


def _fits(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and text.isprintable()


def _from(row: SheetRow, problems: Problems) -> datetime | None:
    return _moment(row, "valid_from", timedelta(0), problems)


def _to(row: SheetRow, problems: Problems) -> datetime | None:
    """A day is the last one: its term ends with the following midnight."""
    return _moment(row, "valid_to", timedelta(days=1), problems)


def _moment(row: SheetRow, column: str, after: timedelta, problems: Problems) -> datetime | None:
    text = row.code(column)
    if not text:
        return None
    try:
        return moment_of(text, after)
    except (ValueError, OverflowError):
        wanted = "a day (2026-01-31) or a time with its offset (2026-01-31T08:00:00+08:00)"
        problems.add(row.file, row.line, f"{column} '{text}' is not {wanted}")
        return None


def moment_of(text: str, after: timedelta = timedelta(0)) -> datetime:
    """A day's midnight in Asia/Shanghai, `after` later, or a time with its offset; in UTC.

    Raises ValueError.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(f"{text} has no offset") from None
        return moment.astimezone(UTC)
    return (datetime.combine(day, time(), ZONE) + after).astimezone(UTC)


# ── what becomes of what is stored ──────────────────────────────────────────────────────────


def _key(member: Member) -> tuple[str, str, str, str]:
    return (member.area, member.department, member.person, member.duty)


def _merge(
    rows: list[Row], stored: Mapping[int, Member], now: datetime
) -> tuple[Changes, list[tuple[int, Member]]]:
    """The changes, and all members of the units named as they will stand, each with its line."""
    named = {row.member.unit for row in rows}
    before: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for number, member in stored.items():
        if member.unit in named:
            before[_key(member)].append(number)
    changes = Changes()
    standing: list[tuple[int, Member]] = []
    for row in rows:
        known = before[_key(row.member)]
        held = next((n for n in known if _continues(row, stored[n], now)), None)
        if held is None:
            member = replace(row.member, valid_from=row.begins or now)
            changes.added.append(member)
        else:
            known.remove(held)
            member = replace(row.member, valid_from=stored[held].valid_from)
            if member == stored[held]:
                changes.same += 1
            else:
                changes.changed[held] = member
        standing.append((row.line, member))
    for number in (n for left in before.values() for n in left):
        member = stored[number]
        if member.valid_from >= now:
            changes.dropped.append(number)
            continue
        if member.valid_to is None or member.valid_to > now:
            member = replace(member, valid_to=now)
            changes.changed[number] = member
        standing.append((0, member))
    return changes, standing


def _continues(row: Row, stored: Member, now: datetime) -> bool:
    return stored.holds(now) if row.begins is None else row.begins == stored.valid_from


def _check_terms(file: str, standing: list[tuple[int, Member]], problems: Problems) -> None:
    units: dict[tuple[str, str], list[tuple[int, Member]]] = defaultdict(list)
    for line, member in standing:
        if member.valid_to is not None and member.valid_to <= member.valid_from:
            problems.add(file, line, "ends before it begins")
        units[member.unit].append((line, member))
    for members in units.values():
        for (line, one), (other_line, other) in combinations(members, 2):
            if (line or other_line) and _overlap(one, other) and (said := _clash(one, other)):
                problems.add(file, max(line, other_line), said)


def _overlap(one: Member, other: Member) -> bool:
    return (other.valid_to is None or one.valid_from < other.valid_to) and (
        one.valid_to is None or other.valid_from < one.valid_to
    )


def _clash(one: Member, other: Member) -> str | None:
    unit = " ".join(one.unit).strip()
    if one.person == other.person and (one.duty is other.duty or _both_answer(one, other)):
        duties = " and ".join(dict.fromkeys((one.duty.value, other.duty.value)))
        return f"{one.person} is {duties} of {unit} twice at one time"
    if one.duty is other.duty and one.duty in ANSWERING:
        terms = " and ".join(_term(member) for member in (one, other))
        return f"{unit} has two with the duty {one.duty} at one time: {terms}"
    return None


def _both_answer(one: Member, other: Member) -> bool:
    return one.duty in ANSWERING and other.duty in ANSWERING


def _term(member: Member) -> str:
    begins = member.valid_from.astimezone(ZONE)
    ends = member.valid_to.astimezone(ZONE) if member.valid_to else None
    return f"{member.person} from {begins:%Y-%m-%d %H:%M}" + (
        f" to {ends:%Y-%m-%d %H:%M}" if ends else ""
    )
