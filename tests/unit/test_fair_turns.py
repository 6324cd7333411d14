"""Turns: never more than there are, none lost, and nobody waits behind another's thousand."""

from __future__ import annotations

import asyncio

import pytest

from api.fair_turns import FairTurns
from geo_data.patience import TooSlow

LONG_S = 5.0


def held(turns: FairTurns, who: str, log: list[str]) -> asyncio.Task[None]:
    """Take a turn, note it, and give it back after a moment."""

    async def hold() -> None:
        async with turns.of(who, LONG_S):
            log.append(who)
            await asyncio.sleep(0)

    return asyncio.create_task(hold())


async def test_who_asks_once_comes_next_however_much_another_has_asked_for():
    turns, log = FairTurns(1), []
    greedy = [held(turns, "greedy", log) for _ in range(100)]
    await asyncio.sleep(0)
    others = [held(turns, who, log) for who in ("a", "b")]
    await asyncio.gather(*greedy, *others)
    assert {"a", "b"} <= set(log[:6])
    assert len(log) == 102


async def test_never_more_than_there_are_and_none_is_lost():
    turns, now, most = FairTurns(3), 0, 0

    async def hold(who: str) -> None:
        nonlocal now, most
        async with turns.of(who, LONG_S):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    for _ in range(2):
        await asyncio.gather(*(hold(f"{number % 4}") for number in range(40)))
        assert most == 3


async def test_who_gives_up_or_is_cancelled_leaves_the_queue_and_takes_no_turn_along():
    turns, log = FairTurns(1), []
    async with turns.of("first", LONG_S):
        with pytest.raises(TooSlow):
            async with turns.of("impatient", 0.001):
                pass
        gone = held(turns, "gone", log)
        await asyncio.sleep(0)
        gone.cancel()
        stays = held(turns, "stays", log)
        await asyncio.sleep(0)
    await stays
    assert log == ["stays"]
    async with turns.of("last", 0.001):
        pass


async def test_a_turn_that_comes_to_who_is_cancelled_in_that_moment_goes_on():
    turns, log = FairTurns(1), []
    async with turns.of("first", LONG_S):
        gone = held(turns, "gone", log)
        await asyncio.sleep(0)
    gone.cancel()  # it has the turn and does not know yet
    with pytest.raises(asyncio.CancelledError):
        await gone
    async with turns.of("last", 0.001):
        pass
