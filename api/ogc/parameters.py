"""Query parameters of this door: one table, read by the routes and by the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.ogc.boxes import number
from api.ogc.crs import CRS84, SYSTEMS
from api.ogc.moments import moment
from api.problems import invalid_parameter, unknown_parameter
from geo_data.features.collections import Kind
from geo_data.features.cql2.reading import Language

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Iterable, Mapping

    from geo_data.features.collections import Collection, Column

DEFAULT, MOST = 100, 10_000
_LONGEST = 1000  # characters of a text that a property is compared with
_BIGGEST = 2**63 - 1


def _parameter(name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": words,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


_CRS = {"type": "string", "format": "uri", "enum": list(SYSTEMS), "default": CRS84.uri}

#: Parameter objects of OpenAPI 3.0 by name.
TABLE: dict[str, dict[str, Any]] = {
    one["name"]: one
    for one in (
        _parameter(
            "f",
            "JSON or a page for people; without it as the header Accept says.",
            {"type": "string", "enum": ["json", "html"]},
        ),
        _parameter(
            "limit",
            "How many features a page has at most; more than the maximum is taken as the maximum.",
            {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
        ),
        _parameter(
            "bbox",
            "Features that this box touches: lower corner, upper corner, in the axes of `bbox-crs`."
            " West of its west end across 180°. Heights (six numbers) are not looked at.",
            {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
        ),
        _parameter("bbox-crs", "The system of `bbox`.", _CRS),
        _parameter(
            "datetime",
            "Features whose time touches this moment or interval: `2026-11-22T00:00:00Z`,"
            " `begin/end`, `begin/..`, `../end`.",
            {"type": "string"},
        ),
        _parameter("crs", "The system of the answer's positions.", _CRS),
        _parameter(
            "as_of",
            "Areas: of the layout that held at this moment. Others: as they were then.",
            {"type": "string", "format": "date-time"},
        ),
        _parameter(
            "filter",
            "Features for which this condition in CQL2 is true; /queryables has the properties.",
            {"type": "string"},
        ),
        _parameter(
            "filter-lang",
            "How `filter` is written.",
            {"type": "string", "enum": list(Language), "default": Language.TEXT.value},
        ),
        _parameter("filter-crs", "The system of the positions in `filter`.", _CRS),
        _parameter(
            "after", "Where the page before ended: only as links give it.", {"type": "string"}
        ),
    )
}
FILTER = ("filter", "filter-lang", "filter-crs")
ITEMS = ("limit", "bbox", "bbox-crs", "datetime", *FILTER, "crs", "as_of", "after", "f")
ITEM = ("crs", "as_of", "f")
PAGE = ("f",)

_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer", "format": "int64"},
    Kind.NUMBER: {"type": "number", "format": "double"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
}


def column_schema(column: Column) -> dict[str, Any]:
    """JSON Schema, as far as OpenAPI 3.0 knows it, of the values that a column has."""
    return {"title": f"{column.zh} {column.en}", **_SCHEMAS[column.kind]}


def of_columns(collection: Collection) -> list[dict[str, Any]]:
    """A parameter for each column: features with exactly this value."""
    return [
        _parameter(c.name, f"{c.zh} {c.en}: exactly this value.", _SCHEMAS[c.kind])
        for c in collection.columns
    ]


def known_only(given: Iterable[str], known: Names[str]) -> None:
    """400 for a parameter that the route does not have."""
    for name in given:
        if name not in known:
            raise unknown_parameter(name)


def limit(text: str | None) -> int:
    """`limit`: more than the maximum is no error (Part 1, 7.15.2), it is the maximum."""
    if text is None:
        return DEFAULT
    if not (text.isascii() and text.isdigit() and int(text[:20]) >= 1):
        raise invalid_parameter(
            "limit", f"must be a whole number from 1 to {MOST}", f"limit 须为 1 到 {MOST} 的整数"
        )
    return min(int(text[:20]), MOST)


def equals(collection: Collection, given: Mapping[str, str]) -> dict[str, Any]:
    """Values of the columns that the request names, as their kinds say. 400 for what is none."""
    return {
        column.name: _value(column, given[column.name])
        for column in collection.columns
        if column.name in given
    }


def _value(column: Column, text: str) -> Any:
    name = column.name
    match column.kind:
        case Kind.MOMENT:
            return moment(name, text)
        case Kind.BOOLEAN:
            if text not in ("true", "false"):
                raise invalid_parameter(name, "must be true or false")
            return text == "true"
        case Kind.INTEGER:
            digits = text.removeprefix("-")
            whole = digits.isascii() and digits.isdigit() and len(digits) <= len(str(_BIGGEST))
            if not whole or abs(int(text)) > _BIGGEST:
                raise invalid_parameter(name, "must be a whole number", f"{name} 须为整数")
            return int(text)
        case Kind.NUMBER:
            found = number(text)
            if found is None:
                raise invalid_parameter(name, "must be a number", f"{name} 须为数字")
            return found
        case Kind.TEXT:
            if "\x00" in text or len(text) > _LONGEST:
                raise invalid_parameter(name, f"must be text of at most {_LONGEST} characters")
            return text
