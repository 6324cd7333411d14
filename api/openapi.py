"""What the OpenAPI document says beyond what routes and parameters say by themselves."""

from __future__ import annotations

from typing import Any

from api import command_forms
from api.problems import KINDS, MEDIA_TYPE
from grid.reports.report import submission_schema

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "zh"],
    "properties": {
        "type": {"type": "string", "enum": [f"/problems/{name}" for name in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "zh": {"type": "string", "description": "the detail in Chinese"},
        "field": {"type": "string", "description": "JSON pointer of the field or parameter"},
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents that a route may answer with."""
    content = {MEDIA_TYPE: {"schema": _PROBLEM}}
    told: dict[int | str, dict[str, Any]] = {
        status: {
            "description": "; ".join(kind.en for kind in KINDS.values() if kind.status == status),
            "content": content,
        }
        for status in statuses
    }
    # Named so that the framework does not announce an error document of its own.
    return told | {"4XX": {"description": "Any other problem", "content": content}}


def _json(schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


_RECEIPT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "status", "href"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"const": "accepted"},
        "href": {"type": "string"},
    },
}
_ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["code"],
    "properties": _RECEIPT["properties"]
    | {"code": {"type": "integer", "enum": [202, 400, 413, 422, 503]}, "problem": _PROBLEM},
}
_CASE = {
    "type": "object",
    "properties": {n: {"type": "string"} for n in ("id", "number", "href", "status")},
}

ACCEPTED: dict[int | str, dict[str, Any]] = {
    200: _json(
        {"type": "object", "properties": {"items": {"type": "array", "items": _ITEM}}},
        "The answer to a list: one status for each item, in its order",
    ),
    202: _json(_RECEIPT, "All in-sync replicas of the broker have it"),
}
FATE: dict[int | str, dict[str, Any]] = {
    200: _json(
        {
            "type": "object",
            "required": ["id", "status"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "status": {"enum": ["accepted", "filed", "merged", "rejected"]},
                "number": {"type": "string"},
                "case": _CASE,
                "parent": _CASE,
                "reason": {"type": "object"},
            },
        },
        "What became of it",
    )
}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`event: case` with id `epoch-number`, and `event: heartbeat` every 10 s; "
        "with `after` a page of JSON",
        "content": {
            "text/event-stream": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}

_REPORT = submission_schema()
REPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [_REPORT, {"type": "array", "items": _REPORT, "maxItems": 500}]}
            }
        },
    }
}
COMMAND_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": command_forms.schema()}},
    }
}
