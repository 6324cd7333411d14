"""The fold of a case's events, written a second time on bare JSON: no line of the product's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Json = dict[str, Any]

#: What the stored state leaves out because it is the default.
_TALLY: Json = {
    "version": 0,
    "relevant": 0,
    "rework": 0,
    "escalations": 0,
    "supervisions": 0,
    "reports": 1,
    "returns": 0,
    "extensions": 0,
    "reopened": 0,
}
_ASIDE: Json = {
    "asks": [],
    "parts": [],
    "pause": None,
    "lates": [],
    "reviews": [],
    "rounds": 0,
    "tries": [],
    "ended_as": None,
    "ended_at": None,
}
_BOUND = {"accept", "contact", "opinion", "resolve"}
_LIVE = {"received", "open", "working", "handled", "verified"}
_STATUS = {
    "admitted": "open",
    "dispatched": "open",
    "delegated": "open",
    "returned": "open",
    "reopened": "open",
    "accepted": "working",
    "taken_over": "working",
    "handled": "handled",
    "declined": "declined",
    "withdrawn": "withdrawn",
    "voided": "void",
    "merged": "merged",
}
_COUNTED = {
    "escalated": "escalations",
    "supervised": "supervisions",
    "returned": "returns",
    "extended": "extensions",
    "reopened": "reopened",
}
#: What an event says of these by leaving it out.
_UNSAID: dict[str, Json] = {
    "handled": {"reviews": []},
    "called_back": {"reviews": []},
    "resumed": {"pause": None},
    "settled": {"deadlines": []},
    "rezoned": {"asks": []},
}
_ANEW: Json = {"rounds": 0, "tries": [], "reviews": [], "ended_as": None, "ended_at": None}


def refold(bodies: list[Json]) -> Json:
    """The state that the events make. Raises ValueError where they do not follow each other."""
    state: Json = {}
    for number, event in enumerate(bodies, start=1):
        if event["number"] != number or event["case"] != bodies[0]["case"]:
            raise ValueError(f"event {event['case']}/{event['number']} stands at {number}")
        if (event["type"] == "filed") != (number == 1):
            raise ValueError(f"{event['type']} stands at {number}")
        state = _filed(event) if number == 1 else _after(state, event)
    return state


def whole(state: Json) -> Json:
    """A stored state with its defaults said."""
    plain = {"parent": None, "origin": {}} | state
    return plain | {
        "tally": _TALLY | state["tally"],
        "aside": _ASIDE | state.get("aside", {}),
    }


def _filed(event: Json) -> Json:
    data = event["data"]
    origin = ("received_at", "occurred_at", "sender", "report")
    return {
        "id": event["case"],
        "number": data["number"],
        "status": "received" if data.get("check") else "open",
        "matter": data["matter"],
        "place": data["place"],
        "charge": data["charge"],
        "deadlines": data["deadlines"],
        "parent": None,
        "tally": _TALLY
        | {
            "version": 1,
            "relevant": 1,
            "reports": data.get("reports", 1),
            "last_at": event["at"],
        },
        "origin": {name: data[name] for name in origin if name in data} | {"filed_at": event["at"]},
        "aside": _ASIDE | {"lates": data.get("lates", [])},
    }


def _after(state: Json, event: Json) -> Json:
    kind, data = event["type"], _UNSAID.get(event["type"], {}) | event["data"]
    status = _status(state["status"], kind, data)
    charge, place = data.get("charge", state["charge"]), data.get("place", state["place"])
    deadlines = data.get("deadlines", state["deadlines"])
    if status not in _LIVE and status != "merged":
        deadlines = []
    aside = _aside(state, event, data, status, charge)
    if charge != state["charge"] and _given(charge) != _given(state["charge"]):
        lead = charge["handler"].get("code", "")
        deadlines = [d for d in deadlines if not (lead and d.get("who") == lead)]
    running = deadlines if status in _LIVE else []
    aside["lates"] = _lates(state, event, charge, aside["lates"], running)
    tally = dict(state["tally"])
    tally["version"], tally["last_at"] = event["number"], event["at"]
    moved = any(place[name] != state["place"][name] for name in ("path", "lon", "lat"))
    if (status, charge) != (state["status"], state["charge"]) or moved:
        tally["relevant"] = event["number"]
    if kind in _COUNTED:
        tally[_COUNTED[kind]] += 1
    if kind in ("verified", "reviewed"):
        tally["rework"] += not data["passed"]
    if kind in ("joined", "left"):
        tally["reports"] += data["reports"] if kind == "joined" else -data["reports"]
    parent = {"merged": data.get("parent"), "unmerged": None}.get(kind, state["parent"])
    return state | {
        "status": status,
        "matter": data.get("matter", state["matter"]),
        "place": place,
        "charge": charge,
        "deadlines": deadlines,
        "parent": parent,
        "tally": tally,
        "aside": aside,
    }


def _status(before: str, kind: str, data: Json) -> str:
    if "status" in data:
        return str(data["status"])
    if kind == "verified":
        if not data["passed"]:
            return "working"
        return "verified" if data.get("callback") else "closed"
    if kind == "settled":
        if data.get("recheck"):
            return "handled"
        return "verified" if data.get("callback") else "closed"
    return _STATUS.get(kind, before)


def _aside(state: Json, event: Json, data: Json, status: str, charge: Json) -> Json:
    aside = dict(state["aside"])
    if status not in _LIVE and state["status"] in _LIVE:
        appeals = [ask for ask in aside["asks"] if ask["kind"] == "appeal"]
        aside = _ASIDE | {
            "asks": appeals,
            "lates": aside["lates"],
            "rounds": aside["rounds"],
            "ended_as": state["status"],
            "ended_at": event["at"],
        }
    given = _given(charge) != _given(state["charge"])
    if status == "handled" or given:
        mine = ("return", "extension")
        aside["asks"] = [ask for ask in aside["asks"] if ask["kind"] not in mine]
    if "place" in data:
        area = "".join(f"{code}/" for code in data["place"]["path"].split("/")[:2] if code)
        aside["parts"] = [part | {"area": area} for part in aside["parts"]]
    if given:
        lead = charge["handler"].get("code", "")
        aside["parts"] = [part for part in aside["parts"] if part["department"] != lead]
    aside |= {name: data[name] for name in _ASIDE if name in data}
    if event["type"] in ("reopened", "unmerged"):
        aside |= _ANEW
    if "late" in data:
        aside["lates"] = [*aside["lates"], data["late"]]
    return aside


def _unit(charge: Json) -> tuple[str, str, str]:
    handler = charge["handler"]
    return handler["kind"], handler["area"], handler.get("code", "")


def _given(charge: Json) -> tuple[str, ...]:
    return (*_unit(charge), charge.get("since", ""))


def _lates(
    state: Json, event: Json, charge: Json, lates: list[Json], running: list[Json]
) -> list[Json]:
    """Late marks say when their stage ended: by the phone's clock, between receiving and now."""

    on = {(d["stage"], d.get("who", "")) for d in running}
    still = {(d["stage"], d.get("who", "")) for d in running if d.get("missed")}
    same = bool(running) and _unit(charge) == _unit(state["charge"])
    ended = min(event["data"].get("done_at", event["at"]), event["at"], key=_moment)
    ended = max(ended, state["origin"].get("received_at", ended), key=_moment)

    def over(late: Json) -> bool:
        bound = on if same or late["stage"] not in _BOUND else still
        return "ended" not in late and (late["stage"], late.get("who", "")) not in bound

    return [late | {"ended": ended} if over(late) else late for late in lates]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
