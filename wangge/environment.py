"""Make `.venv` what requirements.lock says; run by make with nothing installed yet.

Only the standard library here. What did not change since the last time is not done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[1]
_VENV = _PROJECT / ".venv"
_PYTHON = _VENV / "bin" / "python"
_MISSING = 5
_FAILED = 1


def main() -> None:
    """Bring the environment up to date, one process at a time."""
    with (_PROJECT / ".venv.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not _works():
            _make()
        _once("lock", "requirements.lock", "--require-hashes", "--requirement=requirements.lock")
        # The project itself: found by its folder, so that an edit counts at once.
        _once("project", "pyproject.toml", "--no-deps", "--no-build-isolation", "--editable=.")


def _works() -> bool:
    """Whether there is an environment that runs, is new enough and was made for this folder."""
    try:
        made_for = (_VENV / "made-for").read_text(encoding="utf-8")
    except OSError:
        made_for = str(_VENV) if (_VENV / "bin" / "pip").exists() else ""
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    if made_for != str(_VENV) or not _PYTHON.exists():
        return False
    return subprocess.run([_PYTHON, "-c", probe], capture_output=True, check=False).returncode == 0


def _make() -> None:
    _require_venv()
    _say("Making the virtual environment in .venv")
    shutil.rmtree(_VENV, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(_VENV)])
    (_VENV / "made-for").write_text(str(_VENV), encoding="utf-8")


def _require_venv() -> None:
    """Debian keeps what `python -m venv` needs in a package of its own."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    prefix = _right_to_install()
    if prefix is None:
        sudo = "" if os.geteuid() == 0 else "sudo "
        _say(f"Python's venv is missing; `{sudo}apt-get install {package}` installs it.")
        sys.exit(_MISSING)
    _say(f"Installing the Debian package {package}")
    update = [*prefix, "apt-get", "update", "-q"]
    subprocess.run(update, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    _run(install, quiet=True)


def _right_to_install() -> list[str] | None:
    """How a package may be installed without a question: as root, or by sudo without password."""
    if shutil.which("apt-get") is None:
        return None
    as_user = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() == 0:
        return as_user
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return None if asked.returncode else ["sudo", "-n", *as_user]


def _once(what: str, file: str, *arguments: str) -> None:
    """`pip install` unless the file is the same as when that was done last."""
    stamp = _VENV / f"installed-{what}"
    digest = hashlib.sha256((_PROJECT / file).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    _say(f"Installing into .venv: {file} (a few minutes the first time)")
    pip = [str(_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "--root-user-action=ignore", *arguments], quiet=not sys.stderr.isatty())
    stamp.write_text(digest, encoding="utf-8")


def _run(command: list[str], *, quiet: bool = False) -> None:
    """Run to success, or end here; `quiet` shows what it said only then."""
    said = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=subprocess.STDOUT if quiet else None,
        cwd=_PROJECT,
        check=False,
    )
    if done.returncode:
        if quiet:
            sys.stderr.buffer.write(done.stdout)
        _say(f"This failed: {' '.join(command)}")
        sys.exit(_FAILED)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
