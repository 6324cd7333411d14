"""The report as one page: Chinese and English, for screen and paper, nothing from outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import shapely
from jinja2 import Environment, StrictUndefined

from geo_data.layout.report.cells import cells_of
from geo_data.layout.report.drawing import DRAWN, city_map, near_cell, near_spot
from grid.layouts.bounds import VERDICTS, Verdict
from grid.layouts.principles import FAULTS, GROUPS, MEASURES, REASONS, Group, Unit
from grid.layouts.report import bound_text, figure_text, text_of
from grid.policy.arithmetic import clock

if TYPE_CHECKING:
    import geopandas as gpd
    from jinja2 import Template

    from geo_data.layout.report.cells import Cells
    from geo_data.layout.report.drawing import Near
    from grid.layouts.report import Held, Report

#: Of many faults of one kind so many stand on paper; the JSON has them all.
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the worst from near: its number on the map, what it is called, what is bad."""

    label: str
    name: str
    code: str
    zh: str
    en: str
    near: Near


def html(report: Report, areas: gpd.GeoDataFrame) -> str:
    """The page; `areas` are those that the report was made of."""
    cells = cells_of(areas)
    tree = shapely.STRtree(cells.shape)
    pictures = [
        _pictures(number, held, areas, cells, tree) for number, held in enumerate(report.held, 1)
    ]
    page: str = _template().render(
        report=report,
        made_at=clock(report.made_at),
        map=city_map(areas, report),
        pictures=pictures,
        listed=_LISTED,
    )
    return page.lstrip()


def _pictures(
    number: int, held: Held, areas: gpd.GeoDataFrame, cells: Cells, tree: shapely.STRtree
) -> list[Picture]:
    """The first of the worst, as they are numbered on the map."""
    found = []
    for rank, spot in enumerate(held.spots[:DRAWN], 1):
        if spot.lon is not None and spot.lat is not None:
            near = near_spot(areas, cells, tree, spot.lon, spot.lat, spot.area_m2 or 0.0)
            zh, en = FAULTS[spot.kind]
            if spot.area_m2 is not None:
                size = text_of(spot.area_m2, Unit.M2)
                zh, en = f"{zh} {size[0]}", f"{en} {size[1]}"
            found.append(Picture(f"{number}.{rank}", "", spot.code or spot.feature, zh, en, near))
    for rank, cell in enumerate(held.worst, len(held.spots) + 1):
        of_cell = near_cell(areas, cells, tree, cell.code) if rank <= DRAWN else None
        if of_cell is not None:
            zh, en = worst_text(cell.measure, cell.value)
            found.append(Picture(f"{number}.{rank}", cell.name, cell.code, zh, en, of_cell))
    return found


def worst_text(measure: str, value: float) -> tuple[str, str]:
    """What is bad about a cell, in Chinese and English."""
    about = MEASURES[measure]
    size = text_of(value, about.unit)
    return f"{about.zh} {size[0]}", f"{about.en} {size[1]}"


@cache
def _template() -> Template:
    house = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    house.globals.update(
        verdicts=VERDICTS,
        unknown=Verdict.UNKNOWN,
        groups=GROUPS,
        all_cells=Group.ALL,
        measures=MEASURES,
        reasons=REASONS,
        faults=FAULTS,
        figure_text=figure_text,
        bound_text=bound_text,
        worst_text=worst_text,
        m2=Unit.M2,
        text_of=text_of,
    )
    text = files("geo_data.layout.report").joinpath("page.html").read_text(encoding="utf-8")
    return house.from_string(text)
