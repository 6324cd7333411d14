"""The policy's own file (TOML): its version, the chain of levels, parameters, and its sheets."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.model import Level, Size
from grid.policy.calendar_file import parse_hours
from grid.policy.categories import Words
from grid.policy.parameters import Parameters, read_parameters
from grid.policy.sheets import Problems
from grid.policy.toml_table import TomlTable

if TYPE_CHECKING:
    from grid.policy.calendar import HoursFrom

#: The sheets that every policy names, by their key in `[files]`.
SHEETS = (
    "rules", "categories", "categories_own", "categories_en", "limits",
    "calendar", "departments", "responsibilities", "reviews",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surge:
    """When many reports are one matter: `reporters` of a class within `radius_m` and `window_min`.

    The parent takes more reports while its last one is younger than `quiet_min` minutes.
    """

    reporters: int
    radius_m: float
    window_min: float
    quiet_min: float


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What the file says, checked on its own. `files` maps keys of `SHEETS` to relative names."""

    version: str
    name: Words
    chain: tuple[Level, ...]
    levels: dict[Size, Level]
    zones: frozenset[str]
    recheck_share: float
    snap_m: float
    rework_limit: int
    surge: Surge
    parameters: Parameters
    hours: tuple[HoursFrom, ...]
    files: dict[str, str]


def read_policy_file(text: str, file: str) -> PolicyFile:
    """The checked content. Raises PolicyError with all problems."""
    problems = Problems()
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.add(file, 0, f"is not TOML: {error}")
        problems.raise_any()
        raise
    top = TomlTable(file, text, "", raw, problems)
    version = top.text("version")
    name = top.table("name")
    surge = top.table("surge")
    levels = top.table("levels")
    files = top.table("files")
    chain = _chain(top)
    content = PolicyFile(
        version=version,
        name=Words(name.text("zh"), name.text("en")),
        chain=chain,
        levels={size: _level(levels, size, levels.text(size), chain) for size in Size},
        zones=frozenset(top.texts("zones")),
        recheck_share=top.number("recheck_share", 0, 1),
        snap_m=top.number("snap_m", 0, 10_000),
        rework_limit=top.whole("rework_limit", 1, 100),
        surge=Surge(
            reporters=surge.whole("reporters", 2, 10_000),
            radius_m=surge.number("radius_m", 1, 100_000),
            window_min=surge.number("window_min", 1, 7 * 24 * 60),
            quiet_min=surge.number("quiet_min", 1, 7 * 24 * 60),
        ),
        parameters=read_parameters(top),
        hours=_hours(top),
        files={key: files.text(key) for key in SHEETS},
    )
    for table in (top, name, surge, levels, files):
        table.close()
    problems.raise_any()
    return content


def _chain(top: TomlTable) -> tuple[Level, ...]:
    words = top.texts("chain")
    try:
        chain = tuple(Level(word) for word in words)
    except ValueError as error:
        top.complain("chain", f"chain: {error}; levels are {', '.join(Level)}")
        return tuple(Level)
    ranks = [level.rank for level in chain]
    if not chain or chain[0] is not Level.GRID or ranks != sorted(set(ranks)):
        top.complain("chain", "chain must begin with grid and go up, each level once")
    return chain


def _level(table: TomlTable, size: Size, word: str, chain: tuple[Level, ...]) -> Level:
    if word in chain:
        return Level(word)
    table.complain(size, f"levels.{size} '{word}' is not in the chain {' → '.join(chain)}")
    return Level.GRID


def _hours(top: TomlTable) -> tuple[HoursFrom, ...]:
    try:
        return parse_hours(top.tables("hours"))
    except ValueError as error:
        top.complain("hours", str(error))
        return ()
