"""What a policy would make of a report, in words: rule, size, who answers, who works, by when.

The same rules and clocks as the engine's, for somebody who changes a table and wants to see what
it does. Nothing here makes a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.model import Level, Size, Stage
from grid.policy import limits
from grid.policy.arithmetic import clock, counted
from grid.policy.calendar import ZONE
from grid.words import FACTS, LEVELS, SIZES, STAGES, Pair

if TYPE_CHECKING:
    from datetime import datetime

    from grid.policy.categories import Category
    from grid.policy.limits import Limit
    from grid.policy.policy import Policy
    from grid.policy.rules import Facts, Outcome

HANDLERS: dict[str, Pair] = {
    "team": ("网格队伍", "the cell's team"),
    "community": ("社区", "the community"),
    "street": ("街道", "the street"),
    "district": ("区县", "the district"),
    "city": ("市级", "the city"),
    "department": ("责任部门", "the department that answers"),
}

CLOCKS: dict[str, Pair] = {
    "urgent_hour": ("紧急小时", "running hours"),
    "urgent_day": ("紧急日（24小时）", "running days of 24 hours"),
    "work_hour": ("工作小时", "working hours"),
    "work_day": ("工作日", "working days"),
}

#: What begins later, and with what.
_LATER: tuple[tuple[Stage, Pair], ...] = (
    (Stage.REPORT_IN, ("吹哨之时起", "from the whistle")),
    (Stage.REVIEW, ("处置完毕之时起", "from when it is handled")),
    (Stage.VERIFY, ("处置完毕之时起", "from when it is handled")),
    (Stage.CALLBACK, ("核查通过之时起", "from when it is verified")),
    (Stage.ASSIGN, ("案件上移之时起", "from when the case has risen")),
    (Stage.FEEDBACK, ("督办之时起", "from the supervision")),
    (Stage.ANSWER, ("申请之时起", "from the request")),
)


@dataclass(frozen=True, slots=True)
class Timed:
    """A stage with its limit: how it is counted, and when it is due where that is known.

    `line` is the row of limits.csv that holds; 0 for the promise.
    """

    stage: str
    words: Pair
    limit: str
    clock: Pair
    how: Pair
    since: datetime | None
    warn: datetime | None
    due: datetime | None
    line: int


@dataclass(frozen=True, slots=True)
class Explained:
    """What becomes of a report. `line` is the deciding row of rules.csv."""

    policy: str
    category: Pair
    rule: str
    line: int
    reason: Pair
    because: tuple[Pair, ...]
    size: Size
    size_words: Pair
    level: Level
    level_words: Pair
    handler: str
    handler_words: Pair
    department: str | None
    profile: str
    notes: tuple[Pair, ...]
    stages: tuple[Timed, ...]


def explain(
    policy: Policy,
    row: Category,
    facts: Facts,
    received_at: datetime,
    path: str,
    occurred_at: datetime | None = None,
) -> Explained:
    """What becomes of a report with these facts, received then (aware) for an area's path."""
    outcome = policy.rules.decide(facts)
    rule = policy.rules.by_id[outcome.rule_id]
    department, handler = _handler(policy, outcome, facts.category, path, received_at)
    return Explained(
        policy=policy.version,
        category=_named(row),
        rule=rule.id,
        line=rule.line,
        reason=(rule.note_zh, rule.note_en),
        because=tuple(_fact(*matched) for matched in outcome.matched),
        size=outcome.size,
        size_words=SIZES[outcome.size],
        level=outcome.level,
        level_words=LEVELS[outcome.level],
        handler=outcome.handler,
        handler_words=handler,
        department=department,
        profile=outcome.profile,
        notes=tuple(_notes(policy, row, facts, outcome)),
        stages=tuple(
            _stages(
                policy,
                row,
                outcome,
                received_at,
                occurred_at or received_at,
                _spared(policy, facts, outcome),
            )
        ),
    )


def _named(row: Category) -> Pair:
    zh = f"{row.code} {row.class_name.zh}·{row.item_name.zh}（{row.condition_text.zh}）"
    english = f" ({row.condition_text.en})" if row.condition_text.en else ""
    return zh, f"{row.code} {row.class_name.en}: {row.item_name.en}{english}"


def _fact(column: str, cell: str, value: str) -> Pair:
    zh, en = FACTS.get(column, (column, column))
    return f"{zh} {value}（条件 {cell}）", f"{en} {value} (condition {cell})"


def _handler(
    policy: Policy, outcome: Outcome, category: str, path: str, at: datetime
) -> tuple[str | None, Pair]:
    if outcome.handler != "department":
        return None, HANDLERS[outcome.handler]
    code = policy.department_for(category, path, at.astimezone(ZONE).date())
    if code is None:
        return None, (
            "责任表未列部门，由区县指定",
            "no department in the responsibility table: the district decides",
        )
    found = policy.department(code)
    return code, (found.name_zh, found.name_en)


def _notes(policy: Policy, row: Category, facts: Facts, outcome: Outcome) -> list[Pair]:
    told: list[Pair] = []
    if row.provisional:
        told.append(
            (
                "未说明情形，暂按最严的一行",
                "no condition was named: the strictest row holds for now",
            )
        )
    if facts.source in policy.intake.check and outcome.size is not Size.EMERGENCY:
        told.append(
            ("立案前先由网格核实", "waits for a look by the cell's worker before it is filed")
        )
    reviewing = policy.reviews.levels_for(facts.category, outcome.size)
    if reviewing:
        zh = "、".join(LEVELS[level][0] for level in reviewing)
        en = ", ".join(LEVELS[level][1] for level in reviewing)
        told.append((f"处置后由{zh}审核", f"reviewed by {en} when it is handled"))
    if facts.source in policy.callback.sources:
        zh = "、".join(LEVELS[level][0] for level in policy.callback.levels)
        en = ", ".join(LEVELS[level][1] for level in policy.callback.levels)
        told.append((f"核查后回访：{zh}", f"the reporter is called back: {en}"))
    return told


def _stages(
    policy: Policy,
    row: Category,
    outcome: Outcome,
    received: datetime,
    occurred: datetime,
    spared: set[Stage],
) -> list[Timed]:
    """The promise and the stages that begin at filing with their ends; then the later ones."""
    at_filing = policy.at_filing(
        received, level=outcome.level, size=outcome.size, profile=outcome.profile, category=row
    )
    told = []
    for deadline in at_filing:
        if deadline.stage is Stage.PROMISE:
            how: Pair = ("处置期限，再加核查期限", "the limit to resolve, then the limit to verify")
            told.append(
                Timed(
                    Stage.PROMISE, STAGES[Stage.PROMISE], "", ("", ""), how,
                    deadline.since, deadline.warn, deadline.due, 0,
                )
            )  # fmt: skip
        else:
            told.append(_timed(policy, row, outcome, deadline.stage, received, deadline.due))
    if outcome.size is Size.EMERGENCY:
        told += [
            _timed(policy, row, outcome, stage, occurred, None)
            for stage in (Stage.TELL, Stage.WRITE)
            if _allowed(policy, row, outcome, stage)
        ]
    for stage, begins in _LATER:
        limit = _allowed(policy, row, outcome, stage)
        if limit is not None and stage not in spared:
            line = policy.stages.row(
                stage, outcome.level, outcome.size, outcome.profile, row.limit
            ).line
            told.append(
                Timed(
                    stage, STAGES[stage], str(limit), CLOCKS[limit.clock], begins,
                    None, None, None, line,
                )
            )  # fmt: skip
    return told


def _spared(policy: Policy, facts: Facts, outcome: Outcome) -> set[Stage]:
    """Later stages that this report will not come to."""
    spared = set()
    if not policy.reviews.levels_for(facts.category, outcome.size):
        spared.add(Stage.REVIEW)
    if facts.source not in policy.callback.sources:
        spared.add(Stage.CALLBACK)
    return spared


def _allowed(policy: Policy, row: Category, outcome: Outcome, stage: Stage) -> Limit | None:
    return policy.limit(
        stage, level=outcome.level, size=outcome.size, profile=outcome.profile, category=row
    )


def _timed(
    policy: Policy,
    row: Category,
    outcome: Outcome,
    stage: Stage,
    since: datetime,
    until: datetime | None,
) -> Timed:
    """A stage that runs from `since`; `until` is its due time where something cuts it short."""
    limit = _allowed(policy, row, outcome, stage)
    assert limit is not None
    found = policy.stages.row(stage, outcome.level, outcome.size, outcome.profile, row.limit)
    zh, en = counted(since, limit, policy.calendar)
    own = limits.due(since, limit, policy.calendar)
    due = own if until is None else until
    if due < own:
        zh += f"；不晚于处置期限，{clock(due)} 为止"
        en += f"; not after the limit to resolve: until {clock(due)}"
    warn = limits.warn_at(since, due, limit, policy.calendar)
    return Timed(
        stage, STAGES[stage], str(limit), CLOCKS[limit.clock], (zh, en), since, warn, due,
        found.line,
    )  # fmt: skip
