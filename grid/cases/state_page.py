"""The state machine's page, written from the transitions table, so that it cannot be wrong."""

from __future__ import annotations

from grid.cases.transitions import TRANSITIONS, Transition
from grid.model import Status
from grid.words import STATUSES

_HEAD = """# The state machine of a case

Written from `grid/cases/transitions.py` by `wangge docs`; a test compares. What is not in this
table is not possible.

"""


def state_page() -> str:
    """The page in Markdown: a drawing (Mermaid), the statuses, and the table of commands."""
    return _HEAD + _drawing() + "\n" + _statuses() + "\n" + _table()


def _drawing() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TRANSITIONS:
        for source, target in _arrows(row):
            if source != target:  # what stays is in the table; as loops it would hide the ways
                arrows.setdefault((source, target), []).append(row.name)
    lines += [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    lines += [f"    {status.value} --> [*]" for status in Status if not status.live]
    return "\n".join([*lines, "```", ""])


def _arrows(row: Transition) -> list[tuple[str, str]]:
    """The row's arrows, in the order of the statuses."""
    return [
        (source.value if source else "[*]", target.value)
        for source in [None, *Status]
        for target in Status
        if (source, target) in row.arrows
    ]


def _statuses() -> str:
    lines = ["| status | 状态 | meaning |", "| --- | --- | --- |"]
    lines += [f"| `{s.value}` | {STATUSES[s][0]} | {STATUSES[s][1]} |" for s in Status]
    return "\n".join([*lines, ""])


def _table() -> str:
    lines = [
        "| command | from | to | roles | who | what happens | 说明 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in TRANSITIONS:
        source = ", ".join(s.value for s in Status if s in row.source) or "(none)"
        target = ", ".join(s.value for s in Status if s in row.target)
        roles = ", ".join(sorted(role.value for role in row.roles))
        lines.append(
            f"| `{row.name}` | {source} | {target} | {roles} | {row.relation.value} "
            f"| {row.en} | {row.zh} |"
        )
    return "\n".join([*lines, ""])
