"""Tell what is being done: a live line or bar on a terminal, plain lines without one."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Plain output says nothing about steps that are over at once.
_WORTH_TELLING_S = 0.5


def tell(text: str) -> None:
    """One line for the user, on standard error so that a command's own output stays clean."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """A step of unknown length: a spinner on a terminal, else a line when it is over."""
    began = time.monotonic()
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(text):
            yield
    else:
        yield
    took = time.monotonic() - began
    if took >= _WORTH_TELLING_S:
        tell(f"{text}: done in {took:.1f} s")


@contextmanager
def counted(text: str, total: int) -> Iterator[Callable[[int], None]]:
    """A step with a known number of parts; call what is yielded with how many are done."""
    began = time.monotonic()
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(text, total=total)
            yield lambda done: bar.update(task, completed=done)
    else:
        tell(f"{text} …")
        yield lambda _done: None
    tell(f"{text}: done in {time.monotonic() - began:.1f} s")
