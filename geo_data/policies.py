"""The policies that ship with the product, read from its packaged data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from grid.policy.policy import Policy, read_policy

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: The names that `load_shipped` takes.
SHIPPED = ("default", "with-street")


@cache
def load_shipped(name: str = "default") -> Policy:
    """The shipped policy of that name, read once per process.

    Raises ValueError for other names, PolicyError where its files are not right.
    """
    if name not in SHIPPED:
        raise ValueError(f"policy '{name}' is none of {', '.join(SHIPPED)}")
    return read_policy(shipped_files(), f"{name}/policy.toml")


@cache
def shipped_files() -> dict[str, str]:
    """The text of all policy files by their name below `data/policies`."""
    root = files("geo_data") / "data" / "policies"
    return dict(_texts(root, ""))


def _texts(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            found += _texts(item, f"{prefix}{item.name}/")
        elif item.name.endswith((".csv", ".toml")):
            found.append((prefix + item.name, item.read_text(encoding="utf-8")))
    return found
