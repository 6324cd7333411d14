"""`python -m tests.faults`: kill everything again and again under load; is anything lost?"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import signal
import statistics
import sys

from tests.faults.ground import ground
from tests.faults.installation import Installation
from tests.faults.run import Plan, Result, run


def main() -> int:
    """0: nothing lost, nothing doubled, and work went on in time."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run, to repeat it")
    parser.add_argument("--kills", type=int, default=30, help="kills with -9")
    parser.add_argument("--rate", type=float, default=40.0, help="reports a second")
    parser.add_argument("--minutes", type=float, default=11.0, help="the longest that it may take")
    parser.add_argument("--no-scenarios", action="store_true", help="kills only")
    parser.add_argument("--only", default="", help="faults with this word in their names")
    parser.add_argument("--keep", action="store_true", help="leave data and logs where they are")
    given = parser.parse_args()
    for library in ("aiokafka", "kafka", "httpx"):  # they tell of every broken connection
        logging.getLogger(library).setLevel(logging.CRITICAL)
    plan = Plan(
        seed=random.SystemRandom().randrange(10**6) if given.seed is None else given.seed,
        kills=given.kills,
        rate=given.rate,
        minutes=given.minutes,
        scenarios=not given.no_scenarios,
        only=given.only,
    )
    result = asyncio.run(_interruptible(plan, keep=given.keep))
    _tell_verdict(plan, result)
    return 0 if result.good else 1


async def _interruptible(plan: Plan, *, keep: bool) -> Result:
    """SIGTERM and Ctrl-C stop everything that was started, too."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with ground(keep=keep) as local:
        logs = local.home / "log"
        _tell(f"seed {plan.seed}; logs in {logs}")
        return await run(plan, Installation(local, local.database_url, "", logs), _tell)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _tell_verdict(plan: Plan, result: Result) -> None:
    _tell("")
    for name, n in result.verdict.figures.items():
        _tell(f"{name:36} {n:9,}")
    _tell(f"{'drained after':36} {result.drained_s:9.1f} s")
    _tell("")
    _tell("stored again after, s                      n    min  median     max")
    by_fault: dict[str, list[float]] = {}
    for recovery in result.recoveries:
        if recovery.stored is not None:
            by_fault.setdefault(recovery.fault, []).append(recovery.stored)
    for fault, seconds in sorted(by_fault.items()):
        middle = statistics.median(seconds)
        _tell(f"{fault:38} {len(seconds):5} {min(seconds):6.1f} {middle:7.1f} {max(seconds):7.1f}")
    _tell("")
    for wrong in result.verdict.wrong[:30]:
        _tell(f"WRONG  {wrong}")
    for recovery in result.recoveries:
        if not recovery.in_time:
            _tell(f"LATE   {recovery.fault}: {recovery}")
    if result.undone:
        _tell(f"NOT DONE  {result.undone} faults: --minutes {plan.minutes:g} were not enough")
    verdict = "nothing lost, nothing doubled" if result.good else "FAILED"
    _tell(f"{verdict}; seed {plan.seed}, {result.seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
