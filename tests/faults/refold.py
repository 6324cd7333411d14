"""The fold of a case's events, written a second time on bare JSON: no line of the product's own."""

from __future__ import annotations

from typing import Any

#: What the stored state leaves out because it is the default.
_TALLY = {
    "version": 0,
    "relevant": 0,
    "rework": 0,
    "escalations": 0,
    "supervisions": 0,
    "reports": 1,
}
#: Types of events that change neither status nor charge nor cell.
_BESIDE = {"check_raised", "supervised", "joined"}
_STATUS = {
    "settled": "closed",
    "accepted": "working",
    "taken_over": "working",
    "handled": "handled",
    "merged": "merged",
}


def refold(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """The state that the events make. Raises ValueError where they do not follow each other."""
    state: dict[str, Any] = {}
    for number, event in enumerate(bodies, start=1):
        if event["number"] != number or event["case"] != bodies[0]["case"]:
            raise ValueError(f"event {event['case']}/{event['number']} stands at {number}")
        kind, data = event["type"], event["data"]
        if (kind == "filed") != (number == 1):
            raise ValueError(f"{kind} stands at {number}")
        if kind == "filed":
            state = {
                "id": event["case"],
                "number": data["number"],
                "status": "open",
                "matter": data["matter"],
                "place": data["place"],
                "tally": _TALLY | {"reports": data.get("reports", 1)},
            }
        if kind == "verified":
            state["status"] = "closed" if data["passed"] else "working"
        state["status"] = _STATUS.get(kind, state["status"])
        state["charge"] = data.get("charge", state.get("charge"))
        over = state["status"] in ("closed", "merged")
        state["deadlines"] = [] if over else data.get("deadlines", state.get("deadlines"))
        if kind == "merged":
            state["parent"] = data["parent"]
        tally = state["tally"]
        tally["rework"] += kind == "verified" and not data["passed"]
        tally["escalations"] += kind == "escalated"
        tally["supervisions"] += kind == "supervised"
        tally["reports"] += data["reports"] if kind == "joined" else 0
        tally["version"] = number
        tally["relevant"] = tally["relevant"] if kind in _BESIDE else number
        tally["last_at"] = event["at"]
    return state


def whole(state: dict[str, Any]) -> dict[str, Any]:
    """A stored state with its defaults said."""
    return state | {"tally": _TALLY | state["tally"]}
