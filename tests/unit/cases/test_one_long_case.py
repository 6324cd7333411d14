"""docs/explanation/one-long-case.{zh,en}.md are what the engine does, word for word.

`WANGGE_TEST_WRITE=1` writes them anew.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grid.cases.case import LateState
from grid.cases.why import tell
from grid.model import Level, Status
from grid.policy.calendar import ZONE
from grid.words import STAGES
from tests.unit.cases.long_case import AREAS, PEOPLE, played

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.why import Told
    from grid.words import Pair
    from tests.unit.cases.story import Story

PAGES = Path(__file__).parents[3] / "docs" / "explanation"
WRITE = os.environ.get("WANGGE_TEST_WRITE") == "1"
ZH, EN = 0, 1

HEAD: Pair = (
    """# 一件案子的前前后后

[English](one-long-case.en.md)

这一页讲一件案子：楼下饭店的一台风机，从三月响到五月。人名、地名和单位都是虚构的，规则是真的：
每一步的文字都由系统从案件的历史里写出来，测试会重放整件案子，和这一页逐字比对。

怎么读：粗体是时间和谁，后面是发生了什么；引文是当事人写的话，案件里只存它的摘要，原话另外保存；
小字列出为什么、依据哪条规则、现在有哪些期限在走。用的是随系统发布的“设街道”政策。
""",
    """# One long case

[中文](one-long-case.zh.md)

This page follows one case: the fan of a restaurant that hums from March to May. People, places
and offices are made up; the rules are not. Every step is told by the system from the case's
history, and a test plays the whole case again and compares it with this page, word for word.

How to read it: in bold, when and who; then what happened. Quoted is what people wrote: the case
keeps a digest of it, the words are kept apart. Below stands why, by which rule, and which limits
run now. The policy is the one with the street as a step, as it ships.
""",
)
STATES: dict[LateState, Pair] = {
    LateState.STANDING: ("红灯", "a red light"),
    LateState.EXEMPT: ("已免责", "exempted"),
    LateState.CARD: ("已计牌", "a card"),
    LateState.EXCUSED: ("不追究", "excused"),
    LateState.APPEALED: ("申诉中", "appealed"),
}


class Names:
    """The areas as the page calls them, in one language."""

    def __init__(self, language: int) -> None:
        self.language = language

    def area(self, path: str) -> str:
        return AREAS[path][self.language]


@cache
def chapters():
    return played()


def day(at: datetime, language: int) -> str:
    local = at.astimezone(ZONE)
    if language is ZH:
        return f"{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.day} {local:%B %H:%M}"


def entry(told: Told, said: str | None, language: int) -> str:
    """One event: when, who, what, what was written, why."""
    who = PEOPLE[told.by][language]
    what = (told.zh, told.en)[language]
    lines = [f"**{day(told.at, language)} · {who}** — {what}", ""]
    if said is not None:
        lines += [f"> {said}", ""]
    reasons = [reason[language] for reason in told.reasons]
    if reasons:
        lines += [*(f"- {reason}" for reason in reasons), ""]
    return "\n".join(lines)


def page(language: int) -> str:
    parts, number, name = [HEAD[language]], 0, ("zh", "en")[language]
    for chapter in chapters():
        told = tell(chapter.story.events, chapter.story.policy, Names(language))
        parts.append(f"## {chapter.title[name]}\n\n{chapter.told[name]}\n")
        for one in told[number:]:
            said = chapter.said[one.number - 1]
            parts.append(entry(one, said and said[name], language))
        number = len(told)
    parts.append(ending(chapters()[-1].story, language))
    return "\n".join(parts)


def ending(story: Story, language: int) -> str:
    """What stays of it when it is over: counts and lights, the exempted ones as well."""
    tally, lines = story.case.tally, []
    counts: list[tuple[Pair, int]] = [
        (("历史事件", "events in its history"), tally.version),
        (("上升", "times risen"), tally.escalations),
        (("回退", "times returned"), tally.returns),
        (("延期", "times extended"), tally.extensions),
        (("返工", "times reworked"), tally.rework),
        (("督办", "times supervised"), tally.supervisions),
        (("重新开启", "times reopened"), tally.reopened),
    ]
    title: Pair = ("## 数字记住了什么", "## What the figures keep")
    lines += [title[language], ""]
    lines += [f"- {name[language]}: {count}" for name, count in counts]
    for late in story.case.aside.lates:
        unit = late.unit.code or AREAS[late.unit.area][language]
        stage, state = STAGES[late.stage][language], STATES[late.state][language]
        lines.append(f"- {stage} ({unit}), {day(late.due, language)}: {state}")
    return "\n".join([*lines, ""])


@pytest.mark.parametrize(("language", "name"), [(ZH, "zh"), (EN, "en")])
def test_the_page_is_what_happens(language, name):
    path = PAGES / f"one-long-case.{name}.md"
    if WRITE:
        path.write_text(page(language), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page(language), "WANGGE_TEST_WRITE=1 writes it anew"


def test_the_story_has_everything_that_can_befall_a_case():
    told = {name for chapter in chapters() for name in chapter.story.told}
    assert told >= {
        "Filed", "Admitted", "Accepted", "Contacted", "Asked", "Returned", "Dispatched", "Refused",
        "Whistled", "ReportedIn", "Escalated", "Exempted", "Proposed", "PartHandled", "DateSet",
        "Extended", "Paused", "Resumed", "Handled", "Verified", "CalledBack", "Supervised",
        "FedBack", "Reviewed", "Carded", "Reopened",
    }  # fmt: skip


def test_it_ends_well():
    story = chapters()[-1].story
    assert (story.status, story.charge.level) == (Status.CLOSED, Level.DISTRICT)
    assert story.last.satisfied
    assert {late.state for late in story.case.aside.lates} == {LateState.EXEMPT, LateState.CARD}
