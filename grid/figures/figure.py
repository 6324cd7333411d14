"""What a figure is made of: what it counts, how a row belongs, why one is left out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grid.figures.conditions import Where


class Of(StrEnum):
    """What kind of rows is counted."""

    CASE = "case"
    STAGE = "stage"  # an overdue counts against who held it
    CALL = "call"  # a callback counts for each reporter and level


class Shape(StrEnum):
    """What the answer is."""

    SHARE = "share"  # hits of all that count, with an interval of chance
    COUNT = "count"  # hits
    RATIO = "ratio"  # of two sums
    PER_10000 = "per_10000"  # hits per 10,000 of something in the area


@dataclass(frozen=True, slots=True)
class Counting:
    """How rows are counted: `moment` is the column that lies in the period (empty: as of now).

    `exempted` is the hit of the exempted variant where that differs from the raw one; `sums` are
    the columns that a ratio sums up, above and below.
    """

    of: Of
    moment: str
    where: Where
    hit: Where
    excluded: tuple[tuple[str, Where], ...] = ()
    exempted: Where | None = None
    sums: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `better` is `higher`, `lower` or empty where it is no merit.

    `held` is how it is counted for departments and workers, where the stages that they held count
    instead of whole cases. `person` is the column that names the worker it counts for; None where
    it is no worker's figure.
    """

    name: str
    zh: str
    en: str
    shape: Shape
    counting: Counting
    top: str  # the numerator, in words
    bottom: str  # the denominator, in words
    better: str = ""
    held: Counting | None = None
    person: str | None = None
    missing: str = ""  # why there is no value, where the data are not there
    per: str = ""  # the measure of areas of which 10,000 are the denominator

    def by(self, by: str) -> Counting:
        """How it is counted for `area`, `category`, `department` or `worker`."""
        by_holder = by in ("department", "worker")
        return self.held if self.held is not None and by_holder else self.counting


#: Why a row is left out, Chinese and English.
REASONS: dict[str, tuple[str, str]] = {
    "merged": ("已并案，处置只计主案一次", "merged: handling counts once, with its parent"),
    "withdrawn": ("上报人已撤回", "withdrawn by who reported it"),
    "declined": ("不予受理", "declined"),
    "void": ("已作废", "void"),
    "paused": ("暂停计时或挂账中，另行统计", "its clocks stand; counted by itself"),
    "not_due": ("尚未到期", "not due yet"),
    "waiting": ("尚无结果", "nothing decided yet"),
    "settled": ("网格自办，无需派遣", "settled by the cell's team: nobody to dispatch to"),
    "passed_on": ("到期前已转交或已终止", "passed on or over before it was due"),
    "trying": ("仍在回访", "still being called"),
    "other_source": ("其他来源", "from neither workers nor citizens"),
    "recheck_failed": (
        "抽查或回访未通过",
        "failed the re-check, or the reporter was not satisfied",
    ),
    "unpromised": ("没有办结承诺", "nothing was promised"),
}

#: Why there is no value at all.
MISSING: dict[str, tuple[str, str]] = {
    "nothing": ("期内没有可计的案件", "nothing to count in the period"),
    "no_area_facts": (
        "该区域尚未载入人口或经营主体数据",
        "no population or business figures are loaded for the area",
    ),
    "not_by": ("不按此维度统计", "not counted this way"),
    "no_patrols": ("尚无巡查数据", "there are no patrols yet"),
}
