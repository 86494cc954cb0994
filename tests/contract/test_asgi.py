"""The ASGI application schedules and sends for as long as a server runs it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from communique import asgi
from communique.declared import starter
from communique.errors import AlreadyRunning


async def test_the_service_runs_for_as_long_as_its_pages_are_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter.begin(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMMUNIQUE_MAILBOX_PORT", "0")
    app = asgi.create()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as client:
        assert (await client.get("/readyz")).status_code == 503
        async with app.router.lifespan_context(app):
            assert (await client.get("/readyz")).status_code == 200
            another = asgi.create()
            with pytest.raises(AlreadyRunning):
                async with another.router.lifespan_context(another):
                    pass
