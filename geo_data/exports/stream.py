"""A collection read as one snapshot and written batch by batch, beside the event loop."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg.errors import QueryCanceled

from geo_data.exports import columns
from geo_data.exports.formats import writer
from geo_data.features.collections import Rows
from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from geo_data.database import Connection
    from geo_data.exports.formats import Shape
    from geo_data.exports.writing import Writer
    from geo_data.features.reading import Asked

_SQL = load("exports")
_T = TypeVar("_T")

#: Rows of a batch: what a reader's memory holds, and how long an event loop waits for the driver.
_ROWS, _AREAS = 1000, 500
#: The longest that an export takes, to the last byte: the server cannot clean up behind its
#: snapshot, and its connection is missing elsewhere.
MOST_S = 900.0


class TooLong(RuntimeError):
    """The export was not through after `MOST_S`, or the server could not find rows in time."""


async def note(conn: Connection, principal: str, subject: str) -> None:
    """Keep in the audit log who takes what."""
    await conn.execute(_SQL.note_export, {"principal": principal, "subject": subject})


async def chunks(conn: Connection, asked: Asked, shape: Shape) -> AsyncGenerator[bytes]:
    """The file's bytes, pieces of it that are not empty; rows as they were at the first one.

    Close it when it is left early (`contextlib.aclosing`): that ends the query at once. Raises
    TooLong, and what psycopg and SQLite raise; whatever was yielded before is then no whole file.
    """
    made = writer(asked.collection, shape)
    until = monotonic() + MOST_S
    try:
        async with aclosing(_rows(conn, asked, made, until)) as pieces:
            async for piece in pieces:
                if piece:
                    yield piece
        rest = made.rest()
        while (last := await _beside(next, rest, None)) is not None:
            if last:
                yield last
            _check(until)
    except QueryCanceled:
        raise TooLong("the server took too long to find rows") from None
    finally:
        await _beside(made.close)


async def _rows(
    conn: Connection, asked: Asked, made: Writer, until: float
) -> AsyncGenerator[bytes]:
    """What the writer makes of the rows."""
    names = columns.schema(asked.collection)
    text, values = columns.selected(asked)
    size = _ROWS if asked.collection.rows is Rows.OF_CASES else _AREAS
    async with conn.transaction():
        await conn.execute(_SQL.snapshot)
        async with conn.cursor("export") as cursor:
            columns.plain_moments(cursor)
            await cursor.execute(text, values, binary=True)
            read = await cursor.fetchmany(size)
            yield made.start()
            while read:
                async with _meanwhile(cursor.fetchmany(size)) as coming:
                    yield await _beside(_written, made, names, read)
                    _check(until)
                    read = await coming


def _check(until: float) -> None:
    """Whoever takes the file may do so slowly, but not for ever: it holds a connection."""
    if monotonic() > until:
        raise TooLong(f"not through after {MOST_S:.0f} s")


def _written(made: Writer, names: Any, read: list[tuple[Any, ...]]) -> bytes:
    return made.add(columns.batch(names, read))


@asynccontextmanager
async def _meanwhile(work: Coroutine[Any, Any, _T]) -> AsyncGenerator[asyncio.Task[_T]]:
    """A task that is over when the block is left, by itself or because it is cancelled then."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _beside(work: Callable[..., Any], *arguments: Any) -> Any:
    """Run in a thread; who is cancelled meanwhile waits for its end, so that nobody is in there."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise
