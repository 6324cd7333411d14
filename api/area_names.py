"""Areas as requests name them: by code, in a layout, within the caller's rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.problems import Problem, invalid_parameter, unavailable
from geo_data import areas
from geo_data.patience import TooSlow

if TYPE_CHECKING:
    from datetime import datetime

    from api.quick_reads import QuickReads
    from geo_data.areas import Area
    from geo_data.database import Connection
    from geo_data.rights import RowFilter


async def layout_in_force(conn: Connection) -> int:
    """The layout's number; 503 while none is loaded."""
    try:
        return await areas.layout_in_force(conn)
    except areas.NoLayout as error:
        raise _none(error, None) from None


async def layout_at(conn: Connection, at: datetime | None) -> int:
    """The layout that holds, or that of `as_of`. 400 where none held then, 503 without any."""
    if at is None:
        return await layout_in_force(conn)
    try:
        return await areas.layout_at(conn, at)
    except areas.NoLayout as error:
        raise _none(error, at) from None


async def layout_of(reads: QuickReads, at: datetime | None) -> int:
    """`layout_at`, remembered for a moment."""
    try:
        return await reads.layout(at)
    except areas.NoLayout as error:
        raise _none(error, at) from None
    except TooSlow:
        raise unavailable("the layout in time", "暂时无法及时读取网格划分") from None


async def known(conn: Connection, code: str, at: datetime | None = None) -> tuple[int, Area]:
    """The layout, in force or of `as_of`, and the area of that code; 404 where it has none."""
    layout = await layout_at(conn, at)
    area = await areas.find(conn, layout, code) if "\x00" not in code else None
    if area is None:
        shown = code[:40]
        raise Problem(
            "not-found",
            f"there is no area with the code {shown} in layout {layout}",
            f"网格划分方案 {layout} 中没有代码为 {shown} 的区域",
        )
    return layout, area


async def narrowed(conn: Connection, rights: RowFilter, code: str) -> RowFilter:
    """The rights over the area of that code; 403 where nothing of it is the caller's."""
    area = await within(conn, rights, code)
    part = rights.narrowed(area.path)
    assert part is not None
    return part


async def within(
    conn: Connection, rights: RowFilter, code: str, at: datetime | None = None
) -> Area:
    """The area of that code, now or at an instant; 403 where nothing of it is the caller's."""
    _, area = await known(conn, code, at)
    if rights.narrowed(area.path) is None:
        raise Problem(
            "outside-area",
            f"{area.name} ({area.code}) lies outside the area of this key",
            f"{area.name}（{area.code}）不在此密钥的辖区内",
        )
    return area


def _none(error: areas.NoLayout, at: datetime | None) -> Problem:
    if at is None:
        return unavailable("a layout of cells", "尚未载入网格划分")
    return invalid_parameter("as_of", f"is too early: {error}", "该时刻尚无网格划分")
