"""The seal: what the specification's own example says, and what must not pass."""

from __future__ import annotations

from base64 import b64decode

import pytest

from grid.notices import seal
from grid.notices.seal import BadSeal

#: The example that the libraries of Standard Webhooks test themselves with.
EXAMPLE = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "timestamp": 1614265330,
    "body": b'{"test": 2432232314}',
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
SECRET = bytes(range(32))
NOW = 1_800_000_000
BODY = '{"案件":1}'.encode()
SEALED = seal.headers(SECRET, "1-4711", NOW, BODY)


def test_it_is_the_signature_of_the_specification():
    secret = seal.read_secret(EXAMPLE["secret"])
    said = seal.sign(secret, EXAMPLE["id"], EXAMPLE["timestamp"], EXAMPLE["body"])
    assert said == EXAMPLE["signature"]


def test_a_secret_is_written_and_read():
    text = seal.shown(SECRET)
    assert seal.read_secret(text) == SECRET
    assert b64decode(text.removeprefix("whsec_")) == SECRET


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "AAAA" * 10, "whsec_" + "ä" * 40])
def test_what_is_no_secret(text):
    with pytest.raises(ValueError, match="a secret is whsec_"):
        seal.read_secret(text)


@pytest.mark.parametrize("late", [0, 299, -299])
def test_a_whole_seal_gives_the_message(late):
    assert seal.check(SECRET, SEALED, BODY, NOW + late) == "1-4711"


def test_one_good_signature_among_several_is_enough():
    """So that a secret can be changed without a gap."""
    several = SEALED | {"webhook-signature": f"v1,AAAA {SEALED['webhook-signature']} v2,x"}
    assert seal.check(SECRET, several, BODY, NOW) == "1-4711"


BROKEN = {
    "another body": (SECRET, SEALED, BODY + b" ", NOW),
    "another secret": (bytes(32), SEALED, BODY, NOW),
    "another id": (SECRET, SEALED | {"webhook-id": "1-4712"}, BODY, NOW),
    "another time": (SECRET, SEALED | {"webhook-timestamp": str(NOW + 1)}, BODY, NOW),
    "too old": (SECRET, SEALED, BODY, NOW + 301),
    "from the future": (SECRET, SEALED, BODY, NOW - 301),
    "no time": (SECRET, SEALED | {"webhook-timestamp": "soon"}, BODY, NOW),
    "no signature": (SECRET, SEALED | {"webhook-signature": ""}, BODY, NOW),
    "signs that are no ASCII": (SECRET, SEALED | {"webhook-signature": "v1,é"}, BODY, NOW),
    "no header at all": (SECRET, {}, BODY, NOW),
}


@pytest.mark.parametrize("given", BROKEN.values(), ids=BROKEN)
def test_a_broken_seal_is_told(given):
    with pytest.raises(BadSeal):
        seal.check(*given)
