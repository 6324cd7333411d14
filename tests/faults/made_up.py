"""Made-up reports for the square city: of every size, from workers and citizens, old ones too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from random import Random

    from tests.city import City

#: Category and how often: exposed rubbish, a sewer cover, a manhole, a smell of gas.
_CATEGORIES = {"event.01.10": 12, "component.01.02": 3, "component.01.01": 3, "event.05.02": 1}
_CITIZENS = 0.08  # share of reports that crowd together and may become surges
_SPOT_S = 30  # the crowd goes elsewhere after so many seconds


def fresh_id(rng: Random) -> str:
    """A random UUID out of the seeded generator."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def submission(rng: Random, city: City) -> dict[str, Any]:
    """What a phone posts."""
    now = datetime.now(UTC)
    if rng.random() < _CITIZENS:
        return _citizens(rng, city, now)
    x, y = rng.randrange(city.across), rng.randrange(city.across)
    lon, lat = city.middle(x, y)
    category = rng.choices(list(_CATEGORIES), weights=list(_CATEGORIES.values()))[0]
    made = {
        "id": fresh_id(rng),
        "category": category,
        "lon": lon + rng.uniform(-0.45, 0.45) * city.step,
        "lat": lat + rng.uniform(-0.45, 0.45) * city.step,
        "observed_at": (now - timedelta(seconds=rng.uniform(0, 3600))).isoformat(),
        "source": "worker",
        "description": f"第{rng.randrange(10**6)}号巡查记录",
    }
    if category == "event.01.10" and rng.random() < 0.3:
        made["settled"] = {"how": "已当场清理"}
        made["attachments"] = [{"sha256": f"{rng.getrandbits(256):064x}", "role": "after"}]
    return made


def _citizens(rng: Random, city: City, now: datetime) -> dict[str, Any]:
    """One of a crowd: many people tell of the same thing at the same place."""
    spot = int(now.timestamp() // _SPOT_S)
    lon, lat = city.middle(spot * 7 % city.across, spot * 3 % city.across)
    return {
        "id": fresh_id(rng),
        "category": "component.01.01",
        "lon": lon + rng.uniform(-0.0005, 0.0005),
        "lat": lat + rng.uniform(-0.0005, 0.0005),
        "observed_at": now.isoformat(),
        "source": "citizen",
        "reporter": {"phone": f"1390000{rng.randrange(10**4):04d}"},
    }
