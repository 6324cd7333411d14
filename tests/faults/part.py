"""One process of the product: started, killed, and started again a moment after it ended."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PAUSE_S = 1.0  # until it is started again


class Part:
    """A process under watch. `ends` are the exit codes it left with, negative for signals."""

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.ends: list[int] = []
        self._command = command
        self._env = env
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._leaving = False
        self._ended = asyncio.Event()

    def start(self) -> None:
        """Start it and keep it running."""
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def _keep(self) -> None:
        while not self._leaving:
            self._ended.clear()
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(self._env),
                    start_new_session=True,
                )
            self.ends.append(await self._process.wait())
            self._ended.set()
            if not self._leaving:
                await asyncio.sleep(PAUSE_S)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens where it is between two lives."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def end(self, within_s: float) -> int | None:
        """The exit code with which this life ends; None where it goes on after that time."""
        try:
            async with asyncio.timeout(within_s):
                await self._ended.wait()
        except TimeoutError:
            return None
        return self.ends[-1]

    async def leave(self, within_s: float = 30.0) -> int | None:
        """Tell it to stop, for good. None where it had to be killed."""
        self._leaving = True
        if self._keeper is None:
            return None
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # one that is frozen would not hear it
        code = await self.end(within_s)
        if code is None:
            self.signal(signal.SIGKILL)
            await self.end(5.0)
        self._keeper.cancel()
        with suppress(asyncio.CancelledError):
            await self._keeper
        return code
