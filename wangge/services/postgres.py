"""One PostgreSQL with PostGIS from the system's packages, with a cluster of our own."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from geo_data.cluster import prepare
from wangge.failures import Failure, Missing, Unavailable
from wangge.progress import step, tell
from wangge.services import machine, processes, state

#: The system's user for PostgreSQL: the server refuses to run as root.
_SYSTEM_USER = "postgres"
ROLE = "wangge"
DATABASE = "wangge"

StopMode = Literal["smart", "fast", "immediate", "kill"]


@dataclass(frozen=True)
class Server:
    """A running server of ours. `database_url` is the product's role, `admin_url` a superuser."""

    database_url: str
    admin_url: str
    pid: int


@dataclass(frozen=True)
class _Cluster:
    data: Path
    programs: Path
    user: str | None  # whom the server runs as; None: as we do

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(self.data.parent)}
        groups: dict[str, object] = {}
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            groups = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        # Output goes to a file: a server that pg_ctl leaves behind would hold a pipe open.
        with (self.data.parent / f"{program}.out").open("w+", encoding="utf-8") as out:
            done = subprocess.run(  # type: ignore[call-overload]
                [str(self.programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.data.parent,
                env=environment,
                check=False,
                umask=0o077,
                **groups,
            )
            out.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), "")

    def give(self, path: Path, mode: int) -> None:
        """Make a file or folder the server's own."""
        path.chmod(mode)
        if self.user is not None:
            shutil.chown(path, self.user, self.user)

    @property
    def log(self) -> Path:
        return self.data.parent / "postgres.log"


def start_postgres(
    home: Path, port: int, *, durable: bool = True, connections: int = 100
) -> Server:
    """Start the server whose state belongs to `home`; make the cluster, role and database once.

    `durable=False` leaves out fsync: a killed server keeps all it committed, a machine without
    power does not (tests). A server of ours that runs already is returned as it is.
    """
    home = state.open_home(home)
    is_running = find_postgres(home) is not None
    if not is_running:
        processes.require_port(port, "WANGGE_POSTGRES_PORT")
    cluster = _cluster(home)
    if not is_running:
        _initialise(home, cluster)
        _configure(cluster, port, durable=durable, connections=connections)
        with step(f"Starting PostgreSQL on 127.0.0.1:{port}"):
            _start(cluster)
        state.note(home, "postgres-running", {"port": port})
    elif state.noted(home, "postgres-running").get("port", port) != port:
        raise Unavailable(f"PostgreSQL of {home} runs on another port: `wangge services down`.")
    process = find_postgres(home)
    if process is None:
        raise Unavailable(f"PostgreSQL did not come up: {processes.last_words(cluster.log)}")
    server = Server(database_url(home, port), admin_url(home, port), process.pid)
    prepare(server.admin_url, role=ROLE, password=state.password(home, ROLE), database=DATABASE)
    return server


def find_postgres(home: Path) -> processes.Process | None:
    """Our server's process; None where it is not running, whatever its pid file says."""
    where = state.noted(home, "postgres").get("data")
    if where is None:
        return None
    data = Path(where)
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])
        command = psutil.Process(pid).cmdline()
    except PermissionError as error:
        raise Failure(
            f"{data} belongs to another user: use the user that started these services."
        ) from error
    except (OSError, ValueError, psutil.Error):
        return None
    born = processes.birth(pid)
    # Also a pid that a crash or a reboot left behind is recognised: its command is another.
    is_ours = str(data) in command and Path(command[0]).name in {"postgres", "postmaster"}
    return processes.Process(pid, born) if born and is_ours else None


def stop_postgres(home: Path, mode: StopMode = "fast") -> bool:
    """Stop our server: `fast` in order, `immediate` as in a crash, `kill` with -9.

    False where none was running.
    """
    process = find_postgres(home)
    if process is None:
        return False
    how = {
        "smart": signal.SIGTERM,
        "fast": signal.SIGINT,
        "immediate": signal.SIGQUIT,
        "kill": signal.SIGKILL,
    }[mode]
    processes.stop(process, patience_s=60, how=how)
    return True


def database_url(home: Path, port: int) -> str:
    """How the product reaches its database on our server."""
    return f"postgresql://{ROLE}:{state.password(home, ROLE)}@127.0.0.1:{port}/{DATABASE}"


def admin_url(home: Path, port: int) -> str:
    """How a superuser reaches our server."""
    secret = state.password(home, _SYSTEM_USER)
    return f"postgresql://{_SYSTEM_USER}:{secret}@127.0.0.1:{port}/postgres"


def _cluster(home: Path) -> _Cluster:
    programs = machine.postgres_programs()
    if programs is None:
        machine.require(home)
        raise Missing("PostgreSQL with PostGIS is missing.")
    user = None
    if os.geteuid() == 0:
        user = _SYSTEM_USER
        try:
            pwd.getpwnam(user)
        except KeyError as error:
            raise Missing(
                f"PostgreSQL refuses to run as root and this machine has no user {user!r}:"
                f" `useradd --system {user}` makes it."
            ) from error
    kept = state.noted(home, "postgres").get("data")
    data = Path(kept) if kept else _place(home, programs, user)
    return _Cluster(data, programs, user)


def _place(home: Path, programs: Path, user: str | None) -> Path:
    """Where the cluster lies: in the state folder, or where the system's user can reach it."""
    inside = _Cluster(home / "postgres" / "data", programs, user)
    inside.data.parent.mkdir(exist_ok=True)
    inside.give(inside.data.parent, 0o700)
    cluster = inside
    if not _reaches(inside):
        mark = hashlib.sha256(str(home).encode()).hexdigest()[:10]
        outside = Path(f"/var/lib/wangge/{mark}/data")
        outside.parent.mkdir(parents=True, exist_ok=True)
        cluster = _Cluster(outside, programs, user)
        cluster.give(outside.parent, 0o700)
        tell(
            f"The user {user!r} cannot reach {home}, which lies in a private folder:"
            f" PostgreSQL's data goes to {outside.parent}."
        )
    state.note(home, "postgres", {"data": str(cluster.data)})
    return cluster.data


def _reaches(cluster: _Cluster) -> bool:
    if cluster.user is None:
        return True
    account = pwd.getpwnam(cluster.user)
    done = subprocess.run(
        ["/bin/sh", "-c", 'test -w "$0"', str(cluster.data.parent)],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return done.returncode == 0


def _initialise(home: Path, cluster: _Cluster) -> None:
    """Make the cluster beside its place, so that half of one is never taken for a whole."""
    if (cluster.data / "PG_VERSION").exists():
        return
    beside = cluster.data.with_name("data.new")
    shutil.rmtree(beside, ignore_errors=True)
    secret = cluster.data.with_name("first-password")
    state.write(secret, state.password(home, _SYSTEM_USER) + "\n", mode=0o600)
    cluster.give(secret, 0o600)
    try:
        with step("Making PostgreSQL's cluster"):
            done = cluster.run(
                "initdb",
                f"--pgdata={beside}",
                f"--username={_SYSTEM_USER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            )
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode:
        raise Unavailable(f"initdb failed: {done.stdout.strip()[-400:]}")
    with (beside / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude 'wangge.conf'\n")
    beside.rename(cluster.data)


def _configure(cluster: _Cluster, port: int, *, durable: bool, connections: int) -> None:
    memory_mb = psutil.virtual_memory().total // 2**20
    values = {
        "listen_addresses": "'127.0.0.1'",
        "port": port,
        "unix_socket_directories": "''",
        "max_connections": connections,
        "shared_buffers": f"'{min(512, max(128, memory_mb // 8))}MB'",
        "work_mem": "'16MB'",
        "maintenance_work_mem": "'128MB'",
        "max_wal_size": "'2GB'",
        "temp_file_limit": "'10GB'",  # of each session: nobody's sorting fills the disk
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "synchronous_commit": "on",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
    }
    lines = ["# Written by `wangge services up` at each start."]
    lines += [f"{name} = {value}" for name, value in values.items()]
    path = cluster.data / "wangge.conf"
    state.write(path, "\n".join(lines) + "\n")
    cluster.give(path, 0o600)


def _start(cluster: _Cluster) -> None:
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)  # find_postgres: not a live server
    give_up = time.monotonic() + 20
    while True:
        done = cluster.run(
            *("pg_ctl", "start", "--wait", "--timeout=120", "--silent"),
            f"--pgdata={cluster.data}",
            f"--log={cluster.log}",
        )
        if done.returncode == 0:
            return
        # The children of a killed server hold its memory for a moment.
        if time.monotonic() > give_up or "in use" not in processes.last_words(cluster.log, 12):
            said = processes.last_words(cluster.log)
            raise Unavailable(f"PostgreSQL did not come up: {said}")
        time.sleep(0.5)
