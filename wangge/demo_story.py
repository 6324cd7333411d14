"""The dozen made-up reports that the demonstration tells, from small to large to late."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from wangge.made_up import photo

_TOLD = UUID("7b0c5b43-0d2f-4f0e-9d0f-2f8f6f3a6c55")


@dataclass(frozen=True, slots=True)
class Tale:
    """One report: headline in both languages, what a phone or partner would send.

    `late` sets the time of receipt back by so much: a case whose deadlines have passed.
    """

    zh: str
    en: str
    category: str
    lon: float
    lat: float
    source: str
    words: str
    more: dict[str, Any] = field(default_factory=dict)
    late: timedelta | None = None

    @property
    def id(self) -> str:
        """Always the same: a second telling files nothing anew."""
        return str(uuid5(_TOLD, self.en))

    def submission(self, now: datetime) -> dict[str, Any]:
        """What is sent."""
        seen = now - (self.late or timedelta(minutes=2))
        return {
            "id": self.id,
            "category": self.category,
            "lon": self.lon,
            "lat": self.lat,
            "observed_at": seen.isoformat(),
            "description": f"{self.words}（演示，虚构 made up）",
            "source": self.source,
        } | self.more


TALES: tuple[Tale, ...] = (
    Tale(
        "楼道不洁，网格员当场清扫",
        "A dirty stairwell, cleaned on the spot by the worker",
        "service.07.01", 119.1098, 36.7075, "worker", "3单元楼道有垃圾和积灰",
        {
            "accuracy_m": 12,
            "place": {"building": "7号楼", "unit": "3单元"},
            "settled": {"how": "已清扫，居民确认"},
            "attachments": [photo("stairwell before", "before"), photo("stairwell after", "after")],
        },
    ),
    Tale(
        "电动自行车在楼道充电，住户不在家",
        "An electric bicycle charged in a stairwell, nobody at home",
        "service.03.05", 119.1625, 36.7012, "worker", "一楼楼道内飞线充电，敲门无人应答",
        {"accuracy_m": 8, "severity": 2},
    ),
    Tale(
        "邻里漏水争执，双方愿意调解",
        "Neighbours at odds over a leak, both willing to talk",
        "service.01.01", 118.4790, 36.6849, "worker", "楼上漏水，楼下要求赔偿，双方同意社区调解",
        {"accuracy_m": 15, "place": {"building": "2号楼", "floor": "5楼"}},
    ),
    Tale(
        "市民用地图软件坐标（GCJ-02）报路灯不亮",
        "A citizen reports a dead street lamp in a map's own datum (GCJ-02)",
        "component.01.37", 119.4050, 35.9960, "citizen", "路灯三天不亮，晚上看不清路",
        {"crs": "GCJ-02", "accuracy_m": 30},
    ),
    Tale(
        "楼院下水堵塞，污水外溢",
        "A blocked drain runs over in a yard",
        "service.07.03", 118.7366, 36.8583, "worker", "污水溢到单元门口，需要专业疏通",
        {"accuracy_m": 9, "severity": 2, "affected": 8},
    ),
    Tale(
        "45户室温不达标，热线转来",
        "45 households too cold, passed on by the hotline",
        "service.05.03", 118.8580, 36.8810, "hotline", "供暖后室温只有15度",
        {"affected": 45, "severity": 2, "reporter": {"name": "王某（虚构）"}},
    ),
    Tale(
        "企业申请用电扩容迟迟未办（按“2115”时限）",
        "An enterprise waits for more power (limits of 2115)",
        "service.09.02", 119.2110, 36.6550, "enterprise", "厂房扩建申请用电扩容，三周没有答复",
        {"external_number": "ENT-0001"},
    ),
    Tale(
        "供水管道破裂，160户停水",
        "A water main bursts, 160 households without water",
        "event.05.01", 119.1330, 36.7200, "hotline", "主管道爆裂，路面大量积水",
        {
            "affected": 160,
            "severity": 3,
            "reporter": {"name": "孙某（虚构）", "phone": "00000000000"},
        },
    ),
    Tale(
        "工地围挡倒伏，有人受伤",
        "A building site's fence falls, somebody is hurt",
        "event.03.07", 119.7550, 36.3830, "citizen", "围挡被风刮倒，砸伤一名行人，已送医",
        {"injured": 1, "severity": 3},
    ),
    Tale(
        "路面塌陷",
        "The road caves in",
        "event.05.05", 119.4890, 36.8550, "inspector", "路口塌陷约两平方米，已摆放警示桩",
        {"accuracy_m": 5, "severity": 4},
    ),
    Tale(
        "楼道有燃气味",
        "A smell of gas in a stairwell",
        "service.03.01", 119.1460, 36.7090, "worker", "三楼燃气味明显，已通知住户关阀开窗",
        {"accuracy_m": 10, "severity": 3, "affected": 20},
    ),
    Tale(
        "占道施工无人理会：部门超期，案件自动上移",
        "Road works block the way: the department is late, the case rises by itself",
        "event.03.02", 119.1200, 36.7000, "citizen", "施工围挡占用整条人行道，无审批公示",
        late=timedelta(days=21),
    ),
)  # fmt: skip

#: The one that is worked on by many: a department leads, two help, the reporter is called back.
MANY_HANDS = next(tale for tale in TALES if tale.category == "event.05.01")
