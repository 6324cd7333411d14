"""The reference page of the command line, written from the commands themselves."""

from __future__ import annotations

import click

from wangge.cli import cli

_HEAD = """# Command line

One command, `wangge`, with sub-commands; each has `--help`. What it does is said on standard
error, what it answers on standard output; `--json`, where there is one, prints the answer for
programs. Settings come from `WANGGE_*` variables or a file ([settings](settings.md)).

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | not done; one sentence says why. With a traceback it is a bug: please report it |
| 2 | used wrongly: unknown command, option or value |
| 3 | a setting is wrong; the sentence names it, its value and what would be right |
| 4 | a server does not answer or cannot be started; `status`: a part does not run |
| 5 | a program is missing on this machine; the sentence holds the command that installs it |
| 70 | `worker`, `clerk`: a bug ended the process; nothing is lost, start it again |
| 75 | `worker`, `clerk`: database or Kafka was away too long; nothing is lost, start it again |
| 130 | interrupted (Ctrl-C) |
| 141 | whoever read the output left |

## Commands
"""


def cli_page() -> str:
    """The whole page (Markdown); docs/reference/cli.md holds it and a test compares."""
    return _HEAD + "".join(_sections(cli, "wangge"))


def _sections(group: click.Group, path: str) -> list[str]:
    context = click.Context(group, info_name=path)
    written = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        whole = f"{path} {name}"
        written.append(_section(command, whole))
        if isinstance(command, click.Group):
            written += _sections(command, whole)
    return written


def _section(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path)
    words = " ".join((command.help or "").split("\f")[0].split())
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    lines = [f"\n### `{path}`\n", f"{words}\n", f"    {usage}\n"]
    options = [
        record
        for parameter in command.get_params(context)
        if not (isinstance(parameter, click.Option) and "--help" in parameter.opts)
        and (record := parameter.get_help_record(context)) is not None
    ]
    lines += [f"- `{option}` {' '.join(text.split())}".rstrip() for option, text in options]
    return "\n".join(lines) + ("\n" if options else "")
