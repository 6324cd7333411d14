"""Holds what is stored to what the senders know. Plain SQL, JSON and hashlib; nothing of ours."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from kafka import KafkaConsumer, TopicPartition

from tests.faults.installation import PARTITIONS
from tests.faults.refold import refold, whole

if TYPE_CHECKING:
    from tests.faults.record import Record

_EVENT_OF = {
    "accept": "accepted",
    "handle": "handled",
    "verify": "verified",
    "escalate": "escalated",
}
_LIVE = {"received", "open", "working", "handled", "verified"}


@dataclass(slots=True)
class Verdict:
    """What was counted, and everything that is wrong, in words."""

    figures: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def expect(self, what: str, offenders: Any) -> None:
        """Nothing may be among the offenders."""
        found = list(offenders)
        if found:
            shown = ", ".join(str(one) for one in found[:5])
            self.wrong.append(f"{what}: {len(found)}, as {shown}")


@dataclass(slots=True)
class Stored:
    """Everything that is compared, read in one snapshot."""

    cases: list[tuple[Any, ...]]
    bodies: dict[str, list[str]]  # case → texts of its events by number
    numbers: dict[str, list[int]]
    feed: list[tuple[int, str, int, bytes]]
    head: tuple[int, bytes]
    reports: dict[str, str]  # report → case
    rejects: list[tuple[Any, ...]]
    counters: dict[tuple[str, str], int]

    @property
    def events(self) -> dict[str, list[dict[str, Any]]]:
        """Case → its events, parsed."""
        return {case: [json.loads(b) for b in bodies] for case, bodies in self.bodies.items()}


def read(url: str, schema: str = "wangge") -> Stored:
    """Read it all."""
    with psycopg.connect(url, options=f"-c search_path={schema},public") as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        bodies, numbers = defaultdict(list), defaultdict(list)
        for case, number, body in conn.execute(
            "SELECT case_id::text, number, body FROM case_events ORDER BY case_id, number"
        ):
            bodies[case].append(body)
            numbers[case].append(number)
        head = conn.execute("SELECT number, hash FROM feed_head").fetchone()
        assert head is not None
        return Stored(
            cases=conn.execute(
                "SELECT id::text, state, status, level, version, reports, parent::text, path,"
                " charge_path, number, closed_at, next_tick FROM cases"
            ).fetchall(),
            bodies=bodies,
            numbers=numbers,
            feed=conn.execute(
                "SELECT number, case_id::text, event, hash FROM feed ORDER BY number"
            ).fetchall(),
            head=(head[0], head[1]),
            reports=dict(conn.execute("SELECT id::text, case_id::text FROM reports").fetchall()),
            rejects=conn.execute("SELECT report_id, code, reason FROM rejects").fetchall(),
            counters={
                (area, measure): n
                for area, measure, n in conn.execute("SELECT area, measure, n FROM counters")
                if n
            },
        )


def judge(url: str, bootstrap: str, prefix: str, record: Record) -> Verdict:
    """Compare everything with everything."""
    stored, verdict = read(url), Verdict()
    events = stored.events
    _reports(verdict, record, stored, events)
    _orders(verdict, record, events)
    _cases(verdict, stored, events)
    _clocks(verdict, events)
    _feed(verdict, stored)
    _counters(verdict, stored, events)
    _kafka(verdict, stored, bootstrap, f"{prefix}case-events")
    heard = record.heard
    verdict.expect(
        "feed numbers that the listener missed, or heard twice or out of order",
        [n for i, n in enumerate(heard, start=1) if n != i]
        or ([] if len(heard) == stored.head[0] else [f"{len(heard)} of {stored.head[0]}"]),
    )
    verdict.expect("answers that nobody should get", record.complaints)
    verdict.figures |= {
        "reports sent": len(record.sent),
        "reports acknowledged": len(record.acknowledged),
        "sent again on purpose": record.repeated,
        "tries repeated": record.retries,
        "commands acknowledged": sum(order.code == 200 for order in record.orders),
        "commands refused": sum(order.code in (403, 409) for order in record.orders),
        "cases": len(stored.cases),
        "events": sum(len(bodies) for bodies in stored.bodies.values()),
        "feed numbers": stored.head[0],
    }
    return verdict


def _reports(
    verdict: Verdict, record: Record, stored: Stored, events: dict[str, list[dict[str, Any]]]
) -> None:
    filed = Counter(e[0]["data"].get("report") for e in events.values())
    lost = [r for r in record.acknowledged if filed[r] == 0 or r not in stored.reports]
    doubled = [r for r, n in filed.items() if r is not None and n > 1]
    verdict.figures |= {"acknowledged and lost": len(lost), "doubled": len(doubled)}
    verdict.expect("reports acknowledged and lost", lost)
    verdict.expect("reports with more than one case", doubled)
    verdict.expect(
        "cases of reports that nobody sent", [r for r in filed if r and r not in record.sent]
    )
    verdict.expect(
        "reports whose case is another's",
        [
            report
            for report, case in stored.reports.items()
            if case not in events or events[case][0]["data"].get("report") != report
        ],
    )
    parents = {e["data"]["parent"] for es in events.values() for e in es if e["type"] == "merged"}
    verdict.expect(
        "cases of no report that are nobody's parent",
        [c for c, es in events.items() if "report" not in es[0]["data"] and c not in parents],
    )
    verdict.expect("rejects, though nothing wrong was sent", stored.rejects)


def _orders(verdict: Verdict, record: Record, events: dict[str, list[dict[str, Any]]]) -> None:
    done = Counter(
        (case, e["type"], datetime.fromisoformat(e["data"]["done_at"]))
        for case, es in events.items()
        for e in es
        if "done_at" in e["data"]
    )
    for order in record.orders:
        at = datetime.fromisoformat(order.done_at)
        times = done.pop((order.case, _EVENT_OF[order.name], at), 0)
        if order.code == 200 and times != 1:
            verdict.wrong.append(f"{order.name} {order.id} was acknowledged, done {times} times")
        elif order.code is not None and order.code != 200 and times:
            verdict.wrong.append(f"{order.name} {order.id} was refused, done {times} times")
        elif times > 1:
            verdict.wrong.append(f"{order.name} {order.id} without an answer, done {times} times")
    verdict.expect(
        "commands without an answer in the end", [o.id for o in record.orders if o.code is None]
    )
    settled_at_filing = [key for key in done if key[1] != "settled"]
    verdict.expect("deeds that nobody commanded", settled_at_filing)


def _cases(verdict: Verdict, stored: Stored, events: dict[str, list[dict[str, Any]]]) -> None:
    verdict.expect(
        "histories with a gap",
        [c for c, n in stored.numbers.items() if n != list(range(1, len(n) + 1))],
    )
    verdict.expect("histories without a case", events.keys() - {row[0] for row in stored.cases})
    for case, text, *columns in stored.cases:
        try:
            made = refold(events[case])
        except (ValueError, KeyError) as error:
            verdict.wrong.append(f"case {case}: {error!r}")
            continue
        if made != whole(json.loads(text)):
            verdict.wrong.append(f"case {case} is not what its events make")
        live = made["status"] in _LIVE
        waiting = _waiting(made) if live else []
        waiting += [
            late["card_at"]
            for late in made["aside"]["lates"]
            if late.get("state", "standing") in ("standing", "appealed")
        ]
        expected = [
            made["status"],
            made["charge"]["level"],
            made["tally"]["version"],
            made["tally"]["reports"],
            made.get("parent"),
            made["place"]["path"],
            made["charge"]["area"],
            made["number"],
            None if live else datetime.fromisoformat(made["aside"]["ended_at"]),
            min(map(datetime.fromisoformat, waiting)) if waiting else None,
        ]
        if columns != expected:
            verdict.wrong.append(f"case {case}: columns {columns}, its events say {expected}")


def _waiting(case: dict[str, Any]) -> list[str]:
    """What a live case waits for; the promise waits for the callback where the work is done."""
    if case["aside"]["pause"] is not None:
        return [case["aside"]["pause"]["until"]]
    done = case["status"] == "verified"
    return [
        d["due"]
        for d in case["deadlines"]
        if not d.get("missed") and not (done and d["stage"] == "promise")
    ]


def _clocks(verdict: Verdict, events: dict[str, list[dict[str, Any]]]) -> None:
    """A deadline that was missed has been dealt with once."""
    missed = Counter(
        (case, e["type"], e["data"].get("stage", "verify"), e["data"]["due"])
        for case, es in events.items()
        for e in es
        if e["by"] == "system:clock" and "due" in e["data"]
    )
    verdict.figures["deadlines missed and dealt with"] = len(missed)
    verdict.expect("deadlines dealt with twice", [key for key, n in missed.items() if n > 1])


def _feed(verdict: Verdict, stored: Stored) -> None:
    link = bytes(32)
    for i, (number, case, event, digest) in enumerate(stored.feed, start=1):
        if number != i:
            verdict.wrong.append(f"feed: {number} stands at {i}")
            break
        text = stored.bodies[case][event - 1]
        link = hashlib.sha256(link + number.to_bytes(8, "big") + text.encode()).digest()
        if digest != link:
            verdict.wrong.append(f"feed: the chain breaks at {number}")
            break
    if stored.head != (len(stored.feed), link):
        verdict.wrong.append(f"feed: the head says {stored.head[0]}")
    numbered = Counter((case, event) for _, case, event, _ in stored.feed)
    everything = {(case, n) for case, numbers in stored.numbers.items() for n in numbers}
    verdict.expect("events without a number in the feed", everything - numbered.keys())
    verdict.expect("events with two numbers", [e for e, n in numbered.items() if n > 1])
    order: dict[str, int] = defaultdict(int)
    for number, case, event, _ in stored.feed:
        if event != order[case] + 1:
            verdict.wrong.append(f"feed {number}: event {event} of {case} follows {order[case]}")
        order[case] = event


def _counters(verdict: Verdict, stored: Stored, events: dict[str, list[dict[str, Any]]]) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for case, _, status, level, _, _, _, path, *_ in stored.cases:
        measures = [f"live.{level}.{status}" if status in _LIVE else status]
        for event in events[case]:
            data = event["data"]
            match event["type"]:
                case "filed":
                    measures.append("filed" if "report" in data else "gathered")
                    measures.append(f"size.{data['matter']['size']}")
                case "settled":
                    measures.append("settled")
                case "escalated" | "supervised" as kind:
                    measures.append(f"{kind}.{data['cause']}")
                case "verified" if not data["passed"]:
                    measures.append("rework")
        for depth in range(1, path.count("/") + 1):
            area = "/".join(path.split("/")[:depth]) + "/"
            counted.update((area, measure) for measure in measures)
    differ = [
        k
        for k in counted.keys() | stored.counters.keys()
        if counted[k] != stored.counters.get(k, 0)
    ]
    verdict.expect("counters that differ from a count of the cases", differ)


def _kafka(verdict: Verdict, stored: Stored, bootstrap: str, topic: str) -> None:
    seen: dict[str, int] = defaultdict(int)
    copies = 0
    for message in read_topic(bootstrap, topic):
        event = json.loads(message)
        if event["type"] == "wangge.feed.head.v1":
            continue
        case, number = event["data"]["case"], event["data"]["number"]
        if number <= seen[case]:
            copies += 1
        elif number != seen[case] + 1:
            verdict.wrong.append(f"Kafka: event {number} of {case} follows {seen[case]}")
            seen[case] = number
        else:
            seen[case] = number
            if event["data"] != json.loads(stored.bodies[case][number - 1]):
                verdict.wrong.append(f"Kafka: event {case}/{number} is not what is stored")
    verdict.figures["events on Kafka more than once"] = copies
    verdict.expect(
        "cases whose events are not all on Kafka",
        [case for case, numbers in stored.numbers.items() if seen[case] != len(numbers)],
    )


def read_topic(bootstrap: str, topic: str) -> list[bytes]:
    """Every message of a topic, each partition in its order."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, p) for p in range(PARTITIONS)]
        ends = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        found: list[bytes] = []
        while any(consumer.position(p) < ends[p] for p in partitions):
            for messages in consumer.poll(timeout_ms=1000).values():
                found += [message.value for message in messages]
        return found
    finally:
        consumer.close(autocommit=False)
