"""How a process leaves: exit codes, ending on the spot, and the alarm that nothing outlives."""

from __future__ import annotations

import logging
import os
import threading
from enum import IntEnum
from typing import NoReturn

from geo_data.database import Failure, classify

log = logging.getLogger(__name__)

#: After SIGTERM what runs has this long, then the process ends all the same.
GRACE_S = 20.0


class Exit(IntEnum):
    """Exit codes of worker and clerk; 70 and 75 as in sysexits.h."""

    DONE = 0
    BUG = 70
    TRY_LATER = 75  # database or Kafka away for too long, or work given up at SIGTERM


def exit_code(error: BaseException) -> Exit:
    """The code for a process that ends for this error."""
    transient = isinstance(error, Exception) and classify(error) is Failure.TRANSIENT
    return Exit.TRY_LATER if transient else Exit.BUG


def end_now(error: BaseException) -> NoReturn:
    """End the process at once, as hard as a power cut: nothing can be acknowledged any more."""
    log.critical("ending at once; what was not stored will come again", exc_info=error)
    logging.shutdown()
    os._exit(exit_code(error))


def set_alarm() -> None:
    """End the process after the grace time, whatever its loop is doing then."""
    alarm = threading.Timer(GRACE_S, os._exit, (Exit.TRY_LATER,))
    alarm.daemon = True
    alarm.start()
