"""Requests for features, as short as tests like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

ROOT = "/ogc/collections"
CELLS, CASES, REPORTS = (f"{ROOT}/{name}/items" for name in ("cells", "cases", "reports"))


def links(document: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [one for one in document["links"] if one["rel"] == rel]


async def get(client: httpx.AsyncClient, path: str, status: int = 200, /, **params: Any) -> Any:
    """The JSON of an answer with this status."""
    answer = await client.get(path, params=params or None)
    assert answer.status_code == status, answer.text[:300]
    return answer.json()


async def features(client: httpx.AsyncClient, path: str, /, **params: Any) -> list[Any]:
    found: list[Any] = (await get(client, path, **params))["features"]
    return found


async def ids(client: httpx.AsyncClient, path: str, /, **params: Any) -> list[str]:
    return [one["id"] for one in await features(client, path, **params)]


async def refused(client: httpx.AsyncClient, path: str, name: str, /, **params: Any) -> None:
    """The request is a 400 whose problem names the parameter."""
    problem = await get(client, path, 400, **params)
    assert problem["field"] == f"/{name}", problem
    assert name in problem["detail"]
