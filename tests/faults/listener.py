"""A console that listens to the feed and comes back with its last id after every break."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.faults.record import Record


async def listen(url: str, key: str, record: Record) -> None:
    """Write down every feed number that is heard, until cancelled."""
    last = "1-0"
    async with httpx.AsyncClient(timeout=httpx.Timeout(5.0, read=15.0)) as client:
        while True:
            headers = {"Authorization": f"Bearer {key}", "Last-Event-ID": last}
            try:
                async with client.stream("GET", f"{url}/v1/events", headers=headers) as answer:
                    if answer.status_code == httpx.codes.OK:
                        kind = ""
                        async for line in answer.aiter_lines():
                            name, _, value = line.partition(": ")
                            if name == "id":
                                last = value
                            elif name == "event":
                                kind = value
                            elif name == "data" and kind == "case":
                                record.hear(json.loads(value)["feed"])
                    elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                        await answer.aread()
                        record.complaints.append(
                            f"events from {last}: {answer.status_code} {answer.text[:300]}"
                        )
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
