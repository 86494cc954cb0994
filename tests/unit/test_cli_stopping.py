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
    stop.bound.cancel()
    assert (len(begun), ended) == (1, [CUT_SHORT])
    assert "told twice" in caplog.text


async def test_a_stop_that_takes_too_long_ends_though_the_loop_stands_still() -> None:
    ended = threading.Event()
    Stop(lambda: None, 0.01, lambda _: ended.set()).told()
    assert ended.wait(60)  # which holds the loop


def test_what_has_ended_in_time_is_not_ended_again() -> None:
    ended = threading.Event()

    async def stop_in_time() -> threading.Timer:
        stop = Stop(lambda: None, 600, lambda _: ended.set())
        stop.told()
        return stop.bound

    bound = asyncio.run(stop_in_time())
    bound.cancel()
    bound.function()  # as it would when its time is over
    assert not ended.is_set()
