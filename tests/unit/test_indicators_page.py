"""The reference page is the table; a sheet opens in a spreadsheet as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grid.figures import periods, sheet
from grid.figures.page import indicators_page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_the_table():
    page = (ROOT / "docs/reference/indicators.md").read_text(encoding="utf-8")
    assert page == indicators_page(), "write it anew: wangge docs"


def test_a_sheet_is_safe_to_open():
    text = sheet.text(("名称",), [("=1+1",), ("+86",), (None,), (0.25,), ("安,静",)])
    assert text == '\ufeff名称\r\n\'=1+1\r\n\'+86\r\n""\r\n0.25\r\n"安,静"\r\n'


def test_moments_in_sheets_are_china_s_days():
    text = sheet.text(("x",), [(datetime(2026, 11, 30, 16, 0, tzinfo=UTC), 1)])
    assert "2026-12-01 00:00:00,1" in text


PERIODS = [
    (periods.week, "2026-W47", "2026-11-16", "2026-11-23"),
    (periods.week, "2026-W01", "2025-12-29", "2026-01-05"),
    (periods.month, "2026-12", "2026-12-01", "2027-01-01"),
    (periods.month, "2024-02", "2024-02-01", "2024-03-01"),
    (periods.year, "2026", "2026-01-01", "2027-01-01"),
]


@pytest.mark.parametrize(("read", "text", "begins", "ends"), PERIODS)
def test_periods_are_half_open_and_of_china(read, text, begins, ends):
    first, last = read(text)
    assert first.isoformat() == f"{begins}T00:00:00+08:00"
    assert last.isoformat() == f"{ends}T00:00:00+08:00"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (periods.week, "2026-W54"), (periods.week, "2026-47"), (periods.week, "9999-W53"),
        (periods.month, "2026-13"), (periods.month, "2026-1"), (periods.month, "0000-01"),
        (periods.year, "26"), (periods.year, "0000"), (periods.year, "9999"),
    ],
)  # fmt: skip
def test_what_is_no_period(read, text):
    with pytest.raises(ValueError, match="no "):
        read(text)
