"""Commands as clients send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    import httpx

    from tests.api_house import House


def order(command: str, **more: Any) -> dict[str, Any]:
    """The body of a command, with an id of its own."""
    return {"id": str(uuid4()), "command": command} | more


async def give(house: House, who: str, name: str, body: Any) -> httpx.Response:
    """Give a command to a case."""
    async with house.client(who) as client:
        return await client.post(f"/v1/cases/{name}/commands", json=body)


async def give_by_report(house: House, who: str, report: str, body: Any) -> httpx.Response:
    """Give a command to the case of a report."""
    async with house.client(who) as client:
        return await client.post(f"/v1/reports/{report}/commands", json=body)
