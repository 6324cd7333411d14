"""Tables as CSV that Excel opens as it is: byte order mark, ISO dates, no cell is a formula."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from grid.figures.table import answer_of
from grid.policy.calendar import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grid.figures.counting import Period
    from grid.figures.table import Line, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_TABLE_HEAD = (
    "代码 code", "名称 name", "组别 group", "指标 figure", "指标名称 figure name", "口径 variant",
    "值 value", "分子 numerator", "分母 denominator", "区间下限 low", "区间上限 high",
    "名次 rank", "剔除 excluded", "无值原因 reason", "起 from", "止 to",
)  # fmt: skip


def text(head: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    """The CSV of a head and rows, from its byte order mark on."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return "\ufeff" + file.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return str(value)


def of_table(table: Table, period: Period) -> str:
    """A table of figures, one row for each line, figure and variant, the total last."""
    return text(_TABLE_HEAD, _rows(table, period))


def _rows(table: Table, period: Period) -> Iterator[Sequence[Any]]:
    lines = [*table.lines, *([table.rest] if table.rest else []), table.total]
    for line in lines:
        for figure in table.figures:
            for variant in table.variants:
                one = answer_of(line, figure, variant)
                out = "; ".join(f"{reason}={n}" for reason, n in one.excluded.items())
                yield (
                    line.name.code, line.name.zh, line.name.group, figure.name, figure.zh, variant,
                    one.value, one.numerator, one.denominator, one.low, one.high,
                    line.ranks.get(figure.name, {}).get(variant), out, one.reason,
                    period.begins, period.ends,
                )  # fmt: skip
        yield from _scores(line, period)


def _scores(line: Line, period: Period) -> Iterator[Sequence[Any]]:
    for variant, score in line.scores.items():
        yield (
            line.name.code, line.name.zh, line.name.group, "score", "综合得分", variant,
            score.value, None, score.of, None, None, None, "",
            "" if score.value is not None else "nothing", period.begins, period.ends,
        )  # fmt: skip
