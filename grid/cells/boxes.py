"""Which cells lie near a place? A packed tree of their boxes.

┌───────────────┐   Boxes are sorted into columns by x and within a column by y; sixteen
│┌──┐ ┌────┐    │   neighbours in that order share a box around them, sixteen of those another
││  │ └────┘┌──┐│   one, up to a single box (sort-tile-recursive packing, Leutenegger et al.
│└──┘       └──┘│   1997). A search opens only boxes that meet what is looked for.
└───────────────┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grid.cells.compiled import compiled, frozen, written_in

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


@written_in
def _meets(node: int, west: float, south: float, east: float, north: float, nodes: Floats) -> Any:
    """Whether a node's box meets this one, without a condition."""
    across = (nodes[node, 0] <= east) & (nodes[node, 2] >= west)
    return across & (nodes[node, 1] <= north) & (nodes[node, 3] >= south)


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

    `stack` has room for `STACK` nodes, `found` for every cell and one.
    """
    count = depth = 0
    if levels[1] > 0:
        depth = 1
        top = len(levels) - 2
        stack[0] = levels[top] * _FAN + top  # a node and its level in one number
        if top == 0:
            depth, found[0] = 0, ids[0]
            count += _meets(0, west, south, east, north, nodes)
    while depth > 0:
        depth -= 1
        node, level = stack[depth] // _FAN, stack[depth] % _FAN - 1
        first = levels[level] + (node - levels[level + 1]) * _FAN
        last = min(first + _FAN, levels[level + 1])
        # Every child is written down at the end; the end moves on for those that meet the box.
        if level == 0:
            for child in range(first, last):
                found[count] = ids[child]
                count += _meets(child, west, south, east, north, nodes)
        else:
            for child in range(first, last):
                stack[depth] = child * _FAN + level
                depth += _meets(child, west, south, east, north, nodes)
    return count
