"""The table of figures: what each counts, out of what, leaving out what and why.

The code, the database's queries, the API, the reference page and the tests read this table. A row
of a case, of a held stage or of a callback belongs to a figure when its moment lies in the period
and `where` holds; it is left out by the first of `excluded` that fits; it is a hit or not by `hit`.
"""

from __future__ import annotations

from dataclasses import replace

from grid.figures.conditions import (
    ALWAYS,
    Bound,
    Where,
    among,
    before,
    is_,
    known,
    not_,
    over,
    unknown,
    up_to,
)
from grid.figures.figure import Counting, Figure, Of, Shape
from grid.model import OWN_SOURCES, Level, Source
from grid.words import LEVELS

_CASE, _STAGE, _CALL = Of.CASE, Of.STAGE, Of.CALL
_MERGED = ("merged", (is_("status", "merged"),))
_NO_WORK = (
    _MERGED,
    ("withdrawn", (is_("status", "withdrawn"),)),
    ("declined", (is_("status", "declined"),)),
    ("void", (is_("status", "void"),)),
)
_PAUSED = ("paused", (known("paused_since"),))
_OWN = tuple(sorted(source.value for source in OWN_SOURCES))
_PEOPLE = (Source.HOTLINE.value, Source.CITIZEN.value, Source.ENTERPRISE.value)


def _due(moment: str, hit: Where, exempted: Where | None = None) -> Counting:
    """Cases that should have got there by a due in the period."""
    not_due = ("not_due", (over(moment, Bound.NOW),))
    return Counting(_CASE, moment, ALWAYS, hit, (*_NO_WORK, _PAUSED, not_due), exempted)


def _stages(where: Where) -> Counting:
    """Stages that were due in the period, by those who held them."""
    return Counting(
        _STAGE,
        "due",
        where,
        (is_("how", "done"), is_("late", False)),
        (
            ("passed_on", (among("how", "passed_on", "over"), is_("late", False))),
            ("paused", (is_("how", "paused"), is_("late", False))),
            ("not_due", (over("due", Bound.NOW), among("how", "running"))),
        ),
        (among("how", "done", "passed_on", "over"), is_("blamed", False)),
    )


def _closed(where: Where, hit: Where) -> Counting:
    """Cases closed in the period."""
    return Counting(_CASE, "closed_at", (is_("status", "closed"), *where), hit)


def _now(of: Of, hit: Where) -> Counting:
    """What stands so now, whenever it began."""
    return Counting(of, "", hit, ALWAYS)


_RESOLVING = _stages((is_("stage", "resolve"),))
_SHARE, _COUNT = Shape.SHARE, Shape.COUNT

_MAIN = (
    Figure(
        "received", "受理数", "received", _COUNT,
        Counting(_CASE, "received_at", (is_("gathered", False),), ALWAYS),
        "cases received in the period, merged ones too, parents of surges not", "",
        person="sender",
    ),
    Figure(
        "filed", "立案率", "filed of received", _SHARE,
        Counting(
            _CASE, "received_at", (is_("gathered", False),), (known("filed_at"),),
            (
                ("withdrawn", (is_("status", "withdrawn"), unknown("filed_at"))),
                ("waiting", (is_("status", "received"),)),
            ),
        ),
        "of these, filed: at once or after the check", "cases received in the period",
    ),
    Figure(
        "dispatched", "派遣率", "dispatched of filed", _SHARE,
        Counting(
            _CASE, "received_at", (known("filed_at"),), (known("dispatched_at"),),
            (_MERGED, ("settled", (known("settled_at"), unknown("dispatched_at")))),
        ),
        "of these, given to a department, by the rules or by hand",
        "cases received in the period and filed",
    ),
    Figure(
        "closed", "结案率", "closed of what should be closed", _SHARE,
        _due("promise_due", (before("closed_at", Bound.END),)),
        "of these, closed by the end of the period", "cases whose promise was due in the period",
        better="higher",
    ),
    Figure(
        "handled_in_time", "按期处置率", "handled in time", _SHARE,
        _due(
            "handle_due",
            (known("handled_at"), is_("handle_late", False)),
            (known("handled_at"), is_("handle_blamed", False)),
        ),
        "of these, handled, and no leading handler was late",
        "cases whose resolution was due in the period; for departments and workers the stages to "
        "resolve that they held",
        better="higher", held=_RESOLVING, person="person",
    ),
    Figure(
        "closed_in_time", "按期结案率", "closed in time", _SHARE,
        _due(
            "promise_due",
            (known("closed_at"), is_("closed_late", False)),
            (known("closed_at"), is_("closed_blamed", False)),
        ),
        "of these, closed within the promise, the first time as well",
        "cases whose promise was due in the period",
        better="higher",
    ),
    Figure(
        "rework", "返工率", "rework", _SHARE,
        _due("promise_due", (over("rework", 0),)),
        "of these, sent back by a review or a verification",
        "cases whose promise was due in the period",
        better="lower", person="handled_by",
    ),
    Figure(
        "extended", "延期率", "extended", _SHARE,
        _due("promise_due", (over("extensions", 0),)),
        "of these, with more time granted", "cases whose promise was due in the period",
        better="lower",
    ),
    Figure(
        "returned", "回退率", "returned", _SHARE,
        Counting(
            _CASE, "received_at", (known("dispatched_at"),), (over("returns", 0),), (_MERGED,)
        ),
        "of these, returned by a handler", "cases received in the period and given to a department",
        better="lower",
    ),
    Figure(
        "first_right", "首派准确率", "first dispatch right", _SHARE,
        Counting(_CASE, "received_at", (known("dispatched_at"),), (is_("misdirected", False),),
            (
                *_NO_WORK,
                ("waiting", (unknown("accepted_at"), is_("misdirected", False),
                             among("status", "open", "received"))),
            ),
        ),
        "of these, neither returned nor given to another department",
        "cases received in the period, given to a department and accepted",
        better="higher",
    ),
)  # fmt: skip


def _calls(level: Level) -> tuple[Figure, ...]:
    zh, en = LEVELS[level]
    here = is_("level", level.value)
    tried = (("trying", (is_("final", False),)),)
    said = "of these, {}"
    bottom = f"reporters called by the {en}'s hotline in the period, each once"
    reached = f"reporters reached by the {en}'s hotline in the period"
    return (
        Figure(
            f"reached_{level.value}", f"回访联系率（{zh}）", f"reached ({en})", _SHARE,
            Counting(_CALL, "at", (here,), (is_("reached", True),), tried),
            said.format("reached"), bottom, better="higher",
        ),
        Figure(
            f"solved_{level.value}", f"回访解决率（{zh}）", f"solved ({en})", _SHARE,
            Counting(_CALL, "at", (here, is_("reached", True)), (is_("solved", True),)),
            said.format("who said it is solved"), reached, better="higher",
        ),
        Figure(
            f"satisfied_{level.value}", f"回访满意率（{zh}）", f"satisfied ({en})", _SHARE,
            Counting(_CALL, "at", (here, is_("reached", True)), (is_("satisfied", True),)),
            said.format("who were satisfied"), reached, better="higher",
        ),
    )  # fmt: skip


_COMPLAINTS = Counting(
    _CASE, "received_at", (is_("gathered", False), among("source", *_PEOPLE)), ALWAYS
)
_OTHERS = (
    Figure(
        "satisfied", "满意率", "satisfied", _SHARE,
        Counting(_CALL, "at", (is_("reached", True),), (is_("satisfied", True),)),
        "of these, satisfied", "reporters reached in the period, by either hotline",
        better="higher",
    ),
    Figure(
        "unreached", "未联系上", "not reached", _SHARE,
        Counting(_CALL, "at", (is_("final", True),), (is_("reached", False),)),
        "of these, never reached: closed and counted apart",
        "reporters whose callback ended in the period",
    ),
    Figure(
        "complaints_inhabitants", "每万人诉求量", "complaints per 10,000 inhabitants",
        Shape.PER_10000, _COMPLAINTS, "cases received from hotline, citizens and enterprises",
        "inhabitants of the area", better="lower", missing="no_area_facts", per="population",
    ),
    Figure(
        "complaints_businesses", "每万户经营主体诉求量", "complaints per 10,000 businesses",
        Shape.PER_10000,
        replace(_COMPLAINTS, where=(is_("gathered", False), is_("source", "enterprise"))),
        "cases received from enterprises", "businesses of the area",
        better="lower", missing="no_area_facts", per="businesses",
    ),
    Figure(
        "time_saved", "承诺时限缩短率", "promised against actual time", Shape.RATIO,
        Counting(
            _CASE, "closed_at", (is_("status", "closed"),), ALWAYS,
            (_MERGED, ("unpromised", (unknown("promised_s"),))), sums=("saved_s", "promised_s"),
        ),
        "time promised at first less the time that it took, pauses left out (1 - actual/promised)",
        "time promised at first, of the cases closed in the period",
        better="higher",
    ),
    Figure(
        "stages_in_time", "环节按期率", "stages in time", _SHARE, _stages(ALWAYS),
        "of these, done in time",
        "stages of all kinds that were due in the period, for who held them",
        better="higher", person="person",
    ),
    Figure(
        "verified_in_time", "按期核查率", "verified in time", _SHARE,
        _stages((is_("stage", "verify"),)),
        "of these, done in time", "verifications that were due in the period",
        better="higher", person="person",
    ),
    Figure(
        "red", "红灯数", "red lights", _COUNT,
        Counting(_STAGE, "due", (is_("late", True),), ALWAYS, exempted=(is_("blamed", True),)),
        "stages that were due in the period and missed", "", better="lower", person="person",
    ),
    Figure(
        "yellow", "黄灯数", "yellow lights", _COUNT,
        _now(_STAGE, (unknown("ended"), is_("how", "running"), up_to("warn", Bound.NOW),
                      over("due", Bound.NOW))),
        "stages that are yellow now", "", person="person",
    ),
    Figure(
        "carded", "亮牌率", "carded", _SHARE,
        replace(_stages(ALWAYS), hit=(known("carded_at"),), exempted=None),
        "of these, given a card", "stages of all kinds that were due in the period",
        better="lower", person="person",
    ),
    Figure(
        "cards", "亮牌数", "cards", _COUNT, Counting(_STAGE, "carded_at", ALWAYS, ALWAYS),
        "cards given in the period", "", better="lower", person="person",
    ),
    Figure(
        "found", "网格发现率", "found by workers", _SHARE,
        Counting(
            _CASE, "received_at", (is_("gathered", False),), (among("source", *_OWN),),
            (("other_source", (among("source", *sorted(
                s.value for s in Source if s.value not in (*_OWN, *_PEOPLE))),)),),
        ),
        "of these, found by workers and inspectors",
        "cases received in the period from workers, inspectors, hotline, citizens and enterprises",
        better="higher",
    ),
    Figure(
        "confirmed", "上报属实数", "confirmed reports", _SHARE,
        Counting(
            _CASE, "received_at", (is_("gathered", False), among("source", *_OWN)),
            (known("filed_at"), not_("status", "void"), not_("status", "declined")),
            (("waiting", (is_("status", "received"),)), _MERGED,
             ("withdrawn", (is_("status", "withdrawn"),))),
        ),
        "of these, filed, and neither declined nor void", "cases found by workers in the period",
        better="higher", person="sender",
    ),
    Figure(
        "settled", "自办率", "settled by the team", _SHARE,
        Counting(
            _CASE, "closed_at", (is_("status", "closed"),), (known("settled_at"),),
            (("recheck_failed", (known("settled_at"), is_("recheck_failed", True))),),
        ),
        "of these, settled by the cell's own team", "cases closed in the period",
        person="settled_by",
    ),
    *(
        Figure(
            f"ended_{level.value}", f"{LEVELS[level][0]}办结率",
            f"ended with the {LEVELS[level][1]} in charge", _SHARE,
            _closed(ALWAYS, (is_("level", level.value),)),
            f"of these, with the {LEVELS[level][1]} in charge at the end",
            "cases closed in the period",
        )
        for level in Level
    ),
    Figure(
        "small_in_grid", "小事不出网格率", "small matters that never left the grid", _SHARE,
        _closed(
            (is_("size", "small"),),
            (is_("level", "grid"), is_("kind", "team"), is_("escalations", 0)),
        ),
        "of these, never above the grid, and handled by the cell's team",
        "small matters closed in the period", better="higher",
    ),
    Figure(
        "reopened", "重开率", "reopened", _SHARE, _closed(ALWAYS, (over("reopened", 0),)),
        "of these, opened again before", "cases closed in the period", better="lower",
    ),
    Figure(
        "paused", "暂停计时数", "paused", _COUNT,
        _now(_CASE, (known("paused_since"), is_("pause_kind", "pause"))),
        "cases whose clocks stand now", "",
    ),
    Figure(
        "long_term", "挂账数", "on the long-term list", _COUNT,
        _now(_CASE, (known("paused_since"), is_("pause_kind", "long_term"))),
        "cases on the long-term list now", "",
    ),
)  # fmt: skip

#: All figures, in the order in which they are shown.
FIGURES: tuple[Figure, ...] = (*_MAIN, *_calls(Level.DISTRICT), *_calls(Level.CITY), *_OTHERS)
BY_NAME: dict[str, Figure] = {figure.name: figure for figure in FIGURES}
