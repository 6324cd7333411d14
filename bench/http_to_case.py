"""Reports a second from HTTP to committed case, everything running, beside a bare FastAPI.

    WANGGE_DATABASE_URL=… WANGGE_KAFKA=… python -m bench.http_to_case

As many posts as 64 connections bring through in some seconds; the clock runs from the first post to
the last commit. The ceiling is a bare FastAPI route with the same producer, to a topic that nobody
reads, in turn with it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import subprocess
import sys
import time

from kafka.admin import KafkaAdminClient, NewTopic

from bench import running
from bench.http_ceiling import HERE, measure
from geo_data.database import connect
from wangge.settings import load_settings


async def stored() -> int:
    """Reports that are cases by now."""
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        row = await (await conn.execute("SELECT count(*) FROM reports")).fetchone()
    assert row is not None
    return int(row[0])


def through(base: str, key: str, seconds: float, seed: int) -> tuple[float, float]:
    """Posts a second accepted, and reports a second committed."""
    before = asyncio.run(stored())
    begun = time.perf_counter()
    told = measure(base, key, seconds, seed)
    until = time.monotonic() + 120
    while asyncio.run(stored()) - before < told["posts"]:
        if time.monotonic() > until:
            raise RuntimeError("not everything that was accepted became a case in two minutes")
        time.sleep(0.05)
    return told["rate"], told["posts"] / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with running.system("api", "worker", "clerk") as house:
        admin = KafkaAdminClient(bootstrap_servers=house.kafka)
        admin.create_topics([NewTopic(f"{house.prefix}bare", 12, 1)])
        admin.close()
        port = running.free_port()
        bare = subprocess.Popen(
            [sys.executable, str(HERE / "bare_api.py"), house.kafka, f"{house.prefix}bare",
             str(port)]
        )  # fmt: skip
        try:
            base = f"http://127.0.0.1:{port}"
            running.wait_ready(f"{base}/health/ready")
            through(house.base, house.key, 3, 0)  # warm
            measure(base, house.key, 2, 0)
            ceilings, accepted, committed = [], [], []
            for turn in range(1, asked.rounds + 1):
                ceilings.append(measure(base, house.key, asked.seconds, turn)["rate"])
                rates = through(house.base, house.key, asked.seconds, turn)
                accepted.append(rates[0])
                committed.append(rates[1])
                print(
                    f"bare {ceilings[-1]:6.0f} posts/s   wangge {rates[0]:6.0f} accepted/s,"
                    f" {rates[1]:6.0f} committed/s",
                    flush=True,
                )
            ours, ceiling = statistics.median(committed), statistics.median(ceilings)
            print(f"HTTP to committed case {ours:.0f} / bare {ceiling:.0f} = {ours / ceiling:.2f}")
            print("resident", {n: f"{mb:.0f} MB" for n, mb in house.resident_mb().items()})
        finally:
            bare.send_signal(signal.SIGTERM)
            bare.wait(20)


if __name__ == "__main__":
    main()
