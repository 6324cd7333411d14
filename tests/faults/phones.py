"""Phones that keep a report until it is acknowledged, and people who are in a hurry."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from grid.reports.report import encode
from ingest.door import accept
from tests.faults import made_up

if TYPE_CHECKING:
    from datetime import timedelta

    from tests.city import City
    from tests.faults.record import Record

_PHONES = 12
_MOST = 100  # reports in one request
_TWICE = 0.04  # share of reports sent again although they were acknowledged
_AT_ONCE = 0.04  # share of reports sent from two connections at the same moment
_PATIENCE_S = 10.0
_LONGEST_PAUSE_S = 3.0


class Phones:
    """Posts reports at a steady rate until told to stop, then until every phone is empty."""

    def __init__(self, url: str, keys: list[str], city: City, record: Record, seed: int) -> None:
        self._url = f"{url}/v1/reports"
        self._keys = keys
        self._city = city
        self._record = record
        self._rng = Random(seed)
        self._outboxes: list[asyncio.Queue[dict[str, Any] | None]] = [
            asyncio.Queue() for _ in range(_PHONES)
        ]

    async def run(self, rate: float, stop: asyncio.Event) -> None:
        """`rate` reports a second."""
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            for outbox in self._outboxes:
                client = await stack.enter_async_context(
                    httpx.AsyncClient(timeout=_PATIENCE_S, headers=self._headers())
                )
                group.create_task(self._phone(client, outbox))
            await self._make(rate, stop)
            for outbox in self._outboxes:
                outbox.put_nowait(None)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._rng.choice(self._keys)}"}

    async def _make(self, rate: float, stop: asyncio.Event) -> None:
        began, made = time.monotonic(), 0
        while not stop.is_set():
            while made < (time.monotonic() - began) * rate:
                report = made_up.submission(self._rng, self._city)
                self._record.sent[report["id"]] = report
                self._rng.choice(self._outboxes).put_nowait(report)
                made += 1
            await asyncio.sleep(0.02)

    async def _phone(
        self, client: httpx.AsyncClient, outbox: asyncio.Queue[dict[str, Any] | None]
    ) -> None:
        going = True
        while going:
            waiting: list[dict[str, Any]] = []
            while not waiting or (not outbox.empty() and len(waiting) < _MOST):
                report = await outbox.get()
                if report is None:
                    going = False
                    break
                waiting.append(report)
            await self._deliver(client, waiting)

    async def _deliver(self, client: httpx.AsyncClient, waiting: list[dict[str, Any]]) -> None:
        pause = 0.1
        while waiting:
            if len(waiting) > 1 and self._rng.random() < 0.7:
                taken = await self._post_many(client, waiting)
            else:
                taken = await self._post_one(client, waiting[0])
            if taken:
                waiting = [report for report in waiting if report["id"] not in taken]
                pause = 0.1
            else:
                self._record.retries += 1
                await asyncio.sleep(pause * self._rng.uniform(0.5, 1.0))
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _post_one(self, client: httpx.AsyncClient, report: dict[str, Any]) -> set[str]:
        times = 2 if self._rng.random() < _AT_ONCE else 1
        self._record.repeated += times - 1
        began = time.monotonic()
        answers = await asyncio.gather(*(self._post(client, report) for _ in range(times)))
        taken = False
        for answer in answers:
            if answer is None or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                continue
            if answer.status_code != httpx.codes.ACCEPTED:
                self._complain("report", answer)
                return {report["id"]}
            taken = True
        if taken:
            self._acknowledge(report, began)
        return {report["id"]} if taken else set()

    async def _post_many(
        self, client: httpx.AsyncClient, reports: list[dict[str, Any]]
    ) -> set[str]:
        began = time.monotonic()
        answer = await self._post(client, reports)
        if answer is None or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return set()
        if answer.status_code != httpx.codes.OK:
            self._complain("reports", answer)
            return {report["id"] for report in reports}
        taken = set()
        for report, item in zip(reports, answer.json()["items"], strict=True):
            if item["code"] == httpx.codes.ACCEPTED:
                taken.add(report["id"])
                self._acknowledge(report, began)
            elif item["code"] != httpx.codes.SERVICE_UNAVAILABLE:
                taken.add(report["id"])
                self._record.complaints.append(f"report {report['id']}: {item}")
        return taken

    async def _post(self, client: httpx.AsyncClient, body: Any) -> httpx.Response | None:
        """The answer; None where none came, so that nobody knows whether it was taken."""
        sent_at = datetime.now(UTC).isoformat()
        stamped = (
            [report | {"sent_at": sent_at} for report in body]
            if isinstance(body, list)
            else body | {"sent_at": sent_at}
        )
        try:
            return await client.post(self._url, json=stamped)
        except httpx.HTTPError:
            return None

    def _acknowledge(self, report: dict[str, Any], began: float) -> None:
        again = report["id"] not in self._record.acknowledged and self._rng.random() < _TWICE
        self._record.acknowledge(report["id"], began)
        if again:
            self._record.repeated += 1
            delay, outbox = self._rng.uniform(0.0, 10.0), self._rng.choice(self._outboxes)
            asyncio.get_running_loop().call_later(delay, outbox.put_nowait, report)

    def _complain(self, what: str, answer: httpx.Response) -> None:
        self._record.complaints.append(f"{what}: {answer.status_code} {answer.text[:300]}")


async def put_old_ones(
    bootstrap: str,
    topic: str,
    city: City,
    record: Record,
    seed: int,
    oldest: timedelta,
    stop: asyncio.Event,
) -> None:
    """Put a report that came in long ago on Kafka every second: its deadlines have passed."""
    rng = Random(seed)
    while not stop.is_set():
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", request_timeout_ms=5000
        )
        try:
            await producer.start()
            while not stop.is_set():
                made = made_up.submission(rng, city)
                received_at = datetime.now(UTC) - oldest * rng.random()
                made["observed_at"] = received_at.isoformat()
                report = accept(made, sender="key:old", received_at=received_at)
                record.sent[report.id] = made
                await producer.send_and_wait(topic, encode(report), report.id.encode())
                record.acknowledged.add(report.id)
                await asyncio.sleep(1.0)
        except KafkaError:
            await asyncio.sleep(1.0)
        finally:
            await producer.stop()
