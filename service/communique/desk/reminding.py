"""Reminding: that a term of an agreement ends and none follows, told to whoever decides on it.

Once for each of the days before it that are reminded of, whoever looks and whatever was started
anew. A desk that was off for a while sends the latest that is due, and none of those before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from communique.desk import Desk, access
from communique.desk.stepping import report
from communique.domain import agreement as in_time
from communique.domain import when
from communique.domain.actor import Actor
from communique.domain.agreement import Ending
from communique.domain.association import Agreement, Association, Person
from communique.domain.delivery import DeliveryState
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.letter import Posted
from communique.domain.text import in_language
from communique.facts import Fact

PURPOSE = "agreement_ends"
NO_LONGER_DUE = "no_longer_due"


@dataclass(frozen=True, slots=True)
class _Due:
    agreement: Agreement
    association: Association
    partners: Sequence[Association]
    ending: Ending

    @property
    def about(self) -> str:
        return f"{self.agreement.key} {self.ending.last} {self.ending.days}"

    @property
    def key(self) -> tuple[str, str]:
        return self.about, self.association.key


async def remind(desk: Desk, actor: Actor) -> int:
    """Write the letters that are due and were not written; how many.

    What was written, could not be sent and is not due any more, since a later one is or a term was
    added, is sent no more.
    """
    access.require_operator(actor)
    now = desk.clock.now()
    async with desk.store.read() as transaction:
        associations = {one.key: one for one in await transaction.associations.all(actor.scope)}
        agreed = await transaction.associations.agreements(actor.scope)
        written = await transaction.letters.of(actor.scope, PURPOSE)
    due = {one.key: one for one in _due(agreed, associations, now)}
    # What was withdrawn before it went is nobody's reminder, should it be due again.
    known = {(one.about, one.association) for one in written if not _withdrawn(one)}
    idle = [one for one in written if _stale(one, due)]
    new = [one for key, one in due.items() if key not in known]
    if not (new or idle):
        return 0
    count = 0
    async with desk.store.begin() as transaction:
        if idle:
            await transaction.letters.withdraw(PURPOSE, list(due), NO_LONGER_DUE, now)
        for one in new:
            people = one.association.asked()
            letters = [_letter(desk, one, person, now) for person in people]
            kept = await transaction.letters.post(letters)
            count += kept
            if kept:  # by nobody else at the same time
                subject = Subject(SubjectKind.AGREEMENT, one.agreement.key)
                why = Fact(
                    "reminded_of_end",
                    people=[person.name or person.address for person in people],
                    last=str(one.ending.last),
                    left=one.ending.left,
                )
                await report(
                    desk,
                    transaction,
                    subject,
                    Verb.REMIND,
                    actor,
                    association=one.association.key,
                    why=why,
                )
    return count


def _due(
    agreed: Sequence[Agreement], associations: dict[str, Association], now: datetime
) -> Iterator[_Due]:
    for one in agreed:
        parties = [associations[key] for key in one.parties if key in associations]
        for association in parties:
            if ending := in_time.ending(one, when.day(now, association.time_zone)):
                partners = [each for each in parties if each.key != association.key]
                yield _Due(one, association, partners, ending)


def _stale(one: Posted, due: dict[tuple[str, str], _Due]) -> bool:
    return (one.about, one.association) not in due and in_hand(one)


def _withdrawn(one: Posted) -> bool:
    return one.state is DeliveryState.SKIPPED


def in_hand(one: Posted) -> bool:
    """Whether it did not go, and somebody may still wait for that."""
    return one.due_at is not None or one.state is DeliveryState.FAILED


def _letter(desk: Desk, due: _Due, person: Person, now: datetime) -> Posted:
    language = person.language or due.association.language
    next_ = in_time.successor(due.ending.term)
    mark = desk.keyring.mark("letter", PURPOSE, due.about, due.association.key, person.address)
    return Posted(
        purpose=PURPOSE,
        about=due.about,
        association=due.association.key,
        language=language,
        name=person.name,
        address=person.address,
        values={
            "agreement": in_language(due.agreement.names, language),
            "key": due.agreement.key,
            "partners": ", ".join(in_language(one.names, language) for one in due.partners),
            "left": str(due.ending.left),
        },
        days={"last": due.ending.last, "starts": next_.starts, "ends": next_.ends},
        message_id=f"{mark}@{due.association.list_domain}",
        written_at=now,
        due_at=now,
    )
