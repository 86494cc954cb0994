"""For servers that want an ASGI application: `uvicorn communique.asgi:create --factory`.

One process of it, for it also schedules and sends; `communique serve` does the same by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from communique import settings, telemetry, web
from communique.wiring.service import Service


def create() -> FastAPI:
    """The public pages; the scheduler and the worker run for as long as they are served."""
    current = settings.load()
    telemetry.configure(json_lines=current.log_json)
    service = Service(current)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with service:
            yield

    return web.build(
        service.desk, service.healthy, service.doubt, lifespan=running, uploads=current.uploads
    )
