"""Anything that anybody may ask of a case, for properties: people, facts, commands, policies.

A command is drawn before it is known when it will be given: `Draft.at(now)` puts the times in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.cases.known import Known
from grid.cases.transitions import BY_NAME
from grid.model import Level, Stage, Status
from grid.policy.parameters import HANDLER_CHANGES
from grid.principal import WATCHER, Principal
from grid.words import (
    APPEAL_CAUSES,
    CALLBACK_REASONS,
    CHANNELS,
    CONTACTS,
    DECLINE_REASONS,
    HAND_OVERS,
    INFORMED,
    OUTCOMES,
    SUPERVISIONS,
    TELLINGS,
)
from tests.unit.cases.story import (
    CITIZEN,
    CITY_HOTLINE,
    CITY_OPERATOR,
    CITY_SUPERVISOR,
    DISTRICT_CLERK,
    GAS_SUPPLY,
    HOTLINE,
    ID,
    NOTE,
    POLICE,
    ROADS,
    STRANGER,
    STREET_CLERK,
    SUPERVISOR,
    WATER,
    parent,
    with_street,
)
from tests.unit.examples import (
    ADMIN,
    ANALYST,
    CELL,
    CITY,
    CLERK,
    COLLEAGUE,
    GAS,
    MANHOLE,
    NEIGHBOUR,
    OPERATOR,
    OTHER_CELL,
    OTHER_COMMUNITY_CELL,
    RUBBISH,
    SOURCE,
    WORKER,
    place,
    policy,
)

PEOPLE = (
    WORKER, COLLEAGUE, NEIGHBOUR, CLERK, STREET_CLERK, DISTRICT_CLERK, OPERATOR, CITY_OPERATOR,
    ADMIN, SUPERVISOR, CITY_SUPERVISOR, HOTLINE, CITY_HOTLINE, CITIZEN, STRANGER, SOURCE, ANALYST,
    WATER, ROADS, POLICE, GAS_SUPPLY, WATCHER,
)  # fmt: skip

BY_ID = {principal.id: principal for principal in PEOPLE}

#: Small, a department's, an emergency, a quarrel of days, nobody's by the table, an enterprise's.
CATEGORIES = (RUBBISH, MANHOLE, GAS, "service.01.01", "service.07.01", "service.09.01")
#: The same cell's position, others, another district's cell, and no cell at all, in two layouts.
PLACES = tuple(
    replace(place(path), lon=119.16 + n / 100, layout=layout)
    for layout in (1, 2)
    for n, path in enumerate(
        (
            CELL,
            OTHER_CELL,
            OTHER_COMMUNITY_CELL,
            "3707/370702/370702001/370702001001/370702001001001/",
            CITY,
        )
    )
)


def policies() -> dict[str, Any]:
    """Both that ship, and one under which work goes up with the charge."""
    changing = replace(policy(), handler_changes=frozenset(HANDLER_CHANGES))
    return {"default": policy(), "with-street": with_street(), "changing": changing}


@dataclass(frozen=True)
class Draft:
    """A command that waits for its moment: fields that are times are counted from it."""

    kind: type[c.Command]
    fields: tuple[tuple[str, Any], ...]

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!s:.20}" for name, value in self.fields)
        return f"{self.kind.__name__}({said})"

    def at(self, now: datetime, by: Principal) -> c.Command:
        """The command as this principal gives it now."""
        made = {k: now + v if isinstance(v, timedelta) else v for k, v in self.fields}
        return self.kind(by=by, **made)


@dataclass(frozen=True)
class Facts:
    """What may be known beside the case, said shortly: `known` says it whole."""

    place: int
    parent: str
    lot: float
    skipped: tuple[Level, ...]
    senders: frozenset[str]
    reachable: bool

    @property
    def known(self) -> Known:
        return Known(
            case_id=ID,
            number="2026-0000001",
            place=PLACES[self.place],
            parent=PARENTS[self.parent],
            lot=self.lot,
            skipped=self.skipped,
            senders=self.senders,
            reachable=self.reachable,
        )


PARENTS = {
    "open": parent().case,
    "closed": replace(parent().case, status=Status.CLOSED),
    "merged": replace(parent().case, parent="z"),
    "itself": replace(parent().case, id=ID),
}


def _one(values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(sorted(values))


_NOTE = st.sampled_from([NOTE, NOTE, NOTE, None])
_AHEAD = st.floats(-1, 100).map(lambda days: timedelta(days=round(days, 3)))
_SOON = st.floats(0.5, 240).map(lambda hours: timedelta(hours=round(hours, 2)))
_CODES = st.sampled_from(["water", "roads", "police", "gas", "housing", "magic"])
_SOME = st.lists(_CODES, max_size=2, unique=True).map(tuple)
_TRUTH = st.booleans()
_EVIDENCE = st.just(frozenset({"after_photo", "note", "party_confirms"})) | st.just(frozenset())

FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "admit": {},
    "decline": {"reason": _one([*DECLINE_REASONS, "mood"])},
    "relocate": {},
    "recategorise": {"category": st.sampled_from([*CATEGORIES, "event.99.99"])},
    "rezone": {"person": st.sampled_from([None, "key:a", ""])},
    "dispatch": {"department": st.just("") | _CODES, "assisting": _SOME},
    "delegate": {"to": st.sampled_from(Level)},
    "accept": {"condition": st.sampled_from([None, None, None, "1", "2"])},
    "take_over": {},
    "hand_over": {"person": _one(["key:a", "key:b", ""]), "cause": _one(HAND_OVERS)},
    "whistle": {"departments": _SOME},
    "report_in": {},
    "set_date": {"until": _SOON | _AHEAD},
    "return": {},
    "rule": {"department": st.just("") | _CODES},
    "escalate": {"to": st.sampled_from([None, None, *Level])},
    "recur": {"reports": st.integers(1, 4), "first": st.just("2026-1")},
    "settle": {"evidence": _EVIDENCE},
    "contact": {"how": _one(CONTACTS)},
    "propose": {},
    "handle": {"outcome": _one(OUTCOMES), "evidence": _EVIDENCE},
    "review": {"passed": _TRUTH},
    "verify": {"passed": _TRUTH},
    "call_back": {
        "reached": st.sampled_from([True, True, False]),
        "satisfied": st.sampled_from([True, False, False, None]),
        "reason": _one([*CALLBACK_REASONS, ""]),
        "report": st.sampled_from([None, None, "another-report"]),
    },
    "extend": {"until": _SOON | _AHEAD},
    "pause": {"until": _AHEAD},
    "long_term": {"until": _AHEAD},
    "appeal": {"stage": st.sampled_from(Stage), "cause": _one([*APPEAL_CAUSES, "mood"])},
    "answer": {"ask": st.sampled_from(AskKind), "granted": st.sampled_from([True, True, False])},
    "resume": {},
    "supervise": {"kind": _one(SUPERVISIONS), "grade": st.integers(0, 4)},
    "feed_back": {},
    "card": {"stage": st.sampled_from(Stage)},
    "withdraw": {},
    "void": {},
    "reopen": {},
    "merge": {"cause": _one(["surge", "duplicate"])},
    "unmerge": {},
    "join": {"child": st.just("x"), "reports": st.integers(1, 3)},
    "leave": {"child": st.just("x"), "reports": st.integers(1, 3)},
    "comment": {},
    "attach": {"files": st.sampled_from([(), (NOTE,)])},
    "inform": {"channel": _one(CHANNELS), "to": _one(INFORMED), "sort": _one(TELLINGS)},
}  # fmt: skip

#: The sender's clock: mostly none, else some days behind or a little ahead.
_DONE = st.sampled_from([None, None, timedelta(hours=-1), timedelta(days=-3), timedelta(hours=1)])


def drafts(name: str) -> st.SearchStrategy[Draft]:
    """Any command of that row."""
    fields = FIELDS[name] | {"note": _NOTE, "done_at": _DONE}
    given = st.fixed_dictionaries(fields).map(lambda made: tuple(made.items()))
    return given.map(lambda made: Draft(BY_NAME[name].command, made))


def any_draft() -> st.SearchStrategy[Draft]:
    """Any command at all that can be given to a case."""
    return st.one_of([drafts(name) for name in FIELDS])


def people() -> st.SearchStrategy[str]:
    """Somebody, by name: `BY_ID` has the principal."""
    return st.sampled_from(sorted(BY_ID))


def facts() -> st.SearchStrategy[Facts]:
    """What may be known beside the case."""
    return st.builds(
        Facts,
        place=st.integers(0, len(PLACES) - 1),
        parent=st.sampled_from(sorted(PARENTS)),
        lot=st.sampled_from([0.0, 1.0]),
        skipped=st.sampled_from([(), (), (Level.COMMUNITY,), (Level.STREET, Level.DISTRICT)]),
        senders=st.sampled_from([frozenset(), frozenset({STRANGER.id})]),
        reachable=_TRUTH,
    )


def waits() -> st.SearchStrategy[timedelta]:
    """From no time at all to weeks; mostly hours."""
    return st.one_of(
        st.just(timedelta(0)),
        st.integers(1, 300).map(lambda n: timedelta(minutes=n)),
        st.integers(1, 60).map(lambda n: timedelta(hours=n)),
        st.integers(1, 40).map(lambda n: timedelta(days=n)),
    )
