"""The public pages: leaving a list, a pass, all news, how it is, and being clear when lost.

They need no session, cookie, script or login. They must never log, cache or refer a link's token.
Below /desk is the desk itself, for whoever works at it (`web/desk`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from communique.desk import Desk, sessions
from communique.domain.lineage import Doubt
from communique.errors import StoreUnavailable
from communique.web import desk as pages
from communique.web import newsroom, passes, showing, unsubscribing
from communique.web.desk.asking import Who
from communique.web.heads import Heads
from communique.web.limiting import USUAL, Limits

log = logging.getLogger(__name__)

READING = ["GET", "HEAD"]
NOTICES = {404: "missing", 405: "method", 413: "large"}  # any other refusal: `unclear`


def build(
    desk: Desk,
    healthy: Callable[[], bool],
    doubt: Callable[[], Doubt | None] = lambda: None,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
    *,
    limits: Limits = USUAL,
    pause: passes.Pause = asyncio.sleep,
    who: Who = sessions.who,
    uploads: Path | None = None,
) -> FastAPI:
    """The web application of a desk. `healthy` says whether it can work now, without waiting;
    `doubt`, why nothing is sent though it can; `who`, whose session a token is; `uploads`, the
    private folder of files that somebody brings, else one for as long as this runs.

    Whoever serves it must leave the access log off: a path holds a token.
    """
    app = FastAPI(
        title="Communiqué",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a one-click POST is answered where it was sent (RFC 8058 §3.1)
        lifespan=lifespan,
    )
    app.add_middleware(Heads)
    app.include_router(unsubscribing.router(desk))
    app.include_router(newsroom.router(desk))
    app.include_router(passes.router(desk, limits, pause))
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(StoreUnavailable, _busy)
    app.add_exception_handler(Exception, _broken)

    def sending() -> dict[str, str]:
        why = doubt()
        return {"held": why.value} if why else {}

    @app.api_route("/", methods=READING)
    async def home(request: Request) -> Response:
        return showing.notice(request, "home")

    @app.api_route("/healthz", methods=READING)
    async def live() -> Response:
        return JSONResponse({"status": "alive", **sending()}, headers=showing.HEADERS)

    @app.api_route("/readyz", methods=READING)
    async def ready() -> Response:
        if healthy():
            return JSONResponse({"status": "ready", **sending()}, headers=showing.HEADERS)
        return JSONResponse({"status": "unavailable"}, status_code=503, headers=showing.HEADERS)

    pages.mount(app, desk, who, uploads)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    response = showing.notice(request, NOTICES.get(error.status_code, "unclear"), error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _busy(request: Request, error: Exception) -> Response:
    log.error("a page could not be served: %s", error)
    response = showing.notice(request, "busy", 503)
    response.headers["Retry-After"] = "60"
    return response


async def _broken(request: Request, _error: Exception) -> Response:
    return showing.notice(request, "broken", 500)  # the server logs the error itself
