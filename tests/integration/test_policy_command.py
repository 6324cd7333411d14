"""`wangge policy` with a database: publish, list, explain by what is in force."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wangge import policy_files

ROOT = Path(__file__).parents[2]


@pytest.fixture
def wangge(database_url, tmp_path):
    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", "wangge", "policy", *words],
            capture_output=True,
            text=True,
            env=os.environ
            | {"WANGGE_HOME": str(tmp_path / "home"), "WANGGE_DATABASE_URL": database_url},
            cwd=ROOT,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def mine(tmp_path):
    policy_files.export(policy_files.find("default"), tmp_path / "mine")
    own = tmp_path / "mine" / "policy.toml"
    own.write_text(own.read_text().replace('"default-1"', '"mine-1"').replace("= 200", "= 150"))
    return str(own.parent)


def ahead(minutes):
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def test_a_policy_is_published_beside_the_shipped_one(wangge, mine, tmp_path):
    assert "the shipped one of the settings holds" in wangge("list").stdout
    begin = ahead(10)
    done = wangge("publish", mine, "--from", begin, "--by", "王")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mine-1 is published and holds from ")
    told = [json.loads(line) for line in wangge("list", "--json").stdout.splitlines()]
    assert [(one["version"], one["state"]) for one in told] == [
        ("default-1", "in force"),
        ("mine-1", "to come"),
    ]
    assert told[1]["published_by"] == "王"
    assert "mine-1               to come   from " in wangge("list").stdout
    explained = wangge("explain", "--category", "event.01.10").stdout
    assert explained.startswith("default-1, ")
    assert wangge("explain", "--policy", "mine-1", "--category", "event.01.10").returncode == 0
    assert "-snap_m = 200\n+snap_m = 150" in wangge("diff", "default-1", "mine-1").stdout
    assert wangge("export", "mine-1", str(tmp_path / "again")).returncode == 0
    assert "The files say the same." in wangge("diff", mine, str(tmp_path / "again")).stdout


@pytest.mark.parametrize(
    ("version", "minutes", "said"),
    [
        ("mine-1", 1, "Not published: a policy must begin to hold at least 2 minutes from now"),
        ("default-1", 10, "Not published: version default-1 is published already with other"),
    ],
)
def test_what_may_not_be_published_ends_in_one_sentence(wangge, mine, version, minutes, said):
    own = Path(mine) / "policy.toml"
    own.write_text(own.read_text().replace('"mine-1"', f'"{version}"'))
    done = wangge("publish", mine, "--from", ahead(minutes))
    assert (done.returncode, done.stderr.startswith(said)) == (1, True), done.stderr


def test_a_faulty_policy_is_not_published(wangge, mine):
    (Path(mine) / "reviews.csv").write_text("nothing\n")
    done = wangge("publish", mine, "--from", ahead(10))
    assert done.returncode == 1
    assert "reviews.csv:1: unknown column 'nothing'" in done.stdout
    assert "the shipped one" in wangge("list").stdout


def test_where_no_cells_are_loaded_a_position_has_no_area(wangge):
    done = wangge("explain", "--category", "event.01.10", "--lon", "119.1", "--lat", "36.7")
    assert done.returncode == 1
    assert "no layout of cells is in force" in done.stderr
