"""Who is told of what: one example for each row of the table, and what the words look like."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grid.cases import events as e
from grid.cases.case import Ask, AskKind, Case, Late, LateState, Origin, Part, Pause, Tally
from grid.cases.evolve import evolve
from grid.model import (
    Charge,
    Deadline,
    Level,
    Matter,
    Place,
    Size,
    Source,
    Stage,
    Status,
    Unit,
    path_at,
)
from grid.notices import words
from grid.notices.recipients import Circle
from grid.notices.table import TABLE, TOLD, notices

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)  # a Thursday, 10:00 in China
CELL = "3707/370705/370705001/370705001001/370705001001001/"
NEXT_CELL = "3707/370705/370705001/370705001001/370705001001002/"
COMMUNITY, DISTRICT = path_at(CELL, Level.COMMUNITY), path_at(CELL, Level.DISTRICT)
TEAM = Unit("team", CELL)
ROADS = Unit("department", DISTRICT, "roads", "key:li")
PARKS = Unit("department", DISTRICT, "parks")
BECAUSE = e.Because("a rule")


def due(stage: Stage, hours: float = 4, who: str = "") -> Deadline:
    at = NOW + timedelta(hours=hours)
    return Deadline(stage, NOW, at, at, who=who)


PROMISE = due(Stage.PROMISE, 120)
DEADLINES = (PROMISE, due(Stage.RESOLVE, 48))
WITH_ROADS = Charge(Level.COMMUNITY, COMMUNITY, ROADS)
WITH_PARKS = replace(WITH_ROADS, handler=PARKS)
WITH_TEAM = Charge(Level.GRID, CELL, TEAM)
AT_DISTRICT = Charge(Level.DISTRICT, DISTRICT, ROADS)
RUBBISH = Matter("event.01.10", None, Size.BIG, "a rule", "", Source.HOTLINE, "1")
GAS = replace(RUBBISH, category="event.05.02", size=Size.EMERGENCY)
SPOT = Place(CELL, "370705001001001", 1, 119.16, 36.7, 1.0, None, snapped=False)

WORKING = Case(
    id="a case",
    number="2026-0000007",
    status=Status.WORKING,
    matter=RUBBISH,
    place=SPOT,
    charge=WITH_ROADS,
    deadlines=DEADLINES,
    tally=Tally(version=3),
    origin=Origin(NOW, None, "key:12345", "report-1"),
)
TEAMS = replace(WORKING, charge=WITH_TEAM)
VERIFIED = replace(WORKING, status=Status.VERIFIED)
HANDLED = replace(WORKING, status=Status.HANDLED)
CLOSED = replace(WORKING, status=Status.CLOSED, deadlines=())
MERGED = replace(WORKING, status=Status.MERGED, parent="another")
CIRCLE = Circle((("report-1", "key:12345"), ("report-2", "key:app")), "2026-0000001")


def asked(kind: AskKind) -> Ask:
    return Ask(kind, "key:li", DISTRICT, NOW)


def asking(kind: AskKind) -> Case:
    return replace(WORKING, aside=replace(WORKING.aside, asks=(asked(kind),)))


LATE = Late(Stage.RESOLVE, ROADS, NOW, NOW)
CHECKED_LATE = Late(Stage.VERIFY, Unit("team", CELL), NOW, NOW)
CARD = replace(LATE, state=LateState.CARD)
PARTS = (Part("parks", DISTRICT), Part("water", DISTRICT))
CALLED = (*DEADLINES, due(Stage.REPORT_IN, 2, "parks"), due(Stage.REPORT_IN, 2, "water"))
REPORTERS = ["reporter report-1", "reporter report-2"]


def filed(**changes):
    first = e.Filed(
        number="2026-0000007",
        report="report-1",
        matter=RUBBISH,
        place=SPOT,
        charge=WITH_ROADS,
        deadlines=(PROMISE, due(Stage.ACCEPT)),
        why=BECAUSE,
        received_at=NOW,
    )
    return replace(first, **changes)


def called_back(**changes):
    first = e.CalledBack(
        level=Level.DISTRICT,
        reached=True,
        status=Status.CLOSED,
        charge=WITH_ROADS,
        deadlines=(),
        tries=(),
        rounds=0,
        satisfied=True,
    )
    return replace(first, **changes)


def reaching(template: str, *people: str) -> list[str]:
    return [f"{template} → {who}" for who in people]


#: What the rule is called: the case before, what happened, who is told in which words.
EXAMPLES = {
    "filed: the citizens get the number and the promise, the department its case": (
        None,
        filed(),
        [*reaching("filed", *REPORTERS), "dispatched → handler 370705/roads"],
    ),
    "filed for the cell's team: it is in its list of work, nobody is disturbed": (
        None,
        filed(charge=WITH_TEAM, matter=replace(RUBBISH, source=Source.WORKER)),
        [],
    ),
    "received, waits for the check: nothing is said before it is true": (
        None,
        filed(check=True),
        [],
    ),
    "found true: now it is said": (
        replace(WORKING, status=Status.RECEIVED),
        e.Admitted(WITH_ROADS, DEADLINES, BECAUSE),
        [*reaching("filed", *REPORTERS), "dispatched → handler 370705/roads"],
    ),
    "an emergency: the city, who works and who answers, at once": (
        None,
        filed(matter=GAS),
        [
            "emergency → city 3707",
            "emergency → handler 370705/roads",
            "emergency → level 370705001001",
            *reaching("filed", *REPORTERS),
        ],
    ),
    "it turns out to be an emergency": (
        WORKING,
        e.Recategorised(GAS, WITH_ROADS, DEADLINES, BECAUSE, Status.OPEN),
        [
            "emergency → city 3707",
            "emergency → handler 370705/roads",
            "emergency → level 370705001001",
        ],
    ),
    "an emergency that was one before is not told again": (
        replace(WORKING, matter=GAS),
        e.Relocated(SPOT, GAS, WITH_ROADS, DEADLINES, BECAUSE, Status.OPEN),
        [],
    ),
    "another layout of cells: whose work it is now learns it": (
        replace(WORKING, charge=WITH_TEAM),
        e.Rezoned(
            replace(SPOT, path=NEXT_CELL, layout=2),
            replace(WITH_TEAM, area=NEXT_CELL, handler=replace(TEAM, area=NEXT_CELL)),
            BECAUSE,
        ),
        ["dispatched → handler 370705001001002"],
    ),
    "another layout of cells, the same cell: nobody has to know": (
        replace(WORKING, charge=WITH_TEAM),
        e.Rezoned(replace(SPOT, layout=2), WITH_TEAM, BECAUSE),
        [],
    ),
    "dispatched: the department learns what it got, the one before that it is free": (
        WORKING,
        e.Dispatched(WITH_PARKS, DEADLINES, ()),
        ["dispatched → handler 370705/parks", "released → handler 370705/roads"],
    ),
    "dispatched by the level that had it: it knows what it gave away": (
        replace(WORKING, charge=replace(WITH_ROADS, handler=Unit("community", COMMUNITY))),
        e.Dispatched(WITH_ROADS, DEADLINES, ()),
        ["dispatched → handler 370705/roads"],
    ),
    "dispatched with others that assist": (
        TEAMS,
        e.Dispatched(WITH_ROADS, CALLED, PARTS),
        [
            "dispatched → handler 370705/roads",
            "whistled → unit 370705/parks",
            "whistled → unit 370705/water",
        ],
    ),
    "delegated to a level below": (
        WORKING,
        e.Delegated(replace(WITH_ROADS, handler=TEAM), DEADLINES),
        ["dispatched → handler 370705001001001", "released → handler 370705/roads"],
    ),
    "another place, another department": (
        WORKING,
        e.Relocated(SPOT, RUBBISH, WITH_PARKS, DEADLINES, BECAUSE, Status.OPEN),
        ["dispatched → handler 370705/parks", "released → handler 370705/roads"],
    ),
    "taken over: who had it learns that it is free": (
        WORKING,
        e.TakenOver(replace(WITH_ROADS, handler=Unit("community", COMMUNITY)), DEADLINES),
        ["released → handler 370705/roads"],
    ),
    "ruled: it is theirs for good": (
        WORKING,
        e.Ruled(WITH_PARKS, DEADLINES, Status.OPEN),
        ["ruled → handler 370705/parks", "released → handler 370705/roads"],
    ),
    "whistled: each department that was called, those that were there before are not": (
        replace(WORKING, aside=replace(WORKING.aside, parts=PARTS[:1])),
        e.Whistled(PARTS, CALLED, ("water",)),
        ["whistled → unit 370705/water"],
    ),
    "a date was set": (
        WORKING,
        e.DateSet(DEADLINES, NOW),
        ["date_set → handler 370705/roads"],
    ),
    "handed over: both persons": (
        WORKING,
        e.HandedOver(
            replace(WITH_ROADS, handler=replace(ROADS, person="key:wang")), "key:li", "absence"
        ),
        ["handed_to → person key:wang", "handed_from → person key:li"],
    ),
    "asked for more time: the level that has to answer": (
        WORKING,
        e.Asked((asked(AskKind.EXTENSION),), DEADLINES, AskKind.EXTENSION),
        ["asked → level 370705"],
    ),
    "granted: who asked, and every reporter with the old and the new date": (
        asking(AskKind.EXTENSION),
        e.Extended((), DEADLINES, NOW, NOW + timedelta(days=3)),
        [*reaching("extended", *REPORTERS), "granted → person key:li"],
    ),
    "granted without moving the promise: no reporter need hear of it": (
        asking(AskKind.EXTENSION),
        e.Extended((), DEADLINES, NOW, NOW),
        ["granted → person key:li"],
    ),
    "refused: who asked": (
        asking(AskKind.PAUSE),
        e.Refused((), DEADLINES, AskKind.PAUSE),
        ["refused → person key:li"],
    ),
    "paused: who waits is told until when, who asked that it was granted": (
        asking(AskKind.PAUSE),
        e.Paused((), DEADLINES, Pause(AskKind.PAUSE, NOW, NOW)),
        [*reaching("paused", *REPORTERS), "granted → person key:li"],
    ),
    "the clocks run again": (
        WORKING,
        e.Resumed(DEADLINES, "review_date"),
        ["resumed → handler 370705/roads"],
    ),
    "returned: who asked is free, the level has to give it to someone": (
        asking(AskKind.RETURN),
        e.Returned(replace(WITH_ROADS, handler=Unit("community", COMMUNITY)), (), DEADLINES),
        ["granted → person key:li", "returned → level 370705001001"],
    ),
    "exempted: who appealed": (
        asking(AskKind.APPEAL),
        e.Exempted((), DEADLINES, (), Stage.RESOLVE, NOW),
        ["granted → person key:li"],
    ),
    "late: who held the stage and the level above, to which it rose": (
        WORKING,
        e.Escalated(
            "resolve_missed",
            AT_DISTRICT,
            DEADLINES,
            BECAUSE,
            stage=Stage.RESOLVE,
            due=NOW,
            late=LATE,
        ),
        ["late → unit 370705/roads", "late_below → level 370705"],
    ),
    "a check is late: who should have checked and the level that has to now": (
        HANDLED,
        e.CheckRaised("community", COMMUNITY, DEADLINES, BECAUSE, NOW, late=CHECKED_LATE),
        ["late → unit 370705001001001", "late_below → level 370705001001"],
    ),
    "late at the top: supervision of handler and level, and the city hears of it": (
        replace(WORKING, charge=AT_DISTRICT),
        e.Supervised(
            "internal",
            1,
            "resolve_missed",
            DEADLINES,
            BECAUSE,
            stage=Stage.RESOLVE,
            due=NOW,
            late=LATE,
        ),
        [
            "supervised → handler 370705/roads",
            "supervised → level 370705",
            "late_below → level 3707",
        ],
    ),
    "supervised from above: the handler and its level": (
        WORKING,
        e.Supervised("stepped_up", 2, "ordered", DEADLINES, BECAUSE),
        ["supervised → handler 370705/roads", "supervised → level 370705001001"],
    ),
    "risen for another reason than time: who works and who answers now": (
        WORKING,
        e.Escalated("rework", AT_DISTRICT, DEADLINES, BECAUSE),
        ["risen → handler 370705/roads", "risen → level 370705"],
    ),
    "a card: who held the stage": (
        replace(CLOSED, aside=replace(CLOSED.aside, lates=(LATE,))),
        e.Carded((CARD,), Stage.RESOLVE, NOW, "window_over"),
        ["card → unit 370705/roads"],
    ),
    "not verified: back to who worked": (
        HANDLED,
        e.Verified(False, WITH_ROADS, DEADLINES),
        ["rework → handler 370705/roads"],
    ),
    "not passed in review: back to who worked": (
        HANDLED,
        e.Reviewed(False, Level.DISTRICT, Status.WORKING, WITH_ROADS, DEADLINES, ()),
        ["rework → handler 370705/roads"],
    ),
    "verified, the callback comes first: nobody is told that it is over": (
        HANDLED,
        e.Verified(True, WITH_ROADS, DEADLINES, callback=True),
        [],
    ),
    "closed after the check: every reporter learns it": (
        HANDLED,
        e.Verified(True, WITH_ROADS, ()),
        reaching("closed", *REPORTERS),
    ),
    "closed after review": (
        HANDLED,
        e.Reviewed(True, Level.DISTRICT, Status.CLOSED, WITH_ROADS, (), ()),
        reaching("closed", *REPORTERS),
    ),
    "settled by the cell's team": (TEAMS, e.Settled(()), reaching("closed", *REPORTERS)),
    "settled, but the lot fell on it: not yet": (TEAMS, e.Settled((), recheck=True), []),
    "satisfied: closed": (VERIFIED, called_back(), reaching("closed", *REPORTERS)),
    "not satisfied: back to the unit, and its head hears of it": (
        VERIFIED,
        called_back(status=Status.WORKING, satisfied=False, rounds=1, deadlines=DEADLINES),
        ["rework → handler 370705/roads", "not_satisfied → unit 370705/roads"],
    ),
    "not satisfied again, a review follows: the head hears of it": (
        VERIFIED,
        called_back(status=Status.HANDLED, satisfied=False, rounds=2, deadlines=DEADLINES),
        ["not_satisfied → unit 370705/roads"],
    ),
    "declined: every reporter, with the reason": (
        WORKING,
        e.Declined("court"),
        reaching("declined", *REPORTERS),
    ),
    "void: every reporter, and who worked": (
        WORKING,
        e.Voided(),
        [*reaching("voided", *REPORTERS), "ended → handler 370705/roads"],
    ),
    "withdrawn: who worked": (WORKING, e.Withdrawn(), ["ended → handler 370705/roads"]),
    "merged: every reporter learns where it goes on": (
        WORKING,
        e.Merged("another", "surge"),
        [*reaching("merged", *REPORTERS), "merged_away → handler 370705/roads"],
    ),
    "unmerged: it goes on by itself": (
        MERGED,
        e.Unmerged(DEADLINES, WITH_ROADS, Status.WORKING, "another"),
        [*reaching("unmerged", *REPORTERS), "back → handler 370705/roads"],
    ),
    "reopened: every reporter, who works and who answers": (
        CLOSED,
        e.Reopened(WITH_ROADS, DEADLINES, BECAUSE),
        [
            *reaching("reopened", *REPORTERS),
            "back → handler 370705/roads",
            "back → level 370705001001",
        ],
    ),
}


def shown(notice) -> str:
    to = notice.to
    if to.report:
        who = to.report
    elif to.area:
        who = to.area.split("/")[-2] + (f"/{to.department}" if to.department else "")
    else:
        who = to.person
    return f"{notice.template} → {to.kind} {who}"


def told(before, what, by="key:somebody", circle=CIRCLE):
    event = e.Event("a case", 1 if before is None else 4, NOW, by, what)
    return notices(event, before, evolve(before, event), circle)


@pytest.mark.parametrize(("before", "what", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_who_is_told(before, what, expected):
    assert [shown(notice) for notice in told(before, what)] == expected


@pytest.mark.parametrize(("before", "what", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_every_notice_has_words_that_fit_a_message(before, what, expected):
    for notice in told(before, what):
        zh, en = words.text(notice.template, dict(notice.facts))
        assert len(zh) <= 70, zh
        assert len(en) <= 160, en
        assert not re.search(r"[{}]|None|key:|_|[^\x00-\x7f]", en), en
        assert not re.search(r"[{}]|None|key:|_|[a-z]", zh), zh
        assert "2026-0000007" in zh
        assert "2026-0000007" in en


def test_every_row_has_an_example():
    shown_in = {
        (type(what), notice.template)
        for before, what, _ in EXAMPLES.values()
        for notice in told(before, what)
    }
    for row in TABLE:
        assert any((kind, row.template) in shown_in for kind in row.on), (row.template, row.on)


def test_every_template_is_used_and_every_row_has_its_words():
    assert {row.template for row in TABLE} == set(words.TEMPLATES)


def test_what_concerns_nobody_is_told_to_nobody():
    assert e.Commented not in TOLD
    assert told(WORKING, e.Commented("a digest")) == ()


def test_nobody_is_told_what_he_did_himself():
    own = replace(WORKING, matter=replace(RUBBISH, source=Source.WORKER), charge=WITH_TEAM)
    circle = Circle((("report-1", "key:worker"), ("report-2", "key:app")))
    assert [shown(n) for n in told(own, e.Settled(()), "key:worker", circle)] == [
        "closed → reporter report-2"
    ]
    wang = replace(WITH_ROADS, handler=replace(ROADS, person="key:wang"))
    taken = told(WORKING, e.HandedOver(wang, "key:li"), by="key:wang")
    assert [shown(n) for n in taken] == ["handed_from → person key:li"]


def test_what_the_hotline_does_for_a_citizen_is_told_to_the_citizen():
    assert len(told(WORKING, e.Declined("court"), by="key:12345")) == 2


def test_times_are_those_of_china():
    facts = {"number": "1", "until": "2026-11-22T16:30:00+00:00"}
    zh, en = words.text("date_set", facts)
    assert "11月23日00:30" in zh
    assert "23 Nov 00:30" in en


def test_a_late_notice_says_what_until_when():
    _, what, _ = EXAMPLES["late: who held the stage and the level above, to which it rose"]
    [first, *_] = told(WORKING, what)
    assert words.text(first.template, dict(first.facts)) == (
        "案件2026-0000007处置超期，应于11月19日10:00前完成，请立即办理。",
        "Case 2026-0000007 is late: resolution was due by 19 Nov 10:00. Please act now.",
    )
