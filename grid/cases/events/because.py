"""Why something happened, as it stands in an event."""

from __future__ import annotations

from grid.values import value


@value
class Because:
    """Why: the rule that fired, the facts it saw (name, condition, value), the versions in force.

    Words are made when it is read, by `grid.cases.why`.
    """

    rule: str
    facts: tuple[tuple[str, str, str], ...] = ()
    policy: str = ""
    calendar: str = ""
