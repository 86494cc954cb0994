"""Rerouting: mail leaves by the way that it left by when people agreed to it, or it is asked (P11).

A desk without its relay's settings, restored from a backup say, would send into the built-in
mailbox, where everything counts as sent and reaches nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from communique.desk import Desk
from communique.domain.actor import SERVICE
from communique.domain.release import State
from communique.domain.route import MAILBOX, Rerouted, rerouted
from communique.errors import NotAllowed
from communique.facts import Fact, Why
from communique.ports import Transaction

log = logging.getLogger(__name__)

AGREED = (State.APPROVED, State.SENDING, State.PAUSED, State.MISSED)  # and not sent yet
PAGE = 100  # releases looked at in one go


async def seen(desk: Desk) -> Sequence[Rerouted]:
    """The transports that lead elsewhere by these settings than when they were last served."""
    async with desk.store.read() as transaction:
        return await changed(desk, transaction)


async def asking(desk: Desk) -> Sequence[Rerouted]:
    """Those of them that a person has to agree to before anything is sent."""
    async with desk.store.read() as transaction:
        return await asked(desk, transaction)


async def changed(desk: Desk, transaction: Transaction) -> Sequence[Rerouted]:
    """As `seen` has it, in a transaction."""
    associations = await transaction.associations.all(SERVICE.scope)
    return rerouted(await transaction.routes.all(), desk.routes, associations)


async def take(desk: Desk, transaction: Transaction) -> Sequence[Rerouted]:
    """Remember where the transports lead, unless a person has to agree to that; to what then."""
    changes = await changed(desk, transaction)
    if asks := await _asked(transaction, changes):
        return asks
    await transaction.routes.keep(desk.routes)
    if changes:
        transaction.after_commit(lambda: _tell(changes))
    return ()


async def asked(desk: Desk, transaction: Transaction) -> Sequence[Rerouted]:
    """As `asking` has it, in a transaction."""
    return await _asked(transaction, await changed(desk, transaction))


def require_agreed(changes: Sequence[Rerouted], agreed: Collection[Rerouted]) -> None:
    """Raise NotAllowed unless somebody saw all of these, and agreed."""
    if unseen := [one for one in changes if one not in agreed]:
        raise NotAllowed("mail_rerouted", changes=[told(one) for one in unseen])


async def _asked(transaction: Transaction, changes: Sequence[Rerouted]) -> Sequence[Rerouted]:
    """All of them, if one must be agreed to.

    A relay that the mailbox takes the place of always: nothing would leave any more. Any other, if
    a release goes by it that somebody agreed to when it was as before; else there is no harm in it.
    """
    if any(one.stays for one in changes):
        return changes
    concerned = {key for one in changes for key in one.associations}
    return changes if concerned and await _awaited(transaction, concerned) else ()


async def _awaited(transaction: Transaction, associations: Collection[str]) -> bool:
    last = None
    while page := await transaction.releases.page(
        SERVICE.scope, after=last, limit=PAGE, states=AGREED
    ):
        if any(each.association in associations for one in page for each in one.audiences):
            return True
        last = page[-1].id
    return False


def _tell(changes: Sequence[Rerouted]) -> None:
    for one in changes:
        more = {
            "transport": one.transport,
            "before": str(_host(one.before)),
            "now": str(_host(one.now)),
        }
        log.warning("mail leaves by another way than before", extra=more)


def told(one: Rerouted) -> Fact:
    """What is different, in a line of history."""
    return Fact(
        "transport_rerouted",
        transport=one.transport,
        now=_host(one.now),
        before=_host(one.before),
    )


def _host(host: str) -> Why:
    return Fact("the_mailbox") if host == MAILBOX else host
