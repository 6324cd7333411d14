"""docker-compose.yml and Dockerfile, on machines without an engine: form, and what must agree."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from jsonschema.validators import validator_for

from wangge.cli import COMMANDS
from wangge.services import docker
from wangge.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OWN = {name: service for name, service in SERVICES.items() if "build" in service}


def faults(what: dict) -> list[str]:
    """What the Compose specification's schema finds; the package check-jsonschema carries it."""
    package = importlib.util.find_spec("check_jsonschema")
    folder = Path(package.submodule_search_locations[0])
    schema = json.loads((folder / "builtin_schemas/vendor/compose-spec.json").read_text())
    return [error.message for error in validator_for(schema)(schema).iter_errors(what)]


def test_it_is_a_compose_file():
    assert faults(COMPOSE) == []


def test_the_schema_does_refuse_what_is_wrong():
    wrong = {"services": {"kafka": {"image": "x", "helthcheck": {}}}}
    assert faults(wrong)


def test_what_wangge_starts_by_docker_is_in_it():
    assert set(docker.SERVICES) <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_port_is_on_loopback_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OWN)))
def test_servers_are_official_pinned_checked_and_keep_their_data(name):
    service = SERVICES[name]
    image, _, version = service["image"].partition(":")
    assert image in {"apache/kafka", "postgis/postgis"}
    assert re.fullmatch(r"\d[\d.-]+", version)
    assert service["healthcheck"]["test"][0] == "CMD"
    assert any(volume.split(":")[0] in COMPOSE["volumes"] for volume in service["volumes"])


@pytest.mark.parametrize("name", sorted(OWN))
def test_own_processes_are_commands_with_known_settings(name):
    service = OWN[name]
    assert service["command"][0] in COMMANDS
    variables = {key for key in service["environment"] if key.startswith("WANGGE_")}
    assert variables <= set(Settings.variables().values())


@pytest.mark.parametrize("name", ["api", "worker", "clerk"])
def test_processes_begin_when_set_up_is_done(name):
    assert OWN[name]["depends_on"]["setup"]["condition"] == "service_completed_successfully"


def test_both_ways_run_the_same_kafka_with_the_same_settings():
    pom = (ROOT / "wangge/services/kafka-pom.xml").read_text(encoding="utf-8")
    version = re.search(r"kafka_2\.13</artifactId>\s*<version>([\d.]+)<", pom)[1]
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"
    native = dict(
        line.split("=", 1)
        for line in (ROOT / "wangge/services/kafka-server.txt").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    environment = SERVICES["kafka"]["environment"]
    by_place = {"controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"}
    by_place |= {"listener.security.protocol.map", "inter.broker.listener.name"}
    for key in set(native) - by_place:
        told = environment[f"KAFKA_{key.upper().replace('.', '_')}"]
        assert str(told) == native[key], key


def test_the_image_runs_as_an_ordinary_user_and_builds_in_stages():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert dockerfile.count("\nFROM ") == 2
    last = dockerfile.rpartition("\nFROM ")[2]
    assert re.search(r"^USER \d+$", last, re.MULTILINE)
    assert "--require-hashes" in dockerfile


def test_the_image_gets_every_room():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = [
        name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    ]
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [room for room in rooms if f"COPY {room} {room}\n" not in dockerfile] == []
    assert [room for room in rooms if f"!{room}" not in kept] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-run.lock"])
def test_locks_pin_by_hash_and_name_no_host_and_no_folder(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(?!hash=)|(^|\s)/", text, re.MULTILINE)
    pins = re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    assert len(pins) > 20
    assert all("--hash=sha256:" in entry for entry in entries if entry.strip())
