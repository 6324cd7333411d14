"""Posts a second, HTTP → accepted, at 64 connections, beside a bare FastAPI + producer.

    WANGGE_DATABASE_URL=… WANGGE_KAFKA=… python bench/http_ceiling.py

Both servers run all the time; the load goes to one and the other in turn, so that a busy machine
is busy for both. The client is bare asyncio in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psutil
import uvloop

from bench import running, wire

CONNECTIONS = 64
HERE = Path(__file__).parent


async def load(base: str, key: str, seconds: float, seed: int) -> dict[str, float]:
    """As fast as it goes on all connections, each waiting for its answer."""
    dice = random.Random(seed)
    until = time.perf_counter() + seconds
    took: list[float] = []
    failed = 0

    async def one() -> None:
        nonlocal failed
        line = await wire.connect(base)
        while (begun := time.perf_counter()) < until:
            lon, lat = dice.uniform(118.8, 119.6), dice.uniform(36.2, 36.9)
            status = await line.ask(wire.post("/v1/reports", key, wire.report(dice, lon, lat)))
            took.append(time.perf_counter() - begun)
            failed += status != 202

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    wall = time.perf_counter() - begun
    took.sort()
    return {
        "posts": len(took),
        "rate": len(took) / wall,
        "p50_ms": wire.quantile(took, 0.5) * 1e3,
        "p99_ms": wire.quantile(took, 0.99) * 1e3,
        "failed": failed,
        "client_cpu": time.process_time(),
    }


def measure(base: str, key: str, seconds: float, seed: int) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "bench.http_ceiling", "--client", base, key]
    command += [str(seconds), str(seed)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=HERE.parent)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _cpu(pid: int) -> float:
    """CPU seconds that the process has used: says more than wall time on a busy machine."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with running.system("api") as house:
        port = running.free_port()
        bare = subprocess.Popen(
            [
                sys.executable,
                str(HERE / "bare_api.py"),
                house.kafka,
                f"{house.prefix}reports",
                str(port),
            ]
        )
        try:
            bases = {"bare": f"http://127.0.0.1:{port}", "wangge": house.base}
            running.wait_ready(f"{bases['bare']}/health/ready")
            for base in bases.values():
                measure(base, house.key, 2, 0)  # warm
            rates: dict[str, list[float]] = {name: [] for name in bases}
            costs: dict[str, list[float]] = {name: [] for name in bases}
            pids = {"bare": bare.pid, "wangge": house.processes["api"].pid}
            for turn in range(asked.rounds):
                for name, base in bases.items():
                    spent = _cpu(pids[name])
                    told = measure(base, house.key, asked.seconds, asked.seed + turn)
                    cost = (_cpu(pids[name]) - spent) / (told["rate"] * asked.seconds) * 1e6
                    rates[name].append(told["rate"])
                    costs[name].append(cost)
                    print(
                        f"{name:7} {told['rate']:7.0f} posts/s  p50 {told['p50_ms']:5.1f} ms"
                        f"  p99 {told['p99_ms']:6.1f} ms  failed {told['failed']:.0f}"
                        f"  server's CPU {cost:4.0f} µs a post"
                        f"  client's CPU {told['client_cpu'] / asked.seconds:4.0%}",
                        flush=True,
                    )
            ours, ceiling = statistics.median(rates["wangge"]), statistics.median(rates["bare"])
            print(f"wangge {ours:.0f} / bare {ceiling:.0f} posts/s = {ours / ceiling:.2f}")
            ours, ceiling = statistics.median(costs["wangge"]), statistics.median(costs["bare"])
            print(f"CPU of one post: {ours:.0f} / {ceiling:.0f} µs, {ceiling / ours:.2f}")
            print("resident", {n: f"{mb:.0f} MB" for n, mb in house.resident_mb().items()})
        finally:
            bare.send_signal(signal.SIGTERM)
            bare.wait(20)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        base, key, seconds, seed = sys.argv[2:]
        uvloop.install()
        print(json.dumps(asyncio.run(load(base, key, float(seconds), int(seed)))))
    else:
        main()
