"""`python -m tests.conformance features|tiles JARS`: the OGC's executable test suites, run here.

They ask a wangge that runs already (`make up`, or --url and --key-file): what is in it is theirs to
look at, so every collection should have something. JARS is a folder with the jar of a suite and
all that it depends on; Java 17 runs them. docs/explanation/conformance.md has the figures.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.conformance import key_adder, suite
from wangge.api_client import address

_QUAD = "WebMercatorQuad"


def main() -> int:
    """0: nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("suite", choices=suite.CONTROLLERS)
    parser.add_argument("jars", type=Path)
    parser.add_argument("--url", help="the API; the local one by default")
    parser.add_argument("--key-file", type=Path, help="file with the key; the demo's by default")
    parser.add_argument(
        "--correct-axes",
        action="store_true",
        help="features: let the suite know that EPSG:4490 has latitude first",
    )
    asked = parser.parse_args()
    url, key = address(asked.url, asked.key_file)
    with key_adder.opened(url, key) as door:
        given = {"iut": f"{door}/ogc", "noofcollections": "-1"}
        if asked.suite == "tiles":
            given |= _a_tile(door)
        found = suite.run(asked.suite, asked.jars, given, axes=asked.correct_axes)
    _tell(
        f"passed {found.tests['PASS']}, failed {found.tests['FAIL']}, skipped {found.tests['SKIP']}"
    )
    for (status, where, why), n in sorted(found.reasons.items()):
        _tell(f"{n:4} {status} {where}: {why}")
    return 1 if found.tests["FAIL"] else 0


def _a_tile(door: str) -> dict[str, str]:
    """What the tiles' suite has to be told: a template and a tile that holds something."""
    path = f"{door}/ogc/collections/cells/tiles/{_QUAD}"
    with httpx.Client(timeout=20) as client:
        told: dict[str, Any] = client.get(path).raise_for_status().json()
    limits = told["tileMatrixSetLimits"][0]
    row = (limits["minTileRow"] + limits["maxTileRow"]) // 2
    column = (limits["minTileCol"] + limits["maxTileCol"]) // 2
    (template,) = [link["href"] for link in told["links"] if link["rel"] == "item"]
    return {
        "tilematrixsetdefinitionuri": told["tileMatrixSetURI"],
        "urltemplatefortiles": template,
        "tilematrix": limits["tileMatrix"],
        "mintilerow": str(row), "maxtilerow": str(row),
        "mintilecol": str(column), "maxtilecol": str(column),
    }  # fmt: skip


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
