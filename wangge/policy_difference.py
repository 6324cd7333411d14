"""Two policies compared: line by line, and by what they make of every category."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from grid.policy.notes import Decided, decisions
from wangge.policy_files import Source, flat

if TYPE_CHECKING:
    from grid.policy.policy import Policy

#: Categories told one by one; of more only the number.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A row of the category table that comes out otherwise; None where a policy lacks it."""

    category: str
    condition: str
    one: Decided | None
    other: Decided | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The files' differences by name (unified diff), and what is decided otherwise."""

    versions: tuple[str, str]
    files: dict[str, list[str]]
    decided: list[Otherwise]

    def plain(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self)

    def text(self) -> str:
        """As lines for a reader."""
        lines = []
        for changed in self.files.values():
            lines += [*changed, ""]
        if not self.files:
            lines.append("The files say the same.")
        count = len(self.decided)
        words = "condition comes" if count == 1 else "conditions come"
        lines.append(f"{count} {words} out otherwise for a plain report.")
        for one in self.decided[:_SHOWN]:
            before, after = _told(one.one), _told(one.other)
            lines.append(f"  {one.category} ({one.condition}): {before} → {after}")
        if len(self.decided) > _SHOWN:
            lines.append(f"  … and {len(self.decided) - _SHOWN} more (--json tells all)")
        return "\n".join(lines)


def difference(one: Source, other: Source) -> Difference:
    """What differs between two policies. Raises PolicyError where one of them is not right."""
    before, after = one.read(), other.read()
    texts = flat(one), flat(other)
    files = {}
    for name in sorted(texts[0].keys() | texts[1].keys()):
        old, new = (text.get(name, "").removeprefix("\ufeff").splitlines() for text in texts)
        versions = f"{before.version}/{name}", f"{after.version}/{name}"
        changed = list(difflib.unified_diff(old, new, *versions, n=0, lineterm=""))
        if changed:
            files[name] = changed
    return Difference((before.version, after.version), files, _otherwise(before, after))


def _otherwise(before: Policy, after: Policy) -> list[Otherwise]:
    mine, theirs = decisions(before), decisions(after)
    return [
        Otherwise(*key, mine.get(key), theirs.get(key))
        for key in sorted(mine.keys() | theirs.keys())
        if mine.get(key) != theirs.get(key)
    ]


def _told(decided: Decided | None) -> str:
    if decided is None:
        return "not there"
    return f"{decided.rule} {decided.size}, {decided.level}, {decided.handler}, {decided.limit}"
