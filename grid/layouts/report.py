"""A report on a layout against the six principles, and its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from grid.layouts.bounds import VERDICTS, Bound, Verdict, overall
from grid.layouts.principles import FAULTS, GROUPS, MEASURES, REASONS, Group, Principle, Unit

if TYPE_CHECKING:
    from datetime import datetime

#: The version of the JSON; fields are added, never renamed or taken away.
FORMAT: Final = "wangge-layout-report/1"

_UNITS: dict[Unit, tuple[str, str]] = {
    Unit.SHARE: ("", ""),
    Unit.COUNT: ("", ""),
    Unit.CASES: (" 件", " cases"),
    Unit.HOUSEHOLDS: (" 户", " households"),
    Unit.PEOPLE: (" 人", " people"),
    Unit.KM2: (" 平方公里", " km²"),
    Unit.M2: (" 平方米", " m²"),
    Unit.TIMES: (" 倍", " times"),
    Unit.INDEX: ("", ""),
}
_DECIMALS: dict[Unit, int] = {Unit.KM2: 2, Unit.TIMES: 1, Unit.INDEX: 2}
_WHOLE = 100
_SMALL = 0.001


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one group of cells.

    Of a measure of each cell, `value` is the share of the `known` cells that lie beyond the
    bound, `beyond` how many, and `least`, `median`, `most` are of the cells; else `value` is the
    figure itself. `of` is how many there are in the group. `reason` (a key of REASONS) says why
    there is no value, or no verdict.
    """

    measure: str
    group: Group
    value: float | None
    bound: Bound | None = None
    verdict: Verdict = Verdict.UNKNOWN
    reason: str = ""
    known: int | None = None
    of: int | None = None
    beyond: int | None = None
    least: float | None = None
    median: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Worst:
    """One of the worst cells: what is bad about it, where it lies, and whether beyond a bound."""

    code: str
    name: str
    place: str
    path: str
    lon: float | None
    lat: float | None
    measure: str
    value: float
    beyond: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """A fault of the check: its kind (a key of FAULTS), area, place and ground."""

    kind: str
    feature: str
    code: str | None
    reason: str
    lon: float | None
    lat: float | None
    area_m2: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """How a layout stands to one principle."""

    principle: Principle
    verdict: Verdict
    figures: tuple[Figure, ...]
    worst: tuple[Worst, ...]
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """Which layout: its number where it is stored, name, source, how many cells."""

    number: int | None
    name: str
    source: str
    synthetic: bool
    cells: int


@dataclass(frozen=True, slots=True)
class Report:
    """A layout against all six principles; `before` is the number or file it is compared with."""

    about: About
    made_at: datetime
    before: str | None
    held: tuple[Held, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of those that could be judged."""
        return overall(one.verdict for one in self.held)

    @property
    def not_judged(self) -> tuple[str, ...]:
        """The principles that nothing can be said of."""
        return tuple(h.principle.name for h in self.held if h.verdict is Verdict.UNKNOWN)


def text_of(value: float, unit: Unit) -> tuple[str, str]:
    """A value in Chinese and English.

    >>> text_of(0.0123, Unit.SHARE), text_of(1234.5, Unit.M2), text_of(2, Unit.KM2)
    (('1.2%', '1.2%'), ('1,234 平方米', '1,234 m²'), ('2.00 平方公里', '2.00 km²'))
    """
    if unit is Unit.SHARE:
        percent = _percent(value)
        return percent, percent
    decimals = _DECIMALS.get(unit, 0 if float(value).is_integer() or value >= _WHOLE else 1)
    number = f"{value:,.{decimals}f}"
    return number + _UNITS[unit][0], number + _UNITS[unit][1]


def figure_text(figure: Figure) -> tuple[str, str]:
    """A figure's value in Chinese and English; why there is none where there is none."""
    unit = MEASURES[figure.measure].unit
    if figure.value is None and figure.median is None:
        return REASONS[figure.reason]
    if not MEASURES[figure.measure].each:
        assert figure.value is not None
        return text_of(figure.value, unit)
    said = ["", ""]
    if figure.value is not None:
        share = _percent(figure.value)
        said = [f"{share}（{figure.beyond} 个）超出；", f"{share} ({figure.beyond}) beyond; "]
    if unit is Unit.COUNT:
        return said[0].removesuffix("；"), said[1].removesuffix("; ")
    if figure.least is not None and figure.median is not None and figure.most is not None:
        ends = [text_of(v, unit) for v in (figure.least, figure.median, figure.most)]
        said[0] += f"最小 {ends[0][0]}，中位 {ends[1][0]}，最大 {ends[2][0]}"
        said[1] += f"least {ends[0][1]}, median {ends[1][1]}, most {ends[2][1]}"
    if figure.known is not None and figure.of is not None and figure.known < figure.of:
        said[0] += f"（{figure.known}/{figure.of} 个有数据）"
        said[1] += f" (known of {figure.known} of {figure.of})"
    return said[0], said[1]


def bound_text(bound: Bound) -> tuple[str, str]:
    """A bound in Chinese and English."""
    measure = MEASURES[bound.measure]
    unit = Unit.SHARE if measure.each else measure.unit
    watch, fail = text_of(bound.watch, unit), text_of(bound.fail, unit)
    lower = bound.fail < bound.watch
    words = ("低于", "below") if lower else ("超过", "above")
    zh, en = f"{words[0]} {fail[0]} 不达标", f"{words[1]} {fail[1]} fails"
    if watch != fail:
        zh, en = f"{words[0]} {watch[0]} 关注，{zh}", f"{words[1]} {watch[1]} is watched, {en}"
    if not measure.each:
        return zh, en
    if measure.unit is Unit.COUNT:
        return zh, en
    words = _UNITS[measure.unit]
    if bound.measure == "cases":
        words = (" 倍中位数", " times the median")
    if bound.low is None:
        return (
            f"每格至多 {bound.high:,g}{words[0]}；{zh}",
            f"up to {bound.high:,g}{words[1]} a cell; {en}",
        )
    if bound.high is None:
        return (
            f"每格至少 {bound.low:,g}{words[0]}；{zh}",
            f"{bound.low:,g}{words[1]} a cell or more; {en}",
        )
    ends = f"{bound.low:,g}–{bound.high:,g}"
    return f"每格 {ends}{words[0]}；{zh}", f"{ends}{words[1]} a cell; {en}"


def as_json(report: Report) -> dict[str, Any]:
    """The report as JSON has it; its schema is docs/reference/layout-report.schema.json."""
    about = report.about
    return {
        "format": FORMAT,
        "layout": {
            "number": about.number,
            "name": about.name,
            "source": about.source,
            "synthetic": about.synthetic,
            "cells": about.cells,
        },
        "made_at": report.made_at.isoformat(),
        "compared_with": report.before,
        "verdict": report.verdict.value,
        "not_judged": list(report.not_judged),
        "principles": [_held(one) for one in report.held],
    }


def _held(held: Held) -> dict[str, Any]:
    principle = held.principle
    return {
        "name": principle.name,
        "zh": principle.zh,
        "en": principle.en,
        "measured": {"zh": principle.how_zh, "en": principle.how_en},
        "verdict": held.verdict.value,
        "verdict_zh": VERDICTS[held.verdict][0],
        "figures": [_figure(figure) for figure in held.figures],
        "worst": [
            {
                "code": cell.code,
                "name": cell.name,
                "place": cell.place,
                "path": cell.path,
                "lon": cell.lon,
                "lat": cell.lat,
                "measure": cell.measure,
                "value": cell.value,
                "beyond": cell.beyond,
            }
            for cell in held.worst
        ],
        "places": [
            {
                "kind": spot.kind,
                "zh": FAULTS[spot.kind][0],
                "en": spot.reason,
                "code": spot.code,
                "feature": spot.feature,
                "lon": spot.lon,
                "lat": spot.lat,
                "area_m2": spot.area_m2,
            }
            for spot in held.spots
        ],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    measure, bound = MEASURES[figure.measure], figure.bound
    reason = REASONS[figure.reason] if figure.reason else None
    return {
        "measure": measure.name,
        "zh": measure.zh,
        "en": measure.en,
        "unit": measure.unit.value,
        "group": figure.group.value,
        "group_zh": GROUPS[figure.group][0],
        "value": figure.value,
        "value_is": "share_of_cells_beyond" if measure.each else "figure",
        "known": figure.known,
        "of": figure.of,
        "beyond": figure.beyond,
        "least": figure.least,
        "median": figure.median,
        "most": figure.most,
        "bound": None
        if bound is None
        else {
            "low": bound.low,
            "high": bound.high,
            "watch": bound.watch,
            "fail": bound.fail,
            "since": bound.since.isoformat(),
            "source": bound.source,
            "zh": bound.zh,
            "en": bound.en,
        },
        "verdict": figure.verdict.value,
        "reason": None
        if reason is None
        else {"code": figure.reason, "zh": reason[0], "en": reason[1]},
    }


def _percent(share: float) -> str:
    """Per cent with one decimal; never 0 for what is there, nor 100 for what is not all."""
    if 0.0 < share < _SMALL:
        return "<0.1%"
    if 1.0 - _SMALL < share < 1.0:
        return ">99.9%"
    return f"{100.0 * share:.1f}".removesuffix(".0") + "%"
