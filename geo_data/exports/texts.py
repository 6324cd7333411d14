"""Columns as text, whole columns at a time: what CSV and GeoJSON are put together from.

Each function takes an Arrow array and gives an array of strings; `joined` puts arrays and fixed
words side by side and all rows behind each other.
"""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: China's time all year round.
_EAST_US = 8 * 3600 * 1_000_000

#: Text that a spreadsheet would run as a formula, full-width signs too.
_FORMULA = r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]"
#: Text that a spreadsheet would take for a number, a date or a time, and round or rewrite.
_NUMBER = (
    r"^[0-9.,]*[0-9][0-9.,]*([eE][0-9]+)?%?$"
    r"|^[0-9]{1,4}[-/.年月][0-9]{1,2}([-/.月日][0-9]{0,4}日?)?$"
    r"|^[0-9]{1,2}:[0-9]{2}"
)
#: What has to be escaped within a JSON string.
_UNSAFE = r'[\x00-\x1f"\\]'


def plain(values: pa.Array) -> pa.Array:
    """Numbers and truth values as JSON and CSV write them; what is no finite number is null."""
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_finite(values), values, None)
    return values.cast(pa.string())


def utc(values: pa.Array) -> pa.Array:
    """Moments in RFC 3339, as the database writes them too: `2026-11-22T01:30:00.25+00:00`."""
    text = pc.replace_substring(values.cast(pa.string()), " ", "T", max_replacements=1)
    return pc.replace_substring_regex(text, r"\.?0*Z$", "+00:00")


def utc_to_millisecond(values: pa.Array) -> pa.Array:
    """Moments as GeoPackage wants them: `2026-11-22T01:30:00.250Z`."""
    text = values.cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.string())
    return pc.replace_substring(text, " ", "T", max_replacements=1)


def in_china(values: pa.Array) -> pa.Array:
    """Moments by China's clocks to the second, as spreadsheets read them: `2026-11-22 09:30:00`."""
    local = pc.add(values.cast(pa.int64()), _EAST_US).cast(pa.timestamp("us"))
    return local.cast(pa.timestamp("s"), safe=False).cast(pa.string())


def json_text(values: pa.Array) -> pa.Array:
    """JSON strings, in quotes."""
    if pc.any(pc.match_substring_regex(values, _UNSAFE)).as_py():
        values = pa.array([_escaped(text) for text in values.to_pylist()], pa.string())
    return beside('"', values, '"')


def csv_text(values: pa.Array) -> pa.Array:
    """In quotes, those within it twice: nothing and no text differ."""
    return beside('"', pc.replace_substring(values, '"', '""'), '"')


def spreadsheet_text(values: pa.Array) -> pa.Array:
    """Text that stays the text that it is when a spreadsheet opens the file.

    What would be a formula has an apostrophe before it; digits, which would be rounded to 15 of
    them or shown as 3.7E+14, stand as `="370705001001001"`.
    """
    values = pc.if_else(pc.match_substring_regex(values, _FORMULA), beside("'", values), values)
    digits = pc.match_substring_regex(values, _NUMBER)
    return pc.if_else(digits, beside('="', values, '"'), values)


def beside(*parts: pa.Array | str) -> pa.Array:
    """Arrays and words next to each other; null where one of them is null."""
    return pc.binary_join_element_wise(*parts, "")


def joined(*parts: pa.Array | str) -> bytes:
    """All rows of `beside`, one behind the other, in UTF-8. No part may have a null."""
    made = beside(*parts)
    _, offsets, text = made.buffers()
    ends = np.frombuffer(offsets, np.int32)[made.offset : made.offset + len(made) + 1]
    return bytes(memoryview(text)[int(ends[0]) : int(ends[-1])])


def _escaped(text: str | None) -> str | None:
    return None if text is None else json.dumps(text, ensure_ascii=False)[1:-1]
