"""`Example`, a line of a table: given this story, this command leads to that status or is refused.

`test_every_row.py` asks of each row of the transitions that it has such lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid.cases.transitions import BY_COMMAND
from grid.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid.cases import commands as c
    from grid.model import Status
    from tests.unit.cases.story import Story


@dataclass(frozen=True)
class Example:
    """Given the story, the command leads to the status `then`, or is refused for that reason."""

    given: Callable[[], Story]
    command: c.Command
    then: Status | Refusal
    known: tuple[tuple[str, Any], ...] = ()

    @property
    def row(self) -> str:
        """The name of the transition."""
        return BY_COMMAND[type(self.command)].name

    @property
    def before(self) -> Status | None:
        case = self.given().case
        return None if case is None else case.status

    def __str__(self) -> str:
        by = self.command.by.id.rpartition(":")[2]
        return f"{self.row} by {by} when {self.given.__name__} -> {self.then.value}"

    def holds(self) -> None:
        """Asserts it."""
        story, known = self.given(), dict(self.known)
        if isinstance(self.then, Refusal):
            assert story.refusal(self.command, **known) is self.then
        else:
            assert story.does(self.command, **known).status is self.then
