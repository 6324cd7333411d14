"""Policies as files: read from a folder, from what ships or is published; written for editing."""

from __future__ import annotations

import asyncio
import posixpath
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geo_data import policies
from geo_data.database import connect
from grid.policy.policy import Policy, PolicyError, PolicyProblem, files_of, read_policy
from wangge.failures import Failure
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

ENTRY = "policy.toml"


@dataclass(frozen=True, slots=True)
class Source:
    """The texts of a policy's files by name, and which of them is its own.

    `folder` is put before the names where problems are told.
    """

    files: Mapping[str, str]
    entry: str
    folder: str = ""

    def read(self) -> Policy:
        """The policy. Raises PolicyError with names as a user finds them."""
        try:
            return read_policy(self.files, self.entry)
        except PolicyError as error:
            raise PolicyError(tuple(self._placed(one) for one in error.problems)) from None

    def own_files(self) -> dict[str, str]:
        """The files that the policy consists of. Raises PolicyError likewise."""
        try:
            return files_of(self.files, self.entry)
        except PolicyError as error:
            raise PolicyError(tuple(self._placed(one) for one in error.problems)) from None

    def _placed(self, problem: PolicyProblem) -> PolicyProblem:
        return replace(problem, file=posixpath.normpath(posixpath.join(self.folder, problem.file)))


def from_folder(path: Path) -> Source:
    """The policy of a folder, of a `policy.toml`, or of the folder that a sheet lies in.

    Raises PolicyError for a file that is not UTF-8.
    """
    own = path if path.suffix == ".toml" else (path if path.is_dir() else path.parent) / ENTRY
    folder = own.parent.as_posix()
    found: dict[str, str] = {}
    if own.is_file():
        found[own.name] = _text(own, own.as_posix())
        for name in _sheets(found[own.name]):
            sheet = own.parent / name
            if sheet.is_file():
                found[posixpath.normpath(name)] = _text(sheet, sheet.as_posix())
    return Source(found, own.name, folder)


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        message = "is not UTF-8; in the spreadsheet program save it as 'CSV UTF-8'"
        raise PolicyError((PolicyProblem(name, line, message),)) from None


def _sheets(text: str) -> list[str]:
    """The files that a policy's own file names, as far as it can be read; problems come later."""
    try:
        named = tomllib.loads(text).get("files", {})
    except tomllib.TOMLDecodeError:
        return []
    names = named.values() if isinstance(named, dict) else []
    return [name for name in names if isinstance(name, str)]


def find(what: str) -> Source:
    """The policy of a path, a shipped name, or the version of a published one, in this order."""
    path = Path(what)
    if path.exists():
        return from_folder(path)
    if what in policies.SHIPPED:
        return Source(policies.shipped_files(), policies.shipped_entry(what))
    if "/" in what or path.suffix:
        raise Failure(f"There is no file or folder {what}.")
    for one in asyncio.run(_listed()):
        if one.version == what:
            return Source(one.files, one.entry)
    raise Failure(
        f"'{what}' is no file or folder, no shipped policy ({', '.join(policies.SHIPPED)}) "
        "and no published version (`wangge policy list` shows them)."
    )


async def _listed() -> list[policies.Listed]:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        return await policies.listed(conn)


def export(source: Source, folder: Path) -> list[Path]:
    """Write a policy's files side by side into an empty or new folder; what was written.

    Raises Failure where the folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{folder} is there already and not empty.")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in flat(source).items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="")
        written.append(path)
    return written


def flat(source: Source) -> dict[str, str]:
    """The files of a policy with plain names, as if all lay in one folder."""
    own = source.own_files()
    text = own.pop(source.entry)
    found = {ENTRY: ""}
    folder = posixpath.dirname(source.entry)
    for named in _sheets(text):
        plain = posixpath.basename(named)
        found[plain] = own[posixpath.normpath(posixpath.join(folder, named))]
        text = re.sub(rf'=(\s*)"{re.escape(named)}"', rf'=\1"{plain}"', text)
    return {**found, ENTRY: text}
