"""The fields of each command's body, and the kinds of values that only commands have.

What can be chosen is what has words in `grid.words`; departments are those of the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid.cases.case import AskKind
from grid.errors import InvalidMessage
from grid.reports.field_kinds import Code, Number, Parser, Schema, Text, Time, wrong_type
from grid.reports.field_objects import Field, ListOf
from grid.reports.fields import CLIENT_FIELDS
from grid.words import (
    APPEAL_CAUSES,
    ASKS,
    ATTACHMENT_ROLES,
    CALLBACK_REASONS,
    CHANNELS,
    CONTACTS,
    DECLINE_REASONS,
    EVIDENCE,
    INFORMED,
    LEVELS,
    OUTCOMES,
    STAGES,
    SUPERVISIONS,
    TELLINGS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.words import Pair

_MOST_VERSION = 1_000_000
_MOST_DEPARTMENTS = 20
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def parser(self) -> Parser:
        """A JSON boolean, nothing that only looks like one."""

        def parse(value: object) -> bool:
            if not isinstance(value, bool):
                raise wrong_type(value, "true or false")
            return value

        return parse

    def wire(self) -> None:
        """A boolean goes as it is."""

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}

    def bounds(self) -> str:
        """Both words."""
        return "true or false"


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One key of a table of words; the value is the key as the table has it."""

    table: Mapping[Any, Pair]

    def parser(self) -> Parser:
        """The key of that text."""
        keys = {str(key): key for key in self.table}

        def parse(value: object) -> Any:
            if not isinstance(value, str):
                raise wrong_type(value, "text")
            if value not in keys:
                listed = ", ".join(keys)
                raise InvalidMessage("", f"must be one of {listed}, not {value[:60]!r}", "choice")
            return keys[value]

        return parse

    def wire(self) -> None:
        """A key is text already."""

    def schema(self) -> Schema:
        """An enumeration, and what to call its words."""
        return {"type": "string", "enum": [str(key) for key in self.table]} | named(self.table)

    def bounds(self) -> str:
        """The words."""
        return ", ".join(f"`{key}`" for key in self.table)


def named(table: Mapping[Any, Pair]) -> Schema:
    """`x-words`: how the words of an enumeration are called."""
    return {"x-words": {str(key): {"zh": zh, "en": en} for key, (zh, en) in table.items()}}


_UUID = Code(
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "a UUID in lower case with hyphens",
)
#: A department; `api.command_forms` names the policy's in its place.
DEPARTMENT = Code("[a-z0-9][a-z0-9_-]{0,39}", "a department's code")
_DEPARTMENTS = ListOf(DEPARTMENT, most=_MOST_DEPARTMENTS)
_PERSON = Code("[A-Za-z0-9][A-Za-z0-9:._@-]{0,99}", "the id of a key or an account, no name")
_CASE = Code("[0-9A-Za-z-]{1,40}", "a case's id or number")
_OF_REPORTS = {field.name: field for field in CLIENT_FIELDS}


def _note(zh: str, en: str, *, required: bool = False) -> Field:
    more = "; kept apart from the history"
    return Field("note", Text(2000), zh, en + more, required=required)


_NOTE = _note("说明", "in words")
_EVIDENCE = Field(
    "evidence", ListOf(Word(EVIDENCE), most=len(EVIDENCE)), "佐证", "what is there as proof"
)
_PASSED = Field("passed", Flag(), "是否通过", "whether it passed", required=True)

#: What every command has.
ALL: tuple[Field, ...] = (
    Field(
        "id",
        _UUID,
        "指令编号，由发送端生成；重发用同一编号",
        "made by the sender; sent again under the same id it gets the same answer",
        required=True,
    ),
    Field("command", Text(20), "指令名称", "the command's name", required=True),
    Field(
        "version",
        Number(1, _MOST_VERSION, whole=True),
        "发送者看到的案件版本；此后有实质变动则不执行",
        "the case's version that the sender saw; refused where it changed since in what matters",
    ),
    Field("done_at", Time(), "实际办理时间（手机时钟）", "when it was done, by the sender's clock"),
)


def _until(zh: str, en: str) -> Field:
    return Field("until", Time(), zh, en, required=True)


#: What each has of its own.
OWN: dict[str, tuple[Field, ...]] = {
    "admit": (_NOTE,),
    "decline": (
        Field("reason", Word(DECLINE_REASONS), "不予受理的理由", "why not", required=True),
        _note("给上报人的答复", "the reply to the reporter", required=True),
    ),
    "relocate": (_OF_REPORTS["lon"], _OF_REPORTS["lat"], _OF_REPORTS["crs"], _NOTE),
    "recategorise": (_OF_REPORTS["category"], _OF_REPORTS["condition"], _NOTE),
    "dispatch": (
        Field(
            "department",
            DEPARTMENT,
            "主办部门；不填按责任表",
            "who leads; by default the one that the responsibility table names",
        ),
        Field("assisting", _DEPARTMENTS, "协办部门", "who assists"),
        _NOTE,
    ),
    "delegate": (
        Field("to", Word(LEVELS), "交给哪一级", "the level that gets it", required=True),
        _NOTE,
    ),
    "accept": (_OF_REPORTS["condition"],),
    "take_over": (),
    "hand_over": (Field("person", _PERSON, "接手人编号", "who has it from now on", required=True),),
    "whistle": (
        Field("departments", _DEPARTMENTS, "召集的部门", "who is called", required=True),
        _NOTE,
    ),
    "report_in": (),
    "set_date": (_until("处置期限", "when it must be done"), _NOTE),
    "return": (_note("回退理由", "why it is not this unit's matter", required=True),),
    "rule": (
        Field(
            "department",
            DEPARTMENT,
            "承办部门；不填由负责层级自己承办",
            "who works on it; by default the level in charge itself",
        ),
        _NOTE,
    ),
    "escalate": (
        Field(
            "to", Word(LEVELS), "上交到哪一级（须说明）", "the level to go to at once, with a note"
        ),
        _NOTE,
    ),
    "settle": (_EVIDENCE, _NOTE),
    "contact": (
        Field("how", Word(CONTACTS), "联系方式，默认电话", "how, `called` by default"),
        _NOTE,
    ),
    "propose": (_note("办理意见", "what the handler means to do", required=True),),
    "handle": (
        Field("outcome", Word(OUTCOMES), "处置结果", "what came of it, `solved` by default"),
        _EVIDENCE,
        _NOTE,
    ),
    "review": (_PASSED, _NOTE),
    "verify": (_PASSED, _NOTE),
    "call_back": (
        Field("reached", Flag(), "是否联系上", "whether somebody answered", required=True),
        Field("contacted", Flag(), "承办单位是否联系过", "whether the handler had been in touch"),
        Field("solved", Flag(), "问题是否解决", "whether it is solved"),
        Field("satisfied", Flag(), "是否满意", "whether the reporter is satisfied"),
        Field("reason", Word(CALLBACK_REASONS), "不满意的原因", "why not satisfied"),
        Field("report", _UUID, "回访的是哪件上报（并案时）", "whose report, of a merged case"),
        _NOTE,
    ),
    "extend": (
        _until("申请的新期限", "the new due"),
        _note("延期理由", "why more time is needed", required=True),
    ),
    "pause": (
        _until("复核日期", "the review date"),
        _note("原因、责任人和计划", "reason, owner and plan", required=True),
    ),
    "long_term": (
        _until("复核日期", "the review date"),
        _note("原因、责任人和计划", "reason, owner and plan", required=True),
    ),
    "appeal": (
        Field("stage", Word(STAGES), "哪个环节的红灯", "the stage of the red light", required=True),
        Field("cause", Word(APPEAL_CAUSES), "客观原因", "the objective cause", required=True),
        _note("客观原因的说明", "what happened", required=True),
    ),
    "answer": (
        Field(
            "ask",
            Word({kind: ASKS[kind] for kind in AskKind}),
            "哪项申请",
            "which request",
            required=True,
        ),
        Field("granted", Flag(), "是否批准", "whether it is granted", required=True),
        _note("答复；不批准须写明理由", "in words; must say why where it is not granted"),
    ),
    "resume": (_NOTE,),
    "supervise": (
        Field("kind", Word(SUPERVISIONS), "督办类型", "the kind", required=True),
        Field("grade", Number(1, 3, whole=True), "督办级别，默认 1", "1 to 3, 1 by default"),
        _note("督办要求", "what is asked of the handler", required=True),
    ),
    "feed_back": (_note("反馈内容", "the answer", required=True),),
    "card": (
        Field("stage", Word(STAGES), "哪个环节的红灯", "the stage of the red light", required=True),
        _NOTE,
    ),
    "withdraw": (_NOTE,),
    "void": (_note("作废理由", "why it is void", required=True),),
    "reopen": (_note("重新开启的理由", "why it is not over", required=True),),
    "merge": (Field("parent", _CASE, "主案的编号", "the parent: id or number", required=True),),
    "unmerge": (_note("拆案理由", "why it is a matter of its own", required=True),),
    "comment": (_note("内容", "what is said", required=True),),
    "attach": (
        Field(
            "files",
            ListOf(Code("[0-9a-f]{64}", "64 lower-case hexadecimal digits"), most=_MOST_FILES),
            "文件内容的 SHA-256",
            "SHA-256 of each file's content",
            required=True,
        ),
        Field("role", Word(ATTACHMENT_ROLES), "材料类型", "what they show, `document` by default"),
        _NOTE,
    ),
    "inform": (
        Field("channel", Word(CHANNELS), "方式", "by phone or in writing", required=True),
        Field("to", Word(INFORMED), "向谁报告", "who is told", required=True),
        Field("sort", Word(TELLINGS), "首报、续报、终报", "`first` by default"),
        _NOTE,
    ),
}
