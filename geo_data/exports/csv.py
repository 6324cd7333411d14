"""CSV (RFC 4180), for spreadsheets or as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo_data.exports import texts
from geo_data.exports.columns import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_data.exports.columns import Batch
    from geo_data.features.collections import Collection

_END = "\r\n"
_MARK = "\ufeff"  # by it spreadsheets know UTF-8
_CELL = 32_767  # characters that a spreadsheet's cell holds; more would break the line


class Csv:
    """Points have `lon` and `lat`, other shapes `wkt`.

    `spreadsheet`: opens right in Excel, WPS and LibreOffice: no formula runs, codes of many digits
    stay whole, moments are China's; a shape that no cell can hold is left out. Otherwise every
    value is as it is, moments in UTC.
    """

    def __init__(self, collection: Collection, *, spreadsheet: bool) -> None:
        self._points = collection.geometry == "Point"
        self._spreadsheet = spreadsheet
        self._schema = schema(collection)

    def start(self) -> bytes:
        """The line of names."""
        names = [
            f"{one.name} (+08:00)" if self._spreadsheet and _moment(one.type) else one.name
            for one in self._schema
        ]
        names += ["lon", "lat"] if self._points else ["wkt"]
        line = ",".join(f'"{name}"' for name in names) + _END
        return ((_MARK if self._spreadsheet else "") + line).encode()

    def add(self, batch: Batch) -> bytes:
        """A line for each row."""
        columns = [self._text(column) for column in batch.table.columns]
        if self._points:
            columns += [
                texts.plain(pa.array(of(batch.shapes))) for of in (shapely.get_x, shapely.get_y)
            ]
        else:
            columns.append(self._wkt(batch))
        parts: list[pa.Array | str] = []
        for column in columns:
            parts += [pc.fill_null(column, ""), ","]
        return texts.joined(*parts[:-1], _END)

    def rest(self) -> Iterator[bytes]:
        """Nothing: that all is there is told by the transfer's own end."""
        yield b""

    def close(self) -> None:
        """Nothing is held."""

    def _text(self, column: pa.Array) -> pa.Array:
        if _moment(column.type):
            return texts.in_china(column) if self._spreadsheet else texts.utc(column)
        if not pa.types.is_string(column.type):
            return texts.plain(column)
        return texts.csv_text(texts.spreadsheet_text(column) if self._spreadsheet else column)

    def _wkt(self, batch: Batch) -> pa.Array:
        text = pa.array(shapely.to_wkt(batch.shapes, rounding_precision=-1), pa.string())
        if self._spreadsheet:
            text = pc.if_else(pc.less_equal(pc.utf8_length(text), _CELL), text, None)
        return texts.csv_text(text)


def _moment(kind: pa.DataType) -> bool:
    found: bool = pa.types.is_timestamp(kind)
    return found
