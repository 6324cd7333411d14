"""What the demonstration shows after the reports: a matter of many hands, and an appeal.

Keys for the made-up people are in force only while they act.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from grid.model import Level, Status, path_at
from grid.principal import Role
from grid.words import STATUSES
from wangge.api_client import open_api
from wangge.failures import Failure
from wangge.made_up import passing_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from wangge.api_client import Api
    from wangge.settings import Settings

Case = dict[str, Any]
_OK = 200
_CITY = "3707/"
_LOOK_S = 0.3
_LOOKS = 60


@dataclass(frozen=True, slots=True)
class Act:
    """One command: who gives it, in words, its name and its fields as they follow from the case.

    `red` waits for a red light first.
    """

    who: str
    zh: str
    en: str
    command: str
    fields: Callable[[Case], dict[str, Any]] = field(default=lambda _case: {})
    red: bool = False


def _said(**fields: Any) -> Callable[[Case], dict[str, Any]]:
    return lambda _case: fields


def _later(hours: float, note: str) -> Callable[[Case], dict[str, Any]]:
    """More time than the resolution has now."""

    def fields(case: Case) -> dict[str, Any]:
        due = next(d["due"] for d in case["deadlines"] if d["stage"] == "resolve" and not d["who"])
        return {"until": (datetime.fromisoformat(due) + timedelta(hours=hours)).isoformat()} | {
            "note": note
        }

    return fields


def _ahead(days: float, note: str) -> Callable[[Case], dict[str, Any]]:
    return lambda case: {
        "until": (datetime.fromisoformat(case["now"]) + timedelta(days=days)).isoformat(),
        "note": note,
    }


#: `lead` is the department that has the case, `other` one that it does not belong to either.
ACTS: tuple[Act, ...] = (
    Act("lead", "主办部门申请回退：不是本部门的管道", "The lead asks to return it: not its pipe",
        "return", _said(note="管道由开发商自建，未移交（虚构）")),
    Act("district", "同意回退", "Granted", "answer", _said(ask="return", granted=True)),
    Act("district", "改派另一部门", "Another department gets it",
        "dispatch", lambda case: {"department": _other(case)}),
    Act("other", "也申请回退", "It asks to return it, too", "return",
        _said(note="未移交管道不归本部门（虚构）")),
    Act("district", "同意：已回退两次", "Granted: twice returned", "answer",
        _said(ask="return", granted=True)),
    Act("district", "裁定：由原部门办到底", "The ruling: the first one works on it, for good",
        "rule", lambda case: {"department": case["acts"]["lead"],
                              "note": "先抢修，后分责（虚构）"}),
    Act("lead", "签收", "Accepted", "accept"),
    Act("district", "区级吹哨，召集两个部门", "The district whistles: two departments are to help",
        "whistle", lambda case: {"departments": _helpers(case), "note": "协助交通和安抚（虚构）"}),
    Act("first_helper", "部门报到", "One reports in", "report_in"),
    Act("second_helper", "部门报到", "So does the other", "report_in"),
    Act("lead", "申请延期：等管件", "More time is asked for: parts have to come", "extend",
        _later(4, "管件明早到货（虚构）")),
    Act("city", "市级批准延期，原期限留痕", "The city grants it, the old due is kept", "answer",
        _said(ask="extension", granted=True)),
    Act("lead", "申请暂停计时：夜间停工", "A pause is asked for: no digging at night", "pause",
        _ahead(2, "夜间不能开挖，责任人赵某（虚构），计划明早复工")),
    Act("city", "批准暂停，灯变灰", "Granted, its light turns grey", "answer",
        _said(ask="pause", granted=True)),
    Act("district", "复工，恢复计时", "They dig again, the clocks run", "resume",
        _said(note="提前复工（虚构）")),
    Act("first_helper", "协办部门完成本部门的部分", "One helper has done its part", "handle",
        _said(note="交通已恢复（虚构）")),
    Act("second_helper", "另一部门也完成", "So has the other", "handle",
        _said(note="已送水上门（虚构）")),
    Act("lead", "处置完毕", "It is handled", "handle",
        _said(note="已更换管段（虚构）", evidence=["after_photo"])),
    Act("district", "区级审核通过", "The district reviews it", "review", _said(passed=True)),
    Act("worker", "网格员核查通过，等待回访", "A worker verifies it; the reporter is to be called",
        "verify", _said(passed=True)),
    Act("hotline", "回访：不满意，水还是浑的", "Called back: not satisfied, the water is brown",
        "call_back", _said(reached=True, contacted=True, solved=False, satisfied=False,
                           reason="not_solved")),
    Act("lead", "冲洗管道，再次办结", "The pipe is flushed, handled again", "handle",
        _said(note="已冲洗并送检（虚构）", evidence=["after_photo"])),
    Act("district", "再次审核通过", "Reviewed again", "review", _said(passed=True)),
    Act("worker", "再次核查通过", "Verified again", "verify", _said(passed=True)),
    Act("city_hotline", "市级热线再次回访：满意，结案",
        "The city's hotline calls: satisfied, closed", "call_back",
        _said(reached=True, contacted=True, solved=True, satisfied=True)),
)  # fmt: skip

#: On the case whose department was late: it gets a date that it cannot keep.
APPEAL: tuple[Act, ...] = (
    Act("district", "区级限期三秒内办结（演示）", "The district sets a date, in three seconds",
        "set_date", lambda case: _seconds(case, 3)),
    Act("lead", "亮红灯后才签收", "Accepted after the red light", "accept", red=True),
    Act("lead", "处置完毕", "Handled", "handle",
        _said(note="已补办手续并留出通道（虚构）", evidence=["after_photo"])),
    Act("lead", "部门申诉：权属人不在现场", "The department appeals: the owner was absent",
        "appeal", lambda case: {"stage": _standing(case), "cause": "owner_absent",
                                "note": "到场时无人（虚构）"}),
    Act("supervisor", "督查人员认定：客观原因，不足24小时，免责",
        "The supervisor: so it was, and less than a day was lost: exempted", "answer",
        _said(ask="appeal", granted=True)),
)  # fmt: skip


def _seconds(case: Case, seconds: float) -> dict[str, Any]:
    now = datetime.fromisoformat(case["now"])
    return {"until": (now + timedelta(seconds=seconds)).isoformat()}


def _helpers(case: Case) -> list[str]:
    return [case["acts"]["first_helper"], case["acts"]["second_helper"]]


def _other(case: Case) -> str:
    other: str = case["acts"]["other"]
    return other


def _standing(case: Case) -> str | None:
    """The stage of a red light that the department may appeal against."""
    lead = case["acts"]["lead"]
    return next(
        (
            late["stage"]
            for late in case["lates"]
            if late["state"] == "standing" and late["unit"]["code"] == lead
        ),
        None,
    )


def cast(case: Case) -> dict[str, tuple[Role, str, str]]:
    """Who acts on a case: role, path of the area, department."""
    path: str = case["path"]
    district, lead = path_at(path, Level.DISTRICT), case["handler"]["code"]
    others = [code for code in ("roads", "police", "housing", "civil") if code != lead]
    actors = {"lead": lead, "first_helper": others[0], "second_helper": others[1]}
    actors["other"] = others[2]
    return {name: (Role.STAFF, district, code) for name, code in actors.items()} | {
        "district": (Role.OPERATOR, district, ""),
        "city": (Role.OPERATOR, _CITY, ""),
        "supervisor": (Role.SUPERVISOR, _CITY, ""),
        "hotline": (Role.HOTLINE, district, ""),
        "city_hotline": (Role.HOTLINE, _CITY, ""),
        "worker": (Role.WORKER, path, ""),
    }


async def perform(
    settings: Settings, url: str, case: Case, acts: tuple[Act, ...], console: Console
) -> None:
    """Give the commands one after the other, and say what comes of each. Raises Failure."""
    actors = cast(case)
    departments = {name: code for name, (_, _, code) in actors.items()}
    async with AsyncExitStack() as stack:
        hands: dict[str, Api] = {}
        for name in dict.fromkeys(act.who for act in acts):
            role, area, department = actors[name]
            key = await stack.enter_async_context(
                passing_key(settings, f"演示 demo: {name}", area, role, department)
            )
            hands[name] = await stack.enter_async_context(open_api(url, key))
        for act in acts:
            case |= {"acts": departments}
            if act.red:
                case |= await _red(hands[act.who], case)
            case = await _give(hands[act.who], act, case)
            _say(act, case, console)


async def _red(hand: Api, case: Case) -> Case:
    """The case as soon as the timekeeper has found that it is late."""
    for _ in range(_LOOKS):
        latest: Case = case | await hand.get(f"/v1/cases/{case['id']}")
        if _standing(latest) is not None:
            return latest
        await asyncio.sleep(_LOOK_S)
    raise Failure(f"{case['number']} is not found late: is a clerk running?")


async def _give(hand: Api, act: Act, case: Case) -> Case:
    status, answer = await hand.command(case, act.command, **act.fields(case))
    if status != _OK:
        raise Failure(f"{act.en}: {answer.get('detail', status)}")
    return case | answer


def _say(act: Act, case: Case, console: Console) -> None:
    zh, en = STATUSES[Status(case["status"])]
    paused = ("，暂停计时", ", its clocks stand") if case.get("paused") else ("", "")
    console.print(f"     {act.zh} [dim]（{zh}{paused[0]}）· {act.en} ({en}{paused[1]})[/]")
