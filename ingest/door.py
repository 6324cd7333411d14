"""The one door: whatever somebody sent becomes a report in WGS 84 with the server's fields.

Sources in foreign formats make a submission first and then come through here as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.reports.fields import Crs, Original
from grid.reports.report import content_digest, parse_submission
from ingest.datum import position_to_wgs84

if TYPE_CHECKING:
    from datetime import datetime

    from grid.reports.report import Report


def accept(submission: object, *, sender: str, received_at: datetime) -> Report:
    """The report of a submission, a plain JSON value with the client's fields.

    `sender` is whose key it came with, `received_at` the server's clock. A position that was not
    WGS 84 is converted and kept in `original`. Raises InvalidMessage with the first wrong field.
    """
    report, crs = parse_submission(submission, sender=sender, received_at=received_at)
    if crs is not Crs.WGS84:
        lon, lat = position_to_wgs84(crs, report.lon, report.lat)
        report = replace(report, lon=lon, lat=lat, original=Original(crs, report.lon, report.lat))
    # Here, because any number of doors share this work and a worker has the most to do.
    return replace(report, digest=content_digest(report))
