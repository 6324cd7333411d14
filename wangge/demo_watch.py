"""What the terminal shows while reports arrive: counts by level, what rises, how fast."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table

from grid.model import Level
from grid.words import CAUSES

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wangge.api_client import Posting

#: Fixed marks and order, the lowest level below: rising is always up on the screen.
LEVELS: dict[Level, tuple[str, str]] = {
    Level.CITY: ("市 city", "★"),
    Level.DISTRICT: ("区县 district", "◆"),
    Level.STREET: ("街道 street", "▣"),
    Level.COMMUNITY: ("社区 community", "■"),
    Level.GRID: ("网格 grid", "●"),
}
_SHOWN = 6  # of what rose last
_LAGS = 500  # of the last filed cases
_PLAIN_EVERY_S = 10.0


@dataclass(slots=True)
class Watched:
    """What has been seen on the live feed since the start."""

    filed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    risen: deque[str] = field(default_factory=lambda: deque(maxlen=_SHOWN))
    lags: deque[float] = field(default_factory=lambda: deque(maxlen=_LAGS))

    def see(self, seen: dict[str, Any], now: datetime) -> str | None:
        """Take one event in; a line of words where a case rose."""
        event, kind = seen["event"], seen["event"]["type"]
        self.kinds[kind] += 1
        if kind == "filed":
            self.filed[seen["level"]] += 1
            received = datetime.fromisoformat(event["data"]["received_at"])
            self.lags.append((now - received).total_seconds())
        if kind not in {"escalated", "supervised"}:
            return None
        line = _risen(seen, now)
        self.risen.append(line)
        return line

    def lag(self) -> str:
        """From coming in to being seen on the feed: the middle and the worst of late."""
        if not self.lags:
            return "–"
        ordered = sorted(self.lags)
        return f"p50 {ordered[len(ordered) // 2]:.2f} s, max {ordered[-1]:.2f} s"


def _risen(seen: dict[str, Any], now: datetime) -> str:
    event = seen["event"]
    levels = [seen["level_before"], seen["level"]]
    steps = " → ".join(" ".join(_named(level)) for level in levels if level)
    what = "上移 rises" if event["type"] == "escalated" else "督办 supervised"
    clock = now.astimezone().strftime("%H:%M:%S")
    zh, en = CAUSES.get(event["data"]["cause"], ("", event["data"]["cause"]))
    return f"{clock} ▲ …{event['case'][-6:]} {what}: {steps} · {zh} {en}"


def _named(level: str) -> tuple[str, str]:
    name, mark = LEVELS[Level(level)]
    return mark, name


def picture(watched: Watched, posting: Posting, addresses: list[str]) -> RenderableType:
    """All of it, for a terminal that is drawn anew."""
    table = Table.grid(padding=(0, 2))
    most = max([*watched.filed.values(), 1])
    for level, (name, mark) in LEVELS.items():
        count = watched.filed[level]
        bar = "█" * round(30 * count / most)
        table.add_row(f"{mark} {name}", f"{count:>5}", bar)
    table.add_row("发送 sent", f"{posting.sent:>5}", f"收到 accepted {posting.accepted}")
    table.add_row("延迟 lag", "", watched.lag())
    table.add_row("办理 handled", "", _work(watched))
    return Group(table, "", *watched.risen, "", *addresses)


def plain(watched: Watched, posting: Posting) -> str:
    """The same as one line."""
    levels = " ".join(f"{mark}{watched.filed[level]}" for level, (_, mark) in LEVELS.items())
    return (
        f"发送 sent {posting.sent} · 立案 filed {watched.kinds['filed']} ({levels}) · "
        f"延迟 lag {watched.lag()} · {_work(watched)}"
    )


def _work(watched: Watched) -> str:
    words = {"accepted": "签收", "handled": "处置", "verified": "核查", "settled": "自办"}
    return " ".join(f"{zh} {kind} {watched.kinds[kind]}" for kind, zh in words.items())


class EverySoOften:
    """Says when it is time for a plain line."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def __call__(self) -> bool:
        """True at most once in ten seconds."""
        if time.monotonic() - self._told_at < _PLAIN_EVERY_S:
            return False
        self._told_at = time.monotonic()
        return True


def utc_now() -> datetime:
    """The clock that lags are measured with: this machine's, which the API runs on as well."""
    return datetime.now(UTC)
