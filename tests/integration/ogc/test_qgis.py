"""QGIS itself against an API that listens. Debian's package python3-qgis; skipped without it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from pyproj import Transformer

from geo_data.features.collections import COLLECTIONS
from tests.api_house import CITY

PYTHON = "/usr/bin/python3"  # the system's: QGIS is not in an environment
SCRIPT = Path(__file__).with_name("in_qgis.py")


@cache
def installed() -> bool:
    try:
        asked = [PYTHON, "-c", "import qgis.core"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
async def seen(house):
    """What QGIS makes of this house's features and tiles."""
    if not installed():
        pytest.skip("QGIS is not installed: apt-get install python3-qgis qgis-providers")
    await house.file(1, 1)
    lon, lat = CITY.middle(3, 5)
    box = [lon, lat, lon + 1e-4, lat + 1e-4]
    into = Transformer.from_crs(4326, 3857, always_xy=True)
    box += [*into.transform(lon - 0.01, lat - 0.01), *into.transform(lon + 0.01, lat + 0.01)]
    process = await asyncio.create_subprocess_exec(
        PYTHON, str(SCRIPT), house.base, house.key["analyst"], ",".join(COLLECTIONS),
        ",".join(map(str, box)),
        env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 90)
    assert out, err.decode()
    return json.loads(out)


async def test_what_an_analyst_sees_in_qgis(house, seen):
    assert seen["without a key"] is False
    async with house.client("analyst") as client:
        for name in COLLECTIONS:
            page = await client.get(f"/ogc/collections/{name}/items", params={"limit": 10_000})
            ids = sorted(feature["id"] for feature in page.json()["features"])
            assert ids
            assert seen[name] == [True, "EPSG:4326", ids], name
    assert seen["box"] == [CITY.code(3, 5)]
    valid, colours = seen["tiles"]
    assert valid
    assert colours > 2  # borders and what is within
