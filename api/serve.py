"""Run one API process until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from api.app import create_app
from grid.garbage import collect_seldom

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI

    from api.config import ApiConfig


class Server(uvicorn.Server):
    """Begins with its memory in order; sends listeners home before it waits for requests to end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """What is there when requests begin to come stays for good."""
        await super().startup(sockets)
        collect_seldom()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more, let what has begun come to its end."""
        self._app.state.wiring.feed.close()
        self._app.state.wiring.notices.close()
        await super().shutdown(sockets)


def server(config: ApiConfig) -> Server:
    """The server, not yet running."""
    app = create_app(config)
    settings = uvicorn.Config(
        app,
        host=config.host,
        port=config.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=int(config.stop_within_s),
        timeout_keep_alive=75,
    )
    return Server(settings, app)


def run(config: ApiConfig) -> None:
    """Serve until SIGTERM or SIGINT; leaves within 25 s, with what was begun finished."""
    server(config).run()
