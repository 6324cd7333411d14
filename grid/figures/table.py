"""Figures side by side: one line for each area, department, worker or category, and the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grid.figures.answers import Answer, Variant, answer, not_by, ranks
from grid.figures.counting import Tally
from grid.figures.score import AREA_FIGURES, area_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grid.figures.figure import Figure
    from grid.figures.score import Sum
    from grid.policy.parameters import Score

Answers = dict[str, dict[Variant, Answer]]


@dataclass(frozen=True, slots=True)
class Name:
    """What a line is of; `group` is whom it is compared with, empty for nobody."""

    code: str
    zh: str
    en: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: answers by figure and variant, places in the group, composite scores."""

    name: Name
    answers: Answers
    ranks: Mapping[str, Mapping[Variant, int]]
    scores: Mapping[Variant, Sum]


@dataclass(frozen=True, slots=True)
class Table:
    """All lines, what belongs to none of them (`rest`), and everything together (`total`)."""

    by: str
    figures: tuple[Figure, ...]
    variants: tuple[Variant, ...]
    lines: tuple[Line, ...]
    rest: Line | None
    total: Line


def table(
    figures: Sequence[Figure],
    found: Mapping[str, Mapping[str, Tally]],
    names: Iterable[Name],
    *,
    by: str,
    variants: Sequence[Variant] = tuple(Variant),
    score: Score | None = None,
    bases: Mapping[str, Mapping[str, float]] | None = None,
) -> Table:
    """The table of what was counted: `found` by figure's name and by code.

    What is counted for codes without a name is in `rest`. With `score` lines of areas get their
    composite score, for which its figures must have been counted. `bases` says by measure and
    area's code how many there are of what a figure is counted per 10,000 of; "" is the whole.
    """
    named = list(names)
    codes = {name.code for name in named}
    asked = tuple(variants)
    score = score if by == "area" else None
    known = bases or {}
    scored = {figure for figure, _ in AREA_FIGURES.values()} if score else set()
    counted = [f for f in figures if f.name in found]
    of_line = {
        name.code: {m: of[code] for m, of in known.items() if (code := _place(name, by)) in of}
        for name in named
    }
    whole = {measure: of[""] for measure, of in known.items() if "" in of}
    full = [_line(n, counted, found, (n.code,), asked, score, of_line[n.code]) for n in named]
    outside = sorted({code for groups in found.values() for code in groups} - codes)
    everything = sorted(codes) + outside
    rest = _line(Name("", "其他", "others"), counted, found, outside, asked, score, {})
    total = _line(Name("", "合计", "total"), counted, found, everything, asked, score, whole)
    groups = {name.code: name.group for name in named}
    placed: dict[str, dict[str, dict[Variant, int]]] = {code: {} for code in codes}
    for figure in counted:
        for variant in asked:
            values = {line.name.code: line.answers[figure.name][variant] for line in full}
            for code, place in ranks(figure, values, groups).items():
                placed[code].setdefault(figure.name, {})[variant] = place
    assert not scored or scored <= {figure.name for figure in counted}
    return Table(
        by=by,
        figures=tuple(figures),
        variants=asked,
        lines=tuple(replace(line, ranks=placed[line.name.code]) for line in full),
        rest=rest if outside else None,
        total=total,
    )


def _place(name: Name, by: str) -> str:
    """The code of the area that a line's people live in: its own, or the whole."""
    return name.code if by == "area" else ""


def _line(
    name: Name,
    figures: Iterable[Figure],
    found: Mapping[str, Mapping[str, Tally]],
    codes: Iterable[str],
    variants: Sequence[Variant],
    score: Score | None,
    of: Mapping[str, float],
) -> Line:
    codes = tuple(codes)
    answers: Answers = {}
    for figure in figures:
        tally = Tally()
        groups = found[figure.name]
        for code in codes:
            if code in groups:
                tally.join(groups[code])
        base = of.get(figure.per)
        answers[figure.name] = {
            variant: answer(figure, tally, variant, base) for variant in variants
        }
    scores = {}
    if score is not None:
        for variant in variants:
            chosen = {figure: one[variant] for figure, one in answers.items()}
            scores[variant] = area_score(score, chosen)
    return Line(name, answers, {}, scores)


def answer_of(line: Line, figure: Figure, variant: Variant) -> Answer:
    """The line's answer, also for a figure that is not counted this way."""
    found = line.answers.get(figure.name)
    return not_by() if found is None else found[variant]
