"""States made anew from their events, for cases stored when a state said less.

A stored event never changes, but what a case keeps of its history grew. This runs once, with the
migration that brought the whole case engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data import ledger
from geo_data.queries import load
from grid.cases.evolve import fold
from grid.cases.wire import decode_event

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("refolding")

_ROWS = 500


async def refold(conn: Connection) -> int:
    """Write every older state again, in the running transaction; how many there were."""
    await conn.execute(_SQL.unguard)
    done, last = 0, "00000000-0000-0000-0000-000000000000"
    while True:
        rows = await (await conn.execute(_SQL.older, {"after": last, "n": _ROWS})).fetchall()
        if not rows:
            break
        cases = [fold(decode_event(body) for body in bodies) for _, bodies in rows]
        await ledger.rewrite(conn, cases)
        done, last = done + len(rows), rows[-1][0]
    await conn.execute(_SQL.guard)
    return done
