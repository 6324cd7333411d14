"""`wangge gateway`: a server that stands for a gateway, to try out the sending of messages."""

from __future__ import annotations

import json
import secrets
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import click

from grid.notices import seal
from wangge.failures import BadSettings, Unavailable
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from wangge.settings import Settings

_LARGEST = 64 * 1024
_FIELDS = ("id", "channel", "to", "text_zh", "text_en", "case", "at")


@click.command()
@click.option("--port", default=8090, show_default=True, help="Port on 127.0.0.1.")
@click.option(
    "--answer",
    default=204,
    show_default=True,
    type=click.IntRange(200, 599),
    help="Status of every answer, to see what failures do.",
)
@click.option("--new-secret", is_flag=True, help="Print a new secret for a gateway, and leave.")
def gateway(port: int, answer: int, new_secret: bool) -> None:
    """Take messages as a gateway would, check their seals and print them; Ctrl-C ends it.

    It knows the secrets of WANGGE_SMS_SECRET and WANGGE_MESSENGER_SECRET. It sends nothing on.
    """
    if new_secret:
        click.echo(seal.shown(secrets.token_bytes(seal.SECRET_BYTES)))
        return
    known = _secrets(load_settings())
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler(known, answer, click.echo))
    except OSError as error:
        raise Unavailable(f"Port {port} cannot be used: {error.strerror}.") from None
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    click.echo(f"Waiting for messages at {address}", err=True)
    with server:
        server.serve_forever()


def _secrets(settings: Settings) -> tuple[bytes, ...]:
    kept = (settings.sms_secret, settings.messenger_secret)
    known = tuple(seal.read_secret(one.get_secret_value()) for one in kept if one is not None)
    if not known:
        raise BadSettings(
            "WANGGE_SMS_SECRET or WANGGE_MESSENGER_SECRET must be set, the same as for the clerk;"
            " `wangge gateway --new-secret` makes one."
        )
    return known


def handler(
    known: tuple[bytes, ...], answer: int, say: Callable[[str], object]
) -> type[BaseHTTPRequestHandler]:
    """What answers requests: 401 for a broken seal, 400 for no message, else `answer`."""
    seen: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > _LARGEST:
                self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long, or of unknown length")
                return
            body = self.rfile.read(int(length))
            given = {name.lower(): value for name, value in self.headers.items()}
            if not any(_sealed(secret, given, body) for secret in known):
                self._say(HTTPStatus.UNAUTHORIZED, "the seal does not fit any known secret")
                return
            message = _read(body)
            if message is None:
                self._say(HTTPStatus.BAD_REQUEST, "this is no message")
                return
            again = "  (again)" if message["id"] in seen else ""
            if answer in range(200, 300):
                seen.add(message["id"])
            self._say(answer, _line(message) + again)

        def _say(self, status: int, words: str) -> None:
            say(f"{status} {words}")
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing beside what is printed."""

    return Handler


def _sealed(secret: bytes, given: dict[str, str], body: bytes) -> bool:
    try:
        seal.check(secret, given, body, time.time())
    except seal.BadSeal:
        return False
    return True


def _read(body: bytes) -> dict[str, str] | None:
    try:
        message = json.loads(body)
    except ValueError:
        return None
    if not isinstance(message, dict):
        return None
    fits = all(isinstance(message.get(name), str) for name in _FIELDS)
    return message if fits else None


def _line(message: dict[str, str]) -> str:
    channel, to, zh, en = (message[name] for name in ("channel", "to", "text_zh", "text_en"))
    return f"{message['id']} {channel} → {to}\n    {zh}\n    {en}"
