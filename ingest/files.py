"""Reports from files that others made: CSV (also gzipped) and Parquet, columns named by options.

A record keeps its own id, order and wall clock. What it becomes depends on nothing but the file,
the options and the seed, so that replaying it twice files nothing twice.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path  # noqa: TC003 - dataclasses keep it inspectable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pyarrow.parquet as pq

from grid import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from grid.model import Source
    from ingest.onto import Onto

#: Ids of replayed reports are UUIDs of version 5 below this one.
_REPLAYED = UUID("5f4c9f1e-7f43-4d0b-9d6f-0f6a7c1f2b10")

#: Stands in a table of categories for every one that it does not name.
ANY = "*"


class UnfitFile(ValueError):
    """A file, or the options for it, that reports cannot be read from; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the file holds what."""

    id: str = "id"
    category: str = "category"
    time: str = "created"
    lon: str = "lon"
    lat: str = "lat"

    def named(self, options: Mapping[str, str]) -> Columns:
        """These, with some named otherwise. Raises UnfitFile for a field that there is not."""
        unknown = sorted(set(options) - set(self.__slots__))
        if unknown:
            known = ", ".join(self.__slots__)
            raise UnfitFile(f"{unknown[0]} is no field that a column can hold; there are {known}")
        return replace(self, **options)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: where it stood, whose category it has, ours for it; position as in the file."""

    row: int
    id: str
    theirs: str
    category: str
    at: datetime
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no report, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of reports and how to read it.

    `categories` leads from theirs to ours; None where the file has ours already. `zone` is that
    of times without an offset.
    """

    path: Path
    columns: Columns
    categories: Mapping[str, str] | None
    zone: ZoneInfo

    def records(self) -> Iterator[Record | BadRow]:
        """The rows in their order. Raises UnfitFile where the file or a column is not there."""
        for number, row in enumerate(_rows(self.path, self.columns), start=1):
            yield self._record(number, row)

    def _record(self, number: int, row: Mapping[str, Any]) -> Record | BadRow:
        columns = self.columns
        theirs = str(row[columns.category] or "").strip()
        known = self.categories
        ours = theirs if known is None else known.get(theirs) or known.get(ANY)
        if not ours:
            return BadRow(number, f"no category of ours is named for {theirs!r}")
        try:
            lon, lat = float(row[columns.lon]), float(row[columns.lat])
        except (TypeError, ValueError):
            return BadRow(number, "has no position")
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):  # noqa: PLR2004 - degrees
            return BadRow(number, f"has no position on earth: {lon}, {lat}")
        at = self._moment(row[columns.time])
        if at is None:
            return BadRow(number, "has no time")
        its_id = str(row[columns.id] or "").strip()
        if not its_id:
            return BadRow(number, "has no id")
        return Record(number, its_id, theirs, ours, at, lon, lat)

    def _moment(self, value: object) -> datetime | None:
        try:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            return None
        return at.replace(tzinfo=self.zone) if at.tzinfo is None else at


def read_categories(path: Path) -> dict[str, str]:
    """A table `theirs,ours` of categories. Raises UnfitFile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UnfitFile(f"{path} cannot be read: {error}") from None
    if not rows or not {"theirs", "ours"} <= set(rows[0]):
        raise UnfitFile(f"{path} must be a CSV with the columns theirs and ours, and a row")
    return {row["theirs"]: row["ours"] for row in rows}


def submission(record: Record, *, file: str, seed: int, source: Source, onto: Onto | None) -> Any:
    """The record as a client sends it.

    The description says that it is a replay, and from where its position was moved. The file's
    clock counts as the sender's (`sent_at` equals `observed_at`): so it is taken as seen when it
    comes in, while `observed_at` stays what the file says.
    """
    zh, en = f"重放的真实记录：{record.theirs}", f"replayed record: {record.theirs}"
    lon, lat = record.lon, record.lat
    if onto is not None:
        lon, lat = onto.move(lon, lat)
        zh += f"（位置由 {record.lon:.6f}, {record.lat:.6f} 移到{onto.name}）"
        en += f" (moved here from {record.lon:.6f}, {record.lat:.6f})"
    at = record.at.isoformat()
    made = {
        "category": record.category,
        "lon": lon,
        "lat": lat,
        "observed_at": at,
        "sent_at": at,
        "description": f"{zh} / {en}",
        "source": source.value,
        "external_number": f"{file}:{record.id}"[:100],
    }
    # Whatever option changes the content changes the id: never the same id with other content.
    content = canonical.write(made).decode()
    return {"id": str(uuid5(_REPLAYED, f"{seed}/{record.id}/{content}"))} | made


def _rows(path: Path, columns: Columns) -> Iterator[Mapping[str, Any]]:
    names = [getattr(columns, field) for field in columns.__slots__]
    if path.suffix == ".parquet":
        yield from _parquet(path, names)
        return
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _require(path, names, reader.fieldnames or ())
            yield from reader
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UnfitFile(f"{path} cannot be read: {error}") from None


def _parquet(path: Path, names: list[str]) -> Iterator[Mapping[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            _require(path, names, file.schema_arrow.names)
            for batch in file.iter_batches(columns=names):
                yield from batch.to_pylist()
    except UnfitFile:
        raise
    except (OSError, ValueError) as error:  # pyarrow's errors are one or the other
        raise UnfitFile(f"{path} cannot be read: {error}") from None


def _require(path: Path, names: list[str], there: Any) -> None:
    missing = sorted(set(names) - set(there))
    if missing:
        listed = ", ".join(there)
        raise UnfitFile(
            f"{path} has no column {missing[0]}; it has {listed}. "
            "Name it with --column FIELD=COLUMN"
        )
