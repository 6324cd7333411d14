"""`wangge replay FILE`: real reports from a file, through the real door, in their own time."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import geo_data
from grid.model import Source
from ingest.files import BadRow, Columns, ReportFile, UnfitFile, read_categories, submission
from ingest.onto import Onto
from wangge.api_client import MOST, Posting, address, api_options, open_api, outline
from wangge.failures import Failure
from wangge.pace import paced
from wangge.progress import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingest.files import Record
    from wangge.api_client import Api

SHIPPED = Path(geo_data.__file__).parent / "data" / "reports"
SHIPPED_FILE = SHIPPED / "newhaven_2014.csv.gz"
SHIPPED_CATEGORIES = SHIPPED / "newhaven_categories.csv"

_PLAIN_EVERY_S = 5.0
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What is replayed and how fast: `rate` a second if it is set, else `speed` times real time."""

    file: ReportFile
    onto: str | None = None
    speed: float = 60.0
    rate: float | None = None
    limit: int | None = None
    seed: int = 1
    source: Source = Source.CITIZEN
    batch: int = MOST

    def due(self, records: list[Record]) -> Iterator[tuple[float, Record]]:
        """Each record with the second in which it goes out; nothing ever goes back in time."""
        latest = 0.0
        for number, record in enumerate(records):
            if self.rate is not None:
                latest = number / self.rate
            else:
                since = (record.at - records[0].at) / timedelta(seconds=self.speed)
                latest = max(latest, since)
            yield latest, record


async def run(api: Api, replay: Replay, show: Callable[[Posting], None] | None = None) -> Posting:
    """Send it all; `show` is called after each request. Raises UnfitFile, Failure."""
    rows = list(replay.file.records())
    records = [row for row in rows if not isinstance(row, BadRow)]
    posting = Posting()
    for row in rows:
        if isinstance(row, BadRow):
            posting.refused += 1
            posting.reasons[row.reason] += 1
    onto = None
    if replay.onto is not None and records:
        area, name = await outline(api, replay.onto)
        onto = Onto(area, name, [(r.lon, r.lat) for r in records], replay.seed)
    due = replay.due(records[: replay.limit])
    async for group in paced(due, replay.batch):
        made = [
            submission(
                record,
                file=replay.file.path.name,
                seed=replay.seed,
                source=replay.source,
                onto=onto,
            )
            for record in group
        ]
        await api.post(made, posting, patience_s=_PATIENCE_S)
        if show is not None:
            show(posting)
    return posting


@contextmanager
def showing(total: int | None) -> Iterator[Callable[[Posting], None]]:
    """A bar on a terminal, a plain line every few seconds without one."""
    console = Console(stderr=True)
    if not console.is_terminal:
        told_at = time.monotonic()

        def line(posting: Posting) -> None:
            nonlocal told_at
            if time.monotonic() - told_at >= _PLAIN_EVERY_S:
                told_at = time.monotonic()
                tell(counts(posting))

        yield line
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("上报重放 replay", total=total)
        yield lambda posting: bar.update(
            task, completed=posting.sent, description=f"上报重放 replay · {counts(posting)}"
        )


def counts(posting: Posting) -> str:
    """What became of them, in one line."""
    return (
        f"发送 sent {posting.sent} · 收到 accepted {posting.accepted} · "
        f"拒绝 refused {posting.refused} · 重发 retried {posting.retried}"
    )


def _pairs(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> Any:
    pairs = [text.partition("=") for text in given]
    if not all(name and value for name, _, value in pairs):
        raise click.BadParameter(f"{option.opts[0]} takes FIELD=COLUMN")
    return {name: value for name, _, value in pairs}


def _zone(_context: click.Context, _option: click.Parameter, given: str) -> ZoneInfo:
    try:
        return ZoneInfo(given)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter(f"there is no time zone {given}") from None


@click.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=SHIPPED_FILE
)
@click.option("--onto", help="Code of the area that foreign positions are moved onto.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True)
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Reports a second instead.")
@click.option("--limit", type=click.IntRange(1), help="Send no more than so many.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--column", "columns", multiple=True, callback=_pairs, help="As category=TYPE.")
@click.option(
    "--map-category",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV theirs,ours; * stands for all others.",
)
@click.option("--source", type=click.Choice([str(s) for s in Source]), default="citizen")
@click.option("--zone", callback=_zone, default="Asia/Shanghai", help="Of times without offset.")
@click.option("--batch", type=click.IntRange(1, MOST), default=MOST, help="Reports a request.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@api_options
def replay(
    file: Path, url: str | None, key_file: Path | None, as_json: bool, **options: Any
) -> None:
    """Send the reports of FILE (CSV, gzipped CSV, Parquet) through the HTTP door.

    Without FILE the real reports that ship with wangge are sent. The same file, seed and options
    make the same reports: sent twice, nothing is filed twice.
    """
    mapping = options["map_category"]
    if mapping is None and file == SHIPPED_FILE:
        mapping = SHIPPED_CATEGORIES
    try:
        what = Replay(
            file=ReportFile(
                file,
                Columns().named(options["columns"]),
                None if mapping is None else read_categories(mapping),
                options["zone"],
            ),
            source=Source(options["source"]),
            **{name: options[name] for name in ("onto", "speed", "rate", "limit", "seed", "batch")},
        )
        posting = asyncio.run(_run(*address(url, key_file), what))
    except UnfitFile as error:
        raise Failure(str(error)) from None
    if as_json:
        click.echo(json.dumps(asdict(posting), ensure_ascii=False))
        return
    click.echo(counts(posting))
    for reason, times in posting.reasons.most_common(10):
        click.echo(f"  {times} × {reason}")


async def _run(url: str, key: str, what: Replay) -> Posting:
    async with open_api(url, key) as api:
        with showing(what.limit) as show:
            return await run(api, what, show)
