"""Made-up matters and made-up people for simulation and demonstration; they say that they are."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from geo_data import keys
from geo_data.database import connect
from grid.principal import Role

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Sequence

    from wangge.settings import Settings

#: Whose act it is in the audit log.
_BY = "system:simulation"


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that a worker meets: how often (weight), in words, and how it is settled."""

    weight: float
    category: str
    words: str
    settled: str | None = None  # said when it was dealt with on the spot
    severity: int = 1


#: What workers report, roughly as often as districts say that they do: mostly small things.
MATTERS: tuple[Matter, ...] = (
    Matter(14, "service.07.01", "楼道堆有杂物和垃圾，墙面有小广告", "已当场清扫"),
    Matter(10, "service.03.04", "楼道堆放纸箱、旧家具，占用疏散通道", "住户已当场清走"),
    Matter(9, "service.03.05", "电动自行车在楼道内充电", "已劝导移出并断开飞线"),
    Matter(8, "event.01.92", "垃圾桶满溢，周边有散落垃圾"),
    Matter(7, "service.07.02", "楼道灯不亮，老人上下楼不便"),
    Matter(6, "event.01.12", "路面有积泥和落叶，未清扫"),
    Matter(6, "event.04.10", "共享单车、电动车乱停放，占用盲道", "已当场摆放整齐"),
    Matter(5, "service.07.04", "车辆占用院内通道，救护车进不来", severity=2),
    Matter(5, "event.04.05", "商户店外经营，占用人行道"),
    Matter(5, "event.01.13", "路面坑洞，雨天积水", severity=2),
    Matter(4, "service.06.02", "广场舞音量过大，居民无法休息"),
    Matter(4, "service.01.01", "邻里因漏水争执，愿意调解"),
    Matter(4, "component.01.37", "路灯不亮"),
    Matter(3, "service.02.02", "独居老人需要代买药品，已记录"),
    Matter(3, "service.07.03", "下水堵塞，污水外溢", severity=2),
    Matter(3, "event.01.11", "空地积存建筑垃圾"),
    Matter(2, "service.05.03", "多户室温不达标", severity=2),
    Matter(2, "component.01.02", "污水井盖破损，有响动", severity=3),
    Matter(1, "service.03.07", "平房山墙开裂，有倾斜", severity=3),
    Matter(0.5, "event.05.08", "线缆脱落，垂到路面", severity=3),
    Matter(0.3, "service.03.01", "楼道有燃气味，已通知住户关阀开窗", severity=3),
)


def pick(dice: random.Random, matters: Sequence[Matter] = MATTERS) -> Matter:
    """One of them, by weight."""
    return dice.choices(matters, [matter.weight for matter in matters])[0]


def photo(of: str, role: str) -> dict[str, Any]:
    """An attachment that there is no file for: the digest of its name."""
    return {"sha256": sha256(f"made up: {of}".encode()).hexdigest(), "role": role}


@asynccontextmanager
async def passing_key(
    settings: Settings, name: str, area: str, role: Role = Role.ADMIN, department: str = ""
) -> AsyncIterator[str]:
    """A key of somebody made up over the area at path `area`, in force until the end.

    Whoever handled a case cannot verify it: it takes two to show that.
    """
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        key_id, key = await keys.add(
            conn, role=role, area=area, department=department, name=name, by=_BY
        )
    try:
        yield key
    finally:
        async with connect(settings.database_url, schema=settings.schema_name) as conn:
            await keys.revoke(conn, key_id, by=_BY)
