"""The category table: published rows, own rows, and what is refused."""

import re

import pytest

from geo_data.policies import load_shipped
from grid.model import Size
from grid.policy.categories import CategoryTable, Evidence, UnknownCategory, parse_categories
from grid.policy.limits import Limit
from grid.policy.sheets import PolicyError

TABLE = load_shipped().categories

HEADER = (
    "kind,class_code,class_name,item_code,item_name,condition,limit,clock,remedy,"
    "evidence,privacy,default_size,class_name_en,item_name_en"
)


def read(*rows: str, words: str = "category,class_name_en,item_name_en\n") -> CategoryTable:
    text = "\n".join((HEADER, *rows)) + "\n"
    return parse_categories({"t.csv": (text, False)}, {"en.csv": words})


def test_the_published_table_is_whole() -> None:
    published = [row for row in TABLE.rows if not row.own]
    assert len(published) == 519
    assert len({row.code for row in published}) == 190
    assert {row.kind for row in published} == {"component", "event"}


def test_own_rows_say_so_and_speak_both_languages() -> None:
    own = [row for row in TABLE.rows if row.own]
    assert 35 <= len({row.code for row in own}) <= 50
    for row in own:
        assert row.kind == "service"
        for words in (row.class_name, row.item_name, row.condition_text, row.remedy):
            assert words.zh, row.code
            assert words.en, row.code


def test_every_row_has_names_in_both_languages_and_evidence() -> None:
    for row in TABLE.rows:
        for words in (row.class_name, row.item_name):
            assert re.search(r"[\u4e00-\u9fff]", words.zh), row
            assert re.fullmatch(r"[A-Z][A-Za-zç’,' -]+", words.en), row
        assert row.condition_text.zh
        assert row.evidence


@pytest.mark.parametrize(
    ("code", "condition", "limit", "size"),
    [
        ("component.01.01", "1", "2 urgent_hour", Size.BIG),
        ("component.01.01", "4", "5 work_day", Size.BIG),
        ("event.05.02", "1", "1 urgent_hour", Size.EMERGENCY),
        ("event.01.12", "1", "2 work_hour", Size.SMALL),
        ("service.07.01", "1", "4 work_hour", Size.SMALL),
        ("service.03.01", "1", "1 urgent_hour", Size.EMERGENCY),
    ],
)
def test_a_condition_row(code: str, condition: str, limit: str, size: Size) -> None:
    row = TABLE.row(code, condition)
    assert row.limit == Limit.parse(limit)
    assert row.default_size is size
    assert not row.provisional


@pytest.mark.parametrize(
    ("code", "condition", "provisional"),
    [
        ("component.01.01", "1", True),  # 2 urgent hours before 4 work hours
        ("component.01.37", "5", True),  # 2 work hours before working days
        ("event.01.01", "1", True),  # 2 running days before 15 working days
        ("event.01.13", "1", True),  # all the same: the first
        ("event.01.10", "1", False),  # only one row: nothing is open
    ],
)
def test_without_a_condition_the_strictest_row_holds(
    code: str, condition: str, provisional: bool
) -> None:
    row = TABLE.row(code)
    assert row.condition == condition
    assert row.provisional is provisional


def test_of_equally_strict_rows_the_bigger_one_holds() -> None:
    table = read(
        "event,01,甲,01,乙,轻,1,work_day,清,note,public,small,A,B",
        "event,01,甲,01,乙,重,1,work_day,清,note,public,big,A,B",
    )
    assert table.row("event.01.01").condition == "2"


@pytest.mark.parametrize(
    ("code", "condition", "suggestion"),
    [
        ("event.5.02", None, "event.05.02"),
        ("evnt.05.02", "1", "event.05.02"),
        ("event.01.13", "9", "event.01.13 with one of 1, 2, 3"),
        ("xyz", None, ""),
    ],
)
def test_an_unknown_category_suggests_the_nearest(
    code: str, condition: str | None, suggestion: str
) -> None:
    with pytest.raises(UnknownCategory) as caught:
        TABLE.row(code, condition)
    assert caught.value.suggestion == suggestion
    assert code in str(caught.value)
    assert ("did you mean" in str(caught.value)) is bool(suggestion)


def test_a_matter_that_needs_the_other_side_asks_for_its_word() -> None:
    assert Evidence.PARTY_CONFIRMS in TABLE.row("service.01.01").evidence
    assert Evidence.AFTER_PHOTO in TABLE.row("service.07.01").evidence


GOOD = "event,01,甲,01,乙,丙,1,work_day,清,note,public,small,A,B"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (GOOD.replace("work_day", "day"), "clock 'day' is none of urgent_hour"),
        (GOOD.replace(",1,work_day", ",1.5,work_day"), "whole"),
        (GOOD.replace(",1,work_day", ",soon,work_day"), "is no limit"),
        (GOOD.replace("note", "photo"), "evidence 'photo' is none of after_photo"),
        (GOOD.replace("note", ""), "no evidence"),
        (GOOD.replace("public", "secret"), "privacy 'secret' is none of public"),
        (GOOD.replace("small", "tiny"), "default_size 'tiny' is none of small"),
        (GOOD.replace(",A,B", ",,"), "has no English name"),
        (GOOD.replace("乙", ""), "lacks a part"),
        (GOOD + ",more", "has 15 cells, the header 14"),
    ],
)
def test_a_faulty_row_is_refused_with_its_line(row: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read(GOOD, row)
    assert {(p.file, p.line) for p in caught.value.problems} == {("t.csv", 3)}
    assert said in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        read(GOOD.replace("small", "tiny"), GOOD, GOOD.replace("public", "secret"))
    assert [p.line for p in caught.value.problems] == [2, 4]


def test_one_category_stands_in_one_file() -> None:
    text = f"{HEADER}\n{GOOD}\n"
    with pytest.raises(PolicyError, match=r"b.csv:2: category event.01.01 stands in a.csv already"):
        parse_categories({"a.csv": (text, False), "b.csv": (text, True)}, {})


def test_english_for_a_category_that_is_not_there_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"en.csv:3: .*event.09.09"):
        read(GOOD, words="category,class_name_en,item_name_en\nevent.01.01,A,B\nevent.09.09,A,B\n")
