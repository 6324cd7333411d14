"""TOML tables read strictly: each value is asked for once, what nobody asks for is a problem."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grid.policy.sheets import Problems

_HEADER = re.compile(r"\s*\[\[?\s*([\w.]+)\s*\]")


class TomlTable:
    """A TOML table from which values are taken once; what is left over is unknown."""

    def __init__(self, file: str, text: str, name: str, raw: Any, problems: Problems) -> None:
        self._file, self._text, self._name, self._problems = file, text, name, problems
        self._left: dict[str, Any] = dict(raw) if isinstance(raw, dict) else {}
        self._missing = not isinstance(raw, dict)
        if self._missing:
            problems.add(file, 0, f"table [{name}] is missing")

    def complain(self, key: str, message: str) -> None:
        """Note a problem at the line where the key stands, else where its table begins.

        A table that is missing is one problem, not one for each of its keys.
        """
        if not self._missing:
            self._problems.add(self._file, self._line(key), message)

    def _line(self, key: str) -> int:
        begin, inside = 0, not self._name
        for number, line in enumerate(self._text.splitlines(), 1):
            header = _HEADER.match(line)
            if header:
                if header[1] == self._path(key):
                    return number
                inside = header[1] == self._name
                begin = number if inside else begin
            elif inside and line.partition("=")[0].strip() == key:
                return number
        return begin

    def table(self, key: str) -> TomlTable:
        """A table within."""
        raw = self._left.pop(key, {} if self._missing else None)
        inner = TomlTable(self._file, self._text, self._path(key), raw, self._problems)
        inner._missing |= self._missing
        return inner

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self._left.pop(key, None)
        if isinstance(value, str) and value.strip():
            return value
        self.complain(key, f"{self._path(key)} must be a text")
        return ""

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        value = self._left.pop(key, None)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        self.complain(key, f"{self._path(key)} must be a list of texts")
        return []

    def number(self, key: str, low: float, high: float) -> float:
        """A number between two bounds."""
        value = self._left.pop(key, None)
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.complain(key, f"{self._path(key)} must be a number from {low:g} to {high:g}")
        return low

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number between two bounds."""
        value = self.number(key, low, high)
        if value != int(value):
            self.complain(key, f"{self._path(key)} must be a whole number")
        return int(value)

    def words(self, key: str, words: Iterable[str]) -> list[str]:
        """A list of some of these words, each at most once."""
        known = list(words)
        found = self.texts(key)
        wrong = [word for word in found if word not in known]
        for word in wrong:
            self.complain(key, f"{self._path(key)} '{word}' is none of {', '.join(known)}")
        if len(set(found)) != len(found):
            self.complain(key, f"{self._path(key)} names something twice")
        return [word for word in found if word in known]

    def numbers(self, keys: Iterable[str], low: float, high: float) -> dict[str, float]:
        """A number between two bounds for each of these keys."""
        return {key: float(self.number(key, low, high)) for key in keys}

    def tables(self, key: str) -> list[dict[str, Any]]:
        """A list of tables (`[[key]]`)."""
        value = self._left.pop(key, None)
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.complain(key, f"[[{key}]] is missing")
        return []

    def close(self) -> None:
        """Complain of everything that nobody asked for."""
        for key in self._left:
            self.complain(key, f"{self._path(key)} is no known setting")

    def _path(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key
