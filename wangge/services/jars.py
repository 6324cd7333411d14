"""Kafka's own jars, fetched once by Maven and held to the checksums that ship with wangge."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import subprocess
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from wangge.failures import Missing, Unavailable
from wangge.progress import counted

if TYPE_CHECKING:
    from pathlib import Path


def folder(home: Path) -> Path:
    """Where the jars lie."""
    return home / "kafka" / "jars"


def wanted() -> dict[str, str]:
    """File name → SHA-256 of each jar that the broker needs."""
    text = files("wangge.services").joinpath("kafka-jars.csv").read_text(encoding="utf-8")
    return {row["jar"]: row["sha256"] for row in csv.DictReader(text.splitlines())}


def complete(home: Path) -> bool:
    """Whether every jar is there; they are checked when they are fetched."""
    there = folder(home)
    return all((there / name).is_file() for name in wanted())


def fetch(home: Path) -> Path:
    """The folder with all jars; nothing is fetched where they are there already."""
    there = folder(home)
    if complete(home):
        return there
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("Maven is missing; on a Debian-like system `apt-get install maven`.")
    beside = there.with_name("jars.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    _run_maven(maven, beside, home / "log" / "maven.log")
    _check(beside)
    shutil.rmtree(there, ignore_errors=True)
    beside.rename(there)
    return there


def _run_maven(maven: str, into: Path, log: Path) -> None:
    jars = set(wanted())
    with (
        as_file(files("wangge.services").joinpath("kafka-pom.xml")) as shipped,
        counted("Fetching Kafka's jars with Maven", len(jars)) as done,
        log.open("w", encoding="utf-8") as record,
    ):
        # Maven writes beside its project file.
        pom = into.parent / "pom.xml"
        pom.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
        command = [
            maven,
            "--batch-mode",
            f"--file={pom}",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={into}",
        ]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as run:
            assert run.stdout is not None
            for line in run.stdout:
                record.write(line)
                name = re.search(r"Downloaded .*/([^/ ]+\.jar)", line)
                if name:
                    jars.discard(name[1])
                    done(len(wanted()) - len(jars))
    if run.returncode:
        said = [line for line in log.read_text(encoding="utf-8").splitlines() if "[ERROR]" in line]
        reason = said[0].removeprefix("[ERROR] ") if said else "it gave no reason"
        raise Unavailable(f"Maven could not fetch Kafka's jars: {reason} (log: {log})")


def _check(there: Path) -> None:
    for name, expected in wanted().items():
        path = there / name
        if not path.is_file():
            raise Unavailable(f"Maven did not bring {name}; delete {there} and try again.")
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise Unavailable(
                f"{name} is not the file that wangge was made with (its SHA-256 differs):"
                " it is not used; look at the repository that Maven takes it from."
            )
