"""A suite's run in Java: what it is asked, which jars it has, what its report says."""

from __future__ import annotations

import subprocess
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The class of each suite that runs it without a server around.
CONTROLLERS = {
    "features": "org.opengis.cite.ogcapifeatures10.TestNGController",
    "tiles": "org.opengis.cite.ogcapitiles10.TestNGController",
}
#: The suite's table of reference systems, and the one line of it that lacks an order of axes.
_TABLE = "proj4/nad/epsg"
_CGCS2000 = b"<4490> +proj=longlat +ellps=GRS80 +no_defs"


@dataclass
class Found:
    """What a run found: tests by `PASS`, `FAIL` and `SKIP`; why some failed or were left out."""

    tests: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def run(name: str, jars: Path, given: Mapping[str, str], *, axes: bool = False) -> Found:
    """Run the suite `name` out of a folder of jars. RuntimeError where it wrote no report.

    `axes`: with EPSG:4490 as latitude and longitude in the suite's table, as EPSG defines it.
    """
    with tempfile.TemporaryDirectory(prefix="wangge-conformance-") as folder:
        home = Path(folder)
        asked = home / "asked.xml"
        entries = "".join(
            f"<entry key={quoteattr(k)}>{escape(v)}</entry>" for k, v in given.items()
        )
        asked.write_text(f'<properties version="1.0">{entries}</properties>', "utf-8")
        own = _own_jar(name, jars)
        path = f"{own}:{jars}/*"  # it brings a table that one of the others has as well
        if axes:
            _correct_axes(own, home)
            path = f"{home}:{path}"
        done = subprocess.run(
            ["java", "-cp", path, CONTROLLERS[name], "-o", folder, str(asked)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        reports = list(home.glob("testng/*/testng-results.xml"))
        if len(reports) != 1:
            raise RuntimeError(f"the suite wrote no report:\n{done.stdout[-2000:]}{done.stderr}")
        return _read(reports[0])


def _own_jar(name: str, jars: Path) -> Path:
    found = list(jars.glob(f"ets-ogcapi-{name}10*.jar"))
    if len(found) != 1:
        raise RuntimeError(f"{jars} has {len(found)} jars of the suite {name}")
    return found[0]


def _correct_axes(jar: Path, home: Path) -> None:
    with zipfile.ZipFile(jar) as packed:
        table = packed.read(_TABLE)
    if table.count(_CGCS2000) != 1:
        raise RuntimeError(f"{jar.name} has no line {_CGCS2000.decode()}")
    (home / _TABLE).parent.mkdir(parents=True)
    (home / _TABLE).write_bytes(table.replace(_CGCS2000, _CGCS2000 + b" +axis=neu"))


def _read(report: Path) -> Found:
    found = Found()
    for test in ET.parse(report).getroot().iter("class"):
        for method in test.iter("test-method"):
            if method.get("is-config") == "true":
                continue
            status = method.get("status", "")
            found.tests[status] += 1
            if status != "PASS":
                told = (method.findtext(".//message") or "").strip().replace("\n", " ")
                where = f"{test.get('name', '').rpartition('.')[2]}.{method.get('name')}"
                found.reasons[status, where, told] += 1
    return found
