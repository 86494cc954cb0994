"""A stop has a bound, whatever holds it up; and the second signal ends it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from communique.cli.stopping import CUT_SHORT, Stop


async def test_the_second_signal_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    begun: list[None] = []
    ended: list[int] = []
    stop = Stop(lambda: begun.append(None), 600, ended.append)
    stop.told()
    assert (len(begun), ended) == (1, [])
    stop.told()
    assert (len(begun), ended) == (1, [CUT_SHORT])
    assert "told twice" in caplog.text


async def test_a_stop_that_takes_too_long_ends_though_the_loop_stands_still() -> None:
    ended = threading.Event()
    Stop(lambda: None, 0.01, lambda _: ended.set()).told()
    assert ended.wait(60)  # which holds the loop


def test_what_has_ended_in_time_is_not_ended_again() -> None:
    ended = threading.Event()

    async def stop_in_time() -> None:
        Stop(lambda: None, 0.2, lambda _: ended.set()).told()

    asyncio.run(stop_in_time())
    for one in threading.enumerate():
        if isinstance(one, threading.Timer):
            one.join(60)
    assert not ended.is_set()
