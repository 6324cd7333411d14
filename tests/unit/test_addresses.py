"""Where messages may go, and where they may not."""

from __future__ import annotations

import pytest

from grid.notices.addresses import BadAddress, public, target

GOOD = {
    "https://hooks.example.org/in": ("hooks.example.org", 443, "/in", "hooks.example.org"),
    "http://example.org": ("example.org", 80, "/", "example.org"),
    "https://example.org:8443/a?b=1": ("example.org", 8443, "/a?b=1", "example.org:8443"),
    "HTTPS://Example.ORG./x": ("example.org", 443, "/x", "example.org"),
    "http://[2001:db8::1]:81/": ("2001:db8::1", 81, "/", "[2001:db8::1]:81"),
}


@pytest.mark.parametrize(("url", "parts"), GOOD.items())
def test_an_address_is_taken_apart(url, parts):
    goal = target(url)
    assert (goal.host, goal.port, goal.path, goal.authority) == parts


def test_the_number_takes_the_place_of_the_name():
    assert target("https://example.org/a?b").at("93.184.216.34") == "https://93.184.216.34:443/a?b"
    assert target("http://example.org").at("2606:2800::1") == "http://[2606:2800::1]:80/"


BAD = {
    "ftp://example.org/": "must begin with",
    "file:///etc/passwd": "must begin with",
    "gopher://127.0.0.1:70/_x": "must begin with",
    "//example.org/": "must begin with",
    "https:///nowhere": "names no host",
    "https://me:secret@example.org/": "user or password",
    "https://example.org/#part": "after #",
    "https://example.org:99999/": "is no URL",
    "https://example.org:0/": "a port that is none",
    "https://exa mple.org/": "characters",
    "https://example.org\\@127.0.0.1/": "characters",
    "https://example.org/\r\nX: y": "characters",
    "https://例子.中国/": "characters",
    "https://example.org/" + "a" * 2000: "longer",
}


@pytest.mark.parametrize(("url", "why"), BAD.items(), ids=[url[:40] for url in BAD])
def test_what_is_no_address_says_why(url, why):
    with pytest.raises(BadAddress, match=why):
        target(url)


PUBLIC = {
    "93.184.216.34": True,
    "2606:2800:220:1::1": True,
    "127.0.0.1": False,
    "127.8.8.8": False,
    "0.0.0.0": False,
    "10.1.2.3": False,
    "172.16.0.1": False,
    "192.168.1.1": False,
    "169.254.169.254": False,  # where clouds keep their keys
    "100.64.0.1": False,  # behind a carrier's own translation
    "192.0.2.1": False,
    "224.0.0.1": False,
    "255.255.255.255": False,
    "::": False,
    "::1": False,
    "fe80::1": False,
    "fe80::1%eth0": False,
    "fc00::1": False,
    "ff02::1": False,
    "::ffff:127.0.0.1": False,
    "::ffff:93.184.216.34": True,
    "2002:7f00:1::": False,  # 127.0.0.1 in 6to4
    "64:ff9b::a00:1": False,  # 10.0.0.1 behind a translator
    "no address": False,
}


@pytest.mark.parametrize(("ip", "is_public"), PUBLIC.items())
def test_only_what_is_out_in_the_world_is_public(ip, is_public):
    assert public(ip) is is_public
