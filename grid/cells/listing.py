"""Which edges pass through which squares of a raster: a list of edges for each square.

┌────┬────┬────┐     Row by row: the piece of the edge within the row, made longer by a
│    │   ╱│    │     millionth of a square at either end, covers the columns from its leftmost
├────┼──╱─┼────┤     to its rightmost point, made wider by a millionth. So rounding may add a
│  __╱─╱  │    │     square that is not touched, which does no harm, but leaves none out.
└─╱──┴────┴────┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import compiled
from grid.cells.lookup import SIDE

if TYPE_CHECKING:
    from grid.cells.compiled import Floats, Ints, Ints32

_MORE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Squares:
    """Squares of one size, in groups of nx × ny: the whole raster, or blocks of 8 × 8.

    `corner` (g, 2): where each group begins, in squares of the raster, and `times` how many of
    its squares are as long as one of the raster's. `start` (g · nx · ny + 1) and `edges`: the edges
    of square s are `edges[start[s]:start[s + 1]]`.
    """

    nx: int
    ny: int
    times: float
    corner: Floats
    start: Ints
    edges: Ints32


@dataclass(frozen=True, slots=True)
class Divided:
    """Squares of one size that are divided, c of them, and what is known of each.

    `corner` (c, 2) and `times`: where it begins and its size, as in `Squares`; `start` (c + 1) and
    `edges`: its edges; `places` (c, 2), degrees, and `states` (c): a place in it and what covers
    that, see `grid.cells.states`.
    """

    times: float
    corner: Floats
    start: Ints
    edges: Ints32
    places: Floats
    states: Floats

    def part(self, first: int, last: int) -> Divided:
        """Those from `first` to before `last`."""
        one = slice(first, last)
        begin, end = self.start[first], self.start[min(last, len(self.states))]
        start = self.start[first : last + 1] - begin
        listed = self.edges[begin:end]
        return Divided(
            self.times, self.corner[one], start, listed, self.places[one], self.states[one]
        )


def chosen_of(squares: Squares, places: Floats, states: Floats, chosen: Ints) -> Divided:
    """What is known of the chosen squares."""
    group, within = np.divmod(chosen, squares.nx * squares.ny)
    place = np.column_stack([within % squares.nx, within // squares.nx])
    corner = squares.corner[group] + place / squares.times
    long = squares.start[chosen + 1] - squares.start[chosen]
    start = np.append(0, np.cumsum(long))
    rows = np.repeat(squares.start[chosen] - start[:-1], long) + np.arange(start[-1])
    edges = squares.edges[rows]
    return Divided(squares.times, corner, start, edges, places[chosen], states[chosen])


def joined(parts: list[Divided]) -> Divided:
    """The squares of all parts, at least one, in their order."""
    long = np.concatenate([np.diff(part.start) for part in parts])
    return Divided(
        parts[0].times,
        np.concatenate([part.corner for part in parts]),
        np.append(0, np.cumsum(long)),
        np.concatenate([part.edges for part in parts]),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.states for part in parts]),
    )


def whole(uv: Floats, nx: int, ny: int) -> Squares:
    """The raster itself. `uv` (e, 4): the edges' ends, in squares of the raster."""
    everything = np.arange(len(uv), dtype=np.int32)
    begin = np.array([0, len(uv)], dtype=np.int64)
    return _listed(uv, nx, ny, 1.0, np.zeros((1, 2)), begin, everything)


def refined(uv: Floats, over: Divided) -> Squares:
    """8 × 8 smaller squares for each one."""
    return _listed(uv, SIDE, SIDE, over.times * SIDE, over.corner, over.start, over.edges)


def _listed(
    uv: Floats, nx: int, ny: int, times: float, corner: Floats, begin: Ints, edges: Ints32
) -> Squares:
    count = np.zeros(len(corner) * nx * ny, dtype=np.int64)
    _pass(uv, nx, ny, times, corner, begin, edges, count, np.empty(0, dtype=np.int32))
    start = np.append(0, np.cumsum(count))
    listed = np.empty(start[-1], dtype=np.int32)
    _pass(uv, nx, ny, times, corner, begin, edges, start[:-1].copy(), listed)
    return Squares(nx, ny, times, corner, start, listed)


@compiled
def _pass(
    uv: Floats,
    nx: int,
    ny: int,
    times: float,
    corner: Floats,
    begin: Ints,
    edges: Ints32,
    next_free: Ints,
    listed: Ints32,
) -> None:
    """Go through all squares of all edges: count them (`listed` is empty), or write them down."""
    writing = len(listed) > 0
    for group in range(len(corner)):
        for k in range(begin[group], begin[group + 1]):
            edge = edges[k]
            ax, ay = (
                (uv[edge, 0] - corner[group, 0]) * times,
                (uv[edge, 1] - corner[group, 1]) * times,
            )
            bx, by = (
                (uv[edge, 2] - corner[group, 0]) * times,
                (uv[edge, 3] - corner[group, 1]) * times,
            )
            if ay > by:
                ax, ay, bx, by = bx, by, ax, ay
            lowest = max(int(np.floor(ay - _MORE)), 0)
            highest = min(int(np.floor(by + _MORE)), ny - 1)
            for row in range(lowest, highest + 1):
                low, high = ax, bx
                if ay < row - _MORE:
                    low = ax + (bx - ax) * ((row - _MORE - ay) / (by - ay))
                if by > row + 1 + _MORE:
                    high = ax + (bx - ax) * ((row + 1 + _MORE - ay) / (by - ay))
                if low > high:
                    low, high = high, low
                first = max(int(np.floor(low - _MORE)), 0)
                last = min(int(np.floor(high + _MORE)), nx - 1)
                for column in range(first, last + 1):
                    square = group * nx * ny + row * nx + column
                    if writing:
                        listed[next_free[square]] = edge
                    next_free[square] += 1
