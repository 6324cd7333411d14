"""Which cells lie near a place? A packed tree of their boxes.

┌───────────────┐   Boxes are sorted into columns by x and within a column by y; sixteen
│┌──┐ ┌────┐    │   neighbours in that order share a box around them, sixteen of those another
││  │ └────┘┌──┐│   one, up to a single box (sort-tile-recursive packing, Leutenegger et al.
│└──┘       └──┘│   1997). A search opens only boxes that meet what is looked for.
└───────────────┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import compiled, frozen

if TYPE_CHECKING:
    from grid.cells.compiled import Floats, Ints, Ints32

_FAN: Final = 16
#: More than 16¹⁵ boxes will not come.
STACK: Final = 16 * 16


@dataclass(frozen=True, slots=True)
class Tree:
    """`nodes` (k, 4): the boxes, level by level, those of the cells first, in the order of `ids`.

    `levels`: where each level begins, and where the last one ends.
    """

    nodes: Floats
    levels: Ints
    ids: Ints32


def tree(boxes: Floats) -> Tree:
    """Pack n boxes (west, south, east, north)."""
    order = _tiled(boxes)
    level = boxes[order]
    nodes, begins = [level], [0, len(level)]
    while len(level) > 1:
        begin = np.arange(0, len(level), _FAN)
        low = np.minimum.reduceat(level[:, :2], begin)
        level = np.hstack([low, np.maximum.reduceat(level[:, 2:], begin)])
        nodes.append(level)
        begins.append(begins[-1] + len(level))
    levels = np.array(begins, dtype=np.int64)
    return Tree(frozen(np.vstack(nodes)), frozen(levels), frozen(order.astype(np.int32)))


def _tiled(boxes: Floats) -> Ints:
    x, y = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    by_x = np.argsort(x, kind="stable")
    high = int(np.ceil(np.sqrt(max(len(boxes), 1) / _FAN))) * _FAN
    column = np.empty(len(boxes), dtype=np.int64)
    column[by_x] = np.arange(len(boxes)) // high
    return np.lexsort((y, column))


@compiled
def search(
    west: float,
    south: float,
    east: float,
    north: float,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
    stack: Ints,
    found: Ints32,
) -> int:
    """Write the numbers of the cells whose box meets this one into `found`; how many they are.

    `stack` has room for `STACK` nodes, `found` for every cell.
    """
    count = 0
    top = len(levels) - 2
    if levels[1] == 0:
        return 0
    depth = 1
    stack[0] = levels[top] * _FAN + top  # a node and its level in one number
    while depth > 0:
        depth -= 1
        node, level = stack[depth] // _FAN, stack[depth] % _FAN
        box = nodes[node]
        if not (box[0] <= east and box[2] >= west and box[1] <= north and box[3] >= south):
            continue
        if level == 0:
            found[count] = ids[node]
            count += 1
            continue
        first = levels[level - 1] + (node - levels[level]) * _FAN
        for child in range(first, min(first + _FAN, levels[level])):
            stack[depth] = child * _FAN + level - 1
            depth += 1
    return count
