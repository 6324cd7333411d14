"""What may follow what: the one table that the code, the documentation, the API and the tests read.

A row says: this command, given by one of these roles standing in this relation to the case, leads
along these arrows. `None` as a status is "no case yet". The relations are in `grid.cases.standing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.cases import commands as c
from grid.cases.known import NOTHING
from grid.cases.standing import Relation, part_of, stands_in
from grid.model import LIVE, Status
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grid.cases.case import Case
    from grid.cases.known import Known

Arrow = tuple[Status | None, Status]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table; `zh` and `en` say what will happen, for buttons and refusals.

    `arrows` are all (from, to) that it can take; `paused` says that it may be given while all
    clocks of the case stand.
    """

    name: str
    command: type[c.Command]
    arrows: frozenset[Arrow]
    roles: frozenset[Role]
    relation: Relation
    paused: bool
    zh: str
    en: str
    source: frozenset[Status | None]
    target: frozenset[Status]


_OPEN, _WORKING, _HANDLED = Status.OPEN, Status.WORKING, Status.HANDLED
_RECEIVED, _VERIFIED, _CLOSED = Status.RECEIVED, Status.VERIFIED, Status.CLOSED
#: Nobody has finished anything yet.
_WAITING = frozenset({_RECEIVED, _OPEN, _WORKING})
_IN_HAND = frozenset({_OPEN, _WORKING})

_SYSTEM = frozenset({Role.SYSTEM})
_PEOPLE = frozenset({Role.WORKER, Role.STAFF, Role.OPERATOR, Role.ADMIN})
_OFFICE = frozenset({Role.STAFF, Role.OPERATOR, Role.ADMIN})
_ABOVE = _OFFICE | {Role.SUPERVISOR}
_HOUSE = _PEOPLE | {Role.SUPERVISOR, Role.HOTLINE}
_OUTSIDE = frozenset({Role.CITIZEN, Role.SOURCE})
_DESK = frozenset({Role.OPERATOR, Role.ADMIN})
_CALLERS = frozenset({Role.HOTLINE, Role.ADMIN})


def _to(source: Iterable[Status | None], *targets: Status) -> frozenset[Arrow]:
    return frozenset((before, after) for before in source for after in targets)


def _stay(statuses: Iterable[Status]) -> frozenset[Arrow]:
    return frozenset((status, status) for status in statuses)


def _row(
    name: str,
    command: type[c.Command],
    arrows: frozenset[Arrow],
    roles: frozenset[Role],
    relation: Relation,
    zh: str,
    en: str,
    *,
    paused: bool = False,
) -> Transition:
    source = frozenset(before for before, _ in arrows)
    target = frozenset(after for _, after in arrows)
    return Transition(name, command, arrows, roles, relation, paused, zh, en, source, target)


# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    # ── how a case begins
    _row("file", c.File, _to({None}, _OPEN, _RECEIVED), _SYSTEM, Relation.SYSTEM,
         "立案：给出编号、网格、大小、负责层级、承办单位和期限；需核实的先核实",
         "file: number, cell, size, level in charge, handler and deadlines are set"),
    _row("gather", c.Gather, _to({None}, _OPEN), _SYSTEM, Relation.SYSTEM,
         "聚集立案：同类上报在短时间内集中出现，合为一案",
         "gather: many reports of one kind in a short time become one case"),
    _row("admit", c.Admit, _to({_RECEIVED}, _OPEN), _PEOPLE, Relation.EITHER,
         "核实立案：情况属实，正式立案",
         "admit: the check found it true, it is filed"),
    _row("decline", c.Decline, _to({_RECEIVED, _OPEN}, Status.DECLINED),
         _PEOPLE | {Role.HOTLINE}, Relation.INTAKE,
         "不予受理：须选理由并答复上报人",
         "decline: not taken up, with a reason and a reply to the reporter", paused=True),
    _row("relocate", c.Relocate, _stay(_WAITING) | _to({_WORKING}, _OPEN), _PEOPLE,
         Relation.EITHER,
         "改正位置：重新确定网格、大小、负责层级和承办单位，原承诺不变",
         "relocate: cell, size, level and handler are decided again, the promise stays"),
    _row("recategorise", c.Recategorise, _stay(_WAITING) | _to({_WORKING}, _OPEN), _PEOPLE,
         Relation.EITHER,
         "改正类别：重新确定大小、负责层级和承办单位，原承诺不变",
         "recategorise: size, level and handler are decided again, the promise stays"),
    _row("rezone", c.Rezone, _stay(LIVE), _SYSTEM, Relation.SYSTEM,
         "划入新网格：网格划分调整后按原位置重新确定网格，负责层级和期限不变",
         "rezone: another layout of cells holds; cell and areas follow, level and deadlines stay",
         paused=True),
    # ── who works on it
    _row("dispatch", c.Dispatch, _to(_IN_HAND, _OPEN) | _stay(_IN_HAND), _OFFICE, Relation.CHARGE,
         "派遣：交主办部门承办，可指定协办部门，签收和处置期限重新计算",
         "dispatch: a department becomes the handler, others assist; its limits start anew"),
    _row("delegate", c.Delegate, _to(_IN_HAND, _OPEN), _OFFICE, Relation.CHARGE,
         "交下级承办：下级签收，负责层级不变",
         "delegate: a level below becomes the handler, the level in charge stays"),
    _row("accept", c.Accept, _to({_OPEN}, _WORKING), _PEOPLE, Relation.HANDLER,
         "签收：由承办单位开始办理，可确定情形",
         "accept: the handler takes the case on and may name the condition"),
    _row("take_over", c.TakeOver, _to(_IN_HAND, _WORKING), _OFFICE, Relation.CHARGE,
         "接办：负责层级自己成为承办单位，处置期限重新计算",
         "take over: the level in charge becomes the handler, the limit to resolve starts anew"),
    _row("hand_over", c.HandOver, _stay(_WAITING), _PEOPLE | _SYSTEM, Relation.HANDLER,
         "移交经办人：由同一单位的另一人经办，期限不变",
         "hand over: somebody else of the same unit has it in hand, no deadline moves",
         paused=True),
    _row("whistle", c.Whistle, _stay(_IN_HAND), _OFFICE, Relation.CHARGE,
         "吹哨：召集部门协办，各部门限时报到",
         "whistle: departments are called to help, each reports in within its limit"),
    _row("report_in", c.ReportIn, _stay(_IN_HAND), _PEOPLE, Relation.PART,
         "报到：被召集的部门已到场",
         "report in: a department that was called is there"),
    _row("set_date", c.SetDate, _stay(_IN_HAND), _OFFICE, Relation.CHARGE,
         "限期办理：负责层级给承办单位定下新的处置期限，不得超过办结承诺",
         "set a date: the level in charge gives the handler a date, within the promise"),
    _row("return", c.Return, _stay(_IN_HAND), _PEOPLE, Relation.HANDLER,
         "申请回退：不属本单位职责，由交办层级决定，期限照常计算",
         "return: the handler says it is not its matter; the sender decides, clocks run on"),
    _row("rule", c.Rule, _stay({_OPEN, _WORKING}) | _to({_WORKING}, _OPEN), _OFFICE,
         Relation.CHARGE,
         "裁定：多次回退后由上级确定承办单位，不得再回退",
         "rule: after two returns the level above says who works on it, for good"),
    _row("escalate", c.Escalate, _stay(_IN_HAND), _PEOPLE, Relation.EITHER,
         "上交：负责层级上移，承办单位不变",
         "escalate: the level in charge moves up, the handler stays"),
    _row("recur", c.Recur, _stay(_WAITING) | _to({_WORKING}, _OPEN), _SYSTEM, Relation.SYSTEM,
         "重复发生：同一地点同类问题反复上报，重新定级",
         "recur: reported again and again at one place, decided anew"),
    # ── the work
    _row("settle", c.Settle, _to(_WAITING, _CLOSED, _HANDLED, _VERIFIED), _PEOPLE, Relation.TEAM,
         "自办结案：小事由本网格当场办结，按比例抽查",
         "settle: a small matter is closed by the cell's own team; a sample is checked"),
    _row("contact", c.Contact, _stay(_IN_HAND), _PEOPLE, Relation.HANDLER,
         "联系：已联系上报人或到达现场",
         "contact: the reporter was called or the place seen"),
    _row("propose", c.Propose, _stay(_IN_HAND), _PEOPLE, Relation.HANDLER,
         "提出办理意见",
         "propose: the handler says what it means to do"),
    _row("handle", c.Handle, _to({_WORKING}, _HANDLED, _WORKING) | _stay({_OPEN}), _PEOPLE,
         Relation.HANDS,
         "处置完毕：等待审核和他人核查；协办部门完成的是本部门的部分",
         "handle: done, somebody else verifies; an assisting department does its part"),
    _row("review", c.Review, _to({_HANDLED}, _HANDLED, _WORKING, _CLOSED), _ABOVE,
         Relation.REVIEWER,
         "审核：通过则进入下一环节，不通过则返工",
         "review: on to the next step, or back to work"),
    _row("verify", c.Verify, _to({_HANDLED}, _CLOSED, _VERIFIED, _WORKING), _PEOPLE,
         Relation.CHECKER,
         "核查：通过则结案或回访，不通过则返工",
         "verify: closed or called back when passed, else back to work"),
    _row("call_back", c.CallBack, _to({_VERIFIED}, _VERIFIED, _CLOSED, _WORKING, _HANDLED)
         | _stay({_CLOSED}), _CALLERS, Relation.SEES,
         "回访：满意则结案；不满意退回原单位，第二次不满意则上升并审核",
         "call back: closed when satisfied; not satisfied goes back, the second time it goes up"),
    # ── what is asked for
    _row("extend", c.Extend, _stay(_IN_HAND), _PEOPLE, Relation.HANDLER,
         "申请延期：到期前提出，由上一级批准，第二次须更高一级",
         "extend: asked for before it is due, granted one level up, the second time only higher"),
    _row("pause", c.AskPause, _stay(LIVE), _PEOPLE, Relation.EITHER,
         "申请暂停计时：写明理由、责任人和计划，由上一级批准",
         "pause: reason, owner and plan in writing, granted one level up"),
    _row("long_term", c.LongTerm, _stay(LIVE), _PEOPLE, Relation.EITHER,
         "申请挂账：列入长期台账，定期复核，由上一级批准",
         "long-term list: with a review date, granted one level up"),
    _row("appeal", c.Appeal, _stay(Status), _PEOPLE | {Role.HOTLINE}, Relation.LATE,
         "申请免责：说明客观原因，由督查人员认定",
         "appeal: an objective cause for being late; a supervisor decides", paused=True),
    _row("answer", c.Answer, _stay(Status) | _to({_WORKING}, _OPEN), _ABOVE, Relation.ANSWERER,
         "答复申请：批准或不批准",
         "answer: grant or refuse what was asked for", paused=True),
    _row("resume", c.Resume, _stay(LIVE), _ABOVE, Relation.CHARGE,
         "恢复计时：停掉的时间补回",
         "resume: the clocks run again, with the time given back", paused=True),
    # ── what is said from above
    _row("supervise", c.Supervise, _stay(LIVE), _ABOVE, Relation.ANCESTOR,
         "督办：承办单位须限时反馈",
         "supervise: the handler has to feed back in time", paused=True),
    _row("feed_back", c.FeedBack, _stay(LIVE), _PEOPLE | {Role.HOTLINE}, Relation.PRESSED,
         "督办反馈：由被督办的单位答复",
         "feed back: who was pressed answers", paused=True),
    _row("card", c.Card, _stay(Status), frozenset({Role.SUPERVISOR, Role.ADMIN}), Relation.SEES,
         "亮牌：确认红灯，立即计牌",
         "card: a red light is confirmed, the card is given now", paused=True),
    # ── how it ends, and comes back
    _row("withdraw", c.Withdraw, _to(_WAITING, Status.WITHDRAWN), _OUTSIDE | _HOUSE,
         Relation.REPORTER,
         "撤回：由上报人撤回",
         "withdraw: who reported it takes it back", paused=True),
    _row("void", c.Void, _to(LIVE, Status.VOID), _DESK, Relation.SEES,
         "作废：须写明理由，并告知上报人",
         "void: with a reason; the reporter is told", paused=True),
    _row("reopen", c.Reopen, _to({_CLOSED, Status.DECLINED}, _OPEN),
         _OUTSIDE | _DESK | _CALLERS, Relation.CONCERNED,
         "重新开启：结案后30天内，第二次上升一级",
         "reopen: within 30 days, the second time one level higher"),
    _row("merge", c.Merge, _to(_WAITING | {Status.MERGED}, Status.MERGED), _DESK | _SYSTEM,
         Relation.SEES,
         "并案：归入主案继续办理，上报人随主案获知结果",
         "merge: goes on under its parent, all reporters follow"),
    _row("unmerge", c.Unmerge, _to({Status.MERGED}, *_WAITING), _DESK, Relation.SEES,
         "拆案：从主案分出，单独办理，原承诺不变",
         "unmerge: goes on by itself, with the promise that it had"),
    _row("join", c.Join, _stay(LIVE), _SYSTEM, Relation.SYSTEM,
         "并入：另一案件并入本案",
         "join: another case comes under this one", paused=True),
    _row("leave", c.Leave, _stay(Status), _SYSTEM, Relation.SYSTEM,
         "分出：另一案件从本案分出",
         "leave: another case goes out from under this one", paused=True),
    # ── what is said about it
    _row("comment", c.Comment, _stay(Status), _HOUSE, Relation.SEES,
         "留言",
         "comment: somebody says something", paused=True),
    _row("attach", c.Attach, _stay(Status), _HOUSE | _OUTSIDE, Relation.CONCERNED,
         "补充材料",
         "attach: files come to it", paused=True),
    _row("inform", c.Inform, _stay(LIVE | {_CLOSED}), _HOUSE, Relation.SEES,
         "报告：突发事件向上报告（首报、续报、终报）",
         "inform: an emergency is told upward (first, follow-up, final)", paused=True),
    _row("tick", c.Tick, _stay(Status) | _to({_RECEIVED, _WORKING}, _OPEN), _SYSTEM,
         Relation.SYSTEM,
         "到期：期限已过，自动上移、督办、恢复计时或计牌",
         "tick: a deadline has passed: it rises, is supervised, runs again or gets its card",
         paused=True),
)
# fmt: on

BY_COMMAND = {row.command: row for row in TRANSITIONS}
BY_NAME = {row.name: row for row in TRANSITIONS}


def may(principal: Principal, row: Transition, case: Case | None, known: Known = NOTHING) -> bool:
    """True when the role and the relation allow the command; the state is another question."""
    if principal.role not in row.roles:
        return False
    if case is None or principal.role is Role.SYSTEM:
        return True
    return stands_in(principal, row.relation, case, known)


def fits(row: Transition, case: Case) -> bool:
    """True when the case's status, and its pause where it has one, allow the command."""
    if case.status not in row.source:
        return False
    if row.command is c.Resume:
        return case.aside.pause is not None
    return row.paused or case.aside.pause is None


def allowed(case: Case, principal: Principal, known: Known = NOTHING) -> list[Transition]:
    """The commands that this principal may give now, in the table's order."""
    return [
        row
        for row in TRANSITIONS
        if fits(row, case)
        and may(principal, row, case, known)
        and not _for_others(row, case, principal)
    ]


def _for_others(row: Transition, case: Case, principal: Principal) -> bool:
    """True for what this status allows to others only.

    From one parent to another only the rules move a case; before the leading unit has accepted,
    only assisting departments may be done.
    """
    if row.command is c.Merge:
        return case.status is Status.MERGED and principal.role is not Role.SYSTEM
    opened = row.command is c.Handle and case.status is _OPEN
    return opened and part_of(case, principal) is None
