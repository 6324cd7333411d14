"""Figures as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from grid.figures.answers import Variant
from grid.figures.counting import EXEMPTED, RAW
from grid.figures.figure import MISSING, REASONS
from grid.figures.table import answer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_data.figure_queries import Asked, Behind
    from grid.figures.answers import Answer
    from grid.figures.counting import Period
    from grid.figures.figure import Figure
    from grid.figures.score import Sum
    from grid.figures.table import Line, Table


def text(shown: Table, asked: Asked, echo: Mapping[str, str]) -> str:
    """The table as JSON; written here, since the framework looks at every single value."""
    return json.dumps(table(shown, asked, echo), ensure_ascii=False, separators=(",", ":"))


def table(shown: Table, asked: Asked, echo: Mapping[str, str]) -> dict[str, Any]:
    """The table; `cases` of a figure leads to the cases behind it."""
    query = urlencode(echo)
    tail = f"?{query}" if query else ""
    path = asked.rights.area or ""
    return {
        "by": shown.by,
        "level": asked.level.value if shown.by == "area" else None,
        "area": path.rstrip("/").rpartition("/")[2],
        **period(asked.period),
        "figures": [
            described(figure) | {"cases": f"/v1/indicators/{figure.name}/cases{tail}"}
            for figure in shown.figures
        ],
        "rows": [_line(line, shown) for line in shown.lines],
        "rest": _line(shown.rest, shown) if shown.rest else None,
        "total": _line(shown.total, shown),
        "reasons": {
            name: {"zh": zh, "en": en} for name, (zh, en) in sorted((REASONS | MISSING).items())
        },
    }


def period(asked: Period) -> dict[str, str]:
    """From, to and when it was asked."""
    return {
        "from": asked.begins.isoformat(),
        "to": asked.ends.isoformat(),
        "now": asked.now.isoformat(),
    }


def described(figure: Figure) -> dict[str, Any]:
    """What a figure is, in words."""
    return {
        "name": figure.name,
        "zh": figure.zh,
        "en": figure.en,
        "shape": figure.shape.value,
        "better": figure.better or None,
        "numerator": figure.top,
        "denominator": figure.bottom or None,
    }


def _line(line: Line, shown: Table) -> dict[str, Any]:
    made: dict[str, Any] = {
        "code": line.name.code or None,
        "zh": line.name.zh,
        "en": line.name.en or None,
        "group": line.name.group or None,
        "figures": {},
    }
    for figure in shown.figures:
        places = line.ranks.get(figure.name, {})
        made["figures"][figure.name] = {
            variant.value: _answer(answer_of(line, figure, variant), places.get(variant))
            for variant in shown.variants
        }
    if line.scores:
        made["score"] = {variant.value: score(one) for variant, one in line.scores.items()}
    return made


def _answer(one: Answer, place: int | None) -> dict[str, Any]:
    return {
        "value": one.value,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "low": one.low,
        "high": one.high,
        "rank": place,
        "excluded": dict(one.excluded),
        "reason": one.reason or None,
    }


def score(one: Sum) -> dict[str, Any]:
    """A score with its sum's parts."""
    return {
        "value": one.value,
        "of": one.of,
        "parts": [
            {
                "name": part.name,
                "weight": part.weight,
                "value": part.value,
                "points": part.points,
                "reason": part.reason or None,
            }
            for part in one.parts
        ],
    }


def case(row: Behind, figure: Figure, by: str) -> dict[str, Any]:
    """A case behind a figure: does it count, is it a hit, or why is it left out."""
    counting = figure.by(by)
    out = row.code < 0
    return {
        "id": row.case_id,
        "number": row.number,
        "at": row.at.isoformat() if row.at else None,
        "counts": not out,
        Variant.RAW.value: not out and bool(row.code & RAW),
        Variant.EXEMPTED.value: not out and bool(row.code & EXEMPTED),
        "excluded": counting.excluded[-row.code - 1][0] if out else None,
    }
