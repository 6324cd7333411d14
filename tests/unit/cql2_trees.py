"""Random filters in CQL2 JSON for property tests: most are right, some are nearly right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from geo_data.features.collections import Kind
from geo_data.features.cql2.arithmetic import OPERATORS
from geo_data.features.cql2.conditions import COMPARED, SPATIAL, TEMPORAL

if TYPE_CHECKING:
    from geo_data.features.collections import Collection

_NUMBER = st.one_of(
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1e308, -1e308, 5e-324, 0.1, 10**30]),
)
_TEXT = st.one_of(
    st.sampled_from(["open", "%", "_", "\\\\", "\\%", "'", "event%", "' OR 1=1 --", "$1", "%(x)s"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
_MOMENT = st.one_of(
    st.dates().map(lambda day: {"date": f"{day}"}),
    st.datetimes().map(lambda at: {"timestamp": f"{at:%Y-%m-%dT%H:%M:%S}Z"}),
    st.sampled_from([{"date": "2026-02-30"}, {"timestamp": "2026-03-14T00:00:00+08:00"}]),
)
_POSITION = st.tuples(st.floats(118, 120), st.floats(36, 37)).map(list)


def _ring(corners: tuple[list[float], list[float]]) -> list[list[float]]:
    (w, s), (e, n) = corners
    return [[w, s], [e, s], [e, n], [w, n], [w, s]]


_RING = st.tuples(_POSITION, _POSITION).map(_ring)
_SHAPE = st.one_of(
    st.just({"property": "geom"}),
    _POSITION.map(lambda p: {"type": "Point", "coordinates": p}),
    st.lists(_POSITION, min_size=1, max_size=4).map(
        lambda line: {"type": "LineString", "coordinates": line}
    ),
    _RING.map(lambda ring: {"type": "Polygon", "coordinates": [ring]}),
    st.lists(_RING, max_size=2).map(
        lambda rings: {"type": "MultiPolygon", "coordinates": [[r] for r in rings]}
    ),
    st.lists(_POSITION, max_size=3).map(
        lambda all_of: {
            "type": "GeometryCollection",
            "geometries": [{"type": "Point", "coordinates": p} for p in all_of],
        }
    ),
    st.tuples(_POSITION, _POSITION).map(lambda c: {"bbox": [*c[0], *c[1]]}),
)


def _op(name: str | st.SearchStrategy[str], *args: st.SearchStrategy[Any]) -> Any:
    named = st.just(name) if isinstance(name, str) else name
    return st.builds(lambda op, given: {"op": op, "args": list(given)}, named, st.tuples(*args))


def trees(collection: Collection) -> st.SearchStrategy[Any]:
    """Filters over the columns of a collection."""

    def columns(*kinds: Kind) -> st.SearchStrategy[Any]:
        names = [column.name for column in collection.columns if column.kind in kinds]
        return st.sampled_from([{"property": name} for name in names])

    text = st.one_of(columns(Kind.TEXT), _TEXT)
    text = st.one_of(text, _op("casei", text))
    number = st.one_of(columns(Kind.INTEGER, Kind.NUMBER), _NUMBER)
    number = st.recursive(
        number, lambda inner: _op(st.sampled_from(sorted(OPERATORS)), inner, inner), max_leaves=6
    )
    moment = st.one_of(columns(Kind.MOMENT), _MOMENT)
    ends = st.one_of(columns(Kind.MOMENT), st.sampled_from(["..", "2026-03-14", "1999-01-01"]))
    span = st.one_of(moment, st.tuples(ends, ends).map(lambda pair: {"interval": [*pair]}))
    boolean = st.one_of(columns(Kind.BOOLEAN), st.booleans())
    anything = st.one_of(text, number, moment, boolean, _SHAPE, st.none())
    compared = st.sampled_from(COMPARED)
    leaves = st.one_of(
        st.booleans(),
        *(_op(compared, kind, kind) for kind in (text, number, moment)),
        *(_op("between", kind, kind, kind) for kind in (text, number, moment)),
        *(_op("in", kind, st.lists(kind, max_size=4)) for kind in (text, number, moment, boolean)),
        _op(st.sampled_from(["=", "<>"]), boolean, boolean),
        _op("isNull", st.one_of(anything, st.just({"property": "geom"}))),
        _op("like", text, st.one_of(_TEXT, _op("casei", _TEXT))),
        _op(st.sampled_from(sorted(SPATIAL)), _SHAPE, _SHAPE),
        _op(st.sampled_from(sorted(TEMPORAL)), span, span),
        _op(compared, anything, anything),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            _op("not", inner),
            _op(st.sampled_from(["and", "or"]), inner, inner),
            _op("and", inner, inner, inner),
        ),
        max_leaves=6,
    )
