"""Officers who accept, handle and verify, and give a command again until it was answered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from tests.faults import made_up
from tests.faults.record import Order

if TYPE_CHECKING:
    from tests.faults.record import Record

_OFFICERS = 3
_AT_ONCE = 0.1  # share of commands given from two connections at the same moment
_PATIENCE_S = 10.0
#: Answers that settle a command. 404 cannot be: the case was in a list a moment before.
_FINAL = {httpx.codes.OK, httpx.codes.FORBIDDEN, httpx.codes.CONFLICT}


class Officers:
    """A few officers, each doing one thing after the other."""

    def __init__(self, url: str, keys: list[str], record: Record, seed: int) -> None:
        self._url = url
        self._keys = keys
        self._record = record
        self._rng = Random(seed)
        self._last = datetime.now(UTC)

    async def run(self, pause_s: float, stop: asyncio.Event) -> None:
        """Work until told to stop; each waits `pause_s` on average between two commands."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_OFFICERS):
                group.create_task(self._officer(pause_s, stop))

    async def _officer(self, pause_s: float, stop: asyncio.Event) -> None:
        async with httpx.AsyncClient(base_url=self._url, timeout=_PATIENCE_S) as client:
            while not stop.is_set():
                case = await self._pick(client)
                if case is not None:
                    await self._give(client, case, stop)
                await asyncio.sleep(pause_s * self._rng.uniform(0.5, 1.5))

    async def _pick(self, client: httpx.AsyncClient) -> dict[str, Any] | None:
        asked: dict[str, str | int] = {
            "status": self._rng.choice(["open", "working", "handled"]),
            "order": self._rng.choice(["newest", "due"]),
            "limit": 20,
        }
        try:
            answer = await client.get("/v1/cases", params=asked, headers=self._key())
        except httpx.HTTPError:
            return None
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        if answer.status_code != httpx.codes.OK:
            self._record.complaints.append(f"list: {answer.status_code} {answer.text[:300]}")
            return None
        found: list[dict[str, Any]] = answer.json()["cases"]
        return self._rng.choice(found) if found else None

    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._rng.choice(self._keys)}"}

    def _body(self, case: dict[str, Any]) -> dict[str, Any]:
        dice = self._rng.random()
        match case["status"]:
            case "open":
                name = "accept" if dice < 0.85 else "escalate"
            case "working":
                name = "handle" if dice < 0.9 else "escalate"
            case _:
                name = "verify"
        # No two commands have the same time: that is how the history is searched for them.
        self._last = max(self._last + timedelta(microseconds=1), datetime.now(UTC))
        body: dict[str, Any] = {
            "id": made_up.fresh_id(self._rng),
            "command": name,
            "done_at": self._last.isoformat(timespec="microseconds"),
        }
        if name == "verify":
            body["passed"] = dice < 0.8
        if self._rng.random() < 0.5:
            body["version"] = case["version"]
        return body

    async def _give(
        self, client: httpx.AsyncClient, case: dict[str, Any], stop: asyncio.Event
    ) -> None:
        body, key = self._body(case), self._key()
        order = Order(body["id"], case["id"], body["command"], body["done_at"])
        self._record.orders.append(order)
        patience = 60.0 if stop.is_set() else 200.0
        times = 2 if self._rng.random() < _AT_ONCE else 1
        pause = 0.2
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while loop.time() < end:
            answers = await asyncio.gather(
                *(self._post(client, case["id"], body, key) for _ in range(times))
            )
            codes = {answer.status_code for answer in answers if answer is not None}
            final = codes & _FINAL
            strange = codes - _FINAL - {httpx.codes.SERVICE_UNAVAILABLE}
            if strange or len(final) > 1:
                self._record.complaints.append(
                    f"{order.name} {order.id}: {sorted(codes)}"
                    f" {[a.text[:200] for a in answers if a is not None]}"
                )
            if final:
                order.code = min(final)
                return
            self._record.retries += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, 3.0)

    async def _post(
        self, client: httpx.AsyncClient, case: str, body: dict[str, Any], key: dict[str, str]
    ) -> httpx.Response | None:
        try:
            return await client.post(f"/v1/cases/{case}/commands", json=body, headers=key)
        except httpx.HTTPError:
            return None
