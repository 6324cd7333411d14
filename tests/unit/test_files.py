"""Reports from files of others: reading, categories, and moving positions onto an area."""

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from grid.model import Source
from ingest.door import accept
from ingest.files import (
    BadRow,
    Columns,
    Record,
    ReportFile,
    UnfitFile,
    read_categories,
    submission,
)
from ingest.onto import Onto

SHIPPED = Path(__file__).parents[2] / "geo_data/data/reports"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MAP = {"Potholes": "event.01.13"}
ROWS = [
    dict(zip(("id", "created", "category", "lon", "lat"), values, strict=True))
    for values in (
        ("7", "2014-01-01 07:24:00", "Potholes", "-72.9", "41.3"),
        ("8", "2014-01-01T08:00:00-05:00", "Potholes", "-72", "41"),
    )
]


def write_csv(path, rows):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def records(path, categories=MAP, **columns):
    return list(ReportFile(path, Columns().named(columns), categories, SHANGHAI).records())


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.parquet"])
def test_rows_are_read_in_their_order_and_with_their_wall_clock(tmp_path, name):
    path = tmp_path / name
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    else:
        write_csv(path, ROWS)
    first, second = records(path)
    assert first == Record(
        1, "7", "Potholes", "event.01.13",
        datetime(2014, 1, 1, 7, 24, tzinfo=SHANGHAI), -72.9, 41.3,
    )  # fmt: skip
    assert (second.row, second.at) == (2, datetime(2014, 1, 1, 13, 0, tzinfo=UTC))


def test_columns_are_named_by_options(tmp_path):
    path = write_csv(
        tmp_path / "r.csv", [{"TYPE" if k == "category" else k: v for k, v in ROWS[0].items()}]
    )
    assert records(path, category="TYPE")[0].theirs == "Potholes"
    with pytest.raises(UnfitFile, match=r"no column category; it has id, created, TYPE"):
        records(path)
    with pytest.raises(UnfitFile, match="colour is no field"):
        records(path, colour="TYPE")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"category": "Ghosts"}, "'Ghosts'"),
        ({"lon": ""}, "no position"),
        ({"lat": "north"}, "no position"),
        ({"lat": "91"}, "no position on earth"),
        ({"lon": "nan"}, "no position on earth"),
        ({"created": "yesterday"}, "no time"),
        ({"created": ""}, "no time"),
        ({"id": " "}, "no id"),
    ],
)
def test_a_bad_row_says_why_and_stops_nothing(tmp_path, change, reason):
    bad, good = records(write_csv(tmp_path / "r.csv", [ROWS[0] | change, ROWS[1]]))
    assert isinstance(bad, BadRow)
    assert bad.row == 1
    assert reason in bad.reason
    assert isinstance(good, Record)


def test_a_file_may_have_our_categories_already(tmp_path):
    path = write_csv(tmp_path / "r.csv", [ROWS[0] | {"category": "event.05.02"}])
    assert records(path, None)[0].category == "event.05.02"


def test_a_star_stands_for_every_other_category(tmp_path):
    path = write_csv(tmp_path / "r.csv", [ROWS[0] | {"category": "Ghosts"}])
    assert records(path, {"*": "event.01.36"})[0].category == "event.01.36"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gone.csv", None),
        ("r.csv.gz", b"id,created\n"),
        ("r.parquet", b"PAR1"),
        ("r.csv", b"id,created,category,lon,lat\n\xff\xff,,,,\n"),
        ("empty.csv", b""),
    ],
)
def test_what_is_no_such_file_is_said(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnfitFile, match=name):
        records(path)


def test_the_shipped_file_is_read_whole_with_its_categories():
    categories = read_categories(SHIPPED / "newhaven_categories.csv")
    found = records(SHIPPED / "newhaven_2014.csv.gz", categories)
    assert len(found) == 9965
    assert not [row for row in found if isinstance(row, BadRow)]


AREA = shapely.Polygon([(119, 36), (120, 36), (119.5, 37)])
CITY = [(-73 + i % 20 / 100, 41 + i // 20 / 100) for i in range(400)]
FAR = (10.0, 10.0)
RECORD = Record(
    1, "7", "Potholes", "event.01.13", datetime(2014, 1, 1, 7, 24, tzinfo=SHANGHAI), -72.95, 41.1
)


@pytest.mark.parametrize("positions", [CITY, [*CITY, FAR], CITY[:1]])
def test_every_position_comes_to_lie_in_the_area(positions):
    onto = Onto(AREA, "某区", positions, seed=1)
    for lon, lat in [*CITY, FAR]:
        assert AREA.covers(shapely.Point(onto.move(lon, lat)))


def test_the_same_place_is_moved_to_the_same_place():
    one, other = (Onto(AREA, "某区", CITY, seed=1) for _ in range(2))
    assert [one.move(*p) for p in CITY] == [other.move(*p) for p in reversed(CITY)][::-1]
    pulled = [p for p in CITY if Onto(AREA, "某区", CITY, seed=2).move(*p) != one.move(*p)]
    assert 0 < len(pulled) < len(CITY)


def test_east_stays_east_and_north_stays_north():
    onto = Onto(shapely.box(119, 36, 120, 37), "某区", CITY, seed=1)
    west, east = onto.move(-72.95, 41.1), onto.move(-72.85, 41.1)
    assert west[0] < east[0]
    assert west[1] == east[1]


def test_a_replayed_record_says_so_and_from_where_it_was_moved():
    onto = Onto(AREA, "奎文区", CITY, seed=1)
    made = submission(RECORD, file="f.csv", seed=1, source=Source.CITIZEN, onto=onto)
    assert "重放的真实记录：Potholes" in made["description"]
    assert "replayed record: Potholes" in made["description"]
    assert "moved here from -72.950000, 41.100000" in made["description"]
    assert made["external_number"] == "f.csv:7"
    report = accept(made, sender="key:replay", received_at=datetime.now(UTC))
    assert report.observed_at == report.sent_at == RECORD.at


def test_a_second_run_makes_the_same_reports_and_another_seed_others():
    def made(seed):
        return submission(RECORD, file="f.csv", seed=seed, source=Source.CITIZEN, onto=None)

    assert made(1) == made(1)
    assert made(1)["id"] != made(2)["id"]
    assert (made(1)["lon"], made(1)["lat"]) == (-72.95, 41.1)
