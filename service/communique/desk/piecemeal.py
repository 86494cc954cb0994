"""Work a piece at a time, beside the loop: what is read in a thread, and steps that end whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from itertools import islice
from typing import TypeVar

One = TypeVar("One")


async def in_groups(things: Iterable[One], size: int) -> AsyncIterator[list[One]]:
    """What a file says, `size` at a time, read in a thread."""
    reader = iter(things)
    while group := await in_a_thread(lambda: list(islice(reader, size))):
        yield group


async def in_a_thread(act: Callable[[], One]) -> One:
    """Have it done there. Whoever breaks off waits for it: no file is closed under its reader."""
    reading = asyncio.ensure_future(asyncio.to_thread(act))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait([reading])
        raise


async def to_its_end(step: Coroutine[None, None, None]) -> None:
    """Take a step whole: whoever breaks off waits for it, and then knows whether it was taken."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # that it was broken off is the answer
        raise
