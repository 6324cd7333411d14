"""An API as users meet it: a real server on a port of its own, and cases to ask it for."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from api.config import ApiConfig
from api.serve import server
from geo_data import feed, intake, keys, ledger
from geo_data.database import connect
from geo_data.ledger import Change
from geo_data.policies import load_shipped
from grid.cases.commands import File
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.ids import time_ordered
from grid.model import Place, Source
from grid.principal import RULES, Role
from grid.reports.report import Report, content_digest
from ingest.topics import ensure_topics
from tests import city, services
from tests.services import bootstrap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from geo_data.database import Connection
    from grid.cases.case import Case

CITY = city.City()
RUBBISH = "event.01.10"  # small
GAS = "event.05.02"  # an emergency

#: Who has a key in these tests: role, cell of the area (column, row), levels up from it.
PEOPLE: dict[str, tuple[Role, int]] = {
    "worker": (Role.WORKER, 0),
    "staff": (Role.STAFF, 1),
    "operator": (Role.OPERATOR, 3),
    "supervisor": (Role.SUPERVISOR, 4),
    "hotline": (Role.HOTLINE, 4),
    "analyst": (Role.ANALYST, 4),
    "source": (Role.SOURCE, 4),
    "citizen": (Role.CITIZEN, 4),
    "admin": (Role.ADMIN, 4),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def area_path(x: int, y: int, up: int) -> str:
    """The path of the area that lies `up` levels above a cell."""
    codes = CITY.path(x, y).split("/")[:-1]
    return "/".join(codes[: len(codes) - up]) + "/"


def submission(**changes: Any) -> dict[str, Any]:
    """What a phone sends, from the middle of the first cell."""
    lon, lat = CITY.middle(0, 0)
    plain = {
        "id": str(uuid4()),
        "category": RUBBISH,
        "lon": lon,
        "lat": lat,
        "observed_at": "2026-11-19T10:00:00+08:00",
        "source": "citizen",
    }
    return plain | changes


@dataclass
class House:
    """A running API with its database."""

    base: str
    url: str
    schema: str
    layout: int
    prefix: str
    key: dict[str, str]
    config: ApiConfig
    wiring: Any

    def client(self, who: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.key[who]}"} if who else {}
        # plain HTTP: not to verify saves reading all certificates, 30 ms for each client
        return httpx.AsyncClient(base_url=self.base, headers=headers, timeout=20, verify=False)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Connection]:
        async with connect(self.url, schema=self.schema) as conn:
            yield conn

    async def file(
        self, x: int = 0, y: int = 0, *, now: datetime | None = None, **said: Any
    ) -> Case:
        """File a report as the worker would, and number what happened."""
        async with self.database() as conn, conn.transaction():
            case = await file_case(conn, self.layout, x, y, now=now, **said)
            await feed.number_pending(conn, 1000)
        return case


async def file_case(
    conn: Connection, layout: int, x: int, y: int, *, now: datetime | None = None, **said: Any
) -> Case:
    at = now or datetime.now(UTC)
    lon, lat = CITY.middle(x, y)
    report = Report(
        id=str(uuid4()),
        category=RUBBISH,
        lon=lon,
        lat=lat,
        observed_at=at,
        source=Source.CITIZEN,
        received_at=at,
        sender="key:somebody",
    )
    report = replace(report, **said)
    case_id = time_ordered(at, int.from_bytes(uuid4().bytes[:9]))
    [number] = await ledger.case_numbers(conn, 1, at.year)
    place = Place(CITY.path(x, y), CITY.code(x, y), layout, lon, lat, 1.0, None, snapped=False)
    known = Known(case_id=case_id, number=number, place=place)
    events, steps = apply(None, File(by=RULES, report=report), known, at, load_shipped("default"))
    digest = bytes.fromhex(content_digest(report))
    await intake.claim(conn, [intake.Claim(report, case_id, digest, at)])
    await intake.save_details(conn, [(report, b"salt")])
    await ledger.append(conn, [Change(None, events, steps, received_at=at)])
    return steps[-1]


@asynccontextmanager
async def running(config: ApiConfig) -> AsyncIterator[Any]:
    """The server in this process, up when entered, gone when left; yields its wiring."""
    made = server(config)
    task = asyncio.create_task(made._serve())  # without its signal handlers
    while not made.started:
        await asyncio.sleep(0.01)
        if task.done():
            task.result()
    try:
        yield made._app.state.wiring
    finally:
        made.should_exit = True
        await task


@asynccontextmanager
async def house(prefix: str, **changes: Any) -> AsyncIterator[House]:
    """A schema, a made-up city, a key for everybody, and the API over it."""
    async with services.schema() as schema:
        url = services.database_url()
        config = ApiConfig(
            bootstrap=bootstrap(),
            database_url=url,
            schema=schema,
            topic_prefix=prefix,
            port=free_port(),
        )
        config = replace(config, **changes)
        async with connect(url, schema=schema) as conn:
            layout = await city.build(conn, CITY)
            made = {}
            for who, (role, up) in PEOPLE.items():
                _, made[who] = await keys.add(
                    conn, role=role, area=area_path(0, 0, up), name=who, by="tests"
                )
        async with running(config) as wiring:
            base = f"http://127.0.0.1:{config.port}"
            yield House(base, url, schema, layout, prefix, made, config, wiring)


@contextmanager
def own_topics(partitions: int = 1) -> Iterator[str]:
    """The prefix of topics of their own, deleted afterwards."""
    with services.own_prefix() as prefix:
        ensure_topics(bootstrap(), prefix, partitions=partitions)
        yield prefix


async def until_ready(made: House) -> None:
    """Wait until the API says that it can work: its producer connects in the background."""
    async with made.client() as client, asyncio.timeout(10):
        while (await client.get("/health/ready")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
