"""Over TLS: the connection goes to the number that was looked up, the certificate is the name's."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess

import pytest

from streams import receivers
from streams.receivers import Message, Receivers

MESSAGE = Message("1-1", "application/json", b"{}")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for hook.example, and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=hook.example"),
            *("-addext", "subjectAltName=DNS:hook.example"),
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
async def server(certificate, monkeypatch):
    """A TLS server that every name leads to; gives its port and the names that were asked for."""
    hosts = []

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        hosts.append(next(line for line in head.split("\r\n") if line.startswith("host: "))[6:])
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async def looked_up(_host, _port):
        return ["127.0.0.1"]

    monkeypatch.setattr(receivers, "_looked_up", looked_up)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with running:
        yield running.sockets[0].getsockname()[1], hosts


async def send(certificate, url, *, private=True):
    many = Receivers(private=private, limit_s=5)
    many._tls.load_verify_locations(certificate[0])
    async with many.line(url, bytes(32)) as line:
        return await line.send(MESSAGE)


async def test_the_certificate_of_the_name_is_taken(certificate, server):
    port, hosts = server
    outcome = await send(certificate, f"https://hook.example:{port}/in")
    assert outcome.taken, outcome
    assert hosts == [f"hook.example:{port}"]


async def test_the_certificate_of_another_name_is_not(certificate, server):
    port, hosts = server
    outcome = await send(certificate, f"https://other.example:{port}/in")
    assert "certificate" in outcome.error.lower()
    assert not hosts


async def test_a_name_that_leads_inside_is_not_called(certificate, server):
    port, hosts = server
    outcome = await send(certificate, f"https://hook.example:{port}/in", private=False)
    assert outcome.error == "the address leads into a private network"
    assert not hosts
