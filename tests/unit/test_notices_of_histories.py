"""Whatever the engine makes happen can be told: random histories, every notice put into words."""

from __future__ import annotations

import random
import re
from datetime import timedelta

from grid import words as field
from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.cases.transitions import allowed
from grid.errors import Rejected
from grid.model import Level, Source, Stage
from grid.notices import words
from grid.notices.recipients import Circle, To
from grid.notices.table import TABLE, notices
from grid.principal import CLOCK, RULES, Principal, Role
from tests.unit import examples as x

ROADS = Principal("key:roads", Role.STAFF, x.DISTRICT, "", "roads")
HOTLINE = Principal("key:hotline", Role.HOTLINE, x.CITY)
SUPERVISOR = Principal("key:supervisor", Role.SUPERVISOR, x.CITY)
CITIZEN = Principal("key:citizen", Role.CITIZEN, x.CITY)
PEOPLE = (x.WORKER, x.CLERK, x.OPERATOR, x.ADMIN, ROADS, HOTLINE, SUPERVISOR, CITIZEN)
CIRCLE = Circle((("report-1", "key:citizen"), ("report-2", "key:app")), "2026-0000001")
NOTE = "a digest"


EVIDENCE = frozenset(field.EVIDENCE)
#: What ends a case for good, or takes all clocks away, comes seldom.
SELDOM = frozenset({"void", "withdraw", "merge", "decline", "settle", "recategorise", "recur"})


def commands(rng, now):
    """How each command is made: what it has beside who gives it and a note."""
    later = now + timedelta(days=rng.randint(1, 5))
    flag = rng.random() < 0.5
    departments = ("roads", "lighting", "greening")
    return {
        "tick": lambda by: c.Tick(by=by),
        "dispatch": lambda by: c.Dispatch(
            by=by, note=NOTE, department=rng.choice(departments), assisting=("sanitation",) * flag
        ),
        "delegate": lambda by: c.Delegate(
            by=by, note=NOTE, to=rng.choice([Level.GRID, Level.COMMUNITY])
        ),
        "hand_over": lambda by: c.HandOver(
            by=by, note=NOTE, person="key:wang", cause=rng.choice([*field.HAND_OVERS])
        ),
        "whistle": lambda by: c.Whistle(
            by=by, note=NOTE, departments=("greening", "sanitation")[: 1 + flag]
        ),
        "set_date": lambda by: c.SetDate(by=by, note=NOTE, until=now + timedelta(hours=6)),
        "rule": lambda by: c.Rule(by=by, note=NOTE, department="lighting" * flag),
        "settle": lambda by: c.Settle(by=by, note=NOTE, evidence=EVIDENCE),
        "handle": lambda by: c.Handle(by=by, note=NOTE, evidence=EVIDENCE),
        "review": lambda by: c.Review(by=by, note=NOTE, passed=flag),
        "verify": lambda by: c.Verify(by=by, note=NOTE, passed=rng.random() < 0.7),
        "call_back": lambda by: c.CallBack(
            by=by, note=NOTE, reached=True, contacted=True, solved=flag, satisfied=flag
        ),
        "extend": lambda by: c.Extend(by=by, note=NOTE, until=later),
        "pause": lambda by: c.AskPause(by=by, note=NOTE, until=later),
        "long_term": lambda by: c.LongTerm(by=by, note=NOTE, until=later),
        "appeal": lambda by: c.Appeal(
            by=by, note=NOTE, stage=rng.choice([*Stage]), cause="weather"
        ),
        "answer": lambda by: c.Answer(by=by, note=NOTE, ask=rng.choice([*AskKind]), granted=flag),
        "card": lambda by: c.Card(by=by, note=NOTE, stage=rng.choice([*Stage])),
        "supervise": lambda by: c.Supervise(
            by=by, note=NOTE, kind=rng.choice([*field.SUPERVISIONS]), grade=2
        ),
        "decline": lambda by: c.Decline(
            by=by, note=NOTE, reason=rng.choice([*field.DECLINE_REASONS])
        ),
        "recategorise": lambda by: c.Recategorise(by=by, note=NOTE, category=x.GAS),
    }


def command(rng, case, known, now):
    """Something that somebody may do with the case now."""
    by = rng.choice([*PEOPLE, CLOCK])
    rows = [row for row in allowed(case, by, known) if row.name not in IMPOSSIBLE]
    if not rows:
        return None
    row = rng.choice(rows)
    if row.name in SELDOM and rng.random() < 0.9:
        return None
    make = commands(rng, now).get(row.name)
    return make(by) if make is not None else row.command(by=by, note=NOTE)


#: What the platform itself gives with facts of its own, and what tells nobody anything.
IMPOSSIBLE = frozenset({"file", "gather", "join", "leave", "recur", "comment", "attach", "inform"})


def history(seed):
    """(event, before, after) of a case to which many things happen."""
    rng = random.Random(seed)
    category = rng.choice([x.RUBBISH, x.GAS, x.MANHOLE])
    source = rng.choice([Source.HOTLINE, Source.WORKER, Source.SENSOR])
    policy = x.policy()
    parent = x.filed()
    now = x.THURSDAY
    report = x.report(category=category, source=source, sender="key:citizen")
    known = Known(case_id="a case", number="2026-0000007", place=x.place())
    events, steps = apply(None, c.File(by=RULES, report=report), known, now, policy)
    taken = list(zip(events, [None, *steps], steps, strict=False))
    for _ in range(100):
        now += timedelta(minutes=rng.choice([1, 1, 1, 1, 30, 600]))
        case = steps[-1]
        known = Known(parent=parent, lot=rng.random(), place=x.place())
        given = command(rng, case, known, now)
        if given is None:
            continue
        try:
            events, after = apply(case, given, known, now, policy)
        except Rejected:
            continue
        taken += zip(events, [case, *after], after, strict=False)
        steps = after
    return taken


def test_every_history_can_be_told():
    """And most of the table comes up: what does not is rare even among 200 histories."""
    seen = set()
    for seed in range(200):
        for event, before, after in history(seed):
            told = notices(event, before, after, CIRCLE)
            assert len({notice.to.same for notice in told}) == len(told)
            for notice in told:
                seen.add(notice.template)
                zh, en = words.text(notice.template, dict(notice.facts))
                assert len(zh) <= 70, zh
                assert not re.search(r"[{}]|None|key:|_|[a-z]", zh), (zh, notice)
                assert not re.search(r"[{}]|None|key:|_|[^\x00-\x7f]", en), (en, notice)
                to = notice.to
                assert bool(to.area) != bool(to.report or to.kind is To.PERSON), notice
                assert not to.area or to.area.endswith("/"), notice
    assert len({row.template for row in TABLE} - seen) <= 4
