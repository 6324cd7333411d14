"""The analysts' notebook, run cell by cell against a running API, without Jupyter."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests import api_house
from tests.stored_cases import store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOTEBOOK = Path(__file__).parents[2] / "docs/tutorial/analyst.ipynb"
CITY = api_house.CITY


@pytest.fixture
async def house() -> AsyncIterator[api_house.House]:
    """An API whose south-western community has three of four cases closed, its neighbour none."""
    async with api_house.house(f"t{uuid4().hex[:8]}.") as made:
        async with made.database() as conn:
            for x, status, count in ((0, "closed", 3), (1, "working", 1), (2, "working", 2)):
                await store(conn, CITY, x, 0, count=count, status=status)
        yield made


def read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return found


def run() -> dict[str, Any]:
    """What the names of the notebook stand for when all of its code has run, in order."""
    names: dict[str, Any] = {}
    for cell in read()["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"<{cell['id']}>", "exec"), names)
    return names


def test_it_is_a_notebook_that_jupyter_opens_and_small():
    document = read()
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in document["cells"]:
        wanted = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            wanted |= {"outputs", "execution_count"}
        assert set(cell) == wanted
    assert NOTEBOOK.stat().st_size < 50_000


async def test_from_the_address_to_the_map(house, monkeypatch, tmp_path):
    monkeypatch.setenv("WANGGE_API", house.base)
    monkeypatch.setenv("WANGGE_KEY", house.key["analyst"])
    monkeypatch.setattr(urllib.request, "_opener", None)  # what the notebook installs goes again
    monkeypatch.chdir(tmp_path)
    names = await asyncio.to_thread(run)
    assert len(names["cells"]) == CITY.across**2
    rates = names["rates"].set_index("code")
    here, beside = CITY.code(0, 0)[:12], CITY.code(2, 0)[:12]
    assert len(rates) == CITY.across**2 // 4
    assert rates.loc[here, ["cases", "closed", "rate"]].tolist() == [4, 3, 0.75]
    assert rates.loc[beside, "rate"] == 0.0
    assert rates["rate"].isna().sum() == len(rates) - 2
    drawn = names["picture"]._repr_svg_()
    assert drawn.count("<path") == len(rates)
    assert f"区{here}: 75%" in drawn
    assert f"区{beside}: 0%" in drawn
    # An analyst's positions are coarse, here as everywhere.
    assert (names["cases"].geometry.x.round(3) == names["cases"].geometry.x).all()
