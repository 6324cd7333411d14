"""Write the working calendar's sheet from the dates that the chinesecalendar package knows.

    python -m geo_data.tools.write_calendar geo_data/data/policies/calendar-cn.csv

Dates are facts of the State Council's yearly notices; nothing else of the package is copied. When
a new year's notice is out, upgrade the package and run this again, or append the rows by hand.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from chinese_calendar import constants

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利七十周年",
}


def rows() -> list[tuple[str, str, str]]:
    """Date, kind and name of every exception from "Monday to Friday", in order of the dates."""
    holidays = ((day, "holiday", name) for day, name in constants.holidays.items())
    makeup = ((day, "makeup", name) for day, name in constants.workdays.items())
    ordered = sorted([*holidays, *makeup])
    return [(day.isoformat(), kind, _NAMES[name]) for day, kind, name in ordered]


def write(path: Path) -> None:
    """Write the sheet, with the byte order mark by which spreadsheets know UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("date", "kind", "name"))
        writer.writerows(rows())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
