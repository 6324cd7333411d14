"""The fields of a report, version 1: the one table behind parser, JSON Schema and reference page.

Client's fields come through the door; server's are added there and stand on Kafka only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from grid.model import Source
from grid.reports.field_kinds import Choice, Code, Number, Text, Time
from grid.reports.field_objects import Field, ListOf, Record

VERSION = 1


class Crs(StrEnum):
    """The datum that a sender's position is in."""

    WGS84 = "EPSG:4326"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"


class Role(StrEnum):
    """What an attachment shows."""

    BEFORE = "before"
    AFTER = "after"
    DOCUMENT = "document"


class Attachment(NamedTuple):
    """A file kept apart, named by its content."""

    sha256: str
    role: Role


class Original(NamedTuple):
    """The position as the sender gave it, where it was not WGS 84."""

    crs: Crs
    lon: float
    lat: float


_LON = Number(-180.0, 180.0, "degrees")
_LAT = Number(-90.0, 90.0, "degrees")

_PLACE = (
    Field("building", Text(100), "楼栋", "building"),
    Field("unit", Text(100), "单元", "entrance or unit"),
    Field("floor", Text(100), "楼层、户号", "floor, door"),
)
_REPORTER = (
    Field("name", Text(100), "姓名", "name"),
    Field("phone", Text(40), "电话", "phone number"),
    Field("address", Text(300), "住址", "address"),
)
_SETTLED = (Field("how", Text(1000), "怎样处理的", "what was done", required=True),)
_SHA256 = Code("[0-9a-f]{64}", "64 lower-case hexadecimal digits")
_ATTACHMENT = (
    Field(
        "sha256",
        _SHA256,
        "文件内容的 SHA-256",
        "SHA-256 of the file's content",
        required=True,
    ),
    Field("role", Choice(Role), "前、后、文件", "what it shows", required=True),
)
_ORIGINAL = (
    Field("crs", Choice(Crs), "坐标系", "datum", required=True),
    Field("lon", _LON, "经度", "longitude", required=True),
    Field("lat", _LAT, "纬度", "latitude", required=True),
)

FIELDS: tuple[Field, ...] = (
    Field(
        "id",
        Code(
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "a UUID in lower case with hyphens",
        ),
        "上报编号，由上报端生成；重发用同一编号，只立一案",
        "made by the sender; sent again under the same id it is still one report",
        required=True,
    ),
    Field(
        "category",
        Code(
            r"[a-z]{1,16}\.[0-9A-Za-z]{1,8}\.[0-9A-Za-z]{1,8}",
            "`kind.class.item`, such as `event.05.02`",
        ),
        "类别：大类.小类.细项",
        "what it is about",
        required=True,
    ),
    Field(
        "condition",
        Code("[1-9][0-9]{0,3}", "the row's number from 1, as text"),
        "立案条件的序号；不填时按最严的一条",
        "row of the category's conditions; without it the strictest holds",
    ),
    Field("lon", _LON, "经度", "longitude", required=True),
    Field("lat", _LAT, "纬度", "latitude", required=True),
    Field(
        "crs",
        Choice(Crs),
        "经纬度的坐标系，默认 EPSG:4326；收到时换算，原值保留",
        "datum of lon and lat, EPSG:4326 by default; converted on the way in, the original kept",
    ),
    Field(
        "accuracy_m",
        Number(0.0, 100_000.0, "m"),
        "定位精度（68 % 半径）",
        "accuracy of the position: the 68 % radius, as phones give it",
    ),
    Field("occurred_at", Time(), "发生时间", "when it happened"),
    Field("observed_at", Time(), "发现时间", "when it was seen", required=True),
    Field(
        "sent_at",
        Time(),
        "发送时刻（手机时钟），用来校正时钟误差",
        "the sender's clock when it was sent; tells that clock's error",
    ),
    Field(
        "place",
        Record(_PLACE, lambda given: given or None, dict),
        "楼栋、单元、楼层（室内定位不准时用）",
        "building, unit and floor in words, since GPS is useless indoors",
    ),
    Field("description", Text(4000, shortest=0), "情况描述", "what is the matter, in words"),
    Field(
        "severity",
        Number(1, 4, whole=True),
        "严重程度：1 轻微、2 一般、3 严重、4 危及生命",
        "1 slight, 2 noticeable, 3 serious, 4 lives in danger",
    ),
    Field("affected", Number(0, 1_000_000, "households", whole=True), "受影响户数", "households"),
    Field("injured", Number(0, 100_000, "people", whole=True), "受伤人数", "people hurt"),
    Field(
        "settled",
        Record(_SETTLED, lambda given: given["how"], lambda how: {"how": how}),
        "已当场处理，以及怎样处理的",
        "it was dealt with on the spot, and how",
    ),
    Field(
        "attachments",
        ListOf(
            Record(
                _ATTACHMENT,
                lambda given: Attachment(given["sha256"], given["role"]),
                Attachment._asdict,
            ),
            most=20,
        ),
        "照片和文件",
        "photos and documents",
    ),
    Field("source", Choice(Source), "来源", "where the report comes from", required=True),
    Field(
        "external_number",
        Text(100),
        "来源系统里的编号",
        "its number in the system that it comes from",
    ),
    Field(
        "reporter",
        Record(_REPORTER, lambda given: given or None, dict),
        "反映人；单独存放，只有经办人看得到",
        "the person who reported; kept apart, shown only to who handles it",
    ),
    Field(
        "v",
        Number(VERSION, VERSION, whole=True),
        "报文版本",
        "version of the message",
        required=True,
        server=True,
    ),
    Field("received_at", Time(), "收到时间", "when it came in", required=True, server=True),
    Field("sender", Text(200), "发送者", "whose key it came with", required=True, server=True),
    Field(
        "digest",
        _SHA256,
        "发送内容的摘要，用来辨认重复发送",
        "what the sender said, as SHA-256: tells the same again from other content",
        server=True,
    ),
    Field(
        "original",
        Record(_ORIGINAL, lambda given: Original(**given), Original._asdict),
        "换算前的坐标",
        "the position as it was sent, where it was not WGS 84",
        server=True,
    ),
)

#: What a sender may send.
CLIENT_FIELDS = tuple(field for field in FIELDS if not field.server)
#: What stands on Kafka: there the position is always WGS 84.
STREAM_FIELDS = tuple(field for field in FIELDS if field.name != "crs")
