"""Suggestions of what may be one matter: kept with their measures, decided by people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from geo_data.queries import load
from grid.watching.duplicates import Ground, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.rights import RowFilter
    from grid.watching.duplicates import Suggestion

_SQL = load("suggestions")


@dataclass(frozen=True, slots=True)
class Stored:
    """A suggestion as the reader of one of its two cases sees it: the other one, score, reasons."""

    other: str
    number: str
    status: str
    category: str
    path: str
    received_at: datetime
    score: float
    reasons: tuple[Reason, ...]
    state: str
    at: datetime


async def add(conn: Connection, found: Mapping[str, Sequence[Suggestion]]) -> None:
    """Keep what was found for each case; a pair that is known already stays as it is.

    Each pair once: it does not matter which of the two was looked at first.
    """
    pairs = {(case, s.other): s for case, several in found.items() for s in several}
    for case, other in list(pairs):
        if case > other and (other, case) in pairs:
            del pairs[case, other]
    if not pairs:
        return
    columns = {"case_id": [case for case, _ in pairs], "other": [other for _, other in pairs]}
    known = set(await (await conn.execute(_SQL.known_pairs, columns)).fetchall())
    new = {pair: s for pair, s in pairs.items() if pair not in known}
    await conn.execute(
        _SQL.add,
        {
            "case_id": [case for case, _ in new],
            "other": [other for _, other in new],
            "score": [s.score for s in new.values()],
            "reasons": [
                Jsonb([{"ground": r.ground.value, "value": r.value} for r in s.reasons])
                for s in new.values()
            ],
        },
    )


async def close(conn: Connection, ended: Sequence[str]) -> None:
    """Close the open suggestions of cases that ended: `merged` where the two are one now."""
    if ended:
        await conn.execute(_SQL.close, {"ids": list(ended)})


async def apart(conn: Connection, taken_out: Sequence[tuple[str, str, str]]) -> None:
    """People took a case out from under a parent (case, parent, by whom): they are two matters."""
    if taken_out:
        cases, parents, by = zip(*taken_out, strict=True)
        await conn.execute(
            _SQL.apart, {"case_id": list(cases), "parent": list(parents), "by": list(by)}
        )


async def of_case(
    conn: Connection, rights: RowFilter, case_id: str, state: str | None = "open", limit: int = 50
) -> list[Stored]:
    """A case's suggestions in that state (None: in any), the likeliest first.

    Only those whose other case the rights show.
    """
    low, high = rights.bounds
    asked = {
        "id": case_id,
        "state": state,
        "path_low": low,
        "path_high": high,
        "own": rights.department,
        "limit": limit,
    }
    rows = await (await conn.execute(_SQL.of_case, asked)).fetchall()
    found = []
    for *case, score, measures, stands, at in rows:
        other, number, status, category, path, received_at = case
        reasons = tuple(Reason(Ground(one["ground"]), one["value"]) for one in measures)
        found.append(
            Stored(other, number, status, category, path, received_at, score, reasons, stands, at)
        )
    return found


async def dismiss(conn: Connection, case_id: str, other: str, by: str) -> str | None:
    """Say that the two are two matters; the state afterwards, None where nobody suggested it.

    What is merged or over stays so.
    """
    pair = {"id": case_id, "other": other, "by": by}
    await conn.execute(_SQL.dismiss, pair)
    row = await (await conn.execute(_SQL.state, pair)).fetchone()
    return row[0] if row else None


async def forget(conn: Connection, before: datetime) -> None:
    """Forget what was decided and was suggested before that."""
    await conn.execute(_SQL.forget, {"before": before})
