"""The head of a request, before any page reads it: no longer than it may be, and of a real host.

A parser that has a whole head at once takes it, however long it is; and an address that is put
together with a host that is none cannot be taken apart again.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST_HEAD = 16 * 1024  # octets of a request's line and headers
AROUND = 4  # octets of a header besides its name and value


class Heads:
    """Turns away what has no such head; nothing of it is told to anybody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = _wrong(scope) if scope["type"] == "http" else 0
        if status:
            response = Response(status_code=status, headers={"Connection": "close"})
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _wrong(scope: Scope) -> int:
    """The status that says what is wrong; 0 if nothing is."""
    line = len(scope.get("raw_path") or scope["path"]) + len(scope.get("query_string", b""))
    headers = scope["headers"]
    if line + sum(len(name) + len(value) + AROUND for name, value in headers) > LONGEST_HEAD:
        return 431
    hosts = [value.decode("latin1") for name, value in headers if name == b"host"]
    try:
        for one in hosts:
            _ = urlsplit(f"//{one}").port
    except ValueError:
        return 400
    return 0
