"""The supervisor: restarts what ends, with growing waits, and takes everything down with it."""

from __future__ import annotations

import os
import signal

import pytest

from wangge import supervisor
from wangge.services import processes, state

NAMES = ["api", "worker-1", "clerk-1"]


@pytest.fixture
def running(tmp_path, monkeypatch, bootstrap, database_url):
    """A supervisor of real processes over the test's servers, with ports of its own."""
    for name, value in {
        "HOME": tmp_path,
        "KAFKA": bootstrap,
        "DATABASE_URL": database_url,
        "API_PORT": processes.free_port(),
        "TOPIC_PREFIX": f"t{os.getpid()}.",
    }.items():
        monkeypatch.setenv(f"WANGGE_{name}", str(value))
    settings = supervisor.load_settings()
    state.open_home(settings.home)
    assert supervisor.ensure(settings)
    yield settings
    supervisor.halt(settings.home)


def alive(home, name):
    return processes.find(supervisor.pid_file(home, name))


def eventually(true):
    assert processes.wait_until(true, 30)


def test_it_keeps_all_running_and_takes_all_down(running):
    home = running.home
    eventually(lambda: all(alive(home, name) for name in NAMES))
    assert not supervisor.ensure(running)  # the same settings and code: nothing to do

    first = alive(home, "clerk-1")
    processes.send(first, signal.SIGKILL)
    eventually(lambda: alive(home, "clerk-1") not in (None, first))
    told = supervisor.log_file(home, "supervisor").read_text()
    assert "clerk-1: ended with code -9; again in 1 s" in told

    # Killed itself, it leaves children; the next one finds and replaces them.
    api = alive(home, "api")
    processes.stop(alive(home, "supervisor"), patience_s=5, how=signal.SIGKILL)
    assert alive(home, "api") == api
    assert supervisor.ensure(running)
    eventually(lambda: alive(home, "api") not in (None, api))

    everyone = [alive(home, name) for name in ("supervisor", *NAMES)]
    stopped = supervisor.halt(home)
    assert set(stopped) >= {"api"}
    assert [one for one in everyone if one and processes.birth(one.pid) == one.birth] == []


def test_waits_grow_while_it_keeps_failing_and_begin_anew_when_it_was_well(tmp_path, capsys):
    kept = supervisor._Kept("api", tmp_path)
    waits = []
    for _ in range(7):
        kept.began = 100.0
        kept._ended(101.0, "ended with code 1")
        waits.append(kept.next_try - 101.0)
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    kept._ended(100.0 + 61, "ended with code 1")
    assert kept.next_try == 162.0
