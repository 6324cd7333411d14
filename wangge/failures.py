"""What a command may end with when it is not a bug: one sentence and an exit code.

The codes are documented in docs/reference/cli.md; click itself uses 2 for wrong usage.
"""

from __future__ import annotations


class Failure(Exception):
    """Expected: the sentence is shown to the user as it is, without a traceback."""

    exit_code = 1


class BadSettings(Failure):
    """A setting is wrong; the sentence names it, its value and what would be right."""

    exit_code = 3


class Unavailable(Failure):
    """A server does not answer, or cannot be started."""

    exit_code = 4


class Missing(Failure):
    """A program is missing on this machine; the sentence holds the command that installs it."""

    exit_code = 5
