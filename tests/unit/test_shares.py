"""Who waits for a domain's share, and in which order they go on or are turned away."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from communique.domain.mail import Message
from communique.smtp import shares
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.smtp.shares import Shares
from communique.smtp.transaction import Awaited, MailTransaction


def mails(count: int) -> list[MailTransaction]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    return [
        MailTransaction(Awaited(Message("us@x.example", f"m{n}@slow.example", b""), future))
        for n in range(count)
    ]


async def test_who_waited_longest_for_a_share_goes_first() -> None:
    pool = Pool(Relay(port=9, tls="none", connections=4))
    [*waiting, behind] = mails(4)
    for one in waiting:
        pool._shares.wait(one)
    pool._queue.append(behind)
    pool._window = pool._window.fitted(4, 0.0)
    pool._admit()
    kept = [*pool._shares.everybody()]
    assert [*pool._queue, *kept] == [*waiting[: len(pool._queue) - 1], behind, *kept]
    assert len(pool._queue) > 2


async def test_nobody_is_lost_who_is_taken_while_the_one_before_is_turned_away() -> None:
    time = 0.0
    waiting = Shares(lambda: time)
    everybody = mails(3)
    for one in everybody:
        waiting.wait(one)
    time = shares.PATIENCE
    session: Any = SimpleNamespace(awaits="slow.example", waited=shares.SLOW)
    heard = []
    for turned_away, _ in waiting.impatient([session]):
        heard.append(turned_away)
        if taken := waiting.first("slow.example"):  # a session was free of a sudden
            heard.append(taken)
    assert heard == everybody
