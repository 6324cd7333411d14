"""Problem documents (RFC 9457): the one place where an error becomes an answer.

`KINDS` is the list of everything that can go wrong, with stable types; docs/reference/http-api.md
shows the same table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from grid.canonical import pointer_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

    from grid.errors import InvalidMessage

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: status and title in both languages; its name is the end of its type."""

    status: int
    en: str
    zh: str


KINDS: dict[str, Kind] = {
    "malformed": Kind(400, "The request cannot be read", "请求无法读取"),
    "unknown-parameter": Kind(400, "There is no such parameter", "没有这个参数"),
    "invalid-parameter": Kind(400, "A parameter is wrong", "参数有误"),
    "unknown-field": Kind(400, "There is no such field", "没有这个字段"),
    "key-needed": Kind(401, "A key is needed", "需要密钥"),
    "wrong-role": Kind(403, "This role may not do that", "该角色无权操作"),
    "outside-area": Kind(403, "This area is not yours", "不在您的辖区内"),
    "not-found": Kind(404, "Nothing is here", "没有找到"),
    "method": Kind(405, "This method is not known here", "不支持该方法"),
    "refused": Kind(409, "The case does not allow it", "案件当前不允许此操作"),
    "other-epoch": Kind(410, "The feed has begun anew", "事件流已重新开始"),
    "too-large": Kind(413, "The body is too large", "内容过大"),
    "media-type": Kind(415, "Only JSON is taken", "只接受 JSON"),
    "invalid-field": Kind(422, "A field is wrong", "字段有误"),
    "id-reused": Kind(422, "The id was used for something else", "该编号已用于其他内容"),
    "internal": Kind(500, "Something is wrong on this side", "服务端出错"),
    "unavailable": Kind(503, "Try again shortly", "请稍后再试"),
}


@dataclass(eq=False)  # not frozen: contextlib sets an exception's traceback
class Problem(Exception):
    """Raised anywhere below a route; becomes the answer."""

    kind: str
    detail: str
    zh: str = ""
    pointer: str | None = None
    headers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)  # or a line each
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind].status

    def document(self) -> dict[str, Any]:
        """The problem document. `zh` is the detail in Chinese, or else the title."""
        kind = KINDS[self.kind]
        plain: dict[str, Any] = {
            "type": f"/problems/{self.kind}",
            "title": kind.en,
            "status": kind.status,
            "detail": self.detail,
            "zh": self.zh or kind.zh,
        }
        if self.pointer is not None:
            plain["field"] = self.pointer
        return plain | dict(self.extra)

    def response(self) -> Response:
        """The answer."""
        body = json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"))
        response = Response(body.encode(), self.status, media_type=MEDIA_TYPE)
        for name, value in self.headers.items():
            for line in (value,) if isinstance(value, str) else value:
                response.headers.append(name, line)
        if self.status == KINDS["unavailable"].status:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_S))
        return response


def of_message(error: InvalidMessage, under: str = "") -> Problem:
    """The problem of a body that cannot be taken; `under` is the pointer of the part it was in."""
    kinds = {"size": "too-large", "unknown": "unknown-field"}
    kinds |= dict.fromkeys(("json", "encoding", "duplicate"), "malformed")
    kind = kinds.get(error.code, "invalid-field")
    if error.field and error.code == "encoding":
        kind = "invalid-field"  # a character within one field, not the whole body
    return Problem(
        kind,
        f"{error.field or 'the body'} {error.reason}",
        pointer=under + error.field,
        extra={"code": error.code},
    )


def unavailable(what: str, zh: str) -> Problem:
    """Something that this process needs is away for the moment."""
    return Problem("unavailable", f"{what} cannot be reached at the moment", zh)


def install(app: FastAPI) -> None:
    """Give the app these answers in place of the framework's own."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _of_validation)


async def _of_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == KINDS["not-found"].status:
        return Problem("not-found", f"there is nothing at {_shown(request.url.path)}").response()
    if error.status_code == KINDS["method"].status:
        if headers.get("Allow") == "GET":
            headers["Allow"] = "GET, HEAD"  # api/headless.py
        detail = f"{request.method} is not known here; known: {headers.get('Allow', '')}"
        return Problem("method", detail, headers=headers).response()
    return Problem("malformed", str(error.detail), headers=headers).response()


async def _of_validation(_: Request, error: Exception) -> Response:
    """What pydantic says of parameters. Bodies never come here: they have their own parsers."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][1] if len(first["loc"]) > 1 else first["loc"][0])
    if first["type"] == "extra_forbidden":
        return unknown_parameter(name).response()
    return Problem(
        "invalid-parameter",
        f"{name}: {first['msg']}",
        pointer=f"/{pointer_part(name)}",
    ).response()


def unknown_parameter(name: str) -> Problem:
    """A query parameter that the route does not have."""
    shown = _shown(name)
    return Problem(
        "unknown-parameter",
        f"{shown} is no parameter here",
        f"没有参数 {shown}",
        f"/{pointer_part(name)}",
    )


def invalid_parameter(name: str, detail: str, zh: str = "") -> Problem:
    """A query parameter with a value that cannot be."""
    return Problem("invalid-parameter", f"{name} {detail}", zh, f"/{name}")


def _shown(text: str) -> str:
    return text if len(text) <= 100 else text[:97] + "..."  # noqa: PLR2004 - a line's length
