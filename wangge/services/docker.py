"""Kafka and PostgreSQL from docker-compose.yml, where an engine really answers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wangge.failures import Unavailable
from wangge.progress import step
from wangge.services import state

#: The services of docker-compose.yml that `wangge services` starts; the rest run beside it.
SERVICES = ("kafka", "postgres")
COMPOSE_FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"


def engine_answers() -> bool:
    """Whether a Docker engine and its compose plugin answer; a client alone is not enough."""
    program = shutil.which("docker")
    if program is None or not COMPOSE_FILE.exists():
        return False
    for command in (("version", "--format", "{{.Server.Version}}"), ("compose", "version")):
        try:
            done = subprocess.run(
                [program, *command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=20,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode:
            return False
    return True


@dataclass(frozen=True)
class Compose:
    """The compose project of one state folder; folders do not touch each other's containers."""

    home: Path
    kafka_port: int
    postgres_port: int

    @property
    def project(self) -> str:
        """The project's name, from the folder's path."""
        return f"wangge-{hashlib.sha256(str(self.home).encode()).hexdigest()[:10]}"

    def up(self, *services: str) -> None:
        """Start services and wait for their health checks."""
        with step(f"Starting {' and '.join(services)} with docker compose"):
            self._run("up", "--detach", "--wait", "--wait-timeout", "300", *services)

    def stop(self, *services: str) -> None:
        """Stop services in order; their volumes stay."""
        self._run("stop", "--timeout", "30", *services)

    def kill(self, *services: str) -> None:
        """End services at once, as `kill -9` does."""
        self._run("kill", "--signal", "SIGKILL", *services)

    def pull(self) -> None:
        """Fetch the images."""
        with step("Fetching the images of Kafka and PostgreSQL"):
            self._run("pull", "--quiet", *SERVICES)

    def remove(self) -> None:
        """Delete the containers and their volumes."""
        self._run("down", "--volumes")

    def running(self) -> list[dict[str, Any]]:
        """The project's running containers, as `docker compose ps` tells them."""
        lines = self._run("ps", "--format", "json").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        # Older plugins print one array, newer ones a line for each container.
        return rows[0] if len(rows) == 1 and isinstance(rows[0], list) else rows

    def _run(self, *arguments: str) -> str:
        environment = os.environ | {
            "KAFKA_PORT": str(self.kafka_port),
            "POSTGRES_PORT": str(self.postgres_port),
            "POSTGRES_PASSWORD": state.password(self.home, "postgres"),
            "DATABASE_PASSWORD": state.password(self.home, "wangge"),
        }
        done = subprocess.run(
            ["docker", "compose", "-f", str(COMPOSE_FILE), "-p", self.project, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        if done.returncode:
            said = " | ".join(done.stderr.strip().splitlines()[-3:])
            raise Unavailable(f"`docker compose {' '.join(arguments)}` failed: {said}")
        return done.stdout
