"""Stopping: what nobody has in hand, and nobody who dawdles, holds it up."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from tests.public_site import site_at

from communique.cli.server import Server


async def test_a_click_that_never_ends_does_not_hold_the_pages_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is stopped after them: anybody could keep it from that."""
    monkeypatch.setattr(Server, "PATIENCE", 0.1)
    async with site_at(f"sqlite+aiosqlite:///{tmp_path / 'store'}", tmp_path / "desk") as site:
        server = Server(site.office.desk, lambda: True)
        listener = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        said = (
            f"POST {site.path} HTTP/1.1",
            "Host: desk.example",
            "Expect: 100-continue",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 100\r\n\r\n",
        )
        writer.write("\r\n".join(said).encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        server.should_exit = True
        try:
            async with asyncio.timeout(5):
                await asyncio.shield(serving)
        finally:
            writer.close()
            await serving
        assert await site.suppressed() == []
