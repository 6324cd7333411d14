"""The table of collections: where each comes from, its columns, its time, who sees its rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, in the words of JSON Schema with moments apart."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"


class Rows(StrEnum):
    """Who sees the rows of a collection."""

    EVERYBODY = "everybody"  # names and borders are for every reader
    OF_CASES = "of_cases"  # as the cases: by area and department, positions coarse for analysts


@dataclass(frozen=True, slots=True)
class Column:
    """A property of a feature, by its name in the view; words say what it means."""

    name: str
    kind: Kind
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Features of one kind.

    `view` has the columns, `id` and `geom` (WGS 84, longitude first). `level` picks the areas of
    that level, in the layout that holds at the asked instant. `begin` and `end` are the columns of
    the time in which a feature holds or happened (`end` empty: an instant).
    """

    name: str
    zh: str
    en: str
    view: str
    geometry: str  # GeoJSON's type; `Geometry`: of any
    columns: tuple[Column, ...]
    rows: Rows
    id_kind: str  # SQL type by which `id` is ordered
    begin: str
    end: str = ""
    level: str = ""

    @property
    def standing(self) -> bool:
        """True where its rows hold for a time of their own, from `valid_from` to `valid_to`."""
        return self.end == "valid_to" and not self.level

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((one for one in self.columns if one.name == name), None)


def _c(name: str, kind: Kind, zh: str, en: str) -> Column:
    return Column(name, kind, zh, en)


_TEXT, _INT, _NUMBER = Kind.TEXT, Kind.INTEGER, Kind.NUMBER
_BOOL, _MOMENT = Kind.BOOLEAN, Kind.MOMENT

_AREA = (
    _c("name", _TEXT, "名称", "name"),
    _c("level", _TEXT, "层级", "level: grid, community, street, district"),
    _c("path", _TEXT, "路径", "codes from the city down, each followed by a slash"),
    _c("parent", _TEXT, "上级代码", "code of the area above"),
    _c("district", _TEXT, "区县代码", "code of the district"),
    _c("street", _TEXT, "街道代码", "code of the street or town"),
    _c("community", _TEXT, "社区代码", "code of the community or village"),
    _c("area_m2", _NUMBER, "面积（平方米）", "area in square metres"),
    _c("ur_class", _TEXT, "城乡分类代码", "urban-rural class"),
    _c("synthetic", _BOOL, "边界为程序绘制", "the border was drawn by a program, it is not real"),
    _c("layout", _INT, "网格划分版本", "number of the layout"),
    _c("valid_from", _MOMENT, "生效时间", "from when on the layout holds"),
    _c("valid_to", _MOMENT, "失效时间", "until when it held; empty: it still does"),
)
_PLACE = (
    _c("path", _TEXT, "路径", "codes from the city down, each followed by a slash"),
    _c("district", _TEXT, "区县代码", "code of the district"),
    _c("street", _TEXT, "街道代码", "code of the street or town"),
    _c("community", _TEXT, "社区代码", "code of the community or village"),
    _c("cell", _TEXT, "网格代码", "code of the cell; empty: outside every cell"),
)
_CASE = (
    _c("number", _TEXT, "案件编号", "number of the case"),
    _c("status", _TEXT, "状态", "status"),
    _c("size", _TEXT, "大小", "small, big, major, emergency"),
    _c("category", _TEXT, "类别", "category, kind.class.item"),
    _c("source", _TEXT, "来源", "where the report came from"),
    *_PLACE,
    _c("layout", _INT, "网格划分版本", "number of the layout"),
    _c("level", _TEXT, "责任层级", "level in charge"),
    _c("handler_kind", _TEXT, "承办方类型", "kind of the handler: team or department"),
    _c("department", _TEXT, "承办部门", "department that handles it"),
    _c("stage", _TEXT, "当前时限", "stage whose limit runs out next"),
    _c("due_at", _MOMENT, "当前时限到期", "when that limit runs out"),
    _c("promise_due", _MOMENT, "承诺办结时间", "when it was promised to be closed"),
    _c("paused", _BOOL, "暂停", "clocks stand still"),
    _c("reports", _INT, "报告数", "number of reports in it"),
    _c("parent", _TEXT, "上级案件", "the case under which it goes on"),
    _c("received_at", _MOMENT, "接收时间", "when the report came in"),
    _c("accepted_at", _MOMENT, "受理时间", "when its handler accepted it"),
    _c("handled_at", _MOMENT, "处置时间", "when the work was done"),
    _c("closed_at", _MOMENT, "结案时间", "when it ended"),
    _c("changed_at", _MOMENT, "变更时间", "when anything about it changed last"),
    _c("handle_late", _BOOL, "处置超期", "handled late"),
    _c("closed_late", _BOOL, "结案超期", "closed late"),
    _c("rework", _INT, "返工次数", "times that the work was sent back"),
    _c("escalations", _INT, "升级次数", "times that the level in charge went up"),
    _c("cards", _INT, "红牌数", "cards given"),
)
_REPORT = (
    _c("case_id", _TEXT, "案件标识", "id of the case that it became"),
    _c("number", _TEXT, "案件编号", "number of the case"),
    _c("category", _TEXT, "类别", "category as it was reported"),
    _c("source", _TEXT, "来源", "where it came from"),
    _c("status", _TEXT, "案件状态", "status of the case"),
    *_PLACE,
    _c("received_at", _MOMENT, "接收时间", "when it came in"),
    _c("seen_at", _MOMENT, "发现时间", "when it was seen, by the server's clock"),
)

_PLACES = (
    _c("code", _TEXT, "标识", "what its source calls it"),
    _c("kind", _TEXT, "种类", "kind of place"),
    _c("name", _TEXT, "名称", "name"),
    _c("owner", _TEXT, "权属单位", "who owns or looks after it"),
    _c("source", _TEXT, "数据来源", "where it comes from"),
    _c("valid_from", _MOMENT, "生效时间", "from when on it is there"),
    _c("valid_to", _MOMENT, "失效时间", "until when it was there; empty: it still is"),
)
_AREA_FACT = (
    _c("area", _TEXT, "区域代码", "code of the area"),
    _c("name", _TEXT, "区域名称", "name of the area; empty: no area of today's layout"),
    _c("level", _TEXT, "层级", "level: grid, community, street, district, city"),
    _c("path", _TEXT, "路径", "codes from the city down, each followed by a slash"),
    _c("measure", _TEXT, "指标", "what is counted"),
    _c("value", _NUMBER, "数值", "how many"),
    _c("at", _MOMENT, "统计时点", "the day of which it tells, from its beginning"),
    _c("source", _TEXT, "数据来源", "where it comes from"),
    _c("loaded_at", _MOMENT, "载入时间", "when it was loaded"),
)


def _areas(name: str, level: str, zh: str, en: str) -> Collection:
    return Collection(
        name,
        zh,
        en,
        "feature_areas",
        "MultiPolygon",
        _AREA,
        Rows.EVERYBODY,
        'text COLLATE "C"',
        "valid_from",
        "valid_to",
        level,
    )


COLLECTIONS: dict[str, Collection] = {
    one.name: one
    for one in (
        _areas("cells", "grid", "网格", "Grid cells"),
        _areas("communities", "community", "社区", "Communities and villages"),
        _areas("streets", "street", "街道", "Streets and towns"),
        _areas("districts", "district", "区县", "Districts and counties"),
        Collection(
            "cases", "案件", "Cases", "feature_cases", "Point", _CASE, Rows.OF_CASES, "uuid",
            "received_at", "closed_at",
        ),
        Collection(
            "reports", "报告", "Reports", "feature_reports", "Point", _REPORT, Rows.OF_CASES,
            "uuid", "received_at",
        ),
        Collection(
            "places", "地点设施", "Places", "feature_places", "Geometry", _PLACES,
            Rows.EVERYBODY, "bigint", "valid_from", "valid_to",
        ),
        Collection(
            "area_facts", "区域数据", "Facts of areas", "feature_area_facts", "MultiPolygon",
            _AREA_FACT, Rows.EVERYBODY, "bigint", "at",
        ),
    )
}  # fmt: skip
