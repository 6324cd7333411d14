"""What a policy makes of a made-up report, and how its deadlines are counted, in words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from geo_data.policies import load_shipped, shipped_files
from grid.model import Source, Stage
from grid.policy import notes
from grid.policy.arithmetic import counted
from grid.policy.calendar import ZONE
from grid.policy.explain import explain
from grid.policy.limits import Limit
from grid.policy.policy import read_policy
from grid.policy.rules import Facts
from tests.unit.examples import THURSDAY, filed

POLICY = load_shipped()
DISTRICT = "3707/370705/"
FRIDAY = datetime(2026, 9, 18, 17, 50, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "limit", "zh", "en"),
    [
        (
            "2026-09-18T17:50", "2 work_hour",
            ("09月18日（周五）17:50–18:00（10分钟）、09月20日（周日，调休上班）08:00–09:50"
            "（1小时50分钟）；其间休息 1 天（09-19）"),
            ("Fri 09-18 17:50–18:00 (10 min), Sun 09-20 (make-up day) 08:00–09:50 (1 h 50 min); "
            "1 day off on the way (09-19)"),
        ),
        (
            "2026-09-18T17:50", "1 work_day",
            "第1个工作日09月20日（周日，调休上班），到当日下班18:00；其间休息 1 天（09-19）",
            ("working day 1: Sun 09-20 (make-up day), until work ends at 18:00; "
            "1 day off on the way (09-19)"),
        ),
        (
            "2026-11-16T09:00", "15 work_day",
            ("第1个工作日11月17日（周二）、第15个工作日12月07日（周一），到当日下班18:00；"
            "其间休息 6 天（11-21…12-06）"),
            ("working day 1: Tue 11-17, working day 15: Mon 12-07, until work ends at 18:00; "
            "6 days off on the way (11-21…12-06)"),
        ),
        (
            "2026-11-16T09:00", "40 work_hour",
            ("11月16日（周一）09:00–12:00（3小时）、11月16日（周一）14:00–18:00（4小时）、"
            "其后 32小时、11月23日（周一）08:00–09:00（1小时）；其间休息 2 天（11-21…11-22）"),
            ("Mon 11-16 09:00–12:00 (3 h), Mon 11-16 14:00–18:00 (4 h), then 32 h, "
            "Mon 11-23 08:00–09:00 (1 h); 2 days off on the way (11-21…11-22)"),
        ),
        (
            "2026-10-03T22:40", "2/3 urgent_hour",
            "从 2026-10-03 22:40 起连续计 40分钟，夜间和节假日不停",
            "40 min on end from 2026-10-03 22:40, nights and holidays too",
        ),
        (
            "2027-06-01T09:00", "2 urgent_day",
            ("从 2027-06-01 09:00 起连续计 2 个 24 小时，夜间和节假日不停；"
            "该年节假日安排未公布，按周末和固定节日推算"),
            ("2 times 24 hours on end from 2027-06-01 09:00, nights and holidays too; "
            "a year without a published calendar: weekends and fixed holidays are used"),
        ),
    ],
)  # fmt: skip
def test_how_a_limit_is_counted(start: str, limit: str, zh: str, en: str) -> None:
    at = datetime.fromisoformat(start).replace(tzinfo=ZONE)
    assert counted(at, Limit.parse(limit), POLICY.calendar) == (zh, en)


def explained(code, condition="1", path=DISTRICT, at=FRIDAY, occurred=None, **said):
    row = POLICY.categories.row(code, condition)
    facts = Facts(category=code, category_size=row.default_size, **said)
    return explain(POLICY, row, facts, at, path, occurred)


def test_the_rule_its_words_and_its_line_are_told() -> None:
    told = explained("service.07.01", affected=12)
    assert (told.rule, told.size, told.level) == ("B4", "big", "community")
    lines = shipped_files()["default/rules.csv"].splitlines()
    assert lines[told.line - 1].startswith("B4,")
    assert told.because == (("涉及户数 12（条件 >10）", "households affected 12 (condition >10)"),)
    assert told.department is None
    assert (
        told.handler_words[1] == "no department in the responsibility table: the district decides"
    )


def test_every_deadline_is_the_engines_own() -> None:
    told = explained("event.01.10", source=Source.CITIZEN)
    row = POLICY.categories.row("event.01.10", "1")
    filed = POLICY.at_filing(FRIDAY, level=told.level, size=told.size, profile="", category=row)
    mine = {stage.stage: (stage.warn, stage.due) for stage in told.stages if stage.due}
    assert mine == {deadline.stage: (deadline.warn, deadline.due) for deadline in filed}


def test_an_emergency_is_told_upward_from_when_it_happened() -> None:
    occurred = datetime(2026, 10, 3, 22, 40, tzinfo=ZONE)
    at = datetime(2026, 10, 3, 23, tzinfo=ZONE)
    told = explained("service.03.01", at=at, occurred=occurred)
    due = {stage.stage: stage.due for stage in told.stages}
    assert due[Stage.TELL] == datetime(2026, 10, 3, 23, 20, tzinfo=ZONE)
    assert due[Stage.WRITE] == datetime(2026, 10, 4, 0, 40, tzinfo=ZONE)
    assert told.department == "gas"


def test_only_stages_that_it_comes_to_are_told() -> None:
    own = {stage.stage for stage in explained("event.01.10").stages}
    citizens = {s.stage for s in explained("event.01.10", source=Source.CITIZEN).stages}
    assert Stage.CALLBACK in citizens - own
    assert Stage.REVIEW not in citizens
    assert Stage.TELL not in citizens


@pytest.mark.parametrize(
    "said",
    [
        {"category": "event.01.10"},
        {"category": "event.01.10", "source": Source.HOTLINE, "severity": 3},
        {"category": "component.01.01", "affected": 120},
        {"category": "event.05.02", "source": Source.CITIZEN},
        {"category": "service.09.01", "source": Source.ENTERPRISE},
        {"category": "service.01.01", "injured": 1},
    ],
    ids=lambda said: said["category"],
)
def test_the_engine_makes_of_a_report_what_is_explained(said) -> None:
    case = filed(**said)
    row = POLICY.categories.row(said["category"])
    facts = Facts(
        **{"source": Source.WORKER, "category_size": row.default_size} | said,
        off_hours=not POLICY.calendar.is_work_time(THURSDAY),
    )
    told = explain(POLICY, row, facts, THURSDAY, case.place.path)
    assert (told.rule, told.size, told.level) == (
        case.matter.rule,
        case.matter.size,
        case.charge.level,
    )
    assert (told.department or "") == case.charge.handler.code
    mine = {stage.stage: stage.due for stage in told.stages if stage.due}
    assert mine == {deadline.stage: deadline.due for deadline in case.deadlines}


# What is worth knowing about a policy that is right.


def test_gaps_are_told_by_category_with_the_districts_that_lack_one() -> None:
    text = "category,area,department,from,to,note\n*,370702,centre,,2026-12-31,\n"
    policy = read_policy(
        shipped_files() | {"default/responsibilities.csv": text}, "default/policy.toml"
    )
    districts = ["3707/370702/", DISTRICT]
    before = notes.gaps(policy, districts, date(2026, 12, 31))
    assert {gap.districts for gap in before} == {("370705",)}
    assert len(before) == len(policy.categories.codes)
    after = notes.gaps(policy, districts, date(2027, 1, 1))
    assert {gap.districts for gap in after} == {("370702", "370705")}


def test_what_nobody_uses_is_told() -> None:
    files = shipped_files()
    assert notes.unused(POLICY) == []
    own = files["default/policy.toml"]
    changed = {
        "default/policy.toml": own.replace('["school"', '["moon", "school"'),
        "default/departments.csv": files["default/departments.csv"] + "spare,多余,Spare,yes\n",
        "default/limits.csv": files["default/limits.csv"].replace(
            "\nemergency,accept", "\nnight,accept,,,,1 urgent_hour,夜,night\nemergency,accept", 1
        ),
    }  # fmt: skip
    assert notes.unused(read_policy(files | changed, "default/policy.toml")) == [
        "profile 'night' stands in the limits, but no rule names it",
        "zone 'moon' stands under zones, but no rule names it",
        "department 'spare' answers for nothing",
    ]


def test_what_the_table_makes_of_every_condition_is_counted() -> None:
    decided = notes.decisions(POLICY)
    assert sum(notes.sizes(decided).values()) == len(POLICY.categories.rows) == len(decided)
    assert decided["service.03.01", "1"].size == "emergency"
