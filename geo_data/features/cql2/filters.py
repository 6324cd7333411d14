"""A filter as somebody wrote it becomes a condition for `reading.rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data.features.cql2.conditions import condition
from geo_data.features.cql2.reading import Language, tree_of
from geo_data.features.cql2.scope import Scope
from geo_data.features.reading import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_data.features.collections import Collection


def _as_written(lon: float, lat: float) -> tuple[float, float]:
    return lon, lat


def translated(
    text: str,
    collection: Collection,
    language: Language = Language.TEXT,
    lon_lat: Callable[[float, float], tuple[float, float]] = _as_written,
) -> Part:
    """The condition over `f` that a filter asks, for `Asked.more`; placeholders begin with `cql_`.

    `lon_lat` turns a literal's position into degrees of WGS 84. Raises FilterRefused for whatever
    is too large, is no CQL2, or names what the collection or this translation does not have.
    """
    scope = Scope(collection, lon_lat)
    found = condition(scope, tree_of(text, language))
    return Part(found, scope.values)
