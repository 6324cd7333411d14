"""`CellIndex`: the cells of one layout, asked by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grid.cells.border import distances, judge
from grid.cells.checking import check
from grid.cells.compiled import frozen
from grid.cells.covering import decide
from grid.cells.lookup import UNDECIDED, look_up, look_up_one
from grid.cells.metres import SNAP_M
from grid.cells.packing import Tables, packed, tables, unpacked
from grid.cells.snapping import snap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from grid.cells.compiled import Bools, Floats, Ints32

_NO_ROOM = np.empty(0, dtype=np.int32)


class Located:
    """The answer for n positions: arrays of length n.

    `cell` is the number of the cell (int32), -1 outside all; `confidence` (0–1) the probability
    that the true point lies in the cell; `runner_up` the number of the cell on the other side of
    the nearest border where the answer is not certain, else -1; `snapped` is true where the point
    lies outside every cell and the nearest one within reach was taken.
    """

    __slots__ = ("_measured", "_metres", "cell", "confidence", "runner_up", "snapped")

    def __init__(
        self,
        cell: Ints32,
        confidence: Floats,
        runner_up: Ints32,
        snapped: Bools,
        measured: Callable[[], Floats],
    ) -> None:
        self.cell, self.confidence = cell, confidence
        self.runner_up, self.snapped = runner_up, snapped
        self._measured = measured
        self._metres: Floats | None = None

    @property
    def distance_m(self) -> Floats:
        """The distance from each point to the nearest border of its cell, NaN where it has none.

        Measured when it is first asked for: cell and confidence can do without.
        """
        if self._metres is None:
            self._metres = self._measured()
        return self._metres


@dataclass(frozen=True, slots=True)
class LocatedPoint:
    """The answer for one position; fields as in `Located`, and the distance measured."""

    cell: int
    distance_m: float
    confidence: float
    runner_up: int
    snapped: bool


class CellIndex:
    """An immutable index of one layout's cells.

    Cells are numbered in the order of their codes, whatever order they were given in, so that the
    lowest number is the lowest code. Any number of threads may ask at once.
    """

    def __init__(
        self,
        codes: Sequence[str],
        geometries: Sequence[Any] | NDArray[Any],
        paths: Sequence[str] | None = None,
        layout: int = 0,
    ) -> None:
        """Build from n codes and n shapely polygons or multipolygons (WGS 84 lon/lat).

        `paths` are the chains of codes from city to cell. Raises ValueError that names the cell
        for codes that repeat, geometries that are empty, invalid or no polygons, and lengths
        that differ.
        """
        cells = np.asarray(geometries, dtype=object)
        check(codes, cells, paths)
        order = sorted(range(len(codes)), key=codes.__getitem__)
        sorted_paths = None if paths is None else tuple(map(paths.__getitem__, order))
        self._set(tuple(map(codes.__getitem__, order)), sorted_paths, layout, tables(cells[order]))

    @classmethod
    def unpacked(cls, buffer: bytes | memoryview) -> CellIndex:
        """The index that `packed` wrote; ValueError for anything else.

        Nothing is copied: the tables are read from the buffer, which may be a mapped file.
        """
        index = cls.__new__(cls)
        index._set(*unpacked(buffer))  # noqa: SLF001 - its own
        return index

    def packed(self) -> list[bytes | memoryview]:
        """The index as bytes, in pieces to be written one after the other."""
        return packed(self._codes, self._paths, self.layout, self._tables)

    def _set(
        self, codes: tuple[str, ...], paths: tuple[str, ...] | None, layout: int, made: Tables
    ) -> None:
        self.layout = layout
        self._codes, self._paths, self._tables = codes, paths, made
        self._number = {code: i for i, code in enumerate(codes)}
        self._raster = (made.frame, made.words, made.records)
        self._borders: Any = (made.corners, made.start, made.scale, made.runs, made.runs_begin)
        self._tree: Any = (made.nodes, made.levels, made.ids)
        self._tiles = (made.tiles_frame, made.tiles)
        self._all = (made.steps, *self._raster, *self._borders, *self._tree)

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order; the position is the cell's number."""
        return self._codes

    @property
    def frame(self) -> tuple[float, ...]:
        """The raster's lower left corner, its squares a degree along x and y, and how many."""
        return tuple(self._tables.frame.tolist())

    @property
    def nbytes(self) -> int:
        """Bytes of all tables."""
        return sum(table.nbytes for table in self._tables)

    def code(self, cell: int) -> str:
        """The code of the cell with this number; IndexError for -1 and what does not exist."""
        return self._codes[self._checked(cell)]

    def path(self, cell: int) -> str:
        """The chain of codes from city to cell; ValueError where none were given."""
        if self._paths is None:
            raise ValueError("this index was built without paths")
        return self._paths[self._checked(cell)]

    def index(self, code: str) -> int:
        """The number of the cell with this code; KeyError where there is none."""
        return self._number[code]

    def cell_of(self, lon: float, lat: float) -> int:
        """The number of the cell that covers a position (degrees), -1 outside all."""
        cell: int = look_up_one(float(lon), float(lat), *self._raster)
        if cell == UNDECIDED:
            return int(self.cells_of(np.array([lon]), np.array([lat]))[0])
        return cell

    def cells_of(self, lon: ArrayLike, lat: ArrayLike) -> Ints32:
        """The number of the cell that covers each of n positions (degrees), -1 outside all."""
        x, y = _positions(lon, lat)
        return self._covering(x, y, _NO_ROOM)

    def locate_one(
        self, lon: float, lat: float, accuracy_m: float | None = None, *, snap_m: float = SNAP_M
    ) -> LocatedPoint:
        """`locate` for a single position (degrees, metres)."""
        radius = None if accuracy_m is None else [accuracy_m]
        found = self.locate([lon], [lat], radius, snap_m=snap_m)
        return LocatedPoint(
            int(found.cell[0]),
            float(found.distance_m[0]),
            float(found.confidence[0]),
            int(found.runner_up[0]),
            bool(found.snapped[0]),
        )

    def locate_codes(self, lon: ArrayLike, lat: ArrayLike) -> list[str | None]:
        """The code of the cell of each position, None outside all; snapped as in `locate`."""
        found = self.locate(lon, lat)
        return [self._codes[i] if i >= 0 else None for i in found.cell.tolist()]

    def locate(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        accuracy_m: ArrayLike | None = None,
        *,
        snap_m: float = SNAP_M,
    ) -> Located:
        """Find the cell of each of n positions (WGS 84 degrees; 1-d arrays of one length).

        `accuracy_m` is the radius that holds the true point with 68 %, as phones report it; NaN
        or anything not above zero means that none is known. A position that is not finite is
        outside of every cell. One outside of every cell takes the nearest up to `snap_m` metres.

        The confidence model: the error is Gaussian and the same in all directions, and the
        nearest border is a straight line. Then the cell's share is Φ(d / σ), with d the distance
        to the border and σ from the radius. It is 1 without accuracy and where d is at least
        twice the radius; for a snapped position, which lies on the wrong side, it is Φ(−d / σ),
        and 0 without accuracy; outside every cell 0.
        """
        x, y = _positions(lon, lat)
        radius = np.full(x.shape, np.nan)
        if accuracy_m is not None:
            radius = np.asarray(accuracy_m, dtype=np.float64)
            if radius.shape != x.shape:
                raise ValueError(f"accuracy_m must have the shape {x.shape}, not {radius.shape}")
        runner_up = np.full(x.shape, -1, dtype=np.int32)
        cell = self._covering(x, y, runner_up)
        snapped = np.zeros(x.shape, dtype=np.bool_)
        snap(x, y, float(snap_m), cell, snapped, *self._tiles, *self._borders, *self._tree)
        confidence = np.empty(x.shape)
        judge(x, y, frozen(radius), cell, snapped, confidence, runner_up, *self._all)

        def measured() -> Floats:
            metres = np.empty(x.shape)
            distances(x, y, cell, metres, *self._borders)
            return metres

        return Located(cell, confidence, runner_up, snapped, measured)

    def _covering(self, x: Floats, y: Floats, second: Ints32) -> Ints32:
        """The lowest number of the cells that cover each point; the second lowest to `second`."""
        cell = np.empty(x.shape, dtype=np.int32)
        if look_up(x, y, *self._raster, cell):
            made = self._tables
            polygons = (made.corners, made.start, made.nodes, made.levels, made.ids)
            decide(x, y, UNDECIDED, cell, second, *polygons)
        return cell

    def _checked(self, cell: int) -> int:
        if not 0 <= cell < len(self._codes):
            raise IndexError(f"no cell has the number {cell}; there are {len(self._codes)}")
        return cell


def _positions(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"lon and lat must be 1-d and of one length, not {x.shape}, {y.shape}")
    return frozen(x), frozen(y)


def warm_up() -> None:
    """Call every compiled function once: afterwards none has to be compiled, here or elsewhere."""
    import shapely  # noqa: PLC0415 - only here

    cells = [shapely.box(i % 9, i // 9, i % 9 + 1, i // 9 + 1) for i in range(81)]
    index = CellIndex([f"{i:02}" for i in range(81)], cells)
    found = index.locate([0.5, 1.0, -0.001, 40.0], [0.5, 0.5, 0.5, 40.0], [5.0, 5.0, 5.0, 5.0])
    assert len(found.distance_m) == 4  # noqa: PLR2004 - measured
    index.cell_of(0.5, 0.5)
