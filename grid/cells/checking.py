"""What an index can be built from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_POLYGON, _MULTIPOLYGON = 3, 6


def check(codes: Sequence[str], cells: NDArray[Any], paths: Sequence[str] | None) -> None:
    """Raise ValueError that names the cell for what cannot be indexed."""
    if len(codes) != len(cells) or (paths is not None and len(paths) != len(codes)):
        count = "no" if paths is None else str(len(paths))
        raise ValueError(f"{len(codes)} codes, {len(cells)} geometries and {count} paths")
    if len(set(codes)) != len(codes):
        seen: set[str] = set()
        twice = next(c for c in codes if c in seen or seen.add(c))  # type: ignore[func-returns-value]
        raise ValueError(f"cell {twice}: the code is there twice")
    polygonal = np.isin(shapely.get_type_id(cells), (_POLYGON, _MULTIPOLYGON))
    valid = polygonal & ~shapely.is_empty(cells) & shapely.is_valid(cells)
    if not valid.all():
        bad = int(np.flatnonzero(~valid)[0])
        reason = shapely.is_valid_reason(cells[bad]) if polygonal[bad] else "no polygon"
        reason = "empty" if polygonal[bad] and shapely.is_empty(cells[bad]) else reason
        raise ValueError(f"cell {codes[bad]}: {reason}")
