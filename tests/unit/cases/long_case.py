"""One long case: what people did, and when. `test_one_long_case.py` makes the page of it.

The words, in both languages, are in tests/data/one-long-case.toml.

Moments are China's; what the clock has to do in between, it does on the second.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.model import Source, Stage
from grid.policy.calendar import ZONE
from grid.principal import Principal, Role
from tests.unit.cases.story import CITIZEN, NOTE, Story, begin, with_street
from tests.unit.examples import CELL, CITY, COMMUNITY, DISTRICT, STREET

if TYPE_CHECKING:
    from grid.words import Pair


WORDS = Path(__file__).parents[2] / "data" / "one-long-case.toml"


def moment(text: str) -> datetime:
    """`03-02 09:10` of 2026, in China."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


#: Everybody in it, and what the page calls them. All are made up, as the areas' names are.
AREAS: dict[str, Pair] = {
    CITY: ("潍坊市", "Weifang"),
    DISTRICT: ("奎文区", "Kuiwen"),
    STREET: ("柳泉街道", "Liuquan Street"),
    COMMUNITY: ("新苑社区", "Xinyuan Community"),
    CELL: ("新苑第一网格", "Xinyuan cell 1"),
}
LI = CITIZEN
ZHAO = Principal("key:zhao", Role.WORKER, CELL)
QIAN = Principal("key:qian", Role.WORKER, CELL)
SUN = Principal("key:sun", Role.STAFF, COMMUNITY)
ZHOU = Principal("key:zhou", Role.STAFF, STREET)
WU = Principal("key:wu", Role.OPERATOR, DISTRICT)
ZHENG = Principal("key:zheng", Role.SUPERVISOR, DISTRICT)
WANG = Principal("key:wang", Role.HOTLINE, DISTRICT)
FENG = Principal("key:feng", Role.HOTLINE, CITY)
ENVIRONMENT = Principal("key:chen", Role.STAFF, DISTRICT, department="environment")
ENFORCEMENT = Principal("key:chu", Role.STAFF, DISTRICT, department="enforcement")
MARKET = Principal("key:wei", Role.STAFF, DISTRICT, department="market")
PEOPLE: dict[str, Pair] = {
    "system:rules": ("规则", "the rules"),
    "system:clock": ("时钟", "the clock"),
    LI.id: ("市民李女士", "Ms Li, a resident"),
    ZHAO.id: ("网格员赵", "Zhao, cell worker"),
    QIAN.id: ("网格员钱", "Qian, cell worker"),
    SUN.id: ("社区孙书记", "Sun, community secretary"),
    ZHOU.id: ("街道周主任", "Zhou, street office"),
    WU.id: ("区网格中心吴", "Wu, the district's centre"),
    ZHENG.id: ("区督查郑", "Zheng, district supervisor"),
    WANG.id: ("区热线王", "Wang, the district's hotline"),
    FENG.id: ("市热线冯", "Feng, the city's hotline"),
    ENVIRONMENT.id: ("生态环境局陈", "Chen, environment bureau"),
    ENFORCEMENT.id: ("综合执法局褚", "Chu, enforcement bureau"),
    MARKET.id: ("市场监管局卫", "Wei, market supervision"),
}


@dataclass(frozen=True)
class Chapter:
    """A heading, a few words of the narrator, the story after it, and who wrote what in it.

    `said` has one entry for each event: what was written, None where nothing was.
    """

    title: dict[str, str]
    told: dict[str, str]
    said: tuple[dict[str, str] | None, ...]
    story: Story


def _ask(command: type[c.Command], by: Principal, until: str) -> c.Command:
    return command(by=by, until=moment(until), note=NOTE)


def _answer(by: Principal, ask: AskKind, granted: bool) -> c.Command:
    return c.Answer(by=by, ask=ask, granted=granted, note=NOTE)


def _called(by: Principal, **said: object) -> c.Command:
    return c.CallBack(by=by, reached=True, contacted=True, **said)


#: What people did in each chapter.
CHAPTERS: tuple[tuple[tuple[str, c.Command], ...], ...] = (
    (
        ("03-02 09:55", c.Admit(by=ZHAO, note=NOTE)),
        ("03-02 11:00", c.Accept(by=ENVIRONMENT)),
        ("03-02 11:20", c.Contact(by=ENVIRONMENT, how="called")),
    ),
    (
        ("03-02 14:40", c.Return(by=ENVIRONMENT, note=NOTE)),
        ("03-02 15:30", _answer(SUN, AskKind.RETURN, granted=True)),
        ("03-02 16:00", c.Dispatch(by=SUN, department="enforcement", note=NOTE)),
        ("03-02 16:20", c.Accept(by=ENFORCEMENT)),
        ("03-02 17:00", c.Return(by=ENFORCEMENT, note=NOTE)),
        ("03-02 17:40", _answer(SUN, AskKind.RETURN, granted=False)),
    ),
    (
        ("03-03 09:30", c.Whistle(by=SUN, departments=("environment", "market"), note=NOTE)),
        ("03-03 10:25", c.ReportIn(by=ENVIRONMENT)),
        ("03-03 15:52", c.ReportIn(by=MARKET, done_at=moment("03-03 15:28"))),
        (
            "03-03 16:10",
            c.Appeal(by=MARKET, stage=Stage.REPORT_IN, cause="phone_offline", note=NOTE),
        ),
        ("03-03 16:30", c.Propose(by=ENFORCEMENT, note=NOTE)),
        ("03-04 08:50", c.SetDate(by=ZHOU, until=moment("03-09 18:00"), note=NOTE)),
        ("03-04 09:20", c.Handle(by=ENVIRONMENT, outcome="explained", note=NOTE)),
        ("03-04 10:00", _answer(ZHENG, AskKind.APPEAL, granted=True)),
        ("03-05 15:00", c.Handle(by=MARKET, outcome="nothing_found", note=NOTE)),
    ),
    (
        ("03-06 10:00", _ask(c.Extend, ENFORCEMENT, "03-13 18:00")),
        ("03-06 11:10", _answer(WU, AskKind.EXTENSION, granted=True)),
        ("03-12 09:00", _ask(c.AskPause, ENFORCEMENT, "04-10 18:00")),
        ("03-12 10:30", _answer(WU, AskKind.PAUSE, granted=True)),
        ("04-08 09:00", c.Resume(by=ZHOU, note=NOTE)),
    ),
    (
        (
            "04-08 16:00",
            c.Handle(by=ENFORCEMENT, outcome="solved", evidence=frozenset({"note"}), note=NOTE),
        ),
        ("04-08 22:10", c.Verify(by=QIAN, passed=False, note=NOTE)),
        (
            "04-09 11:00",
            c.Handle(by=ENFORCEMENT, outcome="solved", evidence=frozenset({"note"}), note=NOTE),
        ),
        ("04-09 21:40", c.Verify(by=QIAN, passed=True, note=NOTE)),
        ("04-10 10:00", c.CallBack(by=WANG, reached=False)),
        (
            "04-11 10:20",
            _called(WANG, solved=False, satisfied=False, reason="not_solved", note=NOTE),
        ),
    ),
    (
        ("04-13 09:00", c.Supervise(by=ZHENG, kind="stepped_up", grade=1, note=NOTE)),
        ("04-14 09:30", c.FeedBack(by=ENFORCEMENT, note=NOTE)),
        ("04-14 10:00", c.FeedBack(by=ZHOU, note=NOTE)),
        (
            "04-15 16:00",
            c.Handle(by=ENFORCEMENT, outcome="solved", evidence=frozenset({"note"}), note=NOTE),
        ),
        ("04-16 09:30", c.Verify(by=ZHAO, passed=True, note=NOTE)),
        ("04-16 15:00", _called(FENG, solved=True, satisfied=False, reason="disagrees", note=NOTE)),
        ("04-16 16:40", c.Review(by=WU, passed=True, note=NOTE)),
    ),
    (
        ("05-08 20:15", c.Reopen(by=LI, note=NOTE)),
        ("05-09 09:10", c.Accept(by=ENFORCEMENT)),
        (
            "05-11 17:00",
            c.Handle(
                by=ENFORCEMENT,
                outcome="solved",
                evidence=frozenset({"after_photo", "note"}),
                note=NOTE,
            ),
        ),
        ("05-12 09:40", c.Verify(by=QIAN, passed=True, note=NOTE)),
        ("05-12 14:30", _called(WANG, solved=True, satisfied=True, note=NOTE)),
    ),
)


def played() -> list[Chapter]:
    """The chapters, with what the clock did in between."""
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    story = begin(
        policy=with_street(),
        category="service.06.03",
        source=Source.CITIZEN,
        sender=LI.id,
        received_at=moment("03-02 09:10"),
        observed_at=moment("03-02 09:08"),
    )
    chapters, said = [], [words["report"]]
    for told, steps in zip(words["chapter"], CHAPTERS, strict=True):
        for at, command in steps:
            while story.case.next_tick is not None and story.case.next_tick <= moment(at):
                story = story.tick()
            said += [None] * (len(story.events) - len(said))
            story = story.at(moment(at)).does(command)
            said.append(told["said"].get(at))
        said += [None] * (len(story.events) - len(said))
        chapters.append(Chapter(told["title"], told, tuple(said), story))
    return chapters
