"""The state folder: where local services keep data, logs, pid files and passwords."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wangge.failures import Failure
from wangge.progress import tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Kafka splits `log.dirs` at commas and the class path at colons.
_FORBIDDEN = ",:\n\\"


def open_home(home: Path) -> Path:
    """The state folder, made where it is not there; fails where it is not ours to write."""
    home = home.absolute()
    if any(char in str(home) for char in _FORBIDDEN):
        raise Failure(f"The state folder {home} may not hold a comma, colon or backslash.")
    try:
        for folder in (home, home / "run", home / "log"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"The state folder {home} cannot be made: {error.strerror};"
            " set WANGGE_HOME to a folder of yours."
        ) from error
    if not os.access(home, os.W_OK) or not os.access(home / "run", os.W_OK):
        raise Failure(
            f"The state folder {home} belongs to another user ({home.owner()});"
            " set WANGGE_HOME to a folder of yours."
        )
    return home


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Hold the folder while services are started or stopped; a second caller waits."""
    with (open_home(home) / "run" / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"Waiting: another command is starting or stopping services in {home}.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a small file so that a reader, or a crash, sees the old or the new one, whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=mode)
    beside.chmod(mode)
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def note(home: Path, name: str, value: dict[str, Any]) -> None:
    """Keep a few values as `<name>.json` in the folder."""
    write(home / f"{name}.json", json.dumps(value, indent=1) + "\n")


def noted(home: Path, name: str) -> dict[str, Any]:
    """What `note` kept; nothing where the file is missing or torn."""
    try:
        value = json.loads((home / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def password(home: Path, name: str) -> str:
    """The password kept in `<name>.password`, readable by the owner only; made where missing."""
    path = home / f"{name}.password"
    if not path.exists():
        write(path, secrets.token_urlsafe(24) + "\n", mode=0o600)
    return path.read_text(encoding="utf-8").strip()


def kept_password(home: Path, name: str) -> str | None:
    """The password where there is one."""
    try:
        return (home / f"{name}.password").read_text(encoding="utf-8").strip()
    except OSError:
        return None
