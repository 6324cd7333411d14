"""Filters (OGC API Features, Part 3): `filter`, `filter-lang`, `filter-crs` of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.ogc.crs import system
from api.problems import Problem, invalid_parameter
from geo_data.features.cql2.filters import translated
from geo_data.features.cql2.reading import Language
from geo_data.features.cql2.refusal import FilterRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_data.features.collections import Collection
    from geo_data.features.reading import Part

_PART_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMANCE = (
    f"{_PART_3}/queryables",
    f"{_PART_3}/filter",
    f"{_PART_3}/features-filter",
    f"{_CQL2}/cql2-text",
    f"{_CQL2}/cql2-json",
    f"{_CQL2}/basic-cql2",
    f"{_CQL2}/advanced-comparison-operators",
    f"{_CQL2}/case-insensitive-comparison",
    f"{_CQL2}/basic-spatial-functions",
    f"{_CQL2}/basic-spatial-functions-plus",
    f"{_CQL2}/spatial-functions",
    f"{_CQL2}/temporal-functions",
    f"{_CQL2}/property-property",
    f"{_CQL2}/arithmetic",
)


def filtering(collection: Collection, given: Mapping[str, str]) -> tuple[Part, ...]:
    """The condition that the request's filter asks, if it has one. 400 that says what is wrong."""
    named = given.get("filter-lang", Language.TEXT.value)
    if named not in list(Language):
        raise invalid_parameter(
            "filter-lang",
            f"must be {' or '.join(Language)}",
            f"filter-lang 须为 {' 或 '.join(Language)}",
        )
    crs = system("filter-crs", given.get("filter-crs"))
    if "filter" not in given:
        return ()
    try:
        return (translated(given["filter"], collection, Language(named), crs.lon_lat),)
    except FilterRefused as refused:
        raise Problem(
            "invalid-parameter",
            f"filter: {refused}",
            f"filter：{refused.zh}",
            "/filter",
            extra={"at": refused.where},
        ) from None
