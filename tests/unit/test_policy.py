"""The policy as a whole: files, chain, limits of the stages, departments."""

from datetime import date, datetime, timedelta

import pytest

from geo_data.policies import SHIPPED, load_shipped, shipped_files
from grid.model import Level, Size, Source, Stage
from grid.policy.calendar import ZONE
from grid.policy.policy import read_policy
from grid.policy.reviews import parse_reviews
from grid.policy.sheets import PolicyError
from grid.policy.stage_limits import LIMITED, parse_stage_limits
from grid.words import APPEAL_CAUSES

POLICY = load_shipped()
FILES = shipped_files()
ENTRY = "default/policy.toml"
MONDAY = datetime(2026, 11, 16, 9, tzinfo=ZONE)
CELL = "3707/370705/370705001/370705001001/370705001001001/"


@pytest.mark.parametrize(
    ("name", "chain"),
    [("default", "grid community district"), ("with-street", "grid community street district")],
)
def test_the_shipped_policies(name: str, chain: str) -> None:
    policy = load_shipped(name)
    assert " ".join(policy.chain) == chain
    assert policy.top is Level.DISTRICT
    assert policy.name.zh
    assert policy.name.en
    assert policy.recheck_share == 0.05
    assert policy.snap_m == 200
    assert (policy.surge.reporters, policy.surge.radius_m) == (5, 300)
    assert (policy.surge.window_min, policy.surge.quiet_min) == (60, 60)


def test_the_parameters_of_the_default_policy() -> None:
    assert POLICY.intake.check == {Source.SENSOR}
    assert load_shipped("with-street").intake.check == {Source.CITIZEN, Source.SENSOR}
    assert POLICY.callback.sources == {Source.HOTLINE, Source.CITIZEN, Source.ENTERPRISE}
    assert POLICY.callback.levels == (Level.DISTRICT, Level.CITY)
    assert (POLICY.callback.tries, POLICY.callback.days) == (3, 2)
    assert (POLICY.returns.most, POLICY.returns.within_h) == (2, 4)
    assert (POLICY.pause_days, POLICY.reopen_days) == (90, 30)
    assert (POLICY.appeal.window_days, POLICY.appeal.lost_h) == (3, 24)
    assert set(POLICY.appeal.causes) == set(APPEAL_CAUSES)
    repetition, duplicates = POLICY.repetition, POLICY.duplicates
    assert (repetition.reports, repetition.radius_m, repetition.days) == (3, 50, 7)
    assert (duplicates.radius_m, duplicates.days, duplicates.least) == (100, 3, 0.6)
    assert POLICY.handler_changes == frozenset()
    assert sum(POLICY.score.area.values()) == 100
    for weights in POLICY.score.workers.values():
        assert weights["distance"] == weights["raw_counts"] == 0
        assert weights["rework"] < 0


# Reviews.


@pytest.mark.parametrize(
    ("category", "size", "levels"),
    [
        ("service.01.04", "small", "district"),
        ("service.01.07", "big", "community"),
        ("service.01.07", "major", "district"),
        ("event.05.02", "emergency", "community district"),
        ("event.01.10", "small", ""),
    ],
)
def test_who_reviews_finished_work(category: str, size: str, levels: str) -> None:
    assert " ".join(POLICY.reviews.levels_for(category, Size(size))) == levels


REVIEWS = "category,size,levels,note_zh,note_en\n"


def test_a_review_can_be_left_out_for_one_category() -> None:
    text = REVIEWS + "event.01.10,,none,,\n,small|big,community|district,,\n"
    reviews = parse_reviews(text, "r.csv", POLICY.categories)
    assert reviews.levels_for("event.01.10", Size.SMALL) == ()
    assert reviews.levels_for("event.01.11", Size.BIG) == (Level.COMMUNITY, Level.DISTRICT)
    assert reviews.levels_for("event.01.11", Size.MAJOR) == ()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("event.77.*,,district,,", "category 'event.77.*' names no category"),
        ("event.02.*,huge,district,,", "size 'huge' is none of small"),
        ("event.02.*,,,,", "levels '' is none of grid"),
        ("event.02.*,,district|community,,", "levels 'district|community' must go up"),
        ("event.01.10,small,district,,", "never holds"),
    ],
)
def test_faulty_reviews_are_refused_with_their_line(row: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_reviews(
            REVIEWS + "event.01.*,,community,,\n" + row + "\n", "r.csv", POLICY.categories
        )
    [problem] = caught.value.problems
    assert (problem.file, problem.line) == ("r.csv", 3)
    assert said in problem.message


def test_two_policies_share_their_sheets_but_are_not_the_same() -> None:
    default, street = map(load_shipped, SHIPPED)
    assert [rule.id for rule in default.rules.rules] == [rule.id for rule in street.rules.rules]
    assert default.version != street.version
    assert default.digest != street.digest
    assert default.calendar.version == street.calendar.version


def test_the_same_files_have_the_same_digest_and_changed_ones_another() -> None:
    assert read_policy(FILES, ENTRY).digest == POLICY.digest
    changed = FILES | {"default/rules.csv": FILES["default/rules.csv"].replace("虚构", "")}
    assert read_policy(changed, ENTRY).digest == POLICY.digest
    changed["default/rules.csv"] += "\n"
    assert read_policy(changed, ENTRY).digest != POLICY.digest


def test_no_other_policy_ships() -> None:
    with pytest.raises(ValueError, match="none of default, with-street"):
        load_shipped("mine")


@pytest.mark.parametrize(
    ("name", "level", "above"),
    [
        ("default", Level.GRID, Level.COMMUNITY),
        ("default", Level.COMMUNITY, Level.DISTRICT),
        ("default", Level.STREET, Level.DISTRICT),
        ("default", Level.DISTRICT, None),
        ("default", Level.CITY, None),
        ("with-street", Level.COMMUNITY, Level.STREET),
        ("with-street", Level.STREET, Level.DISTRICT),
    ],
)
def test_who_stands_above(name: str, level: Level, above: Level | None) -> None:
    assert load_shipped(name).above(level) is above


# Limits of the stages.


@pytest.mark.parametrize(
    ("stage", "level", "size", "profile", "category", "limit"),
    [
        ("accept", "grid", "small", "", "service.07.05", "2 work_hour"),
        ("accept", "community", "big", "", "service.07.05", "4 work_hour"),
        ("accept", "grid", "small", "", "event.01.10", "0.5 work_hour"),
        ("accept", "community", "big", "", "component.01.01", "0.5 urgent_hour"),
        ("accept", "grid", "small", "", "event.01.07", "0.5 work_hour"),  # nobody is woken for it
        ("accept", "community", "big", "", "event.01.12", "0.5 work_hour"),
        ("accept", "community", "big", "", "event.01.01", "2 urgent_hour"),
        ("accept", "district", "emergency", "emergency", "service.03.01", "0.5 urgent_hour"),
        ("resolve", "grid", "small", "", "event.01.10", "4 work_hour"),
        ("resolve", "district", "emergency", "emergency", "service.03.01", "1 urgent_hour"),
        ("resolve", "community", "big", "2115", "service.09.01", "15 work_day"),
        ("resolve", "community", "big", "2115", "event.01.10", "4 work_hour"),
        ("verify", "grid", "small", "", "event.01.10", "4 work_hour"),
        ("verify", "community", "big", "", "event.01.11", "1 work_day"),
        ("assign", "district", "big", "", "event.01.11", "4 work_hour"),
        ("assign", "district", "emergency", "emergency", "event.05.02", "0.5 urgent_hour"),
    ],
)
def test_the_limit_of_a_stage(
    stage: str, level: str, size: str, profile: str, category: str, limit: str
) -> None:
    got = POLICY.limit(
        Stage(stage),
        level=Level(level),
        size=Size(size),
        profile=profile,
        category=POLICY.categories.row(category),
    )
    assert str(got) == limit


def test_a_profile_never_makes_a_limit_longer() -> None:
    for row in POLICY.categories.rows:
        for level in Level:
            usual, special = (
                POLICY.limit(
                    Stage.RESOLVE, level=level, size=Size.BIG, profile=profile, category=row
                )
                for profile in ("", "2115")
            )
            assert special.wall_hours <= usual.wall_hours


def test_the_promise_is_the_resolve_limit_and_then_the_verify_limit() -> None:
    row = POLICY.categories.row("event.01.11")  # 5 working days
    filed = POLICY.at_filing(MONDAY, level=Level.COMMUNITY, size=Size.BIG, profile="", category=row)
    promise, accept, resolve = filed
    assert [one.stage for one in filed] == [Stage.PROMISE, Stage.ACCEPT, Stage.RESOLVE]
    assert accept.due == datetime(2026, 11, 16, 14, 30, tzinfo=ZONE) + timedelta(minutes=30)
    assert resolve.due == datetime(2026, 11, 23, 18, tzinfo=ZONE)
    assert promise.due == datetime(2026, 11, 24, 18, tzinfo=ZONE)
    assert promise.warn == datetime(2026, 11, 23, 18, tzinfo=ZONE)
    assert promise.since == MONDAY


def test_contact_and_opinion_have_a_deadline_only_where_the_policy_asks_for_them() -> None:
    row = POLICY.categories.row("service.09.01")
    filed = POLICY.at_filing(
        MONDAY, level=Level.COMMUNITY, size=Size.BIG, profile="2115", category=row
    )
    due = {one.stage: one.due for one in filed}
    assert due[Stage.CONTACT] == datetime(2026, 11, 16, 11, tzinfo=ZONE)
    assert due[Stage.OPINION] == datetime(2026, 11, 17, 18, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("promise_in", "due_in"),
    [(1, 1), (100, 2), (-1, 2), (0, 2)],  # hours; a promise that has passed binds nobody anew
)
def test_a_stage_never_runs_past_a_promise_that_is_still_ahead(
    promise_in: int, due_in: int
) -> None:
    deadline = POLICY.deadline(
        Stage.ACCEPT,
        MONDAY,
        level=Level.GRID,
        size=Size.SMALL,
        profile="",
        category=POLICY.categories.row("service.07.05"),
        promise=MONDAY + timedelta(hours=promise_in),
    )
    assert deadline.due == MONDAY + timedelta(hours=due_in)
    assert MONDAY <= deadline.warn < deadline.due


LIMITS = "profile,stage,level,size,clock,limit,note_zh,note_en\n"


def test_the_first_row_of_limits_that_fits_holds() -> None:
    text = LIMITS + ",accept,grid,small|big,,1 work_hour,,\n,,,,,2 work_day,,\n"
    limits = parse_stage_limits(text, "l.csv")
    category = POLICY.categories.row("event.01.10").limit
    for stage in LIMITED:
        got = str(limits.limit(stage, Level.GRID, Size.BIG, "", category))
        assert got == ("1 work_hour" if stage is Stage.ACCEPT else "2 work_day")


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        (",accept,,,,2 hours,,\n,,,,,category,,", 2, "is no limit"),
        (",accept,moon,,,2 work_hour,,\n,,,,,category,,", 2, "level 'moon' is none of"),
        (",promise,,,,2 work_hour,,\n,,,,,category,,", 2, "stage 'promise' is none of"),
        (",,,,,category,,\n,accept,,,,2 work_hour,,", 3, "never holds"),
        (",accept,,,,2 work_hour,,", 2, "no limit for (no profile), check, grid, small"),
        (",resolve,,,,none,,\n,,,,,category,,", 2, "only these can have the limit 'none'"),
        ("", 0, "no limit for"),
    ],
)
def test_faulty_limits_are_refused_with_their_line(rows: str, line: int, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_stage_limits(LIMITS + rows + "\n", "l.csv")
    [problem] = caught.value.problems
    assert (problem.file, problem.line) == ("l.csv", line)
    assert said in problem.message


# Departments.


@pytest.mark.parametrize(
    ("category", "department"),
    [
        ("event.05.02", "gas"),
        ("event.05.95", "emergency"),  # by its class
        ("component.01.37", "lighting"),
        ("service.07.01", None),
    ],
)
def test_the_department_that_answers(category: str, department: str | None) -> None:
    assert POLICY.department_for(category, CELL) == department
    if department is not None:
        assert POLICY.department(department).made_up
        assert "虚构" in POLICY.department(department).name_zh
        assert "made up" in POLICY.department(department).name_en


def with_responsibilities(*rows: str) -> dict[str, str]:
    text = "\n".join(("category,area,department,from,to,note", *rows)) + "\n"
    return FILES | {"default/responsibilities.csv": text}


def test_the_smaller_area_then_the_more_exact_category_decides() -> None:
    policy = read_policy(
        with_responsibilities(
            "event.05.02,3707,gas,,,",
            "event.*,3707,enforcement,,,",
            "event.05.*,370705,emergency,,,",
        ),
        ENTRY,
    )
    other = "3707/370783/370783001/"
    assert policy.department_for("event.05.02", CELL) == "emergency"
    assert policy.department_for("event.05.02", other) == "gas"
    assert policy.department_for("event.05.01", other) == "enforcement"
    assert policy.department_for("service.01.01", CELL) is None
    gaps = policy.responsibilities.gaps(["event.05.01", "service.01.01"], [CELL, other])
    assert gaps == [("service.01.01", CELL), ("service.01.01", other)]


@pytest.mark.parametrize(
    ("on", "code", "department"),
    [
        ("2026-06-30", "event.05.02", "gas"),
        ("2026-07-01", "event.05.02", "centre"),  # `to` is the last day
        ("2026-12-31", "event.05.02", "centre"),
        ("2027-01-01", "event.05.02", "emergency"),  # its own rows have ended: the class's holds
        ("2026-06-30", "event.05.01", "emergency"),
        ("2025-12-31", "event.01.10", "sanitation"),  # before the district's row: the city's
        ("2026-01-01", "event.01.10", "greening"),
        (None, "event.01.10", "greening"),  # has no end
        (None, "event.05.02", "emergency"),
    ],
)
def test_a_row_holds_from_one_day_to_another(on: str | None, code: str, department: str) -> None:
    policy = read_policy(
        with_responsibilities(
            "event.05.*,3707,emergency,,,",
            "event.05.02,3707,gas,,2026-06-30,",
            "event.05.02,3707,centre,2026-07-01,2026-12-31,",
            "event.01.10,3707,sanitation,,,",
            "event.01.10,370705,greening,2026/1/1,,",  # as a spreadsheet program writes it
        ),
        ENTRY,
    )
    day = date.fromisoformat(on) if on else None
    assert policy.department_for(code, CELL, day) == department


def test_a_gap_may_be_one_of_some_days_only() -> None:
    table = read_policy(
        with_responsibilities("*,3707,centre,2026-01-01,2026-12-31,"), ENTRY
    ).responsibilities
    assert table.gaps(["event.01.10"], [CELL], date(2026, 12, 31)) == []
    assert table.gaps(["event.01.10"], [CELL], date(2027, 1, 1)) == [("event.01.10", CELL)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("event.05.02,3707,moon,,,", "department 'moon' is not in default/departments.csv"),
        ("event.05.02,Weifang,gas,,,", "area 'Weifang' is no area code"),
        ("event.77.*,3707,gas,,,", "category 'event.77.*' names no category"),
        ("event.01.*,3707,gas,,,", "event.01.* in 3707 stands in line 2 already"),
        ("event.01.*,3707,gas,2026-01-01,,", "event.01.* in 3707 overlaps in time with line 2"),
        ("event.02.*,3707,gas,1 May,,", "from '1 May' is no day like 2027-01-31"),
        ("event.02.*,3707,gas,2026-05-01,2026-04-01,", "the end is the earlier day"),
    ],
)
def test_faulty_responsibilities_are_refused_with_their_line(row: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(with_responsibilities("event.01.*,3707,roads,,,", row), ENTRY)
    [problem] = caught.value.problems
    assert (problem.file, problem.line) == ("default/responsibilities.csv", 3)
    assert said in problem.message


# The policy's own file.


def edited(old: str, new: str) -> dict[str, str]:
    text = FILES[ENTRY]
    assert old in text
    return FILES | {ENTRY: text.replace(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"community", "district"]', '"district", "community"]', "must begin with grid and go up"),
        ('["grid", ', "[", "must begin with grid and go up"),
        ('"community", "district"]', '"moon"]', "levels are grid, community, street"),
        ('big = "community"', 'big = "street"', "levels.big 'street' is not in the chain"),
        ("recheck_share = 0.05", "recheck_share = 5", "must be a number from 0 to 1"),
        ("recheck_share = 0.05", 'recheck_share = "5 %"', "must be a number from 0 to 1"),
        ("reporters = 5", "reporters = 5.5", "must be a whole number"),
        ("snap_m = 200", "snap_m = 200\nspan_m = 3", "span_m is no known setting"),
        ("snap_m = 200", "", "snap_m must be a number"),
        ('version = "default-1"', 'version = ""', "version must be a text"),
        ('["08:00-12:00", "14:00-18:00"]', '["8-12"]', "'8-12' is no span"),
        ("from = 2004-01-01", 'from = "2004"', "work hours need exactly"),
        ('rules = "rules.csv"', "", "files.rules must be a text"),
        ("[surge]", "[surges]", "table [surge] is missing"),
        ('check = ["sensor"]', 'check = ["drone"]', "intake.check 'drone' is none of worker,"),
        ('"city"]', '"moon"]', "callback.levels 'moon' is none of grid,"),
        ('["district", "city"]', "[]", "callback.levels names nobody who calls"),
        ("tries = 3", "tries = 0", "callback.tries must be a number from 1 to 20"),
        ('["weather", ', '["weather", "weather", ', "appeal.causes names something twice"),
        ('["weather", ', '["luck", ', "appeal.causes 'luck' is none of weather,"),
        ("changes = []", 'changes = ["asked"]', "handler_changes 'asked' is none of accept_missed"),
        ("closed = 20", "closed = 30", "the weights of [score.area] make 110, not 100"),
        ("part_time]", "spare_time]", "table [score.worker.part_time] is missing"),
        ("least = 0.6", "least = 6", "duplicates.least must be a number from 0 to 1"),
        ("[surge]", "[surge", "is not TOML"),
    ],
)
def test_a_faulty_policy_file_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(edited(old, new), ENTRY)
    assert {problem.file for problem in caught.value.problems} == {ENTRY}
    assert said in str(caught.value)


def test_the_line_of_a_faulty_setting_is_named() -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(edited("snap_m = 200", "snap_m = -1"), ENTRY)
    line = caught.value.problems[0].line
    assert FILES[ENTRY].splitlines()[line - 1] == "snap_m = 200"


def test_a_missing_sheet_is_named() -> None:
    files = {name: text for name, text in FILES.items() if name != "default/limits.csv"}
    with pytest.raises(PolicyError, match=r"default/limits.csv:0: is missing"):
        read_policy(files, ENTRY)


def test_problems_of_several_sheets_are_told_at_once() -> None:
    files = FILES | {"default/limits.csv": "", "calendar-cn.csv": "date,kind,name\nx,holiday,\n"}
    with pytest.raises(PolicyError) as caught:
        read_policy(files, ENTRY)
    found = {(problem.file, problem.line) for problem in caught.value.problems}
    assert {("calendar-cn.csv", 2), ("default/limits.csv", 0)} <= found
