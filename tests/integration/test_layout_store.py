"""Layouts in the database: saved whole or not at all, one holding at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from geo_data.areas import NoLayout, layout_at, layout_in_force
from geo_data.database import connect
from geo_data.layout import store
from geo_data.layout.cell_folder import CellFolder
from geo_data.layout.model import COLUMNS, Layout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from geo_data.database import Connection
    from grid.cells.index import CellIndex

X, Y, S = 119.0, 36.5, 0.0078125
NOW = datetime.now(UTC)


def small(name: str = "城", cells: int = 2) -> Layout:
    """One area a level above a row of cells."""
    whole = shapely.box(X, Y, X + cells * S, Y + S)
    rows = []
    path, parent = "", None
    for level, code in zip(
        ("city", "district", "street", "community"), ("1", "11", "111", "1111"), strict=True
    ):
        path += f"{code}/"
        rows.append((level, code, parent, f"{name}{level}", path, None, False, whole))
        parent = code
    for i in range(cells):
        code = f"1111{i + 1:03}"
        shape = shapely.box(X + i * S, Y, X + (i + 1) * S, Y + S)
        rows.append(("grid", code, "1111", f"第{i + 1}网格", f"{path}{code}/", "111", True, shape))
    areas = gpd.GeoDataFrame(rows, columns=list(COLUMNS), geometry="geometry", crs="EPSG:4326")
    return Layout(areas, name, "made up", 5, {"remark": "for tests"})


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[Connection]:
    async with connect(database_url) as connection:
        yield connection


async def count(conn: Connection) -> tuple[int, int]:
    sql = "SELECT (SELECT count(*) FROM layouts), (SELECT count(*) FROM areas)"
    row = await (await conn.execute(sql)).fetchone()
    assert row is not None
    return row[0], row[1]


async def test_an_index_is_built_once_and_mapped_until_its_cells_change(
    conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await store.save(conn, small(), valid_from=NOW)
    folder, built = CellFolder(tmp_path / "cells"), []
    build = store._index

    def counted(*rows: Any) -> CellIndex:
        built.append(rows)
        return build(*rows)

    monkeypatch.setattr(store, "_index", counted)
    first = await store.load_cells(conn, number, folder)
    again = await store.load_cells(conn, number, CellFolder(tmp_path / "cells"))
    assert (first.codes, again.path(0), len(built)) == (again.codes, first.path(0), 1)
    # By hand, which nobody should: what was built before is not taken for it.
    await conn.execute(
        "UPDATE areas SET geom = ST_Translate(geom, 0.5, 0) WHERE layout = %s", [number]
    )
    moved = await store.load_cells(conn, number, folder)
    assert (moved.cell_of(X + S / 2, Y + S / 2), moved.cell_of(X + 0.5 + S / 2, Y + S / 2)) == (
        -1,
        0,
    )
    assert len(built) == 2
    with pytest.raises(LookupError, match="layout 77 has no cells"):
        await store.load_cells(conn, 77, folder)


async def test_what_is_saved_is_read_back_as_an_index(conn: Connection) -> None:
    number = await store.save(conn, small(), valid_from=NOW)
    assert await layout_in_force(conn) == number
    index = await store.load_cells(conn)
    assert (index.codes, index.layout) == (("1111001", "1111002"), number)
    assert index.path(0) == "1/11/111/1111/1111001/"
    assert index.locate_codes([X + S * 1.5], [Y + S / 2]) == ["1111002"]


async def test_every_column_arrives(conn: Connection) -> None:
    number = await store.save(conn, small(), valid_from=NOW)
    sql = """
    SELECT a.layout, a.level, a.parent, a.name, a.path, a.ur_class, a.synthetic,
           public.ST_Covers(a.geom, a.center), public.ST_GeometryType(a.geom),
           abs(a.area_m2 / public.ST_Area(a.geom::public.geography) - 1) < 0.005,
           l.name, l.source, l.seed, l.note ->> 'remark', l.valid_from, l.valid_to
    FROM areas AS a JOIN layouts AS l ON l.id = a.layout WHERE a.code = %s
    """
    path = "1/11/111/1111/"
    about = (True, "ST_MultiPolygon", True, "城", "made up", 5, "for tests", NOW, None)
    expected = {
        "1": (number, "city", None, "城city", "1/", None, False, *about),
        "1111001": (number, "grid", "1111", "第1网格", f"{path}1111001/", "111", True, *about),
    }
    for code, row in expected.items():
        assert await (await conn.execute(sql, (code,))).fetchone() == row


async def test_saved_again_it_is_the_same_layout(conn: Connection) -> None:
    number = await store.save(conn, small(), valid_from=NOW)
    assert await store.save(conn, small(), valid_from=NOW + timedelta(hours=1)) == number
    assert await count(conn) == (1, 6)


async def test_a_new_layout_ends_the_one_before_when_it_begins(conn: Connection) -> None:
    first = await store.save(conn, small(), valid_from=NOW - timedelta(hours=1))
    second = await store.save(conn, small("新"), valid_from=NOW - timedelta(minutes=1))
    assert await layout_in_force(conn) == second
    later = await store.save(conn, small(cells=3), valid_from=NOW + timedelta(hours=1))
    assert await layout_in_force(conn) == second
    assert len({first, second, later}) == 3
    assert [len(await store.load_cells(conn, n)) for n in (first, second, later)] == [2, 2, 3]


async def test_a_layout_cannot_end_one_before_it_begins(conn: Connection) -> None:
    number = await store.save(conn, small(), valid_from=NOW)
    with pytest.raises(ValueError, match="would end one before it begins"):
        await store.save(conn, small("新"), valid_from=NOW - timedelta(days=1))
    assert await count(conn) == (1, 6)
    assert await layout_in_force(conn) == number


async def test_a_bad_row_leaves_nothing_behind(conn: Connection) -> None:
    layout = small()
    layout.areas.loc[5, "path"] = "somewhere/else/"
    with pytest.raises(Exception, match="areas"):
        await store.save(conn, layout, valid_from=NOW)
    assert await count(conn) == (0, 0)


async def test_without_a_layout_it_says_so(conn: Connection) -> None:
    with pytest.raises(LookupError, match="load one first"):
        await store.load_cells(conn)
    with pytest.raises(LookupError, match="layout 77"):
        await store.load_cells(conn, 77)


async def test_each_instant_has_the_layout_that_held_then(conn: Connection) -> None:
    with pytest.raises(NoLayout, match="load one first"):
        await layout_at(conn, NOW)
    hour = timedelta(hours=1)
    first = await store.save(conn, small(), valid_from=NOW - 2 * hour)
    second = await store.save(conn, small("新"), valid_from=NOW + hour)
    assert await layout_at(conn, NOW - 2 * hour) == first
    assert await layout_at(conn, NOW + hour - timedelta(microseconds=1)) == first
    assert await layout_at(conn, NOW + hour) == second
    assert await layout_at(conn, NOW + 1000 * hour) == second
    with pytest.raises(NoLayout, match="the first began at"):
        await layout_at(conn, NOW - 3 * hour)
