"""Who is who, written: sheets of teams, absences, replacements, and the hand-overs they order.

Every change takes the teams' lock first, so that two at once cannot make two people responsible.
What it means for open work is ordered here, in the same transaction, and carried out by
`geo_data.handing_over`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geo_data import areas, ledger
from geo_data.queries import load as load_queries
from geo_data.rights import subtree
from geo_data.teams import member_of
from grid.model import Level
from grid.team_sheet import Changes, Register, changes_of
from grid.teams import ANSWERING, Absence, Duty, Member

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from geo_data.database import Connection

_SQL = load_queries("teams")
_ORDERS = load_queries("hand_overs")


class Overlapping(ValueError):
    """An absence at the time of another one of the same person."""


class NoMember(LookupError):
    """Somebody has no duty there."""


async def load_sheet(
    conn: Connection, file: str, text: str, departments: Collection[str], *, by: str
) -> Changes:
    """Make the stored teams what the sheet says. Raises BadTeams, NoLayout; then nothing is stored.

    Whose term ends, now or on a day that the sheet names, hands over then.
    """
    async with conn.transaction():
        await conn.execute(_SQL.lock_teams)
        now = await ledger.clock(conn)
        layout = await areas.layout_in_force(conn)
        rows = await (await conn.execute(_SQL.known_areas, {"layout": layout})).fetchall()
        paths = {code: path for code, _, path in rows}
        keys = await (await conn.execute(_SQL.known_keys)).fetchall()
        register = Register(
            {code: Level(level) for code, level, _ in rows}, departments, {key for (key,) in keys}
        )
        stored = await _stored(conn, now)
        changes = changes_of(file, text, register, stored, now)
        await _store(conn, changes)
        dropped = [stored[number] for number in changes.dropped]
        concerned = [*changes.added, *changes.changed.values(), *dropped]
        await _order_terms(conn, concerned, paths, now, by)
        if concerned:
            await _audit(conn, by, "team load", file)
    return changes


async def _stored(conn: Connection, now: datetime) -> dict[int, Member]:
    rows = await (await conn.execute(_SQL.stored, {"since": now})).fetchall()
    return {row[0]: member_of(row[1:]) for row in rows}


async def _store(conn: Connection, changes: Changes) -> None:
    if changes.dropped:
        await conn.execute(_SQL.drop_members, {"ids": changes.dropped})
    # First who leaves: at no moment are two responsible.
    for left in (True, False):
        part = {n: m for n, m in changes.changed.items() if (m.valid_to is not None) is left}
        if part:
            await conn.execute(
                _SQL.change_members,
                {
                    "id": list(part),
                    "name": [m.name for m in part.values()],
                    "full_time": [m.full_time for m in part.values()],
                    "valid_to": [m.valid_to for m in part.values()],
                },
            )
    if changes.added:
        await copy_in(conn, changes.added)


async def copy_in(conn: Connection, members: Iterable[Member]) -> None:
    """Store members that are known to be right, as fast as can be."""
    async with conn.cursor() as cursor, cursor.copy(_SQL.copy_members) as copy:
        for m in members:
            await copy.write_row(
                (
                    m.area,
                    m.department,
                    m.person,
                    m.name,
                    m.duty._value_,
                    m.full_time,
                    m.valid_from,
                    m.valid_to,
                )
            )


async def empty(conn: Connection) -> bool:
    """True while nobody at all is named."""
    row = await (await conn.execute(_SQL.any_member)).fetchone()
    return not (row and row[0])


async def _order_terms(
    conn: Connection,
    members: Sequence[Member],
    paths: dict[str, str],
    now: datetime,
    by: str,
    successors: Mapping[str, str] | None = None,
) -> None:
    """Order what these changed members mean for open work: hand over where a term ends.

    What was planned for their units is planned anew, from what is stored. `successors` names who
    gets the work of somebody who leaves now; else whoever answers for the unit does.
    """
    members = [member for member in members if member.area in paths]
    units = {member.unit for member in members}
    if not units:
        return
    await conn.execute(
        _ORDERS.forget_planned,
        {
            "unit_path": [paths[area] for area, _ in units],
            "department": [department for _, department in units],
        },
    )
    ending = [m for m in members if m.valid_to == now]
    stored = await _stored(conn, now)
    ending += [m for m in stored.values() if m.valid_to and m.unit in units]
    heirs = successors or {}
    await conn.execute(
        _ORDERS.order_units,
        {
            "person": [member.person for member in ending],
            "successor": [heirs.get(m.person) if m.valid_to == now else None for m in ending],
            "unit_path": [paths[member.area] for member in ending],
            "department": [member.unit[1] for member in ending],
            "due_at": [member.valid_to for member in ending],
            "by": [by] * len(ending),
        },
    )


async def enter_absence(conn: Connection, absence: Absence, *, by: str) -> tuple[int, bool]:
    """Keep an absence and order its hand-over; its number, and True where it is new.

    The same absence again is the one that is there. Raises Overlapping for another one of the same
    person at that time.
    """
    async with conn.transaction():
        await conn.execute(_SQL.lock_teams)
        when = {"person": absence.person, "begins": absence.begins, "ends": absence.ends}
        there = await (await conn.execute(_SQL.overlapping, when)).fetchall()
        for number, begins, ends, stand_in in there:
            if (begins, ends, stand_in) == (absence.begins, absence.ends, absence.stand_in):
                return int(number), False
            until = f"to {ends.isoformat()}" if ends else "on"
            raise Overlapping(f"is away from {begins.isoformat()} {until} already")
        row = await (
            await conn.execute(
                _SQL.add_absence,
                when | {"stand_in": absence.stand_in, "reason": absence.reason, "by": by},
            )
        ).fetchone()
        assert row is not None
        order: dict[str, Any] = {"person": absence.person, "absence": row[0]}
        await conn.execute(_ORDERS.order_absence, order | {"due_at": absence.begins, "by": by})
        await _audit(conn, by, "team absent", absence.person)
    return int(row[0]), True


async def replace_person(
    conn: Connection, old: str, new: str, path: str, *, name: str | None, by: str
) -> list[Member]:
    """Let `new` have all duties that `old` has below a path, from now on; the new members.

    Duties of `new` in the same units end where one person cannot have both. `name` is needed
    where nobody knows `new` yet. Raises NoMember, NoLayout.
    """
    async with conn.transaction():
        await conn.execute(_SQL.lock_teams)
        now = await ledger.clock(conn)
        layout = await areas.layout_in_force(conn)
        name = name or await _name_of(conn, new)
        if name is None:
            raise NoMember(f"nobody knows the name of {new} yet")
        low, high = subtree(path)
        asked = {"layout": layout, "persons": [old, new], "at": now}
        rows = await (
            await conn.execute(_SQL.in_force_of, asked | {"path_low": low, "path_high": high})
        ).fetchall()
        found = {row[0]: member_of(row[1:]) for row in rows}
        changes = _replaced(found, old, new, name, now)
        if not changes.changed and not changes.dropped:
            raise NoMember(f"{old} has no duty in {path or 'any area'}")
        await _store(conn, changes)
        known = await (await conn.execute(_SQL.known_areas, {"layout": layout})).fetchall()
        paths = {code: area_path for code, _, area_path in known}
        concerned = [*changes.added, *changes.changed.values()]
        await _order_terms(conn, concerned, paths, now, by, {old: new})
        await _audit(conn, by, "team replace", f"{old} {new}")
    return changes.added


def _replaced(found: dict[int, Member], old: str, new: str, name: str, now: datetime) -> Changes:
    changes = Changes()
    leaving = [(number, member) for number, member in found.items() if member.person == old]
    for number, member in leaving:
        _end(changes, number, member, now)
        later = max(member.valid_from, now)
        changes.added.append(replace(member, person=new, name=name, valid_from=later))
        for other, own in found.items():
            if own.person == new and own.unit == member.unit and _exclude(own.duty, member.duty):
                _end(changes, other, own, now)
    return changes


def _end(changes: Changes, number: int, member: Member, now: datetime) -> None:
    if member.valid_from >= now:
        changes.dropped.append(number)
    else:
        changes.changed[number] = replace(member, valid_to=now)


def _exclude(one: Duty, other: Duty) -> bool:
    return one is other or (one in ANSWERING and other in ANSWERING)


async def _name_of(conn: Connection, person: str) -> str | None:
    row = await (await conn.execute(_SQL.name_of, {"person": person})).fetchone()
    return row[0] if row else None


async def _audit(conn: Connection, by: str, act: str, subject: str) -> None:
    await conn.execute(_SQL.note_act, {"principal": by, "act": act, "subject": subject})
