"""`wangge layout` as a user meets it: what it prints, stores and ends with."""

from __future__ import annotations

import json
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from geo_data.database import connect
from geo_data.layout import store
from tests.services import STATE
from wangge.layout import layout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, database_url: str) -> str:
    """The URL of an empty database that the command line uses."""
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    return database_url


def run(*arguments: str | Path) -> Result:
    # The commands open an event loop of their own, the test has one already: another thread.
    with ThreadPoolExecutor(1) as thread:
        call = thread.submit(CliRunner().invoke, layout, [str(a) for a in arguments])
        return call.result()


async def cells(database: str) -> int:
    async with connect(database) as conn:
        return len(await store.load_cells(conn))


async def test_weifang_is_built_stored_written_checked_loaded(
    database: str, tmp_path: Path
) -> None:
    built = run("build", "weifang", "--json")
    assert built.exit_code == 0, built.output
    about = json.loads(built.stdout)
    assert (about["name"], about["seed"], about["layout"]) == ("潍坊市", 3707, 1)
    assert (
        about["levels"]["grid"] | {"areas": 13_000, "synthetic": 13_000} == about["levels"]["grid"]
    )
    assert await cells(database) == 13_000

    again = run("build", "weifang")
    assert (again.exit_code, "layout 1" in again.stdout) == (0, True)
    assert "drawn (synthetic)" in again.stdout

    file = tmp_path / "weifang.parquet"
    assert run("build", "weifang", "--out", file).exit_code == 0
    checked = run("check", file, "--json")
    assert json.loads(checked.stdout)["levels"] == about["levels"]
    # The same areas are the same layout, whichever way they come.
    assert "layout 1" in run("load", file).stdout


async def test_a_bad_file_is_told_and_not_stored(database: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.geojson"
    properties = {"level": "grid", "code": "1", "parent": "2"}
    feature = {"type": "Feature", "properties": properties, "geometry": None}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    told = run("load", file)
    assert told.exit_code == 1
    assert "feature 1 (1): the geometry is empty" in told.stderr
    assert "bad.geojson has 3 faults: nothing was stored" in told.stderr
    listed = json.loads(run("load", file, "--json").stdout)["faults"]
    kinds = {"no_single_city", "empty_geometry", "missing_parent"}
    assert {fault["kind"] for fault in listed} == kinds
    with pytest.raises(LookupError):
        await cells(database)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build", "qingdao"], "'qingdao' is not 'weifang'"),
        (["load", "nowhere.geojson"], "does not exist"),
        (["picture", "x.png", "--within", "9"], "the layout has no area 9"),
    ],
)
def test_wrong_use_is_said(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    result = run(*arguments)
    assert result.exit_code != 0
    assert words in result.stderr


def test_a_picture_of_one_street(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    out = tmp_path / "street.png"
    assert run("picture", out, "--within", "370705001", "--width", "120").exit_code == 0
    content = out.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", content[16:20]) == (120,)
