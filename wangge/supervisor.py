"""Keeps api, worker and clerk running after `wangge up` has returned.

One process of its own session: it starts the others, starts each again when it ends (after 1 s,
then 2, 4 … 30 s while it keeps failing) and on SIGTERM stops them all within 25 s.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wangge.failures import Failure, Unavailable
from wangge.services import processes, state
from wangge.settings import load_settings

if TYPE_CHECKING:
    from types import FrameType

    from wangge.settings import Settings

_LEAST_WAIT_S = 1.0
_MOST_WAIT_S = 30.0
#: Who ran so long was well: the next failure starts the waiting anew.
_WELL_AFTER_S = 60.0
_STOP_WITHIN_S = 25.0
_LOOK_EVERY_S = 0.2
_LARGEST_LOG = 50 * 2**20
_PACKAGES = ("grid", "geo_data", "ingest", "streams", "api", "wangge")


def names(settings: Settings) -> list[str]:
    """The processes that are kept running."""
    many = [("worker", settings.workers), ("clerk", settings.clerks)]
    return ["api"] + [f"{kind}-{n}" for kind, count in many for n in range(1, count + 1)]


def pid_file(home: Path, name: str) -> Path:
    """Where the pid of one of them, or of the `supervisor` itself, is kept."""
    return home / "run" / f"{name}.json"


def log_file(home: Path, name: str) -> Path:
    """Where one of them writes."""
    return home / "log" / f"{name}.log"


# ── from outside: `wangge up` and `wangge down` ───────────────────────────────────────────────


def ensure(settings: Settings) -> bool:
    """Have a supervisor with these settings and this code; True where one was started."""
    wanted = _fingerprint(settings)
    home = state.open_home(settings.home)
    running = processes.find(pid_file(home, "supervisor"))
    if running is not None and state.noted(home, "supervisor").get("fingerprint") == wanted:
        return False
    halt(home)
    processes.require_port(settings.api_port, "WANGGE_API_PORT")
    processes.start(
        [sys.executable, "-m", "wangge.supervisor"],
        pid_file=pid_file(home, "supervisor"),
        log=log_file(home, "supervisor"),
    )
    state.note(home, "supervisor", {"fingerprint": wanted})
    return True


def halt(home: Path) -> list[str]:
    """Stop the supervisor and what it left behind; the names of what was stopped."""
    stopped = []
    supervisor = processes.find(pid_file(home, "supervisor"))
    if supervisor is not None:
        stopped += [name for name in _left(home) if name != "supervisor"]
        processes.stop(supervisor, patience_s=_STOP_WITHIN_S + 5)
    for name in _left(home):
        process = processes.find(pid_file(home, name))
        if process is not None:
            processes.stop(process, patience_s=_STOP_WITHIN_S)
            stopped.append(name)
    return sorted(set(stopped))


def _left(home: Path) -> list[str]:
    """Names of live processes of ours; services have their own way down."""
    found = []
    for path in sorted((home / "run").glob("*.json")):
        kind = path.stem.partition("-")[0]
        if kind in {"api", "worker", "clerk"} and processes.find(path) is not None:
            found.append(path.stem)
    return found


def _fingerprint(settings: Settings) -> str:
    """Changes with the settings and with the code, so that `wangge up` brings new ones in."""
    digest = hashlib.sha256(repr(sorted(settings.model_dump().items(), key=str)).encode())
    if settings.other_database is not None:
        digest.update(settings.other_database.get_secret_value().encode())
    root = Path(__file__).resolve().parents[1]
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in {".py", ".sql", ".html", ".csv", ".toml"}:
                digest.update(f"{path}{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


# ── inside: the process itself ────────────────────────────────────────────────────────────────


@dataclass
class _Kept:
    """One process that is kept running."""

    name: str
    home: Path
    process: processes.Process | None = None
    began: float = 0.0
    wait_s: float = _LEAST_WAIT_S
    next_try: float = 0.0
    starts: int = field(default=0)

    def look(self, now: float) -> None:
        """Start it where it is due; notice where it has ended. `now` is monotonic."""
        if self.process is None:
            if now >= self.next_try:
                self._start(now)
            return
        code = _exit_code(self.process.pid)
        if code is not None:
            self._ended(now, f"ended with code {code}")

    def _start(self, now: float) -> None:
        self.began = now
        self.starts += 1
        try:
            self.process = processes.start(
                [sys.executable, "-m", "wangge", self.name.partition("-")[0]],
                pid_file=pid_file(self.home, self.name),
                log=log_file(self.home, self.name),
            )
        except (Unavailable, OSError) as error:
            self._ended(now, str(error))
        else:
            _say(f"{self.name}: started, pid {self.process.pid}")

    def _ended(self, now: float, how: str) -> None:
        if now - self.began >= _WELL_AFTER_S:
            self.wait_s = _LEAST_WAIT_S
        _say(f"{self.name}: {how}; again in {self.wait_s:.0f} s")
        self.process = None
        self.next_try = now + self.wait_s
        self.wait_s = min(self.wait_s * 2, _MOST_WAIT_S)


def keep(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    leaving = False

    def leave(_signal: int, _frame: FrameType | None) -> None:
        nonlocal leaving
        leaving = True

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    home = settings.home
    for name in _left(home):  # of a supervisor that was killed
        process = processes.find(pid_file(home, name))
        if process is not None:
            processes.stop(process, patience_s=_STOP_WITHIN_S)
    kept = [_Kept(name, home) for name in names(settings)]
    looked = 0.0
    while not leaving:
        now = time.monotonic()
        for one in kept:
            one.look(now)
        if now - looked > 10:  # noqa: PLR2004  # seconds; a log grows slowly
            looked = now
            _shorten_logs(home, [*names(settings), "supervisor"])
        time.sleep(_LOOK_EVERY_S)
    _stop(kept)


def _stop(kept: list[_Kept]) -> None:
    alive = [one.process for one in kept if one.process is not None]
    for process in alive:
        processes.send(process, signal.SIGTERM)
    end = time.monotonic() + _STOP_WITHIN_S
    for process in alive:
        processes.stop(process, patience_s=max(0.0, end - time.monotonic()))
    _say("all stopped")


def _exit_code(pid: int) -> int | None:
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0  # somebody else asked first; it is gone all the same
    return os.waitstatus_to_exitcode(status) if ended else None


def _shorten_logs(home: Path, who: list[str]) -> None:
    """Keep one old log beside each; the writer goes on at the new beginning (it appends)."""
    for name in who:
        path = log_file(home, name)
        try:
            if path.stat().st_size > _LARGEST_LOG:
                shutil.copyfile(path, path.with_suffix(".log.1"))
                os.truncate(path, 0)
        except OSError as error:
            _say(f"{path}: {error.strerror}")


def _say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}", flush=True)


if __name__ == "__main__":
    try:
        keep(load_settings())
    except Failure as failure:
        sys.exit(str(failure))
