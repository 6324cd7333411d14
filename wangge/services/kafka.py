"""One Kafka broker (KRaft, no ZooKeeper) from its own jars, for one machine."""

from __future__ import annotations

import base64
import shutil
import signal
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import psutil

from wangge.failures import Missing, Unavailable
from wangge.progress import step, tell
from wangge.services import jars, machine, processes, state

if TYPE_CHECKING:
    from pathlib import Path

_READY_S = 90.0


@dataclass(frozen=True)
class Broker:
    """A running broker of ours."""

    bootstrap: str
    pid: int


def _folder(home: Path) -> Path:
    return home / "kafka"


def _pid_file(home: Path) -> Path:
    return home / "run" / "kafka.json"


def _properties(home: Path) -> Path:
    return _folder(home) / "server.properties"


def start_kafka(home: Path, port: int) -> Broker:
    """Start the broker whose state lies in `home` and wait until it answers.

    Fetches the jars and formats the storage the first time. A broker of ours that runs already
    is returned as it is. Raises Missing without Java, Unavailable where the port is somebody
    else's or the broker does not come up.
    """
    home = state.open_home(home)
    running = find_kafka(home)
    if running is not None:
        _require_same_port(home, port)
        return Broker(f"127.0.0.1:{port}", running.pid)
    java = machine.java()
    if java is None:
        machine.require(home)
        raise Missing("Java is missing.")
    classes = f"{jars.fetch(home)}/*"
    processes.require_port(port, "WANGGE_KAFKA_PORT")
    _configure(home, port)
    _format(home, java, classes)
    with step(f"Starting Kafka on 127.0.0.1:{port}"):
        process = processes.start(
            [
                java,
                "-Xms256m",
                "-Xmx768m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Dlog4j2.level=WARN",
                "-cp",
                classes,
                "kafka.Kafka",
                str(_properties(home)),
            ],
            pid_file=_pid_file(home),
            log=_log(home),
        )
        state.note(home, "kafka-running", {"port": port})
        _wait(home, process, port)
    return Broker(f"127.0.0.1:{port}", process.pid)


def find_kafka(home: Path) -> processes.Process | None:
    """Our broker's process, also where a crash came between its start and its pid file."""
    known = processes.find(_pid_file(home))
    if known is not None:
        return known
    ours = ["kafka.Kafka", str(_properties(home.absolute()))]
    for candidate in psutil.process_iter(["cmdline"]):
        if (candidate.info["cmdline"] or [])[-2:] == ours:
            return processes.remember(_pid_file(home), candidate.pid)
    return None


def stop_kafka(home: Path) -> bool:
    """Stop our broker in order; False where none was running."""
    process = find_kafka(home)
    if process is not None:
        processes.stop(process, patience_s=30)
    _pid_file(home).unlink(missing_ok=True)
    return process is not None


def kill_kafka(home: Path) -> bool:
    """End our broker at once, as `kill -9` does; its storage stays as it is."""
    process = find_kafka(home)
    if process is not None:
        processes.stop(process, patience_s=10, how=signal.SIGKILL)
    _pid_file(home).unlink(missing_ok=True)
    return process is not None


def kafka_answers(bootstrap: str, patience_s: float = 1.0) -> bool:
    """Whether Kafka answers a request and has a broker that takes part, not only a connection."""
    return any(_live_brokers(address, patience_s) for address in bootstrap.split(","))


def _live_brokers(address: str, patience_s: float) -> int:
    """How many brokers Kafka's Metadata request (version 1, for no topic) tells; 0: no answer.

    Written out because a client library keeps trying, and leaves sockets open where nobody answers.
    """
    host, _, port = address.rpartition(":")
    request = struct.pack(">hhihi", 3, 1, 1, -1, 0)  # key, version, number, no client id, no topics
    try:
        with socket.create_connection((host, int(port)), timeout=patience_s) as line:
            line.settimeout(max(patience_s, 2.0))
            line.sendall(struct.pack(">i", len(request)) + request)
            with line.makefile("rb") as answer:
                head = answer.read(12)  # length, number, count of brokers
    except OSError:
        return 0
    return int(struct.unpack(">iii", head)[2]) if len(head) == 12 else 0  # noqa: PLR2004  # as above


def _wait(home: Path, process: processes.Process, port: int) -> None:
    def settled() -> bool:
        dead = processes.birth(process.pid) != process.birth
        return dead or (not processes.port_is_free(port) and kafka_answers(f"127.0.0.1:{port}"))

    in_time = processes.wait_until(settled, _READY_S, every_s=0.2)
    if not in_time or processes.birth(process.pid) != process.birth:
        stop_kafka(home)
        processes.require_port(port, "WANGGE_KAFKA_PORT")  # somebody was faster
        raise Unavailable(f"Kafka did not come up: {processes.last_words(_log(home))}")


def _require_same_port(home: Path, port: int) -> None:
    has = state.noted(home, "kafka-running").get("port", port)
    if has != port:
        raise Unavailable(
            f"Kafka of {home} runs on port {has}, not {port}: `wangge services down` first."
        )


def _log(home: Path) -> Path:
    return home / "log" / "kafka.log"


def _configure(home: Path, port: int) -> None:
    controller = port + 1 if processes.port_is_free(port + 1) else processes.free_port()
    template = files("wangge.services").joinpath("kafka-server.txt").read_text(encoding="utf-8")
    text = template.format(port=port, controller=controller, data=_folder(home) / "data")
    _folder(home).mkdir(exist_ok=True)
    state.write(_properties(home), text)


def _format(home: Path, java: str, classes: str) -> None:
    """Format the storage once: beside its place, so that half a format is never taken for one."""
    data = _folder(home) / "data"
    if (data / "meta.properties").exists():
        return
    if data.exists() and any(data.iterdir()):
        raise Unavailable(f"{data} is not Kafka's storage (no meta.properties): move it away.")
    beside = data.with_name("data.new")
    shutil.rmtree(beside, ignore_errors=True)
    config = _folder(home) / "format.properties"
    text = _properties(home).read_text(encoding="utf-8")
    state.write(config, text.replace(f"log.dirs={data}", f"log.dirs={beside}"))
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    if cluster.startswith("-"):  # the tool would take it for an option
        cluster = f"w{cluster[1:]}"
    with step("Formatting Kafka's storage"):
        done = subprocess.run(
            [
                *(java, "-Xmx256m", "-cp", classes, "kafka.tools.StorageTool"),
                *("format", "--cluster-id", cluster, "--config", str(config)),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Unavailable(f"Kafka's storage could not be formatted: {done.stderr.strip()[-400:]}")
    if data.exists():
        data.rmdir()
    beside.rename(data)
    tell("One broker is safe against a crash, not against the loss of the machine.")
