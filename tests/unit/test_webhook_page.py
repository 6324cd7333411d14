"""The receiver that docs/reference/webhooks.md shows does what it says."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from grid.notices import seal

PAGE = Path(__file__).parents[2] / "docs/reference/webhooks.md"
SECRET = bytes(range(32))
BODY = b'{"feed":1}'


@pytest.fixture
def verified():
    shown = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    names = {"__name__": "page"}
    exec(compile(shown, PAGE.name, "exec"), names)
    names["SECRET"] = seal.shown(SECRET)
    return names["verified"]


def test_the_receiver_of_the_page_takes_what_is_sealed(verified):
    headers = seal.headers(SECRET, "1-4711", int(time.time()), BODY)
    assert verified(headers, BODY) == "1-4711"


@pytest.mark.parametrize(
    ("secret", "body", "late"),
    [(bytes(32), BODY, 0), (SECRET, b"{}", 0), (SECRET, BODY, 301)],
)
def test_the_receiver_of_the_page_refuses_the_rest(verified, secret, body, late):
    headers = seal.headers(secret, "1-4711", int(time.time()) - late, BODY)
    with pytest.raises(ValueError, match=r"signature|old"):
        verified(headers, body)
