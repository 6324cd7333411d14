"""All measurements in one run: `make bench`, or `python -m bench [NAME …]`.

Starts a Kafka and a PostgreSQL of its own (durable, as in use), runs each benchmark beside its
peers, and stops them. What stands in docs/explanation/measurements.md is printed here.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from geo_data import cluster
from wangge.services import local as services_of
from wangge.services.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
_HOME = ROOT / ".wangge-test" / "bench"

#: name → the module's arguments; `{kafka}` and `{database}` are filled in.
RUNS: dict[str, list[str]] = {
    "kafka_to_case": ["--bootstrap", "{kafka}", "--database", "{database}"],
    "post_to_sse": [],
    "http_ceiling": [],
    "http_to_case": [],
    "engine": [],
    "ticks": ["--database", "{database}"],
    "layout": [],
    "cells": ["--database", "{database}"],
    "figures_follower": ["--database", "{database}", "--kafka", "{kafka}"],
    "indicators": ["--database", "{database}"],
    "year": ["--cases", "150000"],
    "tiles": [],
    "exports": ["--database", "{database}"],
}


@contextmanager
def services() -> Iterator[services_of.Local]:
    """Kafka and PostgreSQL, empty, on free ports."""
    services_of.wipe(_HOME)
    local = services_of.Local(
        _HOME, services_of.choose(_HOME, "auto"), free_port(), free_port(), durable=True
    )
    try:
        services_of.up(local)
        yield local
    finally:
        services_of.down(_HOME)


def main() -> int:
    """Run what was asked for, or everything; the number that failed."""
    names = sys.argv[1:] or list(RUNS)
    unknown = [name for name in names if name not in RUNS]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(RUNS)}")
    failed = 0
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with services() as local:
        database = cluster.create_database(local.database_url, f"bench_{int(time.time())}")
        env = os.environ | {
            "WANGGE_HOME": str(_HOME),
            "WANGGE_KAFKA": local.bootstrap,
            "WANGGE_DATABASE_URL": local.database_url,
        }
        for name in names:
            given = [a.format(kafka=local.bootstrap, database=database) for a in RUNS[name]]
            load = os.getloadavg()[0]
            print(f"\n== {name} (load before: {load:.1f})", flush=True)
            failed += (
                subprocess.run(
                    [sys.executable, "-m", f"bench.{name}", *given], check=False, cwd=ROOT, env=env
                ).returncode
                != 0
            )
    return failed


if __name__ == "__main__":
    sys.exit(main())
