"""The reference page of a report, written from the table of fields (`wangge docs`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.reports.fields import CLIENT_FIELDS, STREAM_FIELDS, VERSION
from grid.reports.report import MAX_BODY

if TYPE_CHECKING:
    from grid.reports.field_objects import Field

_HEAD = f"""# A report (v{VERSION}) · 上报

<!-- Written by `wangge docs`; change grid/reports/fields.py instead. -->

What a phone or a partner sends to `POST /v1/reports`: a JSON object in UTF-8 of at most
{MAX_BODY // 1024} kB. A field that is not listed is an error, so is `null`: leave the field out.
The same `id` again, with the same content, is the same report; `sent_at` may differ.

上报端发送的 JSON 对象。未列出的字段、`null` 都是错误；不知道的就不写。
同一 `id`、同样内容重发，仍是同一条上报。
"""

_STREAM = """
## What the server adds · 服务器补充

On Kafka's topic `reports` the same object stands as canonical JSON (names sorted, no spaces, times
in UTC), its position always in WGS 84 and so without `crs`, and with these fields:
"""

_ERRORS = """
## Errors · 错误

A refusal names the field as a JSON pointer (`/attachments/0/sha256`) and one of these codes:

| code | meaning |
|---|---|
| `size` | the whole message is too long |
| `encoding` | not UTF-8, or a character that text cannot hold |
| `json` | not JSON, NaN, nested too deeply, a number with thousands of digits |
| `duplicate` | a name stands twice in one object |
| `unknown` | a field that this version does not have |
| `missing` | a required field was left out |
| `type` | text where a number belongs, and the like |
| `format` | not of the form that the field has |
| `length` | too many or too few characters or items |
| `range` | beyond the bounds |
| `choice` | not one of the words |
| `version` | a message of a version that the reader does not know |
"""


def reference_page() -> str:
    """The whole page, Markdown."""
    server = tuple(field for field in STREAM_FIELDS if field.server)
    return _HEAD + _table(CLIENT_FIELDS) + _STREAM + _table(server) + _ERRORS


def _table(fields: tuple[Field, ...]) -> str:
    rows = [
        f"| `{field.name}` | {'yes 是' if field.required else ''} | {field.kind.bounds()} "
        f"| {field.zh} | {field.en} |"
        for field in fields
    ]
    head = ["", "| field | required | what it may be | 含义 | meaning |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])
