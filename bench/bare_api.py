"""The ceiling: FastAPI and aiokafka with nothing between, one process, uvloop."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def bare_app(bootstrap: str, topic: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2
        )
        await producer.start()
        app.state.producer = producer
        yield
        await producer.stop()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/reports", status_code=202)
    async def post_reports(request: Request) -> dict[str, Any]:
        body = await request.body()
        await request.app.state.producer.send_and_wait(topic, body)
        return {"status": "accepted"}

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


if __name__ == "__main__":
    app = bare_app(sys.argv[1], sys.argv[2])
    uvicorn.run(app, port=int(sys.argv[3]), access_log=False, log_level="warning", loop="uvloop")
