"""Settings: where they come from, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from wangge.failures import BadSettings, Unavailable
from wangge.services import state
from wangge.settings import Settings, load_settings
from wangge.settings_command import reference_table

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _clean(monkeypatch, tmp_path):
    for variable in [*Settings.variables().values(), "WANGGE_CONFIG"]:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(monkeypatch):
    Path("wangge.toml").write_text('api_port = 81\nkafka = "a:1"\n')
    monkeypatch.setenv("WANGGE_API_PORT", "82")
    settings = load_settings()
    assert (settings.api_port, settings.kafka, settings.batch_max) == (82, "a:1", 500)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("WANGGE_API_PORT", "abc", r"WANGGE_API_PORT = 'abc' is wrong: .*integer"),
        ("WANGGE_API_PORT", "70000", r"WANGGE_API_PORT = '70000' is wrong: .*65535"),
        ("WANGGE_KAFKA", "localhost", r"WANGGE_KAFKA = 'localhost' is wrong: should be host:port"),
        ("WANGGE_SCHEMA_NAME", "a b", r"WANGGE_SCHEMA_NAME = 'a b' is wrong: should be letters"),
        ("WANGGE_SERVICES", "podman", r"WANGGE_SERVICES = 'podman' is wrong: .*'docker'"),
        ("WANGGE_SMS_URL", "sms.local", r"WANGGE_SMS_URL = 'sms.local' is wrong: must begin with"),
        ("WANGGE_SMS_SECRET", "x1", r"WANGGE_SMS_SECRET = \(kept secret\) is wrong: a secret is"),
        ("WANGGE_API_PROT", "1", r"WANGGE_API_PROT is no setting of wangge; is WANGGE_API_PORT"),
        ("WANGGE_CONFIG", "none.toml", r"WANGGE_CONFIG='none.toml' is wrong: there is no such"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_what_would_be_right(
    monkeypatch, variable, value, told
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings, match=told):
        load_settings()


def test_all_wrong_settings_are_told_at_once(monkeypatch):
    monkeypatch.setenv("WANGGE_API_PORT", "abc")
    monkeypatch.setenv("WANGGE_PARTITIONS", "0")
    with pytest.raises(BadSettings) as raised:
        load_settings()
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('kafak = "a:1"', r"kafak \(in wangge.toml\) is no setting"),
        ('api_port = "x"', r"api_port \(in wangge.toml\) = 'x' is wrong"),
        ("api_port =", r"wangge.toml is not valid TOML"),
    ],
)
def test_a_wrong_file_is_named(text, told):
    Path("wangge.toml").write_text(text)
    with pytest.raises(BadSettings, match=told):
        load_settings()


def test_a_password_is_never_shown(monkeypatch):
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://a:hush@b/c")
    settings = load_settings()
    assert "hush" not in repr(settings)
    assert "hush" in settings.database_url


def test_the_local_database_is_known_by_the_password_in_the_state_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))
    with pytest.raises(Unavailable, match="wangge services up"):
        _ = load_settings().database_url
    secret = state.password(tmp_path, "wangge")
    assert secret in load_settings().database_url


def test_settings_do_not_change(monkeypatch):
    with pytest.raises(ValueError, match="frozen"):
        load_settings().api_port = 1


def test_the_reference_page_has_every_setting_as_it_is():
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert reference_table() in page
