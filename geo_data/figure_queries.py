"""The table of figures as SQL: every way of counting becomes one code of a row, grouped.

These statements are put together from `grid.figures.figures`, since that table is the one place
where a figure is told; `grid.figures.counting` gives the same codes to the same rows with numpy,
and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from grid.figures.conditions import Bound, Column
from grid.figures.counting import AWAY, EXEMPTED, RAW, Period, Tally
from grid.figures.figure import Of
from grid.model import PATH_ORDER, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_data.database import Connection
    from geo_data.rights import RowFilter
    from grid.figures.conditions import Test, Where
    from grid.figures.figure import Counting, Figure

_TABLES = {Of.CASE: "case_facts", Of.STAGE: "held_stages", Of.CALL: "callbacks"}
_OPERATORS = {op: sql.SQL(f" {op} ") for op in ("=", "!=", "<", "<=", ">")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: rows within the rights, in a period, by something, narrowed.

    `by` is `area` (then by the areas of `level`), `category`, `department` or `worker`; the others
    narrow to one code each where they are given. `districts` are the codes of all districts, where
    the rights reach over several: the indices begin with the district.
    """

    rights: RowFilter
    period: Period
    by: str = "area"
    level: Level = Level.COMMUNITY
    department: str | None = None
    person: str | None = None
    category: str | None = None
    districts: tuple[str, ...] = ()


Found = dict[str, dict[str, Tally]]


async def tallies(conn: Connection, figures: Iterable[Figure], asked: Asked) -> Found:
    """What is counted: by figure's name, then by area's code, category, department or worker.

    The group "" is what belongs to none: held above the level asked for, by no department. Figures
    that are not counted this way are absent.
    """
    batches: dict[tuple[Any, ...], list[tuple[str, Counting]]] = {}
    for figure in figures:
        counting = figure.by(asked.by)
        column = _grouped_by(figure, counting, asked)
        if column is None:
            continue
        now = counting.where if not counting.moment else None
        key = (counting.of, counting.moment, column, now, counting.sums)
        batches.setdefault(key, []).append((figure.name, counting))
    found: Found = {}
    for (_, _, column, _, _), batch in batches.items():
        await _count(conn, asked, column, batch, found)
    return found


def _grouped_by(figure: Figure, counting: Counting, asked: Asked) -> str | None:
    if asked.by == "worker":
        return "person" if counting.of is Of.STAGE and figure.person else figure.person
    if asked.person is not None and _person(figure, counting) is None:
        return None
    if asked.by == "area":
        return "area" if counting.of is Of.STAGE else "path"
    return asked.by


def _person(figure: Figure, counting: Counting) -> str | None:
    if figure.person is None:
        return None
    return "person" if counting.of is Of.STAGE else figure.person


async def _count(
    conn: Connection,
    asked: Asked,
    column: str,
    batch: Sequence[tuple[str, Counting]],
    found: Found,
) -> None:
    first = batch[0][1]
    distinct = list(dict.fromkeys(counting for _, counting in batch))
    names = [sql.Identifier(f"k{i}") for i in range(len(distinct))]
    group: sql.Composable = sql.Identifier(column)
    if asked.by == "area":
        depth = PATH_ORDER.index(asked.level) + 1
        group = sql.SQL("split_part({}, '/', {})").format(group, sql.Literal(depth))
    sums = [sql.Identifier(name) for name in first.sums or ()]
    totals = [sql.SQL("coalesce(sum({}), 0)").format(name) for name in sums]
    inner = [
        sql.SQL("{} AS g").format(group),
        *(
            sql.SQL("{} AS {}").format(_code(counting), name)
            for counting, name in zip(distinct, names, strict=True)
        ),
        *sums,
    ]
    comma = sql.SQL(", ")
    statement = sql.SQL(
        "SELECT {outer} FROM (SELECT {inner} FROM {table} WHERE {where}) AS r GROUP BY {keys}"
    ).format(
        outer=comma.join([sql.Identifier("g"), *names, sql.SQL("count(*)"), *totals]),
        inner=comma.join(inner),
        table=sql.Identifier(_TABLES[first.of]),
        where=_rows(asked, first, column if asked.by == "worker" else None),
        keys=comma.join([sql.Identifier("g"), *names]),
    )
    rows = await (await conn.execute(statement, _parameters(asked), prepare=False)).fetchall()
    places = {counting: i for i, counting in enumerate(distinct)}
    width = len(distinct)
    for name, counting in batch:
        groups = found.setdefault(name, {})
        at = 1 + places[counting]
        for row in rows:
            if row[at] == AWAY:
                continue
            tally = groups.get(row[0])
            if tally is None:
                tally = groups[row[0]] = Tally()
            above, below = row[width + 2 :] or (0.0, 0.0)
            tally.add(counting, row[at], row[width + 1], above, below)


@dataclass(frozen=True, slots=True)
class Behind:
    """A row behind a figure. `code` as in `grid.figures.counting`; `at` its moment, if any."""

    case_id: str
    number: str
    at: Any
    code: int


async def behind(
    conn: Connection, figure: Figure, asked: Asked, *, hits: int | None, offset: int, limit: int
) -> list[Behind]:
    """The rows behind a figure, by number, those that are left out too.

    `hits` is RAW or EXEMPTED for the hits of that variant alone.
    """
    counting = figure.by(asked.by)
    moment = sql.Identifier(counting.moment) if counting.moment else sql.SQL("NULL")
    person = _person(figure, counting) if asked.by == "worker" else None
    kept = sql.SQL("k <> {}").format(sql.Literal(AWAY))
    if hits is not None:
        kept = sql.SQL("k >= 0 AND k & {} <> 0").format(sql.Literal(hits))
    statement = sql.SQL(
        "SELECT case_id, number, at, k FROM (SELECT case_id::text, number, {moment} AS at,"
        " {code} AS k FROM {table} WHERE {where}) AS r WHERE {kept}"
        " ORDER BY number, at OFFSET %(offset)s LIMIT %(limit)s"
    ).format(
        moment=moment,
        code=_code(counting),
        table=sql.Identifier(_TABLES[counting.of]),
        where=_rows(asked, counting, person),
        kept=kept,
    )
    given = _parameters(asked) | {"offset": offset, "limit": limit}
    rows = await (await conn.execute(statement, given, prepare=False)).fetchall()
    return [Behind(*row) for row in rows]


def _rows(asked: Asked, counting: Counting, person: str | None) -> sql.Composable:
    """Which rows are looked at: by rights, period and what it is narrowed to."""
    parts: list[sql.Composable] = [sql.SQL("path >= %(path_low)s AND path < %(path_high)s")]
    if _districts(asked):
        parts.append(sql.SQL("split_part(path, '/', 2) = ANY(%(districts)s)"))
    if counting.of is Of.STAGE and asked.by == "area":
        parts.append(sql.SQL("area >= %(path_low)s AND area < %(path_high)s"))
    if counting.moment:
        moment = sql.Identifier(counting.moment)
        parts.append(sql.SQL("{0} >= %(begins)s AND {0} < %(ends)s").format(moment))
    else:
        parts.append(_all(counting.where))
    if asked.rights.department:
        parts.append(sql.SQL("department = %(own_department)s"))
    if asked.department is not None:
        parts.append(sql.SQL("department = %(department)s"))
    if asked.category is not None:
        parts.append(
            sql.SQL("(category = %(category)s OR starts_with(category, %(category)s || '.'))")
        )
    if asked.person is not None and person is not None:
        parts.append(sql.SQL("{} = %(person)s").format(sql.Identifier(person)))
    return sql.SQL(" AND ").join(parts)


def _districts(asked: Asked) -> list[str]:
    """The codes of the districts that the rows lie in; empty where that is not known."""
    codes = (asked.rights.area or "").split("/")
    if len(codes) > 1 and codes[1]:
        return [codes[1]]
    # What lies in the city and in none of its cells has no district.
    return [*asked.districts, ""] if asked.districts else []


def _parameters(asked: Asked) -> dict[str, Any]:
    low, high = asked.rights.bounds
    period = asked.period
    return {
        "path_low": low,
        "path_high": high,
        "districts": _districts(asked),
        "begins": period.begins,
        "ends": period.ends,
        **{bound.value: moment for bound, moment in period.bounds.items()},
        "own_department": asked.rights.department,
        "department": asked.department,
        "category": asked.category,
        "person": asked.person,
    }


def _code(counting: Counting) -> sql.Composable:
    """The row's code, as `grid.figures.counting.codes` gives it."""
    # Rows that do not belong come first; what always belongs still needs a first branch.
    away = sql.SQL("CASE WHEN ({}) IS NOT TRUE THEN {}")
    parts: list[sql.Composable] = [away.format(_all(counting.where), sql.Literal(AWAY))]
    for place, (_, where) in enumerate(counting.excluded, 1):
        parts.append(sql.SQL("WHEN {} THEN {}").format(_all(where), sql.Literal(-place)))
    exempted = counting.hit if counting.exempted is None else counting.exempted
    bit = "CASE WHEN {} THEN {} ELSE 0 END"
    parts.append(
        sql.SQL(f"ELSE {bit} + {bit} END").format(
            _all(counting.hit), sql.Literal(RAW), _all(exempted), sql.Literal(EXEMPTED)
        )
    )
    return sql.SQL(" ").join(parts)


def _all(where: Where) -> sql.Composable:
    return sql.SQL(" AND ").join(map(_test, where)) if where else sql.SQL("true")


def _test(test: Test) -> sql.Composable:
    column = sql.Identifier(test.column)
    match test.op:
        case "known":
            return sql.SQL("{} IS NOT NULL").format(column)
        case "unknown":
            return sql.SQL("{} IS NULL").format(column)
        case "in":
            words = sql.SQL(", ").join(map(sql.Literal, test.operand))
            return sql.SQL("{} IN ({})").format(column, words)
        case _:
            return column + _OPERATORS[test.op] + _operand(test.operand)


def _operand(operand: Any) -> sql.Composable:
    if isinstance(operand, Bound):
        return sql.Placeholder(operand.value)
    if isinstance(operand, Column):
        return sql.Identifier(str(operand))
    return sql.Literal(operand)
