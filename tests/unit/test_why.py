"""A history told in words: every event and cause has them, in both languages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from grid.cases.commands import Escalate, Tick
from grid.cases.decide import apply
from grid.cases.known import NOTHING
from grid.cases.why import tell
from grid.cases.wire import PAYLOADS, decode_event
from grid.principal import CLOCK
from tests.unit.examples import CELL, WORKER, file_events, policy

FIXTURES = Path(__file__).parent.parent / "contract" / "events"


class Names:
    def area(self, path: str) -> str:
        return f"<{path.rstrip('/').rpartition('/')[2]}>"


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_every_event_can_be_told(name):
    event = decode_event((FIXTURES / f"{name}.v1.json").read_text(encoding="utf-8"))
    (told,) = tell([event], policy(), Names())
    assert told.type == name
    assert told.zh
    assert told.en.isascii() or "<" in told.en
    assert all(zh and en for zh, en in told.reasons)


def test_a_late_case_is_told_as_a_clerk_would():
    events, steps = file_events()
    case = steps[-1]
    for _ in range(10):
        more, steps = apply(
            case, Tick(by=CLOCK), NOTHING, case.next_tick + timedelta(seconds=1), policy()
        )
        events += more
        case = steps[-1]
    cell = CELL.rstrip("/").rpartition("/")[2]
    told = [one.zh for one in tell(events, policy(), Names())]
    assert told == [
        f"2026-0000001 立案：小事，位于<{cell}>，由<{cell}>（网格）负责，承办单位<{cell}>团队",
        "超过签收期限，上升至<370705001001>（社区）负责",
        "超过处置期限，上升至<370705>（区县）负责",
        "内部督办（1级）：超过办结承诺",
        "内部督办（1级）：上级未在期限内交办",
        "提级督办（2级）：超过督办反馈期限",
        "提级督办（3级）：超过督办反馈期限",
        "签收超期计牌：申诉期已过",
        "处置超期计牌：申诉期已过",
        "交办超期计牌：申诉期已过",
        "督办反馈超期计牌：申诉期已过",
    ]


def test_who_hands_a_case_up_in_time_is_not_called_late():
    events, steps = file_events()
    asked, _ = apply(steps[-1], Escalate(by=WORKER), NOTHING, events[-1].at, policy())
    (told,) = tell(asked, policy(), Names())
    words = " ".join(word for reason in told.reasons for word in reason)
    assert "承办单位不变" in words
    assert "超期" not in words
    assert "late" not in words


def test_the_rule_that_fired_is_told_in_its_own_words():
    events, _ = file_events(category="event.05.02")
    (told,) = tell(events, policy(), Names())
    rule = policy().rules.by_id[events[0].what.matter.rule]
    assert (f"规则 {rule.id}：{rule.note_zh}", f"rule {rule.id}: {rule.note_en}") in told.reasons
