"""Visitors of the pages, so many a second, until they are ended.

    python -m bench.visitors PORT RATE PATH

They come from a process of their own: asking must not cost the loop that answers.
"""

from __future__ import annotations

import asyncio
import sys


async def visit(port: int, path: str) -> None:
    """Ask for one page, and read all of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(answer.partition(b"\r\n")[0].decode())


async def visit_for_ever(port: int, rate: float, path: str) -> None:
    """Come at an even pace, whether or not the last one has been answered."""
    async with asyncio.TaskGroup() as visits:
        while True:
            visits.create_task(visit(port, path))
            await asyncio.sleep(1 / rate)


if __name__ == "__main__":
    asyncio.run(visit_for_ever(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
