"""What a filter is translated in: the columns it may name, and the values it binds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_data.features.collections import Collection

#: Names of a feature's geometry in filters.
GEOMETRY = ("geom", "geometry")


@dataclass(frozen=True, slots=True)
class Scope:
    """A collection and the values bound so far.

    `lon_lat` turns a literal's first two numbers into degrees of WGS 84, longitude first.
    """

    collection: Collection
    lon_lat: Callable[[float, float], tuple[float, float]]
    values: dict[str, Any] = field(default_factory=dict)

    def bound(self, value: Any, kind: str) -> sql.Composable:
        """A placeholder for the value, as SQL of that type."""
        name = f"cql_{len(self.values)}"
        self.values[name] = value
        return sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(kind))

    def names(self) -> tuple[str, ...]:
        """Every property that a filter may name."""
        return ("id", *(column.name for column in self.collection.columns), GEOMETRY[0])
