"""What is missing on a machine, in one sentence, and what installs it where that is allowed."""

from __future__ import annotations

import os

import pytest

from wangge.failures import Missing
from wangge.services import jars, machine

KNOWN = """openjdk-21-jre-headless - Java
openjdk-25-jre-headless - Java
postgresql-13-postgis-3 - old
postgresql-17-postgis-3 - PostGIS
"""


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A Debian-like machine with nothing on it; gives the list of the commands that were run."""
    programs = tmp_path / "bin"
    programs.mkdir()
    ran = tmp_path / "ran"
    (tmp_path / "known").write_text(KNOWN)
    for name, does in {
        "apt-get": f'echo "apt-get $*" >> {ran}',
        "env": 'while [ "${1#*=}" != "$1" ]; do shift; done; "$@"',
        "sudo": 'test "$1" = -n || exit 1; shift; test "$1" = true || "$@"',
        "apt-cache": f'/bin/grep -E -- "${{3%\\$}}" {tmp_path / "known"}',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(machine, "postgres_programs", lambda: None)
    return ran


WANTED = "openjdk-21-jre-headless postgresql-17 postgresql-17-postgis-3 maven"


def test_everything_missing_is_one_sentence_with_the_command(bare, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Missing) as raised:
        machine.require(tmp_path)
    told = str(raised.value)
    assert "Java 17 or newer, PostgreSQL with PostGIS, Maven" in told
    assert f"`sudo apt-get install {WANTED}`" in told
    assert "\n" not in told
    assert not bare.exists()


@pytest.mark.parametrize("user", [0, 1000])
def test_root_and_a_sudo_without_password_install_it(bare, tmp_path, monkeypatch, user):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(Missing):  # the made-up apt-get brings nothing
        machine.provide(tmp_path)
    assert bare.read_text().splitlines() == [
        "apt-get update -q",
        f"apt-get install -y -q --no-install-recommends {WANTED}",
    ]


def test_a_user_without_rights_is_told_and_nothing_is_run(bare, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "bin" / "sudo").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(Missing, match="sudo apt-get install"):
        machine.provide(tmp_path)
    assert not bare.exists()


def test_maven_is_not_asked_for_where_the_jars_are(bare, tmp_path, monkeypatch):
    there = jars.folder(tmp_path)
    there.mkdir(parents=True)
    for name in jars.wanted():
        (there / name).touch()
    assert [lack.what for lack in machine.lacks(tmp_path)] == [
        "Java 17 or newer",
        "PostgreSQL with PostGIS",
    ]


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ('openjdk version "17.0.15" 2025-04-15', True),
        ('openjdk version "21" 2023-09-19', True),
        ('openjdk version "11.0.2" 2019-01-15', False),
        ('java version "1.8.0_292"', False),
        ("no Java here", False),
    ],
)
def test_a_java_that_is_too_old_is_none(bare, tmp_path, told, good):
    java = tmp_path / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    java.chmod(0o755)
    assert (machine.java() is not None) is good


def test_a_jar_that_is_not_the_one_is_not_used(tmp_path):
    for name in jars.wanted():
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(Exception, match=r"is not the file that wangge was made with"):
        jars._check(tmp_path)
