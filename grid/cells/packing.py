"""The index as tables of numbers, and these as bytes that can be mapped from a file.

┌────────┬───────┬──────────────────┬──────┬───────────┬──────┬───────────┬─ ─
│ magic  │ size  │ head (JSON)      │  …   │ table     │  …   │ table     │
└────────┴───────┴──────────────────┴──────┴───────────┴──────┴───────────┴─ ─
  8 bytes  8       codes, paths, tables     each begins at a multiple of 64
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from grid.cells.boxes import tree
from grid.cells.clearance import clearance
from grid.cells.compiled import frozen
from grid.cells.metres import METRES_PER_DEGREE
from grid.cells.outlines import outlines
from grid.cells.raster import nothing, raster
from grid.cells.runs import runs
from grid.cells.snapping import near

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grid.cells.clearance import Bytes
    from grid.cells.compiled import Bools, Floats, Ints, Ints32

#: The last byte is the format's version.
_MAGIC: Final = b"wangge\0\3"
_ALIGNED: Final = 64
_HEAD: Final = 16


class Tables(NamedTuple):
    """All that an index knows but names. Read-only.

    `frame`, `words`, `records`: `grid.cells.raster.Raster`; `corners`, `start`:
    `grid.cells.outlines.Outlines`; `nodes`, `levels`, `ids`: `grid.cells.boxes.Tree`; `scale` (n):
    metres in a degree of longitude at each cell's middle; `runs`, `runs_begin`:
    `grid.cells.runs`; `steps`: `grid.cells.clearance`; `tiles_frame`, `tiles`:
    `grid.cells.snapping.near`.
    """

    frame: Floats
    words: Ints32
    records: Floats
    corners: Floats
    start: Ints
    nodes: Floats
    levels: Ints
    ids: Ints32
    scale: Floats
    runs: Floats
    runs_begin: Ints
    steps: Bytes
    tiles_frame: Floats
    tiles: Bools


def tables(cells: NDArray[Any]) -> Tables:
    """Build from valid polygons or multipolygons, in the order of their codes."""
    shapes = outlines(cells)
    packed_tree = tree(shapes.boxes)
    found = raster(shapes, packed_tree) if len(cells) else nothing()
    middle = np.radians((shapes.boxes[:, 1] + shapes.boxes[:, 3]) / 2.0)
    return Tables(
        found.frame,
        found.words,
        found.records,
        shapes.corners,
        shapes.start,
        packed_tree.nodes,
        packed_tree.levels,
        packed_tree.ids,
        frozen(METRES_PER_DEGREE * np.cos(middle)),
        *runs(shapes.corners, shapes.start, shapes.boxes),
        clearance(found.frame, found.words),
        *near(shapes.edges, shapes.boxes),
    )


def packed(
    codes: tuple[str, ...], paths: tuple[str, ...] | None, layout: int, made: Tables
) -> list[bytes | memoryview]:
    """The pieces of the file, in order."""
    about = [[name, t.dtype.str, t.shape] for name, t in made._asdict().items()]
    told = {"layout": layout, "codes": codes, "paths": paths, "tables": about}
    head = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    head += b" " * (-(len(head) + _HEAD) % _ALIGNED)
    pieces: list[bytes | memoryview] = [_MAGIC, len(head).to_bytes(8, "little"), head]
    for table in made._asdict().values():
        pieces += [memoryview(table.reshape(-1).view(np.uint8)), bytes(-table.nbytes % _ALIGNED)]
    return pieces


def unpacked(
    buffer: bytes | memoryview,
) -> tuple[tuple[str, ...], tuple[str, ...] | None, int, Tables]:
    """Codes, paths, layout and tables; the tables are views of the buffer.

    ValueError for what `packed` did not write, or wrote on a machine of the other byte order.
    """
    view = memoryview(buffer).toreadonly()
    if bytes(view[:8]) != _MAGIC:
        raise ValueError("this is no index of cells, or one of another version")
    at = _HEAD + int.from_bytes(view[8:_HEAD], "little")
    try:
        told = json.loads(bytes(view[_HEAD:at]))
        made = []
        for name, kind, shape in told["tables"]:
            if np.dtype(kind).byteorder not in (
                "=",
                "|",
                "<" if sys.byteorder == "little" else ">",
            ):
                raise ValueError(f"{name} was written in the other byte order")  # noqa: TRY301
            number = int(np.prod(shape))
            made.append(np.frombuffer(view, np.dtype(kind), number, at).reshape(shape))
            at += made[-1].nbytes + -made[-1].nbytes % _ALIGNED
        paths = told["paths"]
        return (
            tuple(told["codes"]),
            None if paths is None else tuple(paths),
            told["layout"],
            Tables(*made),
        )
    except (KeyError, TypeError, json.JSONDecodeError, ValueError) as error:
        raise ValueError(f"the index of cells is damaged: {error}") from error
