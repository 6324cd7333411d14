"""The door for commands and ticks: lock the case, decide, append, all in the caller's transaction.

And the memory that makes a repeated command harmless: the same (principal, id) gets the answer
that was given the first time, refusals too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from geo_data import ledger
from geo_data.knowing import known_for
from geo_data.ledger import Change
from geo_data.queries import load
from grid.cases.decide import apply
from grid.teams import NOBODY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from grid.cases.case import Case
    from grid.cases.commands import Command
    from grid.policy.policy import Policy
    from grid.teams import Teams

_SQL = load("ledger")


class UnknownCase(LookupError):
    """There is no such case."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a command: an HTTP status and a JSON text."""

    status: int
    text: str


class OtherBody(ValueError):
    """The id was used by the same principal for another command."""


async def give(
    conn: Connection,
    case_id: str,
    command: Command,
    policy: Policy,
    *,
    position: tuple[float, float] | None = None,
    teams: Teams = NOBODY,
) -> Case:
    """Give one command to one case in the running transaction; the case afterwards.

    `position` (WGS 84) is where `Relocate` puts it; `teams` say which levels are skipped on the
    way up. Raises UnknownCase, and Rejected where the domain says no (nothing is written then).
    """
    cases = await ledger.lock(conn, [case_id])
    if case_id not in cases:
        raise UnknownCase(case_id)
    case = cases[case_id]
    known = await known_for(conn, case, command, policy, position)
    now = await moment(conn, case)
    path = (known.place or case.place).path
    if skipped := teams.skipped(path, now, policy.chain):
        known = replace(known, skipped=skipped)
    events, steps = apply(case, command, known, now, policy)
    await ledger.append(conn, [Change(case, events, steps)])
    return steps[-1]


async def moment(conn: Connection, *cases: Case) -> datetime:
    """The database's clock, read after the lock, and never before the cases' last events."""
    now = await ledger.clock(conn)
    lasts: Sequence[datetime] = [case.tally.last_at for case in cases if case.tally.last_at]
    return max([now, *lasts])


async def earlier_answer(
    conn: Connection, principal: str, command_id: str, body: bytes
) -> Answer | None:
    """The answer that this command got before; None for a new one. Raises OtherBody.

    Two equal commands at once wait for each other here: the second finds the first's answer.
    """
    await conn.execute(_SQL.lock_command, {"principal": principal, "id": command_id})
    row = await (
        await conn.execute(_SQL.command_answer, {"principal": principal, "id": command_id})
    ).fetchone()
    if row is None:
        return None
    if row[0] != sha256(body).digest():
        raise OtherBody(command_id)
    return Answer(row[1], row[2])


async def remember_answer(
    conn: Connection, principal: str, command_id: str, body: bytes, answer: Answer
) -> None:
    """Keep the answer in the command's own transaction."""
    await conn.execute(
        _SQL.save_answer,
        {
            "principal": principal,
            "id": command_id,
            "body": sha256(body).digest(),
            "status": answer.status,
            "answer": answer.text,
        },
    )


async def keep_note(conn: Connection, case_id: str, text: str, by: str) -> str:
    """Keep free text apart; the salted digest that stands for it in the history.

    Deleting the note leaves the history and its chain whole.
    """
    salt = os.urandom(16)
    digest = salted(text, salt)
    await conn.execute(
        _SQL.save_note,
        {"digest": digest, "case_id": case_id, "salt": salt, "body": text, "by": by},
    )
    return digest


def salted(text: str, salt: bytes) -> str:
    """SHA-256 (hexadecimal) of salt and text: proves the text, gives nothing away without it."""
    return sha256(salt + text.encode()).hexdigest()
