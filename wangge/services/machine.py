"""What the machine must have for the native way, what is missing, and what installs it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wangge.failures import Missing
from wangge.progress import step, tell
from wangge.services import jars

#: Kafka 4 runs on Java 17 and newer.
_LEAST_JAVA = 17
_LEAST_POSTGRES = 14

#: In order of preference; the distribution has at least one of them.
_JAVA_PACKAGES = ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "openjdk-25-jre-headless")
_PLAIN = {"PATH": os.defpath, "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Lack:
    """Something missing: what it is in words, and the Debian packages that bring it."""

    what: str
    packages: tuple[str, ...]


def java() -> str | None:
    """The path of a Java that is new enough."""
    home = os.environ.get("JAVA_HOME")
    for found in (shutil.which("java"), f"{home}/bin/java" if home else None):
        if found and _java_version(found) >= _LEAST_JAVA:
            return found
    return None


def _java_version(path: str) -> int:
    try:
        told = subprocess.run(
            [path, "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r'version "(\d+)', told.stderr)
    return int(version[1]) if version else 0


def postgres_programs() -> Path | None:
    """The folder with the programs of the newest PostgreSQL that has PostGIS."""
    debian = Path("/usr/lib/postgresql")
    versions = sorted(
        (int(p.name) for p in debian.glob("[0-9]*") if p.name.isdigit()), reverse=True
    )
    for version in versions:
        control = Path(f"/usr/share/postgresql/{version}/extension/postgis.control")
        programs = debian / str(version) / "bin"
        if version >= _LEAST_POSTGRES and control.exists() and (programs / "initdb").exists():
            return programs
    config = shutil.which("pg_config")
    if config is None:
        return None
    programs, share = (
        Path(
            subprocess.run(
                [config, way], capture_output=True, text=True, check=False
            ).stdout.strip()
        )
        for way in ("--bindir", "--sharedir")
    )
    has_both = (programs / "initdb").exists() and (share / "extension/postgis.control").exists()
    return programs if has_both else None


def lacks(home: Path) -> list[Lack]:
    """What the native way would need and this machine does not have."""
    missing = []
    if java() is None:
        missing.append(Lack(f"Java {_LEAST_JAVA} or newer", ("java",)))
    if postgres_programs() is None:
        missing.append(Lack("PostgreSQL with PostGIS", ("postgresql-postgis",)))
    if not jars.complete(home) and shutil.which("mvn") is None:
        missing.append(Lack("Maven (it fetches Kafka's jars once)", ("maven",)))
    return missing


def require(home: Path) -> None:
    """Fail in one sentence where something is missing, with the command that installs it."""
    missing = lacks(home)
    if missing:
        raise Missing(_sentence(missing))


def provide(home: Path) -> None:
    """Install what is missing where that needs no question: as root, or sudo without password."""
    missing = lacks(home)
    if not missing:
        return
    prefix = _right_to_install()
    if prefix is None:
        raise Missing(_sentence(missing))
    tell(f"Missing: {', '.join(lack.what for lack in missing)}; installing Debian packages.")
    with step("Reading the lists of Debian packages"):
        _run([*prefix, "apt-get", "update", "-q"], may_fail=True)
    packages = _packages(missing)
    command = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    tell(f"Running: {shlex.join(command)}")
    with step("Installing Debian packages"):
        _run(command)
    require(home)


def _right_to_install() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"] if not asked.returncode else None


def _run(command: list[str], *, may_fail: bool = False) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode and not may_fail:
        words = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Missing(f"`{shlex.join(command)}` failed: {' | '.join(words)}")


def _packages(missing: list[Lack]) -> list[str]:
    names: list[str] = []
    for lack in missing:
        for package in lack.packages:
            if package == "java":
                names.append(_java_package())
            elif package == "postgresql-postgis":
                names += _postgres_packages()
            else:
                names.append(package)
    return names


def _known_packages(pattern: str) -> list[str]:
    if shutil.which("apt-cache") is None:
        return []
    found = subprocess.run(
        ["apt-cache", "search", "--names-only", pattern],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line.split(" ")[0] for line in found.stdout.splitlines()]


def _java_package() -> str:
    known = _known_packages("^openjdk-[0-9]+-jre-headless$")
    return next((name for name in _JAVA_PACKAGES if name in known), _JAVA_PACKAGES[0])


def _postgres_packages() -> list[str]:
    known = _known_packages("^postgresql-[0-9]+-postgis-3$")
    versions = [int(name.split("-")[1]) for name in known]
    newest = max((v for v in versions if v >= _LEAST_POSTGRES), default=15)
    # The scripts are the .sql files that CREATE EXTENSION reads.
    return [f"postgresql-{newest}", f"postgresql-{newest}-postgis-3"]


def _sentence(missing: list[Lack]) -> str:
    what = ", ".join(lack.what for lack in missing)
    sudo = "" if os.geteuid() == 0 else "sudo "
    command = f"{sudo}apt-get install {' '.join(_packages(missing))}"
    return (
        f"Missing on this machine: {what}; on a Debian-like system `{command}` installs it"
        " (or start a Docker engine, which brings its own)."
    )
