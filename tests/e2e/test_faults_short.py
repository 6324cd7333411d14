"""Five kills with -9 under load, spread over worker, broker, clerk and API: nothing is lost.

`make faults` does the same with thirty kills and the other faults, for some minutes.
"""

from __future__ import annotations

import logging
import random

import pytest

from tests.faults.installation import Installation
from tests.faults.run import Plan, line, run


@pytest.mark.timeout(300)
async def test_five_kills_lose_and_double_nothing(
    own_services, database_url, topic_prefix, tmp_path, caplog
):
    caplog.set_level(logging.CRITICAL, "aiokafka")  # it tells of every broken connection
    seed = random.SystemRandom().randrange(10**6)
    plan = Plan(
        seed=seed, kills=5, scenarios=False, rate=30, pause_s=4.0, patient=False, minutes=4.0
    )
    told = [f"seed {seed}"]
    try:
        result = await run(
            plan, Installation(own_services, database_url, topic_prefix, tmp_path), told.append
        )
    finally:
        own_services.start_kafka()
        print("\n".join(told))  # noqa: T201 - pytest shows it where the test fails
    assert result.verdict.wrong == []
    assert result.undone == 0
    assert [line(recovery) for recovery in result.recoveries if not recovery.in_time] == []
    # Not a run in which nothing happened:
    assert result.verdict.figures["reports acknowledged"] > 300
    assert result.verdict.figures["commands acknowledged"] > 10
