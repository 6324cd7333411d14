"""The command `wangge`: a table of sub-commands, each imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from wangge.failures import Failure, Unavailable

#: name → (module:attribute, one line for `wangge --help`). A new command is a new line here.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("wangge.running:up", "Start everything, show what it does, leave it running."),
    "down": ("wangge.running:down", "Stop what `up` started, and nothing else."),
    "status": ("wangge.running:status", "Show processes, pids, addresses and memory."),
    "setup": ("wangge.setting_up:setup", "Schema, topics and layout on servers that run."),
    "layout": ("wangge.layout:layout", "Draw, load and check the division into cells."),
    "place": ("wangge.place:place", "Load schools, gas lines, hydrants … from files."),
    "facts": ("wangge.facts:facts", "Load inhabitants, businesses … of areas from files."),
    "services": ("wangge.services.commands:services", "Start, stop, watch Kafka and PostgreSQL."),
    "db": ("wangge.database:db", "Create and migrate the database's schema."),
    "why": ("wangge.why:why", "Tell in words why a case stands where it stands."),
    "settings": ("wangge.settings_command:settings", "Show the settings that hold now."),
    "worker": ("wangge.worker:worker", "Run a worker: reports from Kafka become cases."),
    "clerk": ("wangge.clerk:clerk", "Run a clerk: feed, followers, clocks."),
    "gateway": ("wangge.gateway:gateway", "Stand for a gateway of messages, to try it out."),
    "api": ("wangge.api:api", "Run an API process: the HTTP door."),
    "key": ("wangge.key:key", "Make, list and revoke keys."),
    "reader": ("wangge.reader:reader", "Make, list and remove roles that read views, for QGIS."),
    "team": ("wangge.team:team", "Who is responsible where, who is away, who takes over."),
    "policy": ("wangge.policy:policy", "The rules of the house: check, explain, publish."),
    "indicators": ("wangge.indicators:indicators", "Show figures: who closed what, and in time."),
    "ledger": ("wangge.week_ledger:ledger", "Show the week's lists: came in, due, cleared."),
    "appraisals": ("wangge.appraisals:appraisals", "Load what communities say of their workers."),
    "rejects": ("wangge.rejects:rejects", "List, show, retry, drop what could not be taken."),
    "backup": ("wangge.backup:backup", "Write everything stored into one file."),
    "restore": ("wangge.backup:restore", "Bring a backup back, or drill it."),
    "replay": ("wangge.replay:replay", "Send reports of a file through the HTTP door."),
    "simulate": ("wangge.simulate:simulate", "Let made-up workers report, handle and verify."),
    "demo": ("wangge.demo:demo", "Tell what wangge does, then let real reports arrive."),
    "docs": ("wangge.docs:docs", "Write the reference pages that follow from the code."),
    "verify-history": ("wangge.history:verify_history", "Rebuild all cases, follow the chain."),
}


#: PostgreSQL's SQLSTATE for a table that is not there.
_NO_TABLE = "42P01"


class _Table(click.Group):
    """Looks commands up in COMMANDS, so that `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])


@click.group(cls=_Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wangge")
def cli() -> None:
    """Grid-based city governance (网格). Settings: WANGGE_* variables or wangge.toml."""


def main() -> NoReturn:
    """Run a command; what is expected to go wrong ends in one sentence and an exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        _end("Interrupted.", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Failure as error:
        _end(str(error), error.exit_code)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        away = _away(error)
        if away is None:
            raise
        _end(away, Unavailable.exit_code)
    sys.exit(code if isinstance(code, int) else 0)  # what a command's `Exit` said


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)


def _away(error: Exception) -> str | None:
    """A sentence where a server did not answer; None where it is a bug."""
    origin: Any = type(error).__module__.partition(".")[0]
    if origin.startswith("psycopg"):
        from geo_data.database import Failure as Kind
        from geo_data.database import classify

        if classify(error) is Kind.TRANSIENT:
            return f"The database does not answer: {str(error).strip().splitlines()[0]}"
        if getattr(error, "sqlstate", None) == _NO_TABLE:
            return "The database has no tables of wangge yet: `wangge setup` makes them."
    if origin in {"kafka", "aiokafka"} and "timeout" in type(error).__name__.lower():
        return f"Kafka does not answer: {error}"
    return None
