"""Kafka and PostgreSQL on this machine, by Docker or natively, behind one face."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from geo_data import cluster
from wangge.failures import Unavailable
from wangge.services import docker, jars, kafka, machine, postgres, processes, state

Way = Literal["auto", "docker", "native"]
Part = Literal["kafka", "postgres"]
PARTS: tuple[Part, ...] = ("kafka", "postgres")


@dataclass(frozen=True)
class Local:
    """The services of one state folder. `durable` as in `start_postgres`."""

    home: Path
    way: Literal["docker", "native"]
    kafka_port: int
    postgres_port: int
    durable: bool = True

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def database_url(self) -> str:
        """The product's database, as its role `wangge`."""
        return postgres.database_url(self.home, self.postgres_port)

    @property
    def admin_url(self) -> str:
        """The server's superuser."""
        return postgres.admin_url(self.home, self.postgres_port)

    @property
    def _compose(self) -> docker.Compose:
        return docker.Compose(self.home, self.kafka_port, self.postgres_port)

    def start_kafka(self) -> None:
        """Start the broker and wait until it answers."""
        if self.way == "docker":
            self._compose.up("kafka")
        else:
            kafka.start_kafka(self.home, self.kafka_port)

    def stop_kafka(self) -> None:
        """Stop the broker in order."""
        if self.way == "docker":
            self._compose.stop("kafka")
        else:
            kafka.stop_kafka(self.home)

    def kill_kafka(self) -> None:
        """End the broker as `kill -9` does."""
        if self.way == "docker":
            self._compose.kill("kafka")
        else:
            kafka.kill_kafka(self.home)

    def start_postgres(self) -> None:
        """Start the server, with role and database, and wait until it answers."""
        if self.way == "docker":
            self._compose.up("postgres")
            secret = state.password(self.home, postgres.ROLE)
            cluster.prepare(
                self.admin_url, role=postgres.ROLE, password=secret, database=postgres.DATABASE
            )
        else:
            postgres.start_postgres(self.home, self.postgres_port, durable=self.durable)

    def stop_postgres(self, mode: postgres.StopMode = "fast") -> None:
        """Stop the server in order, as in a crash (`immediate`), or with -9 (`kill`)."""
        if self.way == "native":
            postgres.stop_postgres(self.home, mode)
        elif mode in {"immediate", "kill"}:
            self._compose.kill("postgres")
        else:
            self._compose.stop("postgres")

    def start(self, part: Part) -> None:
        """Start one part by its name."""
        self.start_kafka() if part == "kafka" else self.start_postgres()

    def stop(self, part: Part) -> bool:
        """Stop one part by its name; False where it was not running."""
        if self.way == "docker":
            if part not in {row.get("Service") for row in self._compose.running()}:
                return False
            self._compose.stop(part)
            return True
        return kafka.stop_kafka(self.home) if part == "kafka" else postgres.stop_postgres(self.home)

    def status(self, part: Part) -> Status:
        """Whether one part runs, and where."""
        port = self.kafka_port if part == "kafka" else self.postgres_port
        if self.way == "docker":
            for row in self._compose.running():
                if row.get("Service") == part:
                    return Status(part, "docker", f"127.0.0.1:{port}", row.get("ID"), None)
            return Status(part, "docker", None, None, None)
        find = kafka.find_kafka if part == "kafka" else postgres.find_postgres
        process = find(self.home)
        if process is None:
            return Status(part, "native", None, None, None)
        return Status(part, "native", f"127.0.0.1:{port}", process.pid, memory_mb(process))


@dataclass(frozen=True)
class Status:
    """One line of `wangge services status`; no address means that it does not run."""

    name: str
    way: str
    address: str | None
    process: int | str | None
    memory_mb: int | None


def memory_mb(process: processes.Process, *, family: bool = True) -> int | None:
    """Resident memory of a process, with its children; pages that they share count once."""
    try:
        members = [psutil.Process(process.pid)]
        members += members[0].children(recursive=True) if family else []
        memories = [member.memory_info() for member in members]
    except psutil.Error:
        return None
    shared = [getattr(memory, "shared", 0) for memory in memories]
    own = sum(memory.rss for memory in memories) - sum(shared)
    return int((own + max(shared)) / 2**20)


def choose(home: Path, way: Way) -> Literal["docker", "native"]:
    """The way that was taken before in this folder, since its data is there; else what works."""
    before = state.noted(home, "services").get("way")
    if way == "auto":
        return before or ("docker" if docker.engine_answers() else "native")
    if before not in (None, way):
        raise Unavailable(
            f"The data in {home} was made the {before} way: set WANGGE_SERVICES={before},"
            " or WANGGE_HOME to another folder."
        )
    if way == "docker" and not docker.engine_answers():
        raise Unavailable("No Docker engine with the compose plugin answers on this machine.")
    return way


def up(local: Local, parts: tuple[Part, ...] = PARTS, *, install: bool = False) -> None:
    """Start what is not running. `install` also brings missing Debian packages where it may."""
    home = state.open_home(local.home)
    with state.lock(home):
        if local.way == "native":
            machine.provide(home) if install else machine.require(home)
        state.note(
            home,
            "services",
            {"way": local.way, "kafka": local.kafka_port, "postgres": local.postgres_port},
        )
        for part in parts:
            local.start(part)


def prepare(home: Path, way: Literal["docker", "native"]) -> None:
    """Bring everything that `up` needs, and start nothing: packages, jars or images."""
    home = state.open_home(home)
    with state.lock(home):
        if way == "docker":
            docker.Compose(home, 0, 0).pull()
        else:
            machine.provide(home)
            jars.fetch(home)


def wipe(home: Path) -> None:
    """Stop what was started from this folder and delete its data; fetched jars stay (tests)."""
    before = known(home)
    down(home)
    if before is not None and before.way == "docker":
        docker.Compose(home, before.kafka_port, before.postgres_port).remove()
    data = state.noted(home, "postgres").get("data")
    if data is not None:
        shutil.rmtree(Path(data).parent)
    shutil.rmtree(home / "kafka" / "data", ignore_errors=True)
    for name in ("services", "postgres", "kafka-running", "postgres-running"):
        (home / f"{name}.json").unlink(missing_ok=True)


def known(home: Path) -> Local | None:
    """The services that were started before in this folder."""
    kept = state.noted(home, "services")
    if not kept:
        return None
    return Local(home.absolute(), kept["way"], kept["kafka"], kept["postgres"])


def down(home: Path) -> list[str]:
    """Stop what was started from this folder, and nothing else; the names of what was stopped."""
    local = known(home)
    if local is None:
        return []
    with state.lock(home):
        return [part for part in PARTS if local.stop(part)]
