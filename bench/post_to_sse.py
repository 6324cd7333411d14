"""From POST to the event on the stream, at a fixed rate, with everything running.

    WANGGE_DATABASE_URL=… WANGGE_KAFKA=… python -m bench.post_to_sse --rate 200 --seconds 60

Open loop: report number i is due at i / rate, whether the ones before it were answered or not, and
its time counts from when it was due, so a pause of the server is not left out of the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
import urllib.request

import aiohttp
import uvloop

from bench import running, wire

_REPORT = re.compile(rb'"type":"filed","v":1|"report":"([0-9a-f-]{36})"')
_LINES = 256  # connections to post on; a post waits for a free one, and the wait counts


async def listen(base: str, key: str, heard: dict[str, float], ready: asyncio.Event) -> None:
    """Note when each report's event arrives."""
    headers = {"Authorization": f"Bearer {key}"}
    timeout = aiohttp.ClientTimeout(total=None, sock_read=30)
    async with (
        aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
        session.get(f"{base}/v1/events?kind=filed") as stream,
    ):
        held = b""
        async for part in stream.content.iter_any():
            now = time.perf_counter()
            ready.set()
            lines = (held + part).split(b"\n")
            held = lines.pop()
            for line in lines:
                if line.startswith(b"data:"):
                    for found in _REPORT.finditer(line):
                        if found[1]:
                            heard.setdefault(found[1].decode(), now)


async def run(base: str, key: str, rate: float, seconds: float, seed: int) -> dict[str, object]:
    places = _places(base, key)
    dice = random.Random(seed)
    heard: dict[str, float] = {}
    due: dict[str, float] = {}
    answered: list[float] = []
    failed = 0
    ready = asyncio.Event()
    listener = asyncio.create_task(listen(base, key, heard, ready))
    await ready.wait()
    free: asyncio.Queue[wire.Connection] = asyncio.Queue()
    for _ in range(_LINES):
        free.put_nowait(await wire.connect(base))

    async def send(at: float, report: dict[str, object]) -> None:
        nonlocal failed
        line = await free.get()
        status = await line.ask(wire.post("/v1/reports", key, report))
        answered.append(time.perf_counter() - at)
        failed += status != 202
        free.put_nowait(line)

    tasks = []
    begun = time.perf_counter() + 0.5
    for i in range(int(rate * seconds)):
        at = begun + i / rate
        lon, lat = dice.choice(places)
        report = wire.report(dice, lon, lat)
        due[report["id"]] = at
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(send(at, report)))
    await asyncio.gather(*tasks)
    until = time.perf_counter() + 30
    while len(heard.keys() & due.keys()) < len(due):
        if time.perf_counter() > until:
            break
        await asyncio.sleep(0.1)
    listener.cancel()
    took = sorted(heard[i] - at for i, at in due.items() if i in heard)
    answered.sort()
    return {
        "posts": len(due),
        "failed": failed,
        "never heard": len(due) - len(took),
        "accepted p50/p99 ms": [round(wire.quantile(answered, q) * 1e3) for q in (0.5, 0.99)],
        "heard p50/p90/p99/max ms": [
            round(wire.quantile(took, q) * 1e3) for q in (0.5, 0.9, 0.99, 1.0)
        ],
    }


def _places(base: str, key: str) -> list[tuple[float, float]]:
    """The middles of all cells, degrees."""
    request = urllib.request.Request(
        f"{base}/v1/areas/3707/outlines?level=grid", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)
    west, south = told["origin"]
    step = told["step"]
    return [(west + a["center"][0] * step, south + a["center"][1] * step) for a in told["areas"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base", help="a system that runs already, with --key")
    parser.add_argument("--key")
    asked = parser.parse_args()
    uvloop.install()
    if asked.base:
        told = asyncio.run(run(asked.base, asked.key, asked.rate, asked.seconds, asked.seed))
        print(json.dumps(told, indent=1))
        return
    with running.system("api", "worker", "clerk") as house:
        asyncio.run(run(house.base, house.key, 20, 10, 0))  # warm: all have loaded their cells
        told = asyncio.run(run(house.base, house.key, asked.rate, asked.seconds, asked.seed))
        print(json.dumps(told, indent=1))
        print("resident", {n: f"{mb:.0f} MB" for n, mb in house.resident_mb().items()})
        sys.stdout.flush()


if __name__ == "__main__":
    main()
