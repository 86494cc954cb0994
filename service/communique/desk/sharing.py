"""Sharing: what is everybody's who sends at one database is asked of it, and told to it (P3, P7).

Rates, rests, and which claims may have been begun. A worker that is alone needs none of this.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from communique.desk import Desk
from communique.desk.joining import elapsed
from communique.domain.delivery import Claim
from communique.domain.pacing import Grant, Rate, Recall, Resting
from communique.ports import SharedTransport

WINDOW = 50  # claims handed over at a time: what is noted of them costs one statement
PATIENCE = 5.0  # seconds that a claim waits for its turn; beyond, it is told when to come back


class Sharing:
    """One worker's part in it. `rates` are of transports, where they are bounded."""

    def __init__(
        self, desk: Desk, transports: Mapping[str, SharedTransport], rates: Mapping[str, Rate]
    ) -> None:
        self._desk = desk
        self._transports = transports
        self._rates = rates
        self._recalls: dict[
            str, Recall
        ] = {}  # by transport, when those come back whose turn is far
        self._news: list[Resting] = []  # which the others don't know yet

    async def allow(self, transport: str, wanted: int) -> Grant:
        """How many of so many may go through a transport now, and when more may."""
        rate = self._rates.get(transport)
        if rate is None:
            return Grant(wanted)
        async with self._desk.store.begin() as transaction:
            return await transaction.paces.take(transport, rate, wanted)

    def recall(self, transport: str, wait: float) -> float:
        """In how many seconds one more comes back whom a rate holds up for at least so long."""
        rate = self._rates[transport]
        recall = self._recalls.get(transport) or Recall(each=1 / rate.per_second)
        self._recalls[transport], back = recall.next(elapsed(), wait)
        return back

    async def begin(self, claims: Sequence[Claim]) -> Collection[int]:
        """Note that these may be handed over from now on; the deliveries that are still ours.

        If this worker dies, whoever finds the note takes only them for maybe sent.
        """
        if not claims:
            return ()
        ids = [one.delivery_id for one in claims]
        async with self._desk.store.begin() as transaction:
            return await transaction.claims.mark_begun(claims[0].token, ids)

    async def exchange(self) -> None:
        """Tell the others which transports and domains came to rest here, and hear of theirs."""
        self._news += [
            Resting(name, *rest)
            for name, transport in self._transports.items()
            for rest in transport.rests()
        ]
        if self._news:
            async with self._desk.store.begin() as transaction:
                for one in self._news:
                    await transaction.rests.put(one.transport, one.domain, one.seconds, one.reason)
            self._news.clear()
        async with self._desk.store.read() as transaction:
            for one in await transaction.rests.all():
                if transport := self._transports.get(one.transport):
                    transport.rest(one.domain, one.seconds, one.reason)
