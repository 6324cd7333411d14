"""What may follow what: the one table that the code, the documentation, the API and the tests read.

A row says: this command, given by one of these roles standing in this relation to the case, is
possible in these statuses and leads to these. `None` as a status is "no case yet".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grid.cases import commands as c
from grid.model import Level, Status, path_at
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from grid.model import Case


class Relation(StrEnum):
    """How a principal must stand to a case to give a command."""

    SYSTEM = "system"  # the platform itself
    TEAM = "team"  # the team of the case's cell, or who stands above it
    HANDLER = "handler"  # acts for the handler
    CHARGE = "charge"  # acts for the level in charge
    EITHER = "either"  # handler or level in charge
    CHECKER = "checker"  # sees the place and did not handle it


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table; `zh` and `en` say what will happen, for buttons and refusals."""

    name: str
    command: type[c.Command]
    source: frozenset[Status | None]
    target: frozenset[Status]
    roles: frozenset[Role]
    relation: Relation
    zh: str
    en: str

    @property
    def stays(self) -> bool:
        """True for a command that leaves the status as it is, whichever of its sources it was."""
        return self.source == self.target


_SYSTEM = frozenset({Role.SYSTEM})
_PEOPLE = frozenset({Role.WORKER, Role.STAFF, Role.OPERATOR, Role.ADMIN})
_OFFICE = frozenset({Role.STAFF, Role.OPERATOR, Role.ADMIN})
_NEW: frozenset[Status | None] = frozenset({None})
_OPEN, _WORKING, _HANDLED = Status.OPEN, Status.WORKING, Status.HANDLED
_CLOSED, _MERGED = Status.CLOSED, Status.MERGED


def _row(
    name: str,
    command: type[c.Command],
    source: set[Status | None] | frozenset[Status | None],
    target: set[Status],
    roles: frozenset[Role],
    relation: Relation,
    zh: str,
    en: str,
) -> Transition:
    return Transition(name, command, frozenset(source), frozenset(target), roles, relation, zh, en)


# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    _row("file", c.File, _NEW, {_OPEN}, _SYSTEM, Relation.SYSTEM,
         "立案：给出编号、网格、大小、负责层级、承办单位和期限",
         "file: number, cell, size, level in charge, handler and deadlines are set"),
    _row("gather", c.Gather, _NEW, {_OPEN}, _SYSTEM, Relation.SYSTEM,
         "聚集立案：同类上报在短时间内集中出现，合为一案",
         "gather: many reports of one kind in a short time become one case"),
    _row("settle", c.Settle, {_OPEN, _WORKING}, {_CLOSED}, _PEOPLE, Relation.TEAM,
         "自办结案：小事由本网格当场办结",
         "settle: a small matter is closed by the cell's own team"),
    _row("accept", c.Accept, {_OPEN}, {_WORKING}, _PEOPLE, Relation.HANDLER,
         "签收：由承办单位开始办理",
         "accept: the handler takes the case on"),
    _row("take_over", c.TakeOver, {_OPEN, _WORKING}, {_WORKING}, _OFFICE, Relation.CHARGE,
         "接办：负责层级自己成为承办单位，处置期限重新计算",
         "take over: the level in charge becomes the handler, the limit to resolve starts anew"),
    _row("handle", c.Handle, {_WORKING}, {_HANDLED}, _PEOPLE, Relation.HANDLER,
         "处置完毕：等待他人核查",
         "handle: done, somebody else verifies"),
    _row("verify", c.Verify, {_HANDLED}, {_CLOSED, _WORKING}, _PEOPLE, Relation.CHECKER,
         "核查：通过则结案，不通过则返工",
         "verify: closed when passed, else back to work"),
    _row("escalate", c.Escalate, {_OPEN, _WORKING}, {_OPEN, _WORKING}, _PEOPLE, Relation.EITHER,
         "上交：负责层级上移，承办单位不变",
         "escalate: the level in charge moves up, the handler stays"),
    _row("merge", c.Merge, {_OPEN, _WORKING}, {_MERGED}, _SYSTEM, Relation.SYSTEM,
         "并案：归入主案继续办理",
         "merge: goes on under its parent"),
    _row("join", c.Join, {_OPEN, _WORKING, _HANDLED}, {_OPEN, _WORKING, _HANDLED},
         _SYSTEM, Relation.SYSTEM,
         "并入：另一案件并入本案",
         "join: another case comes under this one"),
    _row("tick", c.Tick, {_OPEN, _WORKING, _HANDLED}, {_OPEN, _WORKING, _HANDLED},
         _SYSTEM, Relation.SYSTEM,
         "到期：期限已过，自动上移或督办",
         "tick: a deadline has passed, the case rises by itself or is supervised"),
)
# fmt: on

BY_COMMAND = {row.command: row for row in TRANSITIONS}
BY_NAME = {row.name: row for row in TRANSITIONS}


def stands_in(principal: Principal, relation: Relation, case: Case) -> bool:
    """True when the principal stands to the case as the relation asks."""
    if principal.role is Role.SYSTEM:
        return relation is Relation.SYSTEM
    match relation:
        case Relation.SYSTEM:
            return False
        case Relation.TEAM:
            team = path_at(case.place.path, Level.GRID)
            return not principal.department and team.startswith(principal.area)
        case Relation.HANDLER:
            return principal.acts_for(case.charge.handler)
        case Relation.CHARGE:
            return not principal.department and case.charge.area.startswith(principal.area)
        case Relation.EITHER:
            return stands_in(principal, Relation.HANDLER, case) or stands_in(
                principal, Relation.CHARGE, case
            )
        case Relation.CHECKER:
            return not principal.department and principal.sees(case.place.path)


def may(principal: Principal, row: Transition, case: Case | None) -> bool:
    """True when the role and the relation allow the command; the state is another question."""
    if principal.role not in row.roles:
        return False
    return case is None or stands_in(principal, row.relation, case)


def allowed(case: Case, principal: Principal) -> list[Transition]:
    """The commands that this principal may give now, in the table's order."""
    return [row for row in TRANSITIONS if case.status in row.source and may(principal, row, case)]
