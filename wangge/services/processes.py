"""Processes that outlive the command that starts them, and how we know that they are ours.

A pid alone proves nothing: after a crash or a reboot it may belong to anyone. Beside each pid
stands the instant at which that process began, so that another process with the same number is
never taken for ours and never stopped.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from wangge.failures import Unavailable
from wangge.services import state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Process:
    """A live process of ours."""

    pid: int
    birth: str


def birth(pid: int) -> str | None:
    """A text that no other process of this machine ever has; None where it is dead."""
    _reap(pid)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        if fields[0] in "ZX":
            return None
        return f"{_BOOT.read_text(encoding='ascii').strip()}:{fields[19]}"
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return None
    try:  # no /proc on this system
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def _reap(pid: int) -> None:
    # Where we are its parent (tests, the supervisor) a dead process stays until it is asked for.
    try:
        os.waitpid(pid, os.WNOHANG)
    except OSError:
        return


def remember(pid_file: Path, pid: int) -> Process | None:
    """Write the pid file of a live process; None where it is dead already."""
    born = birth(pid)
    if born is None:
        return None
    state.write(pid_file, json.dumps({"pid": pid, "birth": born}) + "\n")
    return Process(pid, born)


def find(pid_file: Path) -> Process | None:
    """The process of a pid file if it lives and is really the one that was started."""
    try:
        kept = json.loads(pid_file.read_text(encoding="utf-8"))
        pid, born = int(kept["pid"]), str(kept["birth"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Process(pid, born) if birth(pid) == born else None


def start(
    command: Sequence[str],
    *,
    pid_file: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start a process in a session of its own: it survives the terminal and this command."""
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command[0],
        list(command),
        dict(os.environ if env is None else env),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
    )
    process = remember(pid_file, pid)
    if process is None:
        raise Unavailable(f"{Path(command[0]).name} ended at once: {last_words(log)}")
    return process


def stop(process: Process, *, patience_s: float, how: signal.Signals = signal.SIGTERM) -> None:
    """Ask a process of ours to end, and kill it when it has not after `patience_s` seconds."""
    send(process, how)
    if not wait_until(lambda: birth(process.pid) != process.birth, patience_s):
        send(process, signal.SIGKILL)
        wait_until(lambda: birth(process.pid) != process.birth, 10)


def send(process: Process, how: signal.Signals) -> None:
    """Send a signal, only while the pid still belongs to the same process."""
    if birth(process.pid) == process.birth:
        os.kill(process.pid, how)


def wait_until(true: Callable[[], bool], patience_s: float, every_s: float = 0.05) -> bool:
    """Whether it became true within `patience_s` seconds."""
    end = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(every_s)
    return True


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listener(port: int) -> str:
    """Who listens on a port, in words for an error; needs rights to know more than "another"."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                if connection.pid:
                    return f"{psutil.Process(connection.pid).name()}, pid {connection.pid}"
                break
    except (psutil.Error, OSError):
        pass
    return "another program"


def require_port(port: int, setting: str) -> None:
    """Fail in one sentence where somebody else has the port."""
    if not port_is_free(port):
        raise Unavailable(
            f"Port {port} on 127.0.0.1 is taken by {listener(port)};"
            f" stop that one or set {setting} to a free port."
        )


def last_words(log: Path, lines: int = 3) -> str:
    """The end of a log file, for an error's sentence."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4000))
            text = file.read().decode(errors="replace")
    except OSError:
        return f"no log at {log}"
    tail = [line.strip() for line in text.splitlines() if line.strip()][-lines:]
    return f"{' | '.join(tail) or 'it said nothing'} (log: {log})"
