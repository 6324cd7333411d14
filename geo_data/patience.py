"""A limit of time for what somebody waits for: the database stops, the caller is told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg.errors import QueryCanceled

if TYPE_CHECKING:
    from collections.abc import Iterator


class TooSlow(RuntimeError):
    """What was asked takes the database longer than it is given."""


def quick(within_s: float) -> dict[str, str]:
    """Settings for connections of quick statements (`open_pool`'s `single`): seconds for each.

    Compiling a statement takes longer than most of them, so it is not done. Each is planned for
    its own values: one plan for all boxes reads the whole city for each. And none merges: a page
    from the middle of all cases would read the facts of all cases before it.
    """
    return {
        "statement_timeout": str(int(within_s * 1000)),
        "jit": "off",
        "plan_cache_mode": "force_custom_plan",
        "enable_mergejoin": "off",
    }


@contextmanager
def patient(what: str) -> Iterator[None]:
    """TooSlow with `what` where the server stopped the statement at its limit."""
    try:
        yield
    except QueryCanceled as error:
        raise TooSlow(f"{what} takes too long") from error
