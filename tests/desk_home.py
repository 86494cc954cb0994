"""What Home shows: something that waits, goes, comes and went wrong, at two associations."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.desks import ENGLISH, FRENCH, SPRING, Office, entry
from tests.contract.fakes import OK

from communique.desk import approving, drafting, scheduling
from communique.domain.account import permitted
from communique.domain.actor import OPERATOR, Actor, ActorKind
from communique.domain.association import Role
from communique.domain.outcome import Answer, Deferred, Refused, Reply, Scope, Unknown
from communique.domain.release import Audience, Release
from communique.ports import Outgoing

PEOPLE = 140  # at Harfang
GONE = ("b3@lichen.example", "b4@lichen.example", "b5@lichen.example")
FULL = ("b6@lichen.example", "b7@lichen.example")
LOST = "b8@lichen.example"


def release(key: str, french: str, english: str, *parties: str) -> Release:
    """A release to the members of these associations, Harfang's alone if of none."""
    of = parties or ("harfang",)
    return replace(
        SPRING,
        key=key,
        parties=of,
        editions=(replace(FRENCH, subject=french), replace(ENGLISH, subject=english)),
        audiences=tuple(Audience(one, ("members",)) for one in of),
        link=f"https://www.harfang.example/{key}",
    )


def answer(mail: Outgoing) -> Answer:
    """A relay that knows most of Harfang's people."""
    if mail.recipient in GONE:
        reply = Reply(550, "5.1.1", "No such user here")
        return Refused("550 5.1.1 No such user here", Scope.RECIPIENT, reply)
    if mail.recipient in FULL:
        reply = Reply(452, "4.2.2", "Mailbox full")
        return Deferred("452 4.2.2 Mailbox full", Scope.RECIPIENT, reply=reply)
    if mail.recipient == LOST:
        return Unknown("the connection broke before the reply")
    return OK


async def fill(office: Office) -> None:
    """Have something in every part of every page."""
    await office.admit("harfang", *(entry(f"b{n}@lichen.example") for n in range(PEOPLE)))
    await office.admit(
        "massif", *(entry(f"m{n}@granite.example", language="en") for n in range(60))
    )
    office.transport.answer = answer
    both = ("harfang", "massif")

    await office.approved(
        release("bulletin", "Bulletin du printemps", "Spring bulletin"), "in 10 minutes"
    )
    await office.picked_up(release("laboratoires", "Semaine des laboratoires", "Lab safety week"))
    await office.work()
    office.clock.forward(hours=2)
    await office.pick_up()  # the bulletin has missed its hour

    june = release("avantages", "Avantages de juin", "June advantages", *both)
    tickets = await office.picked_up(june)
    sender = office.sender()
    for ticket in tickets:
        if ticket.association == "harfang":
            await sender.work(ticket)

    asked = release("boston", "Mission à Boston 2027", "Mission to Boston 2027", *both)
    await submitted(office, asked, "2027-06-09 09:00")
    capital = release("ottawa", "Journée à Ottawa", "Capital day in Ottawa", *both)
    await submitted(office, capital, "2027-06-18 08:30")
    await approving.approve(office.desk, OPERATOR, "ottawa", "harfang", "Aude Roy")
    places = release("dejeuner", "Déjeuner : il reste des places", "Breakfast: places left")
    await office.approved(places, "2027-06-04 11:00")
    await drafting.file(
        office.desk, OPERATOR, release("rapport", "Rapport annuel", "Annual report")
    )


async def submitted(office: Office, one: Release, send_at: str) -> None:
    """A release under review, with an hour."""
    eve = Actor(ActorKind.PERSON, "Ève Côté", 2, {"harfang": permitted([Role.EDITOR])})
    await drafting.file(office.desk, OPERATOR, one)
    await scheduling.schedule(office.desk, OPERATOR, one.key, send_at, beyond_term=True)
    await drafting.submit(office.desk, eve, one.key)
