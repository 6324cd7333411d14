"""Metres and degrees, and how far a position may lie outside of every cell."""

from __future__ import annotations

from typing import Final

#: Metres in a degree of latitude (mean, WGS 84); a degree of longitude is this times cos(lat).
METRES_PER_DEGREE: Final = 111_195.0
#: A position outside every cell belongs to the nearest one up to this distance, where nothing else
#: is said: the policy's `snap_m` says it for reports and cases.
SNAP_M: Final = 200.0
