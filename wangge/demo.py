"""`wangge demo`: a story of a dozen reports, then real reports arriving live."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, nullcontext, suppress
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.live import Live

from ingest.door import accept
from ingest.files import Columns, ReportFile, read_categories
from ingest.producer import ProducerConfig, ReportProducer
from wangge.api_client import DEMO_KEY, Posting, address, api_options, open_api
from wangge.demo_acts import ACTS, APPEAL, perform
from wangge.demo_story import MANY_HANDS, TALES
from wangge.demo_watch import EverySoOften, Watched, picture, plain, utc_now
from wangge.failures import Failure
from wangge.made_up import passing_key
from wangge.replay import SHIPPED_CATEGORIES, SHIPPED_FILE, Replay
from wangge.replay import run as replay
from wangge.settings import load_settings
from wangge.simulate import Simulation
from wangge.simulate import run as simulate

if TYPE_CHECKING:
    from pathlib import Path

    from wangge.api_client import Api
    from wangge.demo_story import Tale
    from wangge.settings import Settings

_CITY = "3707"
_WAIT_S = 30.0  # for a report to become a case
_RISES_S = 20.0  # for a late case to rise
_LOOK_S = 0.2
_RATE = 20.0  # replayed reports a second
_CREW = 40  # simulated people beside the replay
_LATE_SENDER = "demo:handed-over-late"


async def tell(api: Api, settings: Settings, url: str, console: Console) -> None:
    """Send the story's reports, one by one, and say what became of each and why.

    Then the acts: one of them is worked on from the first whistle to the last call.
    """
    cases: dict[str, dict[str, Any]] = {}
    for number, tale in enumerate(TALES, start=1):
        console.print(f"\n[bold]{number}/{len(TALES)} {tale.zh}[/]\n     [bold]{tale.en}[/]")
        case = await _case_of(api, tale)
        if case is None:
            began = time.monotonic()
            await _send(api, settings, tale)
            case = await _appears(api, tale)
            console.print(f"     {time.monotonic() - began:.1f} s · {case['number']}", style="dim")
        if tale.late is not None:
            console.print(
                "     （演示：受理时间设在三周前 / its time of receipt is set back three weeks）",
                style="dim",
            )
            await _rises(api, case)
        await _say_why(api, case, console)
        cases[tale.id] = case
    await _act(api, settings, url, cases, console)


async def _act(
    api: Api, settings: Settings, url: str, cases: dict[str, dict[str, Any]], console: Console
) -> None:
    """What is done with two of the cases; a second telling leaves it at that."""
    titles = (
        (
            "一件大事怎样办完：吹哨、回退、裁定、延期、暂停、回访",
            "How a big matter is brought to its end",
        ),
        ("超期以后：申诉", "After being late: an appeal"),
    )
    for title, tale, acts in zip(titles, (MANY_HANDS, TALES[-1]), (ACTS, APPEAL), strict=True):
        case = await api.get(f"/v1/cases/{cases[tale.id]['id']}")
        begun = case["asks"] or case["returns"] or "standing" in case["marks"]
        told = begun or case["status"] != "open"
        if told or not case["handler"]["code"]:
            continue
        console.print(f"\n[bold]{title[0]}[/] · {case['number']}\n     [bold]{title[1]}[/]")
        try:
            await perform(settings, url, case, acts, console)
        except Failure as no:  # what is shown must not keep the system from running
            console.print(f"     {no}")


async def _case_of(api: Api, tale: Tale) -> dict[str, Any] | None:
    found = (await api.get("/v1/cases", report=tale.id))["cases"]
    return found[0] if found else None


async def _send(api: Api, settings: Settings, tale: Tale) -> None:
    if tale.late is not None:
        await _hand_over_late(settings, tale)
        return
    posting = Posting()
    await api.post([tale.submission(utc_now())], posting, patience_s=_WAIT_S)
    if not posting.accepted:
        raise Failure(f"{tale.en}: {'; '.join(posting.reasons)}")


async def _hand_over_late(settings: Settings, tale: Tale) -> None:
    """Put it on Kafka as a report that came in long ago.

    The door dates what comes in by its own clock, as it must; only who runs the broker can do
    this. From there on it takes the same way as every other report.
    """
    assert tale.late is not None
    now = utc_now()
    producer = ReportProducer(
        ProducerConfig(settings.kafka, f"{settings.topic_prefix}reports", patience_s=_WAIT_S)
    )
    await producer.start()
    try:
        report = accept(tale.submission(now), sender=_LATE_SENDER, received_at=now - tale.late)
        await producer.send(report)
    finally:
        await producer.stop()


async def _appears(api: Api, tale: Tale) -> dict[str, Any]:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        if (case := await _case_of(api, tale)) is not None:
            return case
        await asyncio.sleep(_LOOK_S)
    raise Failure(
        f"no case came of the report {tale.id} within {_WAIT_S:.0f} s: is a worker running? "
        "`wangge rejects list` shows what could not be taken"
    )


async def _rises(api: Api, case: dict[str, Any]) -> None:
    """Wait until the timekeeper has found that the case is late."""
    end = time.monotonic() + _RISES_S
    while time.monotonic() < end:
        whole = await api.get(f"/v1/cases/{case['id']}")
        waiting = [line for line in whole["deadlines"] if not line.get("missed")]
        late = [line for line in waiting if line["due"] <= whole["now"]]
        if whole["escalations"] and not late:
            return
        await asyncio.sleep(_LOOK_S)


async def _say_why(api: Api, case: dict[str, Any], console: Console) -> None:
    for words in (await api.get(f"/v1/cases/{case['id']}/why"))["told"]:
        console.print(f"     {words['zh']}")
        console.print(f"     {words['en']}", style="dim")
        for reason in words["reasons"]:
            console.print(f"       · {reason['zh']} / {reason['en']}")


async def watch(
    api: Api, checker: Api, console: Console, addresses: list[str], seconds: float
) -> None:
    """Replay real reports beside a simulated crew, and show what the live feed says."""
    watched, posting = Watched(), Posting()
    file = ReportFile(
        SHIPPED_FILE, Columns(), read_categories(SHIPPED_CATEGORIES), ZoneInfo("Asia/Shanghai")
    )
    seed = int(utc_now().timestamp())  # another one each time: known reports would show nothing
    what = Replay(file=file, onto=_CITY, rate=_RATE, limit=round(_RATE * seconds), seed=seed)
    crew = Simulation(workers=_CREW, rate=1.0, seconds=seconds, area=_CITY)
    live = Live(picture(watched, posting, addresses), console=console, refresh_per_second=4)
    often = EverySoOften()

    async def listen() -> None:
        async for seen in api.events():
            risen = watched.see(seen, utc_now())
            if not console.is_terminal and risen is not None:
                console.print(risen)
            show(posting)

    def show(latest: Posting) -> None:
        nonlocal posting
        posting = latest
        if console.is_terminal:
            live.update(picture(watched, posting, addresses))
        elif often():
            console.print(plain(watched, posting))

    listener = asyncio.create_task(listen())
    try:
        with live if console.is_terminal else nullcontext():
            await asyncio.gather(replay(api, what, show), simulate(api, checker, crew))
            await asyncio.sleep(1.0)
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
    console.print(plain(watched, posting))


@click.command()
@click.option("--story/--no-story", default=True, help="Tell the story first.")
@click.option(
    "--replay/--no-replay", "with_replay", default=True, envvar="UP_REPLAY", help="Then replay."
)
@click.option("--seconds", type=click.FloatRange(1), default=60.0, show_default=True)
@api_options
def demo(
    url: str | None, key_file: Path | None, story: bool, with_replay: bool, seconds: float
) -> None:
    """Tell what wangge does with a dozen made-up reports, then let real ones arrive."""
    settings = load_settings()
    where, key = address(url, key_file)
    key_file = key_file or settings.home / DEMO_KEY
    asyncio.run(_demo(settings, where, key, key_file, story, with_replay, seconds))


async def _demo(
    settings: Settings,
    url: str,
    key: str,
    key_file: Path,
    story: bool,
    with_replay: bool,
    seconds: float,
) -> None:
    console = Console(highlight=False, soft_wrap=True)
    addresses = [
        f"实况页面 live page: {url}/",
        f"接口 API: {url}/v1/cases · {url}/openapi.json",
        f"密钥 key: {key_file}",
    ]
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(open_api(url, key))
        if story:
            await tell(api, settings, url, console)
        if with_replay:
            other = await stack.enter_async_context(
                passing_key(settings, "演示核查员 demo checker", f"{_CITY}/")
            )
            checker = await stack.enter_async_context(open_api(url, other))
            console.print(
                f"\n[bold]重放真实上报 {seconds:.0f} 秒 · "
                f"real reports (New Haven 2014, moved onto Weifang) for {seconds:.0f} s[/]"
            )
            await watch(api, checker, console, addresses, seconds)
    for line in addresses:
        console.print(line)
