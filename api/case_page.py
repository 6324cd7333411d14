"""A case as lists show it, as JSON; lights, and time in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid.cases.masked import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from geo_data.areas import AreaName
    from geo_data.cases import CaseReport, CaseRow

#: West, south, east, north in degrees; all None where no box was asked for.
Box = tuple[float | None, float | None, float | None, float | None]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def listed(row: CaseRow, *, masked: bool) -> dict[str, Any]:
    """A row of a list. What has its default is not stored, and is said here all the same."""
    state = row.state
    place, matter, charge, tally = (state[n] for n in ("place", "matter", "charge", "tally"))
    handler, aside = charge["handler"], state.get("aside", {})
    return {
        "id": row.id,
        "number": state["number"],
        "version": tally["version"],
        "status": state["status"],
        "size": matter["size"],
        "category": matter["category"],
        "condition": matter.get("condition"),
        "source": matter["source"],
        "level": charge["level"],
        "path": place["path"],
        "charge_path": charge["area"],
        "cell": place.get("cell"),
        "layout": place["layout"],
        "lon": _coarse(place["lon"]) if masked else place["lon"],
        "lat": _coarse(place["lat"]) if masked else place["lat"],
        "handler": {
            "kind": handler["kind"],
            "area": handler["area"],
            "code": handler.get("code", ""),
            "person": handler.get("person", ""),
        },
        "assisting": [part["department"] for part in aside.get("parts", ())],
        "asks": [ask["kind"] for ask in aside.get("asks", ())],
        "marks": row.marks,
        "paused": "pause" in aside,
        "stage": row.stage,
        "light": row.light,
        "warn_at": moment(row.warn_at),
        "due_at": moment(row.due_at),
        "deadlines": [{"missed": False} | plain for plain in state["deadlines"]],
        "parent": state.get("parent"),
        "reports": tally.get("reports", 1),
        "received_at": moment(row.received_at),
        "changed_at": moment(row.changed_at),
        "closed_at": moment(row.closed_at),
    }


def areas(names: Iterable[AreaName]) -> list[dict[str, Any]]:
    """The areas above a case and its handler, from the city down."""
    return [
        {"code": a.code, "level": a.level.value, "name": a.name, "synthetic": a.synthetic}
        for a in names
    ]


def report(told: CaseReport, *, masked: bool) -> dict[str, Any]:
    """A report of a case; analysts see neither words nor the exact position."""
    plain: dict[str, Any] = {
        "id": told.id,
        "received_at": moment(told.received_at),
        "category": told.category,
        "lon": _coarse(told.lon) if masked else told.lon,
        "lat": _coarse(told.lat) if masked else told.lat,
    }
    if not masked:
        plain |= {
            "description": told.description,
            "place": told.place,
            "attachments": told.attachments or [],
            "external_number": told.external_number,
            "settled": told.settled,
        }
    return plain


def light(warn: datetime, due: datetime, now: datetime) -> str:
    """Green, yellow from `warn` on, red from `due` on."""
    if now >= due:
        return "red"
    return "yellow" if now >= warn else "green"


def time_left(due: datetime, now: datetime) -> dict[str, str]:
    """The time to a deadline, or beyond it, as people say it: 还剩 3 小时 20 分."""
    seconds = (due - now).total_seconds()
    zh, en = _span(abs(seconds))
    if seconds > 0:
        return {"zh": f"还剩 {zh}", "en": f"{en} left"}
    return {"zh": f"已超期 {zh}", "en": f"{en} late"}


def _span(seconds: float) -> tuple[str, str]:
    minutes, hours, days = int(seconds // _MINUTE), int(seconds // _HOUR), int(seconds // _DAY)
    if days:
        rest = hours % 24
        tail = (f" {rest} 小时", f" {rest} h") if rest else ("", "")
        return f"{days} 天{tail[0]}", f"{days} d{tail[1]}"
    if hours:
        rest = minutes % 60
        tail = (f" {rest} 分", f" {rest} min") if rest else ("", "")
        return f"{hours} 小时{tail[0]}", f"{hours} h{tail[1]}"
    return f"{minutes} 分", f"{minutes} min"


def _coarse(degrees: float) -> float:
    return round(degrees, DECIMALS)


def coarse_box(box: Box) -> Box:
    """The smallest box around this one that holds a rounded position's whole square or nothing."""
    west, south, east, north = box
    if west is None or south is None or east is None or north is None:
        return box
    half = 0.5 * 10**-DECIMALS
    return (
        _coarse(west) - half,
        _coarse(south) - half,
        _coarse(east) + half,
        _coarse(north) + half,
    )


def moment(at: datetime | None) -> str | None:
    """A moment as it is written: RFC 3339."""
    return at.isoformat() if at is not None else None
