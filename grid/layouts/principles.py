"""The six principles of a layout and what is measured for each: one table of words.

“Clearly bounded, moderate in size, comparable in work, easy to manage, without gaps, stable”:
Weifang's platform of cells, 2019. How each is measured is this product's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a figure counts in."""

    SHARE = "share"
    COUNT = "count"
    CASES = "cases"
    HOUSEHOLDS = "households"
    PEOPLE = "people"
    KM2 = "km2"
    M2 = "m2"
    TIMES = "times"
    INDEX = "index"


class Group(StrEnum):
    """Cells that are compared with each other: statistics' classes 1.. and 2.., none, or all."""

    ALL = "all"
    URBAN = "urban"
    RURAL = "rural"
    UNCLASSED = "unclassed"


GROUPS: dict[Group, tuple[str, str]] = {
    Group.ALL: ("全部", "all"),
    Group.URBAN: ("城镇", "urban"),
    Group.RURAL: ("乡村", "rural"),
    Group.UNCLASSED: ("未分类", "without a class"),
}


@dataclass(frozen=True, slots=True)
class Principle:
    """One of the six; `how_zh` and `how_en` say what is measured."""

    name: str
    zh: str
    en: str
    how_zh: str
    how_en: str


PRINCIPLES: tuple[Principle, ...] = (
    Principle(
        "clear", "边界清晰", "Clearly bounded",
        "每个网格有一条有效边界、一个代码和一个自己的名称。",
        "Every cell has one valid outline, a code, and a name of its own.",
    ),
    Principle(
        "moderate", "规模适度", "Moderate in size",
        "每个网格的户数、人口和面积在范围之内；数值为超出范围的网格所占比例。",
        "Households, people and ground of each cell lie within bounds; the figure is the share of "
        "cells beyond them.",
    ),
    Principle(
        "comparable", "任务相当", "Comparable in work",
        "最近一年各网格的案件数（按位置归入网格）是否均衡，城镇、乡村分别比较：基尼系数，最多与中位数之比。",
        "How evenly the cases of the last year, by position, are spread over cells, urban and "
        "rural apart: Gini's coefficient, and the worst cell over the median one.",
    ),
    Principle(
        "manageable", "方便管理", "Easy to manage",
        "网格连成一片、形状紧凑，并且只属于一个上级。",
        "A cell is in one piece, compact, and has exactly one area above it.",
    ),
    Principle(
        "seamless", "无缝衔接", "Without gaps",
        "下级填满上级，同级互不重叠；每处空隙和重叠给出面积和位置。",
        "Children fill their parent and areas of a level do not overlap; every gap and overlap "
        "with its ground and place.",
    ),
    Principle(
        "stable", "相对稳定", "Stable",
        "与上一版相比，边界、名称、代码和上级都不变的网格所占比例，以及仍属同一网格的土地所占比例。",
        "The share of cells as they were in the layout before (border, name, code, parent), and of "
        "ground that stays with its cell.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured; `each`: of every cell, and its figure is the share beyond the bound."""

    name: str
    principle: str
    unit: Unit
    zh: str
    en: str
    each: bool = False


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("invalid_outlines", "clear", Unit.COUNT,
                "边界缺失或无效的区域", "areas with no valid outline"),
        Measure("bad_codes", "clear", Unit.COUNT,
                "代码缺失、重复或层级不明的区域", "areas with no code or level, or another one's"),
        Measure("unnamed", "clear", Unit.COUNT,
                "没有名称的网格", "cells without a name", each=True),
        Measure("namesakes", "clear", Unit.COUNT,
                "与同一上级下其他网格同名的网格", "cells named like another one of their parent",
                each=True),
        Measure("households", "moderate", Unit.HOUSEHOLDS,
                "每格户数", "households of a cell", each=True),
        Measure("people", "moderate", Unit.PEOPLE,
                "每格人口", "people of a cell", each=True),
        Measure("ground", "moderate", Unit.KM2,
                "每格面积", "ground of a cell", each=True),
        Measure("cases", "comparable", Unit.CASES,
                "最近一年每格案件", "cases of a cell in the last year", each=True),
        Measure("cases_gini", "comparable", Unit.INDEX,
                "案件的基尼系数（0 最均衡）", "Gini's coefficient of cases (0: even)"),
        Measure("cases_gini_by_chance", "comparable", Unit.INDEX,
                "仅因偶然就会有的基尼系数", "Gini's coefficient that chance alone gives"),
        Measure("cases_worst_to_median", "comparable", Unit.TIMES,
                "案件最多的网格与中位数之比", "cases of the worst cell over the median"),
        Measure("cases_elsewhere", "comparable", Unit.CASES,
                "不在任何网格内的案件", "cases outside every cell"),
        Measure("polsby_popper", "manageable", Unit.INDEX,
                "紧凑度（圆为 1，正方形为 0.79）",
                "compactness, Polsby–Popper (circle 1, square 0.79)", each=True),
        Measure("length_to_width", "manageable", Unit.TIMES,
                "长宽比", "length over width", each=True),
        Measure("strays", "manageable", Unit.COUNT,
                "飞地（不与本网格相连的地块）", "pieces of a cell away from it", each=True),
        Measure("parents", "manageable", Unit.COUNT,
                "上级不唯一或不明的区域", "areas without exactly one area above"),
        Measure("cells_of_community", "manageable", Unit.COUNT,
                "每个社区（村）的网格数，最多", "cells of a community or village, the most"),
        Measure("left_out", "seamless", Unit.COUNT,
                "因自身有误未参与比较的区域", "areas not compared, being wrong in themselves"),
        Measure("gaps", "seamless", Unit.COUNT, "空隙", "gaps"),
        Measure("gap_ground", "seamless", Unit.M2, "空隙面积", "ground in gaps"),
        Measure("overlaps", "seamless", Unit.COUNT, "重叠", "overlaps"),
        Measure("overlap_ground", "seamless", Unit.M2, "重叠面积", "ground in overlaps"),
        Measure("outside", "seamless", Unit.COUNT,
                "超出上级边界", "places where children reach beyond their parent"),
        Measure("outside_ground", "seamless", Unit.M2,
                "超出上级的面积", "ground beyond the parent"),
        Measure("cells_unchanged", "stable", Unit.SHARE,
                "不变的网格", "cells unchanged"),
        Measure("ground_unchanged", "stable", Unit.SHARE,
                "仍属同一网格的土地", "ground that stays with its cell"),
        Measure("split", "stable", Unit.COUNT, "拆分", "split"),
        Measure("merged", "stable", Unit.COUNT, "合并", "merged"),
        Measure("moved", "stable", Unit.COUNT, "边界调整", "with another border"),
        Measure("renamed", "stable", Unit.COUNT, "名称或代码变更", "renamed or recoded"),
        Measure("new_parent", "stable", Unit.COUNT, "上级变更", "under another area"),
        Measure("gone", "stable", Unit.COUNT, "取消", "gone"),
        Measure("new", "stable", Unit.COUNT, "新增", "new"),
        Measure("kept", "stable", Unit.SHARE,
                "本格原有土地所占比例", "of its ground the cell had already", each=True),
    )
}  # fmt: skip

#: Why a figure has no value, or none that is judged.
REASONS: dict[str, tuple[str, str]] = {
    "no_facts": ("尚未载入各网格或社区的数据", "no figures of cells or communities are loaded"),
    "no_cases": ("最近一年没有案件", "there are no cases in the last year"),
    "no_database": ("没有可用的数据库", "no database was asked"),
    "too_few_cases": (
        "案件太少，仅因偶然就会这样不均衡",
        "too few cases: chance alone would be as uneven",
    ),
    "median_zero": ("过半数网格没有案件", "more than half of the cells have no case"),
    "first_layout": ("没有上一版", "there is no layout before"),
    "households_known": ("已按户数判断", "judged by households"),
    "no_bound": ("仅供参考", "for information"),
    "nothing": ("没有可测量的对象", "there is nothing to measure"),
}

#: The kinds of faults that a check tells, in few words.
FAULTS: dict[str, tuple[str, str]] = {
    "no_single_city": ("市级区域不是恰好一个", "not exactly one city"),
    "bad_code": ("代码缺失或无效", "no valid code"),
    "duplicate_code": ("代码重复", "code taken twice"),
    "bad_level": ("层级不明", "unknown level"),
    "missing_parent": ("上级缺失或层级不对", "no parent one level up"),
    "no_children": ("没有下级", "no areas below"),
    "empty_geometry": ("没有边界", "no outline"),
    "no_polygon": ("边界不是面", "outline is no polygon"),
    "outside_world": ("坐标超出地球", "coordinates leave the world"),
    "invalid_outline": ("边界无效", "outline not valid"),
    "overlap": ("重叠", "overlap"),
    "gap": ("空隙", "gap"),
    "outside_parent": ("超出上级", "beyond the parent"),
}
