"""Behind a proxy that adds the key: links lead to where the client came in."""

from __future__ import annotations

import asyncio

import httpx

from tests.conformance import key_adder


async def test_a_client_without_a_key_follows_links_through_the_proxy(house):
    with key_adder.opened(house.base, house.key["analyst"]) as door:
        async with httpx.AsyncClient(timeout=20) as client:
            landing = (await client.get(f"{door}/ogc")).json()
            (data,) = [one["href"] for one in landing["links"] if one["rel"] == "data"]
            assert data.startswith(f"{door}/")
            told = (await client.get(data)).json()
            hrefs = [link["href"] for one in told["collections"] for link in one["links"]]
            assert all(href.startswith(f"{door}/") for href in hrefs)
            answers = await asyncio.gather(
                *(client.get(href) for href in hrefs if href.endswith("/items"))
            )
            assert {answer.status_code for answer in answers} == {200}
