"""A client of this product's own HTTP API: what a phone or a partner would use, and no more."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click
import httpx
from shapely.geometry import shape

from wangge.failures import Failure, Unavailable
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from shapely.geometry.base import BaseGeometry

    from wangge.settings import Settings

DEMO_KEY = "demo-key"  # in the home folder
MOST = 500  # reports in one request

_AWAY = 503
_OK = 200
_ACCEPTED = 202
_TIMEOUT_S = 15.0
_READ_S = 40.0  # of the live feed, which beats every 10 s
_PAUSE_S = 1.0  # where the server says no number


class Refused(Failure):
    """The API said no; the sentence is the problem's own."""


@dataclass(slots=True)
class Posting:
    """What became of posted reports: counts, and how often each reason of a refusal was given."""

    sent: int = 0
    accepted: int = 0
    refused: int = 0
    retried: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class Api:
    """One connection pool with one key."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, **parameters: Any) -> Any:
        """The JSON answer. Raises Refused with the problem's detail, Unavailable."""
        try:
            answer = await self._client.get(path, params=parameters)
        except httpx.TransportError as error:
            raise Unavailable(f"{self._client.base_url} does not answer ({error!r})") from None
        if answer.status_code != _OK:
            raise Refused(f"{path}: {_detail(answer)}")
        return answer.json()

    async def command(
        self, case: dict[str, Any], name: str, **fields: Any
    ) -> tuple[int, dict[str, Any]]:
        """Give a command on a case as it was read; the status and the answer, also a refusal."""
        body = {"id": str(uuid4()), "command": name, "version": case["version"]} | fields
        path = f"/v1/cases/{case['id']}/commands"
        try:
            answer = await self._client.post(path, json=body)
        except httpx.TransportError as error:
            raise Unavailable(f"{self._client.base_url} does not answer ({error!r})") from None
        return answer.status_code, answer.json()

    async def post(
        self, reports: Sequence[dict[str, Any]], posting: Posting, *, patience_s: float
    ) -> None:
        """Post up to 500 reports, again after a 503, counting in `posting`.

        What is still not taken after `patience_s` counts as refused.
        """
        waiting = list(reports)
        posting.sent += len(waiting)
        give_up_at = time.monotonic() + patience_s
        while True:
            waiting, pause_s = await self._post_once(waiting, posting)
            if not waiting:
                return
            if time.monotonic() + pause_s > give_up_at:
                posting.refused += len(waiting)
                posting.reasons["not taken in time"] += len(waiting)
                return
            posting.retried += len(waiting)
            await asyncio.sleep(pause_s)

    async def _post_once(
        self, reports: list[dict[str, Any]], posting: Posting
    ) -> tuple[list[dict[str, Any]], float]:
        """What has to be sent again, and after how long."""
        try:
            answer = await self._client.post("/v1/reports", json=reports)
        except httpx.TransportError:
            return reports, _PAUSE_S
        if answer.status_code == _AWAY:
            return reports, _seconds(answer.headers.get("retry-after"))
        if answer.status_code != _OK:
            raise Refused(f"/v1/reports: {_detail(answer)}")
        again, pause_s = [], _PAUSE_S
        for report, item in zip(reports, answer.json()["items"], strict=True):
            if item["code"] == _ACCEPTED:
                posting.accepted += 1
            elif item["code"] == _AWAY:
                again.append(report)
                pause_s = max(pause_s, _seconds(item["problem"].get("retry_after")))
            else:
                posting.refused += 1
                posting.reasons[_reason(item["problem"])] += 1
        return again, pause_s

    async def events(self, last: str | None = None) -> AsyncIterator[dict[str, Any]]:
        """Case events of the live feed, from now on; connects again where it left off.

        Ends by being cancelled. Raises Refused where the API turns the listener away.
        """
        while True:
            headers = {} if last is None else {"Last-Event-ID": last}
            try:
                async with self._client.stream(
                    "GET", "/v1/events", headers=headers, timeout=httpx.Timeout(15, read=_READ_S)
                ) as stream:
                    if stream.status_code not in (_OK, _AWAY):
                        await stream.aread()
                        raise Refused(f"/v1/events: {_detail(stream)}")
                    kind = ""
                    async for line in stream.aiter_lines():
                        name, _, value = line.partition(": ")
                        if name == "id":
                            last = value
                        elif name == "event":
                            kind = value
                        elif name == "data" and kind == "case":
                            yield json.loads(value)
            except httpx.TransportError:
                pass
            await asyncio.sleep(_PAUSE_S)


@asynccontextmanager
async def open_api(url: str, key: str) -> AsyncIterator[Api]:
    """A client for the API at `url` with a key."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"},
        timeout=_TIMEOUT_S,
        limits=limits,
        trust_env=False,
    ) as client:
        yield Api(client)


async def outline(api: Api, code: str) -> tuple[BaseGeometry, str]:
    """An area's outline in WGS 84 degrees, and its name."""
    area = await api.get(f"/v1/areas/{code}", geometry="full")
    return shape(area["geometry"]), area["name"]


def api_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that talks to the API: `url` and `key_file`."""
    for option in (
        click.option("--url", help="The API; the local one by default."),
        click.option(
            "--key-file",
            type=click.Path(dir_okay=False, path_type=Path),
            help="File with the key; the demo's by default.",
        ),
    ):
        command = option(command)
    return command


def local_url(settings: Settings) -> str:
    """Where the API of this machine answers."""
    host = "127.0.0.1" if settings.api_host in {"0.0.0.0", "::"} else settings.api_host  # noqa: S104
    return f"http://{host}:{settings.api_port}"


def address(url: str | None, key_file: Path | None) -> tuple[str, str]:
    """URL and key by options, else as this machine is set. Raises Failure where there is no key."""
    settings = load_settings()
    path = key_file or settings.home / DEMO_KEY
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise Failure(
            f"no key in {path} ({error.strerror}): `make up` makes one there, "
            "`wangge key add` another; name its file with --key-file"
        ) from None
    return url or local_url(settings), key


def _detail(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"answered {answer.status_code}"
    return str(problem.get("detail") or problem.get("title") or answer.status_code)


def _reason(problem: dict[str, Any]) -> str:
    return str(problem.get("detail") or problem.get("title") or problem.get("status"))


def _seconds(said: object) -> float:
    try:
        return max(float(str(said)), _PAUSE_S)
    except ValueError:
        return _PAUSE_S
