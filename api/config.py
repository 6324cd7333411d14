"""What the API is told by the entrance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiConfig:
    """Settings of one API process; times in seconds.

    `policy` names the policy whose categories are taken and whose rules commands are decided by.
    """

    bootstrap: str
    database_url: str
    topic_prefix: str = ""
    schema: str = "wangge"
    policy: str = "default"
    host: str = "127.0.0.1"
    port: int = 8000
    kafka_wait_s: float = 3.0
    database_wait_s: float = 3.0
    connections: int = 8
    key_memory_s: float = 60.0
    exports: int = 2  # at once
    scratch: Path | None = None  # folder for files that are being built; none: the system's own
    private_receivers: bool = False  # webhooks may lead into a private network
    stop_within_s: float = 12.0  # for requests; closing what is open comes on top
