"""Reports of version 1 as they were written once: read for ever, byte for byte the same."""

from pathlib import Path

import pytest

from grid.reports.report import content_digest, decode, encode

HERE = Path(__file__).parent / "reports" / "v1"

# Stored digests tell "the same again" from "the same id with other content": they must not move.
DIGESTS = {
    "least": "7373e11569f6d2209cab2d5e74e4afeb96d9db72da54e2a1b4ce26675a5570ca",
    "full": "904b537fa27f1a64f888086881281953b84901d4d12b1fa5df850c6b28cbf298",
    "zeroes": "b0543b94a474d9159160cca0844c97d83cd0913df61be5d7df2d532a1065223c",
}


def test_every_fixture_has_its_digest():
    assert {path.stem for path in HERE.glob("*.json")} == set(DIGESTS)


@pytest.mark.parametrize("name", DIGESTS)
def test_a_stored_report_is_read_and_written_the_same(name):
    raw = (HERE / f"{name}.json").read_bytes().rstrip(b"\n")
    report = decode(raw)
    assert encode(report) == raw
    assert content_digest(report) == DIGESTS[name]
