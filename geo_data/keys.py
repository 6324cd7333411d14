"""Keys: 256 random bits, shown once; only their SHA-256 is stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from geo_data.queries import load
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.database import Connection

_SQL = load("keys")
PREFIX = "wg_"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as it is listed: everything but the key."""

    id: str
    role: str
    area: str
    department: str
    name: str
    created_at: datetime
    revoked_at: datetime | None


def digest(key: str) -> bytes:
    """What is stored of a key: 32 bytes."""
    return sha256(key.encode()).digest()


async def find(conn: Connection, key_digest: bytes) -> Principal | None:
    """The principal of a key that is in force."""
    row = await (await conn.execute(_SQL.find, {"digest": key_digest})).fetchone()
    if row is None:
        return None
    key_id, role, area, department, name = row
    return Principal(f"key:{key_id}", Role(role), area, name, department)


async def add(
    conn: Connection, *, role: Role, area: str, department: str = "", name: str = "", by: str
) -> tuple[str, str]:
    """Make a key for a role over the area at `area` (a path); its id and the key itself.

    The key is not kept: who loses it gets a new one.
    """
    key_id = secrets.token_hex(5)
    key = PREFIX + secrets.token_urlsafe(32)
    async with conn.transaction():
        await conn.execute(
            _SQL.add,
            {
                "id": key_id,
                "digest": digest(key),
                "role": role.value,
                "area": area,
                "department": department,
                "name": name,
            },
        )
        await _audit(conn, by, "key add", key_id)
    return key_id, key


async def records(conn: Connection) -> list[KeyRecord]:
    """All keys, the revoked ones too, oldest first."""
    rows = await (await conn.execute(_SQL.list)).fetchall()
    return [KeyRecord(*row) for row in rows]


async def revoke(conn: Connection, key_id: str, *, by: str) -> bool:
    """Take a key out of force, within a minute everywhere. False: there is none in force."""
    async with conn.transaction():
        done = await conn.execute(_SQL.revoke, {"id": key_id})
        if done.rowcount:
            await _audit(conn, by, "key revoke", key_id)
    return bool(done.rowcount)


async def _audit(conn: Connection, by: str, act: str, subject: str) -> None:
    await conn.execute(_SQL.note_act, {"principal": by, "act": act, "subject": subject})
