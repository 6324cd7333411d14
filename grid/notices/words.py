"""The words of notices, Chinese and English, as short as a text message.

Words are made when a notice is read or sent: facts are stored, so that a better word holds for
old notices too. A Chinese text stays within the 70 characters of one message.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from grid import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.words import Pair

_ZONE = ZoneInfo("Asia/Shanghai")

TEMPLATES: dict[str, Pair] = {
    # to who reported
    "filed": (
        "您反映的事项已受理，编号{number}，承诺{promise}前办结。",
        "Your report is taken up as {number}; we promise to close it by {promise}.",
    ),
    "extended": (
        "您反映的事项（{number}）经批准延期：原承诺{was}，现承诺{promise}前办结。",
        "Your report {number} was granted more time: promised by {was}, now by {promise}.",
    ),
    "paused": (
        "您反映的事项（{number}）因客观原因暂停办理，{until}前复核。",
        "Your report {number} has to wait; it is looked at again by {until}.",
    ),
    "closed": (
        "您反映的事项（{number}）已办结。如不满意，可在30天内要求重新办理。",
        "Your report {number} is closed. If you are not satisfied, ask within 30 days.",
    ),
    "declined": (
        "您反映的事项（{number}）不予受理：{reason}。",
        "Your report {number} is not taken up: {reason}.",
    ),
    "voided": (
        "您反映的事项（{number}）已作废。如有疑问请与受理单位联系。",
        "Your report {number} was made void. Please ask us if this seems wrong.",
    ),
    "merged": (
        "您反映的事项（{number}）与他人反映的同一问题并案办理，主案编号{parent}。",
        "Your report {number} goes on with others of the same matter as {parent}.",
    ),
    "unmerged": (
        "您反映的事项（{number}）改为单独办理，承诺{promise}前办结。",
        "Your report {number} goes on by itself; promised by {promise}.",
    ),
    "reopened": (
        "您反映的事项（{number}）已重新办理，承诺{promise}前办结。",
        "Your report {number} is open again; we promise to close it by {promise}.",
    ),
    # to the house
    "emergency": (
        "紧急事件{number}：请立即处置，并按规定时限报告。",
        "Emergency {number}: act at once, and tell upward in time.",
    ),
    "dispatched": (
        "案件{number}交你单位承办，{stage}期限{until}。",
        "Case {number} is your unit's; {stage} is due by {until}.",
    ),
    "ruled": (
        "案件{number}经裁定由你单位承办，不再回退，{stage}期限{until}。",
        "Case {number} is yours by ruling, for good; {stage} is due by {until}.",
    ),
    "back": (
        "案件{number}重新办理，{stage}期限{until}。",
        "Case {number} is open again; {stage} is due by {until}.",
    ),
    "released": (
        "案件{number}已改由其他单位承办。",
        "Case {number} is another unit's now.",
    ),
    "whistled": (
        "吹哨：案件{number}请你部门协办，{until}前报到。",
        "Your department is called to help with case {number}; report in by {until}.",
    ),
    "date_set": (
        "案件{number}限{until}前处置完毕。",
        "Case {number} has to be resolved by {until}.",
    ),
    "rework": (
        "案件{number}未通过，退回返工，{stage}期限{until}。",
        "Case {number} did not pass and is yours again; {stage} is due by {until}.",
    ),
    "not_satisfied": (
        "案件{number}回访不满意，请单位负责人过问。",
        "Case {number}: the reporter is not satisfied. The head of the unit is asked to look.",
    ),
    "resumed": (
        "案件{number}恢复计时，{stage}期限{until}。",
        "The clocks of case {number} run again; {stage} is due by {until}.",
    ),
    "ended": (
        "案件{number}{reason}，不必再办。",
        "Case {number} is {reason}: nothing is left to do.",
    ),
    "merged_away": (
        "案件{number}已并入{parent}办理。",
        "Case {number} goes on under {parent}.",
    ),
    "handed_to": (
        "案件{number}移交给你经办（{handing}）。",
        "Case {number} is in your hands now ({handing}).",
    ),
    "handed_from": (
        "案件{number}已移交他人经办（{handing}）。",
        "Case {number} is in somebody else's hands now ({handing}).",
    ),
    "asked": (
        "案件{number}申请{kind}，请于{until}前答复。",
        "Case {number}: {kind} was asked for; answer by {until}.",
    ),
    "granted": (
        "案件{number}申请的{kind}已批准。",
        "Case {number}: {kind} was granted.",
    ),
    "refused": (
        "案件{number}申请的{kind}未获批准，请继续办理。",
        "Case {number}: {kind} was refused; please go on.",
    ),
    "returned": (
        "案件{number}已回退，请于{until}前重新交办。",
        "Case {number} came back; give it to someone by {until}.",
    ),
    "supervised": (
        "案件{number}{kind}（{grade}级，{cause}），{until}前反馈。",
        "Case {number} is supervised ({kind}, grade {grade}: {cause}); answer by {until}.",
    ),
    "late": (
        "案件{number}{stage}超期，应于{due}前完成，请立即办理。",
        "Case {number} is late: {stage} was due by {due}. Please act now.",
    ),
    "late_below": (
        "下级案件{number}{stage}超期（应于{due}前），请督促或接办。",
        "Case {number} below you is late: {stage} was due by {due}. Press, or take it over.",
    ),
    "risen": (
        "案件{number}负责层级上移：{cause}。",
        "Case {number} has risen in charge: {cause}.",
    ),
    "card": (
        "案件{number}{stage}超期（应于{due}前），已计牌。",
        "Case {number} got a card: {stage} was due by {due}.",
    ),
}

#: Facts whose values are codes, with the words for them.
_CODES: dict[str, Mapping[str, Pair]] = {
    "stage": {stage.value: pair for stage, pair in words.STAGES.items()},
    "cause": words.CAUSES,
    "handing": words.HAND_OVERS,
    "reason": words.DECLINE_REASONS
    | {"withdrawn": ("已撤回", "withdrawn"), "void": ("已作废", "void")},
    "kind": words.ASKS | words.SUPERVISIONS,
}
_TIMES = frozenset({"until", "due", "promise", "was"})
_LATER: Pair = ("另行通知", "a time to be told")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def text(template: str, facts: Mapping[str, str]) -> Pair:
    """The notice in words: Chinese, English. Raises KeyError for a fact that is missing."""
    pairs = {name: _words(name, value) for name, value in facts.items()}
    zh, en = TEMPLATES[template]
    return (
        zh.format_map({name: pair[0] for name, pair in pairs.items()}),
        en.format_map({name: pair[1] for name, pair in pairs.items()}),
    )


def _words(name: str, value: str) -> Pair:
    if name in _TIMES:
        return _time(value) if value else _LATER
    return _CODES.get(name, {}).get(value, (value, value))


def _time(value: str) -> Pair:
    """The moment in China, with its day: nobody acts on a time without one."""
    at = datetime.fromisoformat(value).astimezone(_ZONE)
    return (
        f"{at.month}月{at.day}日{at:%H:%M}",
        f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M}",
    )
