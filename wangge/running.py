"""`wangge up`, `down` and `status`: everything on this machine, in one order."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
import httpx

from wangge import supervisor
from wangge.api_client import DEMO_KEY, local_url
from wangge.failures import Unavailable
from wangge.progress import step, tell
from wangge.services import local, processes, state
from wangge.services.commands import start
from wangge.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from wangge.settings import Settings

_READY_WITHIN_S = 120.0


@click.command()
@click.option("--install", is_flag=True, help="Install missing Debian packages (root or sudo).")
@click.option("--story/--no-story", default=True, help="Tell the story, the first time.")
@click.option("--replay/--no-replay", default=True, envvar="UP_REPLAY", help="And replay, too.")
@click.pass_context
def up(context: click.Context, *, install: bool, story: bool, replay: bool) -> None:
    """Start everything, show what it does the first time, and leave it running."""
    from wangge.setting_up import demo_key, set_up

    settings = load_settings()
    start(settings, install=install)
    set_up(settings)
    demo_key(settings)
    supervisor.ensure(settings)
    _wait_until_ready(settings)
    _show(context, settings, story=story, replay=replay)
    _tell_where(settings)


def _show(context: click.Context, settings: Settings, *, story: bool, replay: bool) -> None:
    """The demonstration's parts that this installation has not shown yet."""
    from wangge.demo import demo

    shown = state.noted(settings.home, "shown")
    story = story and not shown.get("story")
    replay = replay and not shown.get("replay")
    if story or replay:
        context.invoke(demo, story=story, with_replay=replay)
        parts = {"story": story, "replay": replay}
        state.note(settings.home, "shown", shown | {name: True for name in parts if parts[name]})


def _wait_until_ready(settings: Settings) -> None:
    url = f"{local_url(settings)}/health/ready"
    end = time.monotonic() + _READY_WITHIN_S
    with step("Starting api, worker and clerk"), httpx.Client(timeout=5, trust_env=False) as client:
        while not _answers(client, url):
            if processes.find(supervisor.pid_file(settings.home, "supervisor")) is None:
                log = supervisor.log_file(settings.home, "supervisor")
                raise Unavailable(f"The supervisor ended: {processes.last_words(log)}")
            if time.monotonic() > end:
                log = supervisor.log_file(settings.home, "api")
                raise Unavailable(f"The API does not become ready: {processes.last_words(log)}")
            time.sleep(0.2)


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.HTTPError:
        return False


def _tell_where(settings: Settings) -> None:
    url = local_url(settings)
    tell(f"Running: {url}/ (live page), {url}/openapi.json; key in {settings.home / DEMO_KEY}.")
    tell("`wangge status` shows the processes, `wangge demo` shows again, `make down` stops.")
    if sys.stderr.isatty():  # one click for who sits here; no key in anybody's log
        key = (settings.home / DEMO_KEY).read_text(encoding="utf-8").strip()
        tell(f"打开实况页面 open the live page: {url}/#key={key}")


@click.command()
def down() -> None:
    """Stop what `wangge up` started, and nothing else; the data stays."""
    home = load_settings().home
    with step("Stopping"):
        stopped = supervisor.halt(home) + local.down(home)
    tell(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(*, as_json: bool) -> None:
    """Show processes, pids, addresses and memory; exit code 4 where a part does not run."""
    settings = load_settings()
    lines = _services(settings.home) + _processes(settings)
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines], indent=1))
    else:
        for line in lines:
            click.echo(_line(line))
    if any(line.process is None for line in lines):
        raise click.exceptions.Exit(4)


def _services(home: Path) -> list[local.Status]:
    known = local.known(home)
    return [known.status(part) for part in local.PARTS] if known else []


def _processes(settings: Settings) -> list[local.Status]:
    found = []
    for name in ["supervisor", *supervisor.names(settings)]:
        process = processes.find(supervisor.pid_file(settings.home, name))
        address = f"{settings.api_host}:{settings.api_port}" if name == "api" else None
        found.append(
            local.Status(
                name,
                "native",
                address if process else None,
                process.pid if process else None,
                local.memory_mb(process, family=False) if process else None,
            )
        )
    return found


def _line(line: local.Status) -> str:
    if line.process is None:
        return f"{line.name:<12} not running"
    memory = f"{line.memory_mb} MB" if line.memory_mb is not None else ""
    return f"{line.name:<12} {line.process!s:<8} {memory:>8}  {line.address or ''}".rstrip()
