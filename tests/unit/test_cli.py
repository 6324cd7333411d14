"""The command line: quick to start, one sentence where something is wrong, documented as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from wangge.cli import COMMANDS
from wangge.cli_page import cli_page

ROOT = Path(__file__).parents[2]


def wangge(*words, **variables):
    return subprocess.run(
        [sys.executable, "-m", "wangge", *words],
        capture_output=True,
        text=True,
        env=os.environ | variables,
        cwd=ROOT,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_line_of_the_table_leads_to_a_command_with_help(name):
    module, _, attribute = COMMANDS[name][0].partition(":")
    command = getattr(import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.help


def test_help_imports_no_command():
    script = """import sys
from wangge.cli import cli
cli.main(["--help"], standalone_mode=False)
print(sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    for heavy in ("pydantic", "fastapi", "faust", "geopandas", "numpy", "psycopg", "rich"):
        assert f"'{heavy}'" not in loaded.stderr
    for name in COMMANDS:
        assert f"  {name} " in loaded.stdout


def test_help_comes_at_once():
    before = os.times()
    assert wangge("--help").returncode == 0
    after = os.times()
    used = after.children_user + after.children_system - before.children_user
    assert used - before.children_system < 0.3  # seconds of processor, however busy the machine is


@pytest.mark.parametrize(
    ("words", "variables", "code", "told"),
    [
        (["dance"], {}, 2, "No such command 'dance'"),
        (["services", "up"], {"WANGGE_API_PORT": "x"}, 3, "WANGGE_API_PORT = 'x' is wrong"),
        (
            ["db", "migrate"],
            {"WANGGE_DATABASE_URL": "postgresql://a@127.0.0.1:1/x"},
            4,
            "The database does not answer",
        ),
        (["db", "migrate"], {}, 4, "There is no database yet"),
        (["status"], {}, 4, ""),
        (["services", "status"], {}, 4, ""),
        (["services", "up"], {"PATH": "/nowhere", "JAVA_HOME": ""}, 5, "Missing on this machine"),
    ],
)
def test_what_is_expected_to_go_wrong_ends_in_one_sentence(tmp_path, words, variables, code, told):
    done = wangge(*words, **{"WANGGE_HOME": str(tmp_path)} | variables)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_down_where_nothing_runs_is_no_error(tmp_path):
    done = wangge("down", WANGGE_HOME=str(tmp_path))
    assert (done.returncode, done.stderr.strip()) == (0, "Nothing was running.")


def test_the_reference_page_is_what_the_commands_say():
    assert (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8") == cli_page()
