"""Where messages may go: http and https addresses out in the world, not into one's own network.

A partner names the address, and this house calls it from inside: without this rule a webhook
would be a hand that reaches databases, other services and the cloud's own metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000
_HIGHEST_PORT = 65535
#: IPv4 behind IPv6, on networks that translate (RFC 6052, RFC 8215).
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class BadAddress(ValueError):
    """An address that nothing may be sent to; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: `host` without brackets, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, ip: str) -> str:
        """The URL with that IP address in the place of the host's name."""
        host = f"[{ip}]" if ":" in ip else ip
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def target(url: str) -> Target:
    """The parts of a URL. Raises BadAddress for what is no plain http or https address."""
    if len(url) > _LONGEST:
        raise BadAddress(f"is longer than {_LONGEST} characters")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress("holds characters that no URL has; write them as %XX, a name as xn--…")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"is no URL: {error}") from None
    if parts.scheme not in _PORTS:
        raise BadAddress("must begin with https:// or http://")
    if not parts.hostname:
        raise BadAddress("names no host")
    if "@" in parts.netloc:
        raise BadAddress("holds a user or password; the signature tells who sends")
    if parts.fragment:
        raise BadAddress("has a part after #, which is never sent")
    port = _PORTS[parts.scheme] if port is None else port
    if not 0 < port <= _HIGHEST_PORT:
        raise BadAddress("has a port that is none")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname.rstrip("."), port, path)


def public(ip: str) -> bool:
    """True for an IP address out in the world, that no network keeps for itself."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in _meant(address))


def _meant(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address with the IPv4 address that it carries, where it carries one."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    carried: list[IPv4Address | IPv6Address] = [address]
    if address.sixtofour is not None:
        carried.append(address.sixtofour)
    if address.teredo is not None:
        carried += address.teredo
    if any(address in network for network in _TRANSLATED):
        carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return carried
