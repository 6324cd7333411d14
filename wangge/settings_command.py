"""`wangge settings`: what holds now, and the reference's table."""

from __future__ import annotations

import json

import click
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from wangge.settings import Settings, load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--table", is_flag=True, help="Print the table of the reference page (Markdown).")
def settings(*, as_json: bool, table: bool) -> None:
    """Show the settings that hold now; secrets are not shown."""
    if table:
        click.echo(reference_table())
        return
    values = {name: _shown(value) for name, value in load_settings()}
    variables = Settings.variables()
    if as_json:
        keyed = {_key(variables[name]): value for name, value in values.items()}
        click.echo(json.dumps(keyed, indent=1, ensure_ascii=False))
    else:
        for name, value in values.items():
            click.echo(f"{variables[name]}={'' if value is None else value}")


def _shown(value: object) -> str | int | float | None:
    if isinstance(value, SecretStr):
        return "(kept secret)"
    return value if isinstance(value, str | int | float | None) else str(value)


def _key(variable: str) -> str:
    return variable.removeprefix("WANGGE_").lower()


def reference_table() -> str:
    """The settings as a Markdown table; docs/reference/settings.md holds it and a test compares."""
    rows = ["| variable | in the file | default | meaning |", "|---|---|---|---|"]
    variables = Settings.variables()
    for name, field in Settings.model_fields.items():
        default = ".wangge" if field.default is PydanticUndefined else field.default
        text = "none" if default is None else f"`{default}`" if default != "" else "empty"
        variable = variables[name]
        rows.append(f"| `{variable}` | `{_key(variable)}` | {text} | {field.description} |")
    return "\n".join(rows)
