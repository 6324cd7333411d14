"""`wangge simulate`: made-up workers report, handle and verify over the HTTP API."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from wangge.api_client import Posting, address, api_options, open_api
from wangge.made_up import passing_key
from wangge.progress import counted
from wangge.settings import load_settings
from wangge.walking import cells, report, walkers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wangge.api_client import Api

_PATIENCE_S = 60.0
_LOOK_S = 1.0  # between two looks at the lists of cases
_PAGE = 100
_ACTS = 0.5  # how many of the cases seen are acted upon at each look
_PASSES = 0.92  # how many checks are passed

#: What comes next for a case in each status; a small one that is open may be settled instead.
_NEXT = {
    "received": "admit",
    "open": "accept",
    "working": "handle",
    "handled": "verify",
    "verified": "call_back",
}
_CHECKS = {"verify", "review", "call_back"}
_SETTLES = 0.3
_HANDS_UP = 0.08  # of the open ones are more than their level can do
_CAN_RISE = {"grid", "community"}
_PROOF = ["after_photo", "note", "party_confirms"]
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How many workers, reports a second, for how long, in which area."""

    workers: int
    rate: float
    seconds: float
    seed: int = 1
    area: str = "3707"


@dataclass(slots=True)
class Done:
    """What happened: reports as they were taken, commands by name and answer."""

    posting: Posting = field(default_factory=Posting)
    commands: Counter[str] = field(default_factory=Counter)


async def run(
    handler: Api, checker: Api, what: Simulation, show: Callable[[int], None] | None = None
) -> Done:
    """Let them walk until the time is over. The checker's key must be another than the handler's.

    `show` is called every second with the seconds gone.
    """
    dice = random.Random(what.seed)  # noqa: S311 - no secret
    drawn = await handler.get(f"/v1/areas/{what.area}/outlines", level="grid")
    crew = walkers(cells(drawn, dice, what.workers), what.workers)
    done, end = Done(), time.monotonic() + what.seconds
    name = f"{what.seed}/{datetime.now(UTC).isoformat()}"

    async def walk() -> None:
        due = time.monotonic()
        while (due := due + dice.expovariate(what.rate)) < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            made = report(dice.choice(crew), dice, datetime.now(UTC), name)
            await handler.post([made], done.posting, patience_s=_PATIENCE_S)

    async def work() -> None:
        choice = random.Random(what.seed + 1)  # noqa: S311 - its own, so that walking stays seeded
        while time.monotonic() < end:
            await asyncio.sleep(_LOOK_S)
            if show is not None:
                show(round(what.seconds - max(0.0, end - time.monotonic())))
            await _work_once(handler, checker, choice, what, done, end)

    async with asyncio.TaskGroup() as group:
        group.create_task(walk())
        group.create_task(work())
    return done


async def _work_once(
    handler: Api, checker: Api, dice: random.Random, what: Simulation, done: Done, end: float
) -> None:
    for status in reversed(_NEXT):
        page = await handler.get("/v1/cases", status=status, area=what.area, limit=_PAGE)
        for case in page["cases"]:
            if time.monotonic() >= end:
                return
            if dice.random() < _ACTS:
                await _act(handler, checker, case, dice, done)


async def _act(
    handler: Api, checker: Api, case: dict[str, Any], dice: random.Random, done: Done
) -> None:
    reviewed = any(deadline["stage"] == "review" for deadline in case["deadlines"])
    name = "review" if reviewed else _NEXT[case["status"]]
    if name == "accept" and case["size"] == "small" and dice.random() < _SETTLES:
        name = "settle"
    if name == "accept" and case["level"] in _CAN_RISE and dice.random() < _HANDS_UP:
        name = "escalate"
    fields: dict[str, Any] = {"done_at": datetime.now(UTC).isoformat()}
    match name:
        case "settle" | "handle":
            fields |= {"evidence": _PROOF, "note": "已处理（模拟 simulated）"}
        case "escalate":
            fields |= {"note": "超出本级能力，上交（模拟 simulated）"}
        case "verify" | "review":
            fields |= {"passed": dice.random() < _PASSES}
        case "call_back":
            fields |= _called(satisfied=dice.random() < _PASSES)
    if name == "handle":
        fields["outcome"] = "solved"
    who = checker if name in _CHECKS else handler
    status, _answer = await who.command(case, name, **fields)
    done.commands[name if status == _OK else f"{name}: {status}"] += 1


def _called(*, satisfied: bool) -> dict[str, Any]:
    said = {"reached": True, "contacted": True, "solved": satisfied, "satisfied": satisfied}
    return said if satisfied else said | {"reason": "too_slow"}


@click.command()
@click.option("--workers", type=click.IntRange(1), default=50, show_default=True)
@click.option("--rate", type=click.FloatRange(0, min_open=True), default=5.0, show_default=True)
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--area", default="3707", show_default=True, help="Code of the area they walk in.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@api_options
def simulate(url: str | None, key_file: Path | None, as_json: bool, **options: Any) -> None:
    """Let made-up workers walk their cells, report, handle and verify."""
    what = Simulation(**options)
    done = asyncio.run(_run(*address(url, key_file), what))
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    posting = done.posting
    click.echo(f"上报 reports: {posting.accepted} accepted, {posting.refused} refused")
    for name, times in sorted(done.commands.items()):
        click.echo(f"  {name}: {times}")


async def _run(url: str, key: str, what: Simulation) -> Done:
    async with AsyncExitStack() as stack:
        handler = await stack.enter_async_context(open_api(url, key))
        area = (await handler.get(f"/v1/areas/{what.area}", geometry="none"))["path"]
        other = await stack.enter_async_context(
            passing_key(load_settings(), "模拟核查员 simulated checker", area)
        )
        checker = await stack.enter_async_context(open_api(url, other))
        with counted("模拟 simulate", round(what.seconds)) as show:
            return await run(handler, checker, what, show)
