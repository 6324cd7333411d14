"""The decision table: what the shipped one says, and what the checker refuses."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_data.policies import SHIPPED, load_shipped
from grid.model import Level, Size, Source
from grid.policy.rule_cells import parse_cell, value_of
from grid.policy.rule_check import example_of
from grid.policy.rules import Facts, Rule, RuleTable, parse_rules
from grid.policy.sheets import PolicyError

POLICY = load_shipped()
CATEGORIES = POLICY.categories
DOC = Path(__file__).parents[2] / "docs" / "reference" / "decision-table.md"
COLUMNS = (
    "rule", "category", "category_size", "severity", "affected", "injured", "money",
    "place_zone", "repetition", "source", "hours", "settled",
    "size", "level", "handler", "profile", "note_zh", "note_en",
)  # fmt: skip


def sheet(*rows: dict[str, str]) -> str:
    """A table of rows, each given by its filled cells."""
    blank = dict.fromkeys(COLUMNS, "")
    usual = {"size": "small", "handler": "team", "note_zh": "因", "note_en": "why"}
    lines = [",".join((blank | usual | row)[c] for c in COLUMNS) for row in rows]
    return "\n".join((",".join(COLUMNS), *lines)) + "\n"


def read(*rows: dict[str, str], text: str | None = None) -> RuleTable:
    return parse_rules(
        text or sheet(*rows),
        "rules.csv",
        CATEGORIES,
        zones=frozenset({"school", "gas_line"}),
        profiles=frozenset({"", "2115"}),
    )


DEFAULT = {"rule": "Z"}
FACTS = Facts("event.01.10", Size.SMALL)


# What the shipped table says: the examples of docs/reference/decision-table.md.


def facts_of(category: str, condition: str, told: str) -> Facts:
    """The facts that a line of the document names."""
    given = dict(part.split() for part in told.split(", "))
    return Facts(
        category=category,
        category_size=CATEGORIES.row(category, condition).default_size,
        severity=int(given["severity"]) if "severity" in given else None,
        affected=int(given.get("affected", 0)),
        injured=int(given.get("injured", 0)),
        money=float(given.get("money", 0)),
        zones=frozenset(filter(None, [given.get("zones")])),
        repetition=int(given.get("repetition", 1)),
        source=Source(given.get("source", "worker")),
        off_hours=given.get("hours") == "off",
        settled=given.get("settled") == "yes",
    )


def documented() -> list[list[str]]:
    text = DOC.read_text(encoding="utf-8").split("## The shipped table")[1]
    lines = re.findall(r"^\| ([a-z]+\.\d.*) \|$", text, flags=re.MULTILINE)
    return [line.split(" | ") for line in lines]


@pytest.mark.parametrize(
    ("category", "condition", "told", "rule", "size", "level", "handler"), documented()
)
def test_what_a_report_gets(
    category: str, condition: str, told: str, rule: str, size: str, level: str, handler: str
) -> None:
    outcome = POLICY.rules.decide(facts_of(category, condition, told))
    got = (outcome.rule_id, outcome.size, outcome.level, outcome.handler)
    assert got == (rule, size, level, handler)


def test_every_shipped_rule_has_its_example_in_the_document() -> None:
    assert [row[3] for row in documented()] == [rule.id for rule in POLICY.rules.rules]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_rule_can_decide(name: str) -> None:
    policy = load_shipped(name)
    for rule in policy.rules.rules:
        facts = example_of(rule, policy.rules.rules, policy.categories)
        assert facts is not None, rule.id
        assert policy.rules.decide(facts).rule_id == rule.id


@pytest.mark.parametrize("rule", POLICY.rules.rules, ids=lambda rule: rule.id)
def test_every_shipped_rule_says_why_in_both_languages(rule: Rule) -> None:
    assert re.search(r"[\u4e00-\u9fff]", rule.note_zh)
    assert rule.note_en.isascii()


def test_no_category_is_without_an_answer() -> None:
    for row in CATEGORIES.rows:
        POLICY.rules.decide(Facts(row.code, row.default_size))


# How one table is read.


def test_the_first_row_that_fits_decides() -> None:
    table = read(
        {"rule": "A", "affected": ">100", "size": "major", "handler": "department"},
        {"rule": "B", "affected": ">10", "size": "big", "handler": "community"},
        DEFAULT,
    )
    for affected, rule in ((0, "Z"), (10, "Z"), (11, "B"), (100, "B"), (101, "A")):
        facts = Facts("event.01.10", Size.SMALL, affected=affected)
        assert table.decide(facts).rule_id == rule


def test_the_outcome_says_what_was_seen() -> None:
    table = read(
        {
            "rule": "A", "category": "event.01.*", "severity": ">=3", "place_zone": "school",
            "hours": "off", "size": "major", "level": "community", "handler": "community",
            "profile": "2115",
        },
        DEFAULT,
    )  # fmt: skip
    outcome = table.decide(
        Facts(
            "event.01.10",
            Size.SMALL,
            severity=3,
            zones=frozenset({"school", "park"}),
            off_hours=True,
        )
    )
    assert outcome.level is Level.COMMUNITY
    assert outcome.profile == "2115"
    assert outcome.matched == (
        ("category", "event.01.*", "event.01.10"),
        ("severity", ">=3", "3"),
        ("place_zone", "school", "park|school"),
        ("hours", "off", "off"),
    )


@pytest.mark.parametrize(
    ("column", "cell", "fits", "fits_not"),
    [
        ("category", "event.01.10", {"category": "event.01.10"}, {"category": "event.01.11"}),
        ("category", "event.01.*", {"category": "event.01.11"}, {"category": "event.02.01"}),
        ("category", "event.*", {"category": "event.02.01"}, {"category": "service.07.01"}),
        ("category", "*", {"category": "service.07.01"}, None),
        (
            "category", "event.02.*|service.07.01",
            {"category": "service.07.01"}, {"category": "service.07.02"},
        ),
        ("category_size", "small|big", {"category_size": Size.BIG}, {"category_size": Size.MAJOR}),
        ("severity", ">=3", {"severity": 3}, {"severity": 2}),
        ("severity", ">=1", {"severity": 1}, {"severity": None}),
        ("severity", "2..3", {"severity": 3}, {"severity": 4}),
        ("affected", ">10", {"affected": 11}, {"affected": 10}),
        ("affected", "<=10", {"affected": 10}, {"affected": 11}),
        ("affected", "<10", {"affected": 9}, {"affected": 10}),
        ("affected", "=10", {"affected": 10}, {"affected": 9}),
        ("affected", "10", {"affected": 10}, {"affected": 11}),
        ("affected", "2..5", {"affected": 2}, {"affected": 1}),
        ("affected", "＞10", {"affected": 11}, {"affected": 10}),
        ("affected", "≥10", {"affected": 10}, {"affected": 9}),
        ("injured", ">0", {"injured": 1}, {"injured": 0}),
        ("money", ">=0.5", {"money": 0.5}, {"money": 0.4}),
        ("repetition", ">=3", {"repetition": 3}, {"repetition": 2}),
        ("place_zone", "school", {"zones": frozenset({"school"})}, {"zones": frozenset()}),
        (
            "place_zone", "school｜gas_line",
            {"zones": frozenset({"gas_line", "x"})}, {"zones": frozenset({"x"})},
        ),
        ("source", "media|superior", {"source": Source.MEDIA}, {"source": Source.WORKER}),
        ("hours", "off", {"off_hours": True}, {"off_hours": False}),
        ("hours", "work", {"off_hours": False}, {"off_hours": True}),
        ("settled", "yes", {"settled": True}, {"settled": False}),
        ("settled", "no", {"settled": False}, {"settled": True}),
        ("settled", "-", {"settled": True}, None),
    ],
)  # fmt: skip
def test_a_cell_fits(
    column: str, cell: str, fits: dict[str, object], fits_not: dict[str, object] | None
) -> None:
    row = {"rule": "A", column: cell, "size": "big", "handler": "community"}
    table = read(row, DEFAULT) if fits_not is not None else read(row)
    base: dict[str, object] = {"category": "event.01.10", "category_size": Size.SMALL}
    assert table.decide(Facts(**(base | fits))).rule_id == "A"  # type: ignore[arg-type]
    if fits_not is not None:
        assert table.decide(Facts(**(base | fits_not))).rule_id == "Z"  # type: ignore[arg-type]


def test_the_level_is_that_of_the_size_unless_the_row_names_one() -> None:
    table = read(
        {"rule": "A", "affected": ">100", "size": "major", "handler": "department"},
        {"rule": "B", "affected": ">10", "size": "big", "level": "district", "handler": "district"},
        DEFAULT,
    )
    levels = {rule.id: rule.level for rule in table.rules}
    assert levels == {"A": Level.DISTRICT, "B": Level.DISTRICT, "Z": Level.GRID}


@pytest.mark.parametrize(
    ("column", "text"), [("severity", ""), ("money", "1.5e+06"), ("settled", "no")]
)
def test_values_as_text(column: str, text: str) -> None:
    assert value_of(column, Facts("event.01.10", Size.SMALL, money=1_500_000)) == text


# What is refused.


def problems(*rows: dict[str, str], text: str | None = None) -> list[tuple[int, str]]:
    with pytest.raises(PolicyError) as caught:
        read(*rows, text=text)
    assert {p.file for p in caught.value.problems} == {"rules.csv"}
    return [(p.line, p.message) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"category": "event.05.77"}, "category 'event.05.77' names no category"),
        ({"category": "event.*|evnt.*"}, "category 'evnt.*' names no category"),
        ({"category": "event.01.10|"}, "category '' names no category"),
        ({"category_size": "huge"}, "category_size 'huge' is none of big"),
        ({"severity": ">4x"}, "is no comparison"),
        ({"severity": ">=5"}, "from 1 to 4"),
        ({"affected": "=>10"}, "affected '=>10' is no comparison; write >=3"),
        ({"affected": "> ten"}, "is no comparison"),
        ({"affected": ">1.5"}, "whole number"),
        ({"affected": "5..2"}, "from the larger to the smaller"),
        ({"affected": "-3"}, "is no comparison"),
        ({"money": "__import__('os')"}, "is no comparison"),
        ({"place_zone": "moon"}, "place_zone 'moon' is none of gas_line, school"),
        ({"place_zone": "school|"}, "empty word"),
        ({"source": "newspaper"}, "source 'newspaper' is none of citizen"),
        ({"hours": "night"}, "hours 'night' is none of off, work"),
        ({"settled": "maybe"}, "settled 'maybe' is none of no, yes"),
        ({"size": "tiny"}, "size 'tiny' is none of small"),
        ({"size": ""}, "size '' is none of small"),
        ({"level": "street"}, "level street is not in the chain grid → community → district"),
        ({"level": "moon"}, "level 'moon' is none of grid"),
        ({"handler": "somebody"}, "handler 'somebody' is none of team"),
        ({"handler": ""}, "handler '' is none of team"),
        ({"profile": "2116"}, "profile '2116' is none of"),
        ({"note_zh": ""}, "note_zh is missing"),
        ({"note_en": ""}, "note_en is missing"),
        ({"rule": ""}, "the rule has no name"),
    ],
)
def test_a_faulty_cell_is_refused_with_its_line(cells: dict[str, str], said: str) -> None:
    [(line, message)] = problems(
        {"rule": "A", "source": "media", "size": "big"},
        {"rule": "B", "source": "worker", "size": "big"} | cells,
        DEFAULT,
    )
    assert line == 3
    assert said in message


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        {"rule": "A", "severity": "9", "affected": "many", "size": "tiny"},
        {"rule": "B", "hours": "noon"},
        DEFAULT,
    )
    assert [line for line, _ in found] == [2, 2, 2, 3]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (",".join((*COLUMNS, "colour")), "unknown column 'colour'"),
        (",".join(COLUMNS[:-1]), "column 'note_en' is missing"),
        (",".join((*COLUMNS, "size")), "column 'size' stands twice"),
    ],
)
def test_a_faulty_header_is_refused(header: str, said: str) -> None:
    [(line, message)] = [p for p in problems(text=f"{header}\n") if p[0] == 1]
    assert line == 1
    assert said in message


@pytest.mark.parametrize("text", ['rule,"category\n', "\n\n"])
def test_what_is_no_table_is_refused(text: str) -> None:
    assert problems(text=text)


def test_a_rule_has_its_name_alone() -> None:
    found = problems(
        {"rule": "A", "source": "media", "size": "big"},
        {"rule": "A", "source": "worker", "size": "big"},
        DEFAULT,
    )
    assert found == [(3, "rule A stands in line 2 already")]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ({}, {"affected": ">10"}),
        ({"affected": ">10"}, {"affected": ">10"}),
        ({"affected": ">10"}, {"affected": ">=11"}),
        ({"affected": "5..20"}, {"affected": "10"}),
        ({"category": "event.*"}, {"category": "event.05.02"}),
        ({"source": "media|worker"}, {"source": "worker", "settled": "yes"}),
        ({"place_zone": "school|gas_line"}, {"place_zone": "school"}),
        ({"severity": ">=1"}, {"severity": ">2"}),
        ({"category_size": "big"}, {"category": "component.01.37"}),  # all its rows are big
    ],
)
def test_a_row_that_an_earlier_one_shadows_is_refused(
    above: dict[str, str], below: dict[str, str]
) -> None:
    found = problems(
        {"rule": "A", "size": "big"} | above, {"rule": "B", "size": "major"} | below, DEFAULT
    )
    assert (3, "rule B can never fire: rule A in line 2 takes all that it would") in found


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ({"affected": ">10"}, {"affected": ">=10"}),
        ({"severity": ">=1"}, {"hours": "off"}),
        ({"category": "event.05.*"}, {"category": "event.*"}),
        ({"place_zone": "school"}, {"place_zone": "school|gas_line"}),
        ({"money": ">0.5"}, {"money": ">0.2"}),
    ],
)
def test_a_row_that_still_takes_something_is_fine(
    above: dict[str, str], below: dict[str, str]
) -> None:
    table = read(
        {"rule": "A", "size": "big"} | above, {"rule": "B", "size": "big"} | below, DEFAULT
    )
    facts = example_of(table.by_id["B"], table.rules, CATEGORIES)
    assert facts is not None
    assert table.decide(facts).rule_id == "B"


def test_several_rows_together_may_shadow_one_and_only_those_that_it_needs_are_named() -> None:
    found = problems(
        {"rule": "A", "hours": "off", "size": "big"},
        {"rule": "X", "source": "media", "size": "big"},
        {"rule": "B", "hours": "work", "affected": ">5", "size": "big"},
        {"rule": "C", "affected": ">5", "size": "big"},
        DEFAULT,
    )
    said = "rule C can never fire: A (line 2), B (line 4) together take all that it would"
    assert found == [(5, said)]


random_rows = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(["", ">=2", "3", "1..2"]),
        "affected": st.sampled_from(["", ">10", "<=10", ">20", "5..15"]),
        "place_zone": st.sampled_from(["", "school", "gas_line", "school|gas_line"]),
        "hours": st.sampled_from(["", "work", "off", "work|off"]),
        "settled": st.sampled_from(["", "yes", "no"]),
    }
)
EVERYTHING = [
    Facts(
        "event.01.10", Size.SMALL, severity=severity, affected=affected, zones=frozenset(zones),
        off_hours=off, settled=settled,
    )
    for severity in (None, 1, 2, 3, 4)
    for affected in (0, 5, 10, 11, 15, 16, 20, 21)
    for zones in ((), ("school",), ("gas_line",), ("school", "gas_line"))
    for off in (False, True)
    for settled in (False, True)
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(random_rows, min_size=1, max_size=6))
def test_the_checker_finds_exactly_the_rows_that_never_decide(rows: list[dict[str, str]]) -> None:
    """Against trying every report that these cells can tell apart."""
    tests = [
        [cell.test() for c, t in row.items() if (cell := parse_cell(c, t, CATEGORIES, None))]
        for row in [*rows, {}]
    ]
    deciding = {
        next(n for n, row in enumerate(tests) if all(test(facts) for test in row))
        for facts in EVERYTHING
    }
    never = [n + 2 for n in range(len(rows) + 1) if n not in deciding]
    named = [{"rule": f"R{n}", **row} for n, row in enumerate(rows)]
    try:
        read(*named, DEFAULT)
        found = []
    except PolicyError as error:
        found = [problem.line for problem in error.problems]
    assert found == never


def test_a_row_whose_cells_exclude_each_other_is_refused() -> None:
    found = problems(
        {"rule": "A", "category": "service.03.03", "category_size": "small", "size": "big"}, DEFAULT
    )
    assert found == [(2, "rule A fits nothing: no value fits all its cells")]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"affected": "<100"}, "affected 100"),
        ({"severity": ">=1"}, "event"),
        ({"source": "worker"}, "source inspector"),
        ({"settled": "no"}, "settled"),
        ({"category": "event.*|component.*"}, "service."),
    ],
)
def test_a_table_with_a_gap_is_refused(last: dict[str, str], said: str) -> None:
    found = problems({"rule": "A", "injured": ">0", "size": "big"}, {"rule": "B"} | last)
    [(line, message)] = found
    assert line == 3
    assert message.startswith("no rule fits ")
    assert message.endswith("end with a default row")
    if said != "event":
        assert said in message


def test_more_zones_than_can_be_checked_are_refused() -> None:
    zones = "|".join(f"z{n}" for n in range(9))
    with pytest.raises(PolicyError, match="more than 8 zones"):
        parse_rules(sheet({"rule": "A", "place_zone": zones}, DEFAULT), "r.csv", CATEGORIES)


def test_an_empty_table_is_a_gap() -> None:
    [(line, message)] = problems(text=",".join(COLUMNS) + "\n")
    assert line == 0
    assert message.startswith("no rule fits")
