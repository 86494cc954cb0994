"""Writing: letters, which are no releases, kept until they are gone and with what came of them.

A letter is written once. Who dies while sending one has not said what came of it, so another sends
it after a while under the same Message-ID: SMTP allows no more (P3).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from communique.desk import Desk, access, inviting, posting, signing_in, tokens
from communique.desk.posting import Posting
from communique.domain.actor import Actor
from communique.domain.association import Association
from communique.domain.delivery import (
    GAVE_UP,
    GIVE_UP_AFTER,
    DeliveryState,
    NextStep,
    next_step,
    retry_delay,
)
from communique.domain.letter import Letter, Posted
from communique.domain.mail import Message
from communique.domain.outcome import Answer, Deferred, NotTried, Scope, Unknown
from communique.errors import CommuniqueError, Invalid
from communique.facts import Fact

log = logging.getLogger(__name__)

AT_ONCE = 20  # letters that one look sends: each has a connection of its relay for itself
NOT_TRIED = 60.0  # seconds until it is worth asking again, where nobody knows better
_PURPOSES = {
    "agreement_ends": Fact("letter_on_end"),
    tokens.SIGN_IN: Fact("letter_to_sign_in"),
    tokens.INVITATION: Fact("letter_of_invitation"),
}
# After that, what they say opens nothing any more: they stay unsent.
_LASTS = {tokens.SIGN_IN: signing_in.LASTS, tokens.INVITATION: inviting.LASTS}
NO_LONGER_DUE = "no_longer_due"
FALLBACK = "en"  # what every desk's letters are written in


async def send_due(desk: Desk, actor: Actor) -> int:
    """Send the letters that are due, each in its association's name through its relay; how many.

    What cannot be sent is due again after a while, and says why.
    """
    access.require_operator(actor)
    now = desk.clock.now()
    async with desk.store.read() as transaction:
        if not await transaction.letters.any_due(now):
            return 0
        associations = {one.key: one for one in await transaction.associations.all(actor.scope)}
    lasts_until = posting.until(desk.policy.lease)  # before the claim: never too long
    async with desk.store.begin() as transaction:
        taken = await transaction.letters.claim(now, now + desk.policy.lease, AT_ONCE)
    # Together: what one relay keeps waiting is nobody else's (P7).
    ends = await asyncio.gather(
        *(_send(desk, one, associations[one.association], lasts_until) for one in taken),
        return_exceptions=True,
    )
    for end in ends:  # each has been tried by now
        if isinstance(end, BaseException):
            raise end
    return len(taken)


async def troubled(desk: Desk, actor: Actor) -> Sequence[Posted]:
    """Letters that could not be sent, or not yet, and why."""
    async with desk.store.read() as transaction:
        return await transaction.letters.in_trouble(actor.scope)


def unsent(one: Posted) -> Invalid:
    """That a letter could not be sent, or not yet, and why."""
    return Invalid(
        "letter_waits" if one.due_at else "letter_not_sent",
        purpose=_PURPOSES[one.purpose],
        association=one.association,
        address=one.address,
        reason=one.reason.removeprefix(GAVE_UP),
    )


async def _send(desk: Desk, one: Posted, association: Association, lasts_until: float) -> None:
    if _late(one, desk.clock.now()):
        await _leave(desk, one)
        return
    answer = await _answer(desk, one, association, lasts_until)
    now = desk.clock.now()
    tried = not isinstance(answer, NotTried)
    attempts = one.attempts + tried
    step = _step(one, answer, attempts, now=now)
    async with desk.store.begin() as transaction:
        unknowns = one.unknowns + isinstance(answer, Unknown)
        await transaction.letters.settle(one, step, attempts=attempts, unknowns=unknowns, at=now)
    sent = step.state is DeliveryState.SENT
    more = {"purpose": one.purpose, "about": one.about, "association": one.association}
    if sent:
        log.info("letter sent", extra=more)
    elif tried:
        log.warning("letter not sent: %s", step.reason, extra=more)


def _late(one: Posted, now: datetime) -> bool:
    return one.purpose in _LASTS and now >= one.written_at + _LASTS[one.purpose]


async def _leave(desk: Desk, one: Posted) -> None:
    """Send it no more; of one that may have gone, nobody says that it did not."""
    state = one.state if one.state is DeliveryState.UNKNOWN else DeliveryState.SKIPPED
    step, now = NextStep(state, None, NO_LONGER_DUE), desk.clock.now()
    async with desk.store.begin() as transaction:
        await transaction.letters.settle(
            one, step, attempts=one.attempts, unknowns=one.unknowns, at=now
        )


async def _answer(desk: Desk, one: Posted, association: Association, lasts_until: float) -> Answer:
    try:
        content = await asyncio.to_thread(_composed, desk, one, association)
        transport = desk.transport(association)
    except CommuniqueError as error:  # a template, a relay: whoever mends it need not ask again
        return Deferred(str(error), Scope.RECIPIENT)
    except Exception as error:  # a mistake of ours: it is tried again, and somebody sees why
        log.exception("letter not made", extra={"purpose": one.purpose, "about": one.about})
        return Deferred(f"not composed: {error!r}", Scope.RECIPIENT)
    letter = Posting(Message(association.sender.address, one.address, content), lasts_until)
    transport.take(letter)
    return await letter.answer


def _composed(desk: Desk, one: Posted, association: Association) -> bytes:
    """The message, in their language or else the first that its texts are written in."""
    wanted = tuple(dict.fromkeys((one.language, *association.languages, FALLBACK)))
    letter = Letter(
        purpose=one.purpose,
        association=association,
        language=one.language,
        name=one.name,
        address=one.address,
        values={**one.values, **tokens.given(desk, one)},
        message_id=one.message_id,
        date=one.written_at,
        days=one.days,
    )
    for language in wanted:
        try:
            return desk.press.letter(replace(letter, language=language))
        except CommuniqueError as error:
            if error.code != "letter_language_missing" or language == wanted[-1]:
                raise
    raise AssertionError  # there is one language at least


def _step(one: Posted, answer: Answer, attempts: int, *, now: datetime) -> NextStep:
    if isinstance(answer, NotTried):
        wait = timedelta(seconds=max(answer.retry_after, NOT_TRIED))
        return NextStep(one.state, now + wait, one.reason)
    step = next_step(
        answer,
        attempt=attempts,
        unknowns=one.unknowns,
        now=now,
        give_up_at=one.written_at + GIVE_UP_AFTER,
        jitter=random.uniform(-1, 1),  # noqa: S311 - it only spreads load
    )
    if step.due_at is None:
        return step
    # A letter is one message: what refuses it refuses nothing else, and is not asked at once.
    return step._replace(due_at=max(step.due_at, now + retry_delay(attempts, 0)))
