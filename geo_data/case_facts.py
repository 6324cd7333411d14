"""Facts of cases in the database: read by case, written back where they have changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from geo_data.queries import load
from grid.figures.counting import call_rows, stage_rows
from grid.figures.facts import Call, CaseFacts, Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import LiteralString

    from geo_data.database import Connection

_SQL = load("case_facts")

Row = tuple[Any, ...]
#: What was stored (None: nothing), and what is to be stored.
Change = tuple[CaseFacts | None, CaseFacts]


async def read(conn: Connection, ids: Sequence[str]) -> dict[str, CaseFacts]:
    """The stored facts of these cases; those that have none are absent."""
    if not ids:
        return {}
    asked = {"ids": list(ids)}
    rows = await (await conn.execute(_SQL.read_cases, asked)).fetchall()
    if not rows:
        return {}
    held, calls = defaultdict(list), defaultdict(list)
    for case_id, *stage in await (await conn.execute(_SQL.read_stages, asked)).fetchall():
        held[case_id].append(Held(*stage))
    for case_id, *call in await (await conn.execute(_SQL.read_calls, asked)).fetchall():
        calls[case_id].append(Call(*call))
    return {
        row[0]: CaseFacts._make((*row, tuple(held[row[0]]), tuple(calls[row[0]]))) for row in rows
    }


async def write(conn: Connection, changes: Iterable[Change]) -> None:
    """Store the facts in the running transaction; rows that are as they were stay.

    What was stored of a case that begins anew (`before` is None) goes first: a feed that is read
    again from its beginning writes everything again.
    """
    cases: list[Row] = []
    stages: list[Row] = []
    calls: list[Row] = []
    changed: list[Row] = []
    moved: list[Row] = []
    again, called = [], []
    for before, after in changes:
        if before is None:
            again.append(after.case_id)
            cases.append(after[:-2])
            stages += stage_rows(after)
            calls += call_rows(after)
            continue
        changed.append(after[:-2])
        same = _shared(before) == _shared(after)
        known = len(before.held)
        for i, row in enumerate(stage_rows(after)):
            if i >= known:
                stages.append(row)
            elif not same or after.held[i] != before.held[i]:
                moved.append(row)
        if after.calls != before.calls or (after.calls and not same):
            called.append(after.case_id)
            calls += call_rows(after)
    if again:
        await conn.execute(_SQL.drop_cases, {"ids": again})
        await conn.execute(_SQL.drop_stages, {"ids": again})
    if called or again:
        await conn.execute(_SQL.drop_calls, {"ids": called + again})
    await _copy(conn, _SQL.copy_cases, cases)
    await _copy(conn, _SQL.copy_stages, stages)
    await _copy(conn, _SQL.copy_calls, calls)
    if changed:
        await conn.execute(_SQL.incoming_cases)
        await _copy(conn, _SQL.copy_incoming_cases, changed)
        await conn.execute(_SQL.update_cases)
    if moved:
        await conn.execute(_SQL.incoming_stages)
        await _copy(conn, _SQL.copy_incoming_stages, moved)
        await conn.execute(_SQL.update_stages)


def _shared(facts: CaseFacts) -> tuple[str, ...]:
    """What stands in the rows of the stages and callbacks as well."""
    return (facts.path, facts.category, facts.source, facts.size, facts.department)


async def _copy(
    conn: Connection, statement: LiteralString, rows: Sequence[tuple[Any, ...]]
) -> None:
    if not rows:
        return
    async with conn.cursor().copy(statement) as copy:
        # One text for the whole batch, column by column: the driver looks at each single value.
        columns = [_texts(column) for column in zip(*rows, strict=True)]
        lines = map("\t".join, zip(*columns, strict=True))
        await copy.write("\n".join(lines) + "\n")


_NULL = r"\N"


def _texts(column: Sequence[Any]) -> list[str]:
    """A column's values as COPY's text format has them."""
    some = next((value for value in column if value is not None), None)
    if isinstance(some, str):
        texts = [_NULL if value is None else value for value in column]
        plain = "".join(column) if None not in column else "\\"
        if plain.isprintable() and "\\" not in plain:
            return texts
        return [_NULL if value is None else _escaped(value) for value in column]
    if isinstance(some, datetime):
        return [_NULL if value is None else value.isoformat() for value in column]
    return [_NULL if value is None else str(value) for value in column]


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\t", "\\t")
    return escaped.replace("\n", "\\n").replace("\r", "\\r")
