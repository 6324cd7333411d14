"""The reference page of the figures: the same table as the code, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.figures.answers import FEW
from grid.figures.figure import MISSING, REASONS, Shape
from grid.figures.figures import FIGURES
from grid.figures.score import AREA_FIGURES, SAME_PLACE_M, WITHHELD
from grid.policy.parameters import WORKER_PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.figures.figure import Figure

_MOMENTS = {
    "": "as of now",
    "received_at": "received in it",
    "handle_due": "resolution due in it",
    "promise_due": "promise due in it",
    "closed_at": "closed in it",
    "due": "stage due in it",
    "carded_at": "card given in it",
    "at": "last called in it",
}

_INTRODUCTION = f"""# Indicators · 指标

Generated from `grid/figures/figures.py` by `wangge docs`; a test compares the two. How a case is
counted, with an example by hand, is in [figures](../explanation/figures.md).

`GET /v1/indicators?by=area|department|worker|category` answers them as JSON or CSV
(`format=csv`), `GET /v1/indicators/{{figure}}/cases` with the case numbers behind,
`wangge indicators` on the terminal. Parameters: `area` (code; else the key's own), `level` (with
`by=area`), `from` and `to` (days of China or moments; `to` is not included; by default this month),
`figures` (`closed,rework`), `variant` (`raw`, `exempted`; both without it), `department`,
`category`, `worker`. Each answer has numerator, denominator, what was left out by reason, and of
shares the interval in which the true rate lies with a chance of 95 % (Wilson).

- **raw**: by the server's clock, as it happened. **exempted**: without what an appeal excused, and
  by the phone's time where a phone was offline. Figures that name no exempted rule have one value.
- A row belongs to the period by the moment in the table. What was due later than now is left out as
  not due yet; what was closed after the period's end does not count as closed in it.
- `rest` is what no line has: held or lying above the level asked for, or of no department.
- Ranks are given within a group only (urban cells, rural cells, districts, departments) and from
  {FEW} on. Cards are ranked by their share of the stages that were due.
"""


def indicators_page() -> str:
    """The whole page."""
    parts = [
        _INTRODUCTION,
        "## Figures · 指标表\n",
        "| name | 名称 | numerator | denominator | in the period | left out | exempted | better |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, FIGURES),
        "",
        _held(),
        "## Why something is left out · 剔除原因\n",
        _words(REASONS),
        "## Why there is no value · 无值原因\n",
        _words(MISSING),
        _scores(),
    ]
    return "\n".join(parts)


def _row(figure: Figure) -> str:
    counting = figure.counting
    out = ", ".join(dict.fromkeys(f"`{reason}`" for reason, _ in counting.excluded))
    exempted = "yes" if counting.exempted or (figure.held and figure.held.exempted) else ""
    return (
        f"| `{figure.name}` | {figure.zh} | {figure.top} | {figure.bottom or _shape(figure)} "
        f"| {_MOMENTS[counting.moment]} | {out} | {exempted} | {figure.better} |"
    )


def _shape(figure: Figure) -> str:
    return "(a count)" if figure.shape is Shape.COUNT else ""


def _held() -> str:
    names = ", ".join(f"`{figure.name}`" for figure in FIGURES if figure.held is not None)
    workers = ", ".join(f"`{figure.name}`" for figure in FIGURES if figure.person is not None)
    return (
        f"For departments and workers {names} counts the stages that they held, not whole\n"
        f"cases: an overdue counts against who held the stage. Workers have {workers}.\n"
    )


def _words(words: Mapping[str, tuple[str, str]]) -> str:
    rows = [f"| `{name}` | {zh} | {en} |" for name, (zh, en) in words.items()]
    return "\n".join(["| reason | 中文 | English |", "|---|---|---|", *rows, ""])


def _scores() -> str:
    area = "\n".join(
        f"| `{part}` | `{figure}`{' (1 − value)' if inverse else ''} |"
        for part, (figure, inverse) in AREA_FIGURES.items()
    )
    return f"""## Scores · 得分

An area's composite score is the weighted sum of five figures, by the weights of `[score.area]` in
the policy; a part without a value is left out with its weight, and the sum's parts are shown.

| part | figure |
|---|---|
{area}

`GET /v1/workers/{{id}}/month?month=2026-11` (or `year=2026`) has a worker's deeds and points by
`[score.worker.full_time]` or `part_time`: {", ".join(f"`{part}`" for part in WORKER_PARTS)}.
Distance and raw counts weigh nothing by default; they and visits have no value while there are no
patrols. The same photo, or a place within {SAME_PLACE_M:g} m, earns once in `same_place_h` hours
for each part, and a category at most `daily_cap` times a day. The community's appraisal
(`wangge appraisals`) stands beside and is never part of the sum.

| why a deed earns nothing | 中文 | English |
|---|---|---|
{chr(10).join(f"| `{name}` | {zh} | {en} |" for name, (zh, en) in WITHHELD.items())}
"""
