"""Policies: those that ship with the product, and the versions that are published.

Published versions stand side by side in the database, each with the texts of all its files and
the moment from which it holds. A process keeps them in a `PolicyStore`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from geo_data.queries import load
from grid.policy.arithmetic import clock
from grid.policy.policy import Policy, PolicyError, files_of, read_policy
from grid.policy.versions import BEGINNING, LEAD, Policies, Published

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from importlib.resources.abc import Traversable

    from geo_data.database import Connection

_SQL = load("policies")

#: The names that `load_shipped` takes.
SHIPPED = ("default", "with-street")


class CannotPublish(ValueError):
    """A policy that is right in itself, but may not be published so."""


class Unreadable(RuntimeError):
    """A published policy that this version of the product cannot read."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What stands beside a published version: who published it when, and its files' texts."""

    version: str
    digest: str
    entry: str
    files: Mapping[str, str]
    valid_from: datetime
    published_at: datetime
    published_by: str


@cache
def load_shipped(name: str = "default") -> Policy:
    """The shipped policy of that name, read once per process.

    Raises ValueError for other names, PolicyError where its files are not right.
    """
    return read_policy(shipped_files(), shipped_entry(name))


def shipped_entry(name: str) -> str:
    """The policy's own file among `shipped_files`. Raises ValueError for other names."""
    if name not in SHIPPED:
        raise ValueError(f"policy '{name}' is none of {', '.join(SHIPPED)}")
    return f"{name}/policy.toml"


@cache
def shipped_files() -> dict[str, str]:
    """The text of all policy files by their name below `data/policies`."""
    root = files("geo_data") / "data" / "policies"
    return dict(_texts(root, ""))


def _texts(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            found += _texts(item, f"{prefix}{item.name}/")
        elif item.name.endswith((".csv", ".toml")):
            found.append((prefix + item.name, item.read_text(encoding="utf-8")))
    return found


async def stamp(conn: Connection, *, share: bool = False) -> int:
    """The number of the newest published version, 0 before any.

    With `share` nobody publishes another one until the transaction ends.
    """
    row = await (await conn.execute(_SQL.newest_shared if share else _SQL.newest)).fetchone()
    return row[0] if row else 0


async def listed(conn: Connection) -> list[Listed]:
    """All published versions in the order in which they were published."""
    rows = await (await conn.execute(_SQL.published)).fetchall()
    return [Listed(*row[1:]) for row in rows]


async def load_published(
    conn: Connection, first: str = "default", known: Policies | None = None
) -> Policies:
    """All published versions; before any is published, the shipped one of the name `first`.

    What is `known` already is not read again. Raises Unreadable.
    """
    rows = await (await conn.execute(_SQL.published)).fetchall()
    if not rows:
        return Policies([Published(load_shipped(first), BEGINNING)])
    read = {one.policy.digest: one.policy for one in known.published} if known else {}
    found = []
    for number, version, digest, entry, texts, valid_from, *_ in rows:
        try:
            policy = read.get(digest) or read_policy(texts, entry)
        except PolicyError as error:
            raise Unreadable(f"policy {version}, published as number {number}: {error}") from error
        found.append(Published(policy, valid_from))
    return Policies(found, rows[-1][0])


async def publish_first(conn: Connection, name: str, by: str) -> bool:
    """Publish the shipped policy of a name from the beginning on, unless there is one already.

    True where it was stored.
    """
    if await stamp(conn):
        return False
    await publish(conn, shipped_files(), shipped_entry(name), BEGINNING, by)
    return True


async def publish(
    conn: Connection, texts: Mapping[str, str], entry: str, valid_from: datetime, by: str
) -> Published:
    """Publish the policy of these files from a moment on; the same again changes nothing.

    Raises PolicyError where the files are not right, CannotPublish where the version's name or
    the moment is taken, or the moment is less than two minutes ahead (but for the first of all).
    """
    policy = read_policy(texts, entry)
    async with conn.transaction():
        await conn.execute(_SQL.lock)
        await conn.execute(_SQL.lock_newest)
        row = await (await conn.execute(_SQL.newest_and_clock)).fetchone()
        assert row is not None
        newest, now = row
        same = await (await conn.execute(_SQL.same, {"version": policy.version})).fetchone()
        if same is not None:
            return _again(policy, same, valid_from)
        taken = await (await conn.execute(_SQL.taken, {"valid_from": valid_from})).fetchone()
        if taken is not None:
            raise CannotPublish(f"policy {taken[0]} begins to hold at that very moment")
        if newest and valid_from < now + LEAD:
            raise CannotPublish(
                f"a policy must begin to hold at least {LEAD.seconds // 60} minutes from now, so "
                f"that every process has it by then; now it is {clock(now)} in China"
            )
        await conn.execute(
            _SQL.publish,
            {
                "version": policy.version,
                "number": newest + 1,
                "name_zh": policy.name.zh,
                "name_en": policy.name.en,
                "digest": policy.digest,
                "entry": entry,
                "files": Jsonb(files_of(texts, entry)),
                "valid_from": valid_from,
                "by": by,
            },
        )
    return Published(policy, valid_from)


def _again(policy: Policy, same: tuple[str, datetime], valid_from: datetime) -> Published:
    digest, holds_from = same
    if digest != policy.digest:
        raise CannotPublish(
            f"version {policy.version} is published already with other content; "
            "give this one a new version in its policy.toml"
        )
    if holds_from != valid_from:
        raise CannotPublish(
            f"version {policy.version} is published already, from {clock(holds_from)} on; "
            "give this one a new version in its policy.toml"
        )
    return Published(policy, holds_from)


class PolicyStore:
    """The published versions as a process knows them; asks the database whether there are more.

    `first` names the shipped policy that holds where none is published.
    """

    def __init__(self, first: str = "default") -> None:
        self._first = first
        self.known = Policies([Published(load_shipped(first), BEGINNING)])

    async def load(self, conn: Connection) -> Policies:
        """Load what is published now."""
        self.known = await load_published(conn, self._first, self.known)
        return self.known

    async def current(self, conn: Connection) -> Policies:
        """All versions that are published now."""
        if await stamp(conn) != self.known.stamp:
            await self.load(conn)
        return self.known

    async def unchanged(self, conn: Connection) -> bool:
        """True where what is known is all, and stays so until the transaction ends."""
        return await stamp(conn, share=True) == self.known.stamp

    async def now(self, conn: Connection) -> Policy:
        """The policy that holds now, by the database's clock."""
        row = await (await conn.execute(_SQL.newest_and_clock)).fetchone()
        assert row is not None
        newest, moment = row
        if newest != self.known.stamp:
            await self.load(conn)
        return self.known.at(moment)
