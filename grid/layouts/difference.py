"""What changed from one layout to the next, area by area, decided by the ground they share.

An old and a new area go on as one where each holds most of the other. What is left over was split,
merged, is gone or new. Pure: shapes come in, rows go out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from grid.cells.metres import METRES_PER_DEGREE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

#: The same ground: what two areas share is at least so much of each of them.
SAME = 0.999
#: One goes on as the other: what they share is at least so much of each of them.
GOES_ON = 0.5
#: A part of a split area, or of a merged one, lies in it with at least so much of itself.
PART = 0.8


class Change(StrEnum):
    """What can have become of an area."""

    SPLIT = "split"  # its ground is that of several new ones
    MERGED = "merged"  # several old ones are one
    MOVED = "moved"  # the same area with another border
    RENAMED = "renamed"  # another code or name
    NEW_PARENT = "new_parent"  # under another area
    GONE = "gone"  # its ground went to others, or to none
    NEW = "new"  # made of parts of others, or of ground that nobody had
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Area:
    """An area of one level: its code, its parent's, its name and its ground (WGS 84 polygons)."""

    code: str
    parent: str
    name: str
    shape: Any


@dataclass(frozen=True, slots=True)
class Row:
    """What became of an area, or of several: their codes before and after.

    `kept` is the share (0-1) of the old ground that is in the new areas named, `shared_m2` how
    much that is.
    """

    changes: tuple[Change, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    names_before: tuple[str, ...]
    names_after: tuple[str, ...]
    kept: float
    shared_m2: float


@dataclass(frozen=True, slots=True)
class Difference:
    """All rows of a level, what stayed the same last; how many areas there were and are."""

    rows: tuple[Row, ...]
    before: int
    after: int

    def count(self, change: Change) -> int:
        """How many rows tell of that change."""
        return sum(change in row.changes for row in self.rows)


def difference(before: Sequence[Area], after: Sequence[Area]) -> Difference:
    """What changed between two sets of areas of one level; neither has overlaps of its own.

    One area can have several changes at once: moved, renamed and under a new parent.
    """
    old_size = _square_metres(before)
    shared = _shared(before, after)
    in_old, in_new = _shares(shared, old_size, _square_metres(after))
    rows: list[Row] = []
    told_old: set[int] = set()
    told_new: set[int] = set()

    def tell(olds: Iterable[int], news: Iterable[int], *changes: Change) -> None:
        old, new = sorted(olds), sorted(news)
        common = sum(shared.get((i, j), 0.0) for i in old for j in new)
        whole = float(sum(old_size[i] for i in old))
        told_old.update(old)
        told_new.update(new)
        rows.append(
            Row(
                changes,
                tuple(before[i].code for i in old),
                tuple(after[j].code for j in new),
                tuple(before[i].name for i in old),
                tuple(after[j].name for j in new),
                round(min(common / whole, 1.0), 4) if whole else 0.0,
                round(common, 1),
            )
        )

    for i, parts in _several(in_new):
        tell([i], parts, Change.SPLIT)
    for j, parts in _several({(j, i): share for (i, j), share in in_old.items()}):
        if j not in told_new and told_old.isdisjoint(parts):
            tell(parts, [j], Change.MERGED)
    for i, j in _going_on(in_old, in_new, told_old, told_new):
        same = min(in_old[i, j], in_new[i, j]) >= SAME
        tell([i], [j], *_changes(before[i], after[j], same=same))
    for i in range(len(before)):
        if i not in told_old:
            tell([i], [], Change.GONE)
    for j in range(len(after)):
        if j not in told_new:
            tell([], [j], Change.NEW)
    order = list(Change)
    rows.sort(key=lambda row: (order.index(row.changes[0]), row.before, row.after))
    return Difference(tuple(rows), len(before), len(after))


def _changes(old: Area, new: Area, *, same: bool) -> tuple[Change, ...]:
    found = []
    if not same:
        found.append(Change.MOVED)
    if (old.code, old.name) != (new.code, new.name):
        found.append(Change.RENAMED)
    if old.parent != new.parent:
        found.append(Change.NEW_PARENT)
    return tuple(found) or (Change.UNCHANGED,)


Pairs = dict[tuple[int, int], float]


def _shared(before: Sequence[Area], after: Sequence[Area]) -> Pairs:
    """The ground (m²) that old and new areas share, by their places in the sequences.

    Areas that are there as they were are not compared with any others: mostly that is nearly all.
    """
    olds = np.array([area.shape for area in before], dtype=object)
    news = np.array([area.shape for area in after], dtype=object)
    at = {wkb: i for i, wkb in enumerate(_normal(olds))}
    shared: Pairs = {}
    rest = []
    for j, wkb in enumerate(_normal(news)):
        if wkb in at:
            shared[at[wkb], j] = float(_square_metres([after[j]])[0])
        else:
            rest.append(j)
    kept = {i for i, _ in shared}
    left = [i for i in range(len(before)) if i not in kept]
    if not rest or not left:
        return shared
    tree = shapely.STRtree(olds[left])
    one, other = tree.query(news[rest], predicate="intersects")
    pieces = shapely.intersection(news[rest][one], olds[left][other])
    sizes = _sizes(pieces)
    for new, old, size in zip(one.tolist(), other.tolist(), sizes.tolist(), strict=True):
        if size > 0.0:
            shared[left[old], rest[new]] = size
    return shared


def _normal(shapes: NDArray[Any]) -> list[bytes]:
    return list(shapely.to_wkb(shapely.normalize(shapes))) if len(shapes) else []


def _shares(shared: Pairs, old: NDArray[Any], new: NDArray[Any]) -> tuple[Pairs, Pairs]:
    """What they share as a part of the old area, and as a part of the new one."""
    in_old = {(i, j): size / float(old[i]) for (i, j), size in shared.items()}
    in_new = {(i, j): size / float(new[j]) for (i, j), size in shared.items()}
    return in_old, in_new


def _several(inside: Pairs) -> list[tuple[int, list[int]]]:
    """The areas in which several others lie with most of themselves."""
    parts: dict[int, list[int]] = defaultdict(list)
    for (whole, part), share in inside.items():
        if share >= PART:
            parts[whole].append(part)
    return [(whole, found) for whole, found in sorted(parts.items()) if len(found) > 1]


def _going_on(
    in_old: Pairs, in_new: Pairs, told_old: Collection[int], told_new: Collection[int]
) -> list[tuple[int, int]]:
    """The pairs of which each holds most of the other, those that share most first."""
    pairs = [
        (min(share, in_new[pair]), pair)
        for pair, share in in_old.items()
        if min(share, in_new[pair]) >= GOES_ON
        and pair[0] not in told_old
        and pair[1] not in told_new
    ]
    used_old: set[int] = set()
    used_new: set[int] = set()
    found = []
    for _, (i, j) in sorted(pairs, key=lambda one: (-one[0], one[1])):
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            found.append((i, j))
    return found


def _square_metres(areas: Sequence[Area]) -> NDArray[Any]:
    return _sizes(np.array([area.shape for area in areas], dtype=object))


def _sizes(shapes: NDArray[Any]) -> NDArray[Any]:
    """Degrees scaled at the middle of each shape."""
    if not len(shapes):
        return np.zeros(0)
    box = shapely.bounds(shapes)
    middle = np.radians(np.nan_to_num((box[:, 1] + box[:, 3]) / 2.0))
    sizes: NDArray[Any] = shapely.area(shapes) * METRES_PER_DEGREE**2 * np.cos(middle)
    return sizes
