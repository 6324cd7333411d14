"""Drawing Weifang's layout, writing, reading and checking it: seconds, one core.

python -m bench.layout
"""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable  # noqa: TC003 - a script
from pathlib import Path
from typing import Any

import shapely

from geo_data.layout import check, files, weifang
from geo_data.layout.weifang_sources import METRIC, counties


def timed(what: str, do: Callable[[], Any]) -> Any:
    began, cpu = time.perf_counter(), time.process_time()
    result = do()
    wall, own = time.perf_counter() - began, time.process_time() - cpu
    print(f"{what:<48} {wall:7.2f} s wall {own:7.2f} s own")
    return result


def real_points(layout: weifang.Layout) -> None:
    shape = layout.areas.to_crs(METRIC).set_index("code").geometry
    streets = [s for c in counties() for s in c.streets]
    known = [s for s in streets if s.point is not None]
    inside = sum(shape[s.code].contains(shapely.Point(s.point)) for s in known)
    print(f"known street points in their street: {inside} of {len(known)}")
    villages = [v for s in streets for v in s.villages if v.point is not None]
    usable = [v for v in villages if shape[v.street].contains(shapely.Point(v.point))]
    inside = sum(shape[v.code].contains(shapely.Point(v.point)) for v in usable)
    print(f"known village points in their village: {inside} of {len(usable)} in their street")
    far = max(shape[c.code].boundary.hausdorff_distance(c.outline.boundary) for c in counties())
    print(f"farthest that a county's border lies from the real one: {far * 1000:.0f} mm")


def main() -> None:
    print(platform.machine(), platform.python_version(), "shapely", shapely.__version__)
    layout = timed("Weifang's layout drawn", weifang.build)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weifang.parquet"
        timed("written as GeoParquet", lambda: files.write(layout, path))
        print(f"{'its size':<48} {path.stat().st_size / 1e6:8.2f} MB")
        timed("read back", lambda: files.read(path))
    found = timed(
        "checked (nothing allowed)",
        lambda: check.faults(layout.areas.assign(feature=layout.areas["code"]), 0.0),
    )
    print(f"faults: {len(found)}")
    for level, figure in check.figures(layout.areas).items():
        print(level, {name: round(value, 3) for name, value in figure.items()})
    real_points(layout)


if __name__ == "__main__":
    main()
