"""Releases in every state, as the desk's pages show them: Harfang's own, and some with Massif."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from tests.contract.desks import APPROVERS, NOW, SPRING, Office, entry
from tests.contract.fakes import OK

from communique.desk import approving, drafting, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.outcome import Answer, Deferred, Refused, Scope, Unknown
from communique.domain.release import Audience, Edition, Release
from communique.ports import Outgoing

FR = """Du 21 au 23 septembre, Harfang et Massif accompagnent à Boston trente entreprises d’ici.

## Ce que vous y trouvez

{visits} visites en trois jours, par groupes de dix.

Un bureau à Cambridge pendant tout le séjour, au tarif des membres.

## Ce qu’il vous en coûte

Les frais sont de {fee} $ par personne, hébergement compris.
"""
EN = """From 21 to 23 September, Harfang and Massif take thirty companies to Boston.

## What you will find

{visits} visits in three days, in groups of ten.

A desk in Cambridge for the whole stay, at the member rate.

## What it costs

The fee is ${fee} a person, lodging included.
"""
SMALL = "Bonjour {{ subscriber.name }}.\n\nÀ bientôt.\n"
SMALL_EN = "Hello {{ subscriber.name }}.\n\nSee you soon.\n"
HEAR: Mapping[str, Answer] = {
    "p3@lichen.example": Refused("550 5.1.1 at RCPT TO", Scope.RECIPIENT, hard=False),
    "p5@lichen.example": Refused("550 5.1.1 at RCPT TO", Scope.RECIPIENT, hard=False),
    "p7@lichen.example": Unknown("no reply after the content"),
}
BUSY: Mapping[str, Answer] = {
    f"p{n}@lichen.example": Deferred("452 4.2.2 mailbox full", Scope.RECIPIENT, asked=True)
    for n in range(8, 12)
}


def mission(
    visits: tuple[str, str] = ("Huit", "Eight"), fee: tuple[str, str] = ("1 650", "1,650")
) -> Release:
    """What both announce; the text differs with the visits and the fee."""
    french = FR.format(visits=visits[0], fee=fee[0])
    english = EN.format(visits=visits[1], fee=fee[1])
    return replace(
        SPRING,
        key="mission-boston",
        editions=(
            Edition("fr", "Mission à Boston : il reste douze places", "En septembre.", french),
            Edition("en", "Mission to Boston: twelve places left", "In September.", english),
        ),
        link="https://www.harfang.example/boston",
    )


def alone(key: str, french: str, english: str) -> Release:
    """What Harfang announces by itself."""
    return replace(
        mission(),
        key=key,
        parties=("harfang",),
        audiences=(Audience("harfang", ("members",)),),
        editions=(
            Edition("fr", french, "En bref.", SMALL),
            Edition("en", english, "In short.", SMALL_EN),
        ),
    )


async def admit(office: Office) -> None:
    """Twenty-four read Harfang's, a quarter of them in English; Massif has three."""
    ours = [
        entry(f"p{n}@lichen.example", language="fr" if n % 4 else "en", name=f"Pia{n}")
        for n in range(24)
    ]
    await office.admit("harfang", *ours)
    await office.admit("massif", *(entry(f"m{n}@rock.example", language="en") for n in range(3)))


async def submitted(office: Office, release: Release, at: str = "") -> Release:
    """Handed in, with an hour if it is given one."""
    await drafting.file(office.desk, OPERATOR, release)
    await drafting.submit(office.desk, OPERATOR, release.key)
    if at:
        await scheduling.schedule(office.desk, OPERATOR, release.key, at, beyond_term=True)
    return await office.release(release.key)


async def approve(office: Office, key: str, *parties: str) -> None:
    """Have these parties say yes, in the name of those who may."""
    for party in parties:
        await approving.approve(office.desk, OPERATOR, key, party, APPROVERS[party])


async def send(office: Office, release: Release, hears: Mapping[str, Answer]) -> None:
    """Send it now; some of its readers' servers answer otherwise than with a yes."""

    def answer(mail: Outgoing) -> Answer:
        return hears.get(mail.recipient, OK)

    office.transport.answer = answer
    await office.approved(release)
    await office.pick_up()
    await office.work()


async def fill(office: Office) -> None:
    """A release in each state."""
    clock, schedule = office.clock, scheduling.schedule
    clock.at = NOW - timedelta(days=3)
    await admit(office)
    clock.at = NOW - timedelta(days=2)
    await send(office, alone("bulletin", "Bulletin du printemps", "Spring bulletin"), HEAR)
    await drafting.file(office.desk, OPERATOR, alone("picnic", "Pique-nique", "Picnic"))
    await scheduling.cancel(office.desk, OPERATOR, "picnic", "It rains.")
    clock.at = NOW - timedelta(hours=5)
    await office.approved(alone("lab-week", "Semaine des laboratoires", "Lab week"))
    clock.at = NOW - timedelta(hours=2)
    await office.pick_up()  # too late for that one
    clock.at = NOW - timedelta(minutes=6)
    june = alone("advantages", "Avantages de juin", "June advantages").editions
    await send(office, replace(mission(), key="advantages", editions=june), BUSY)
    survey = alone("survey", "Sondage", "Survey")
    await send(office, survey, BUSY)
    await scheduling.pause(office.desk, OPERATOR, "survey", "A link leads nowhere.")
    clock.at = NOW
    await drafting.file(
        office.desk, OPERATOR, alone("autumn", "Cahier d’automne", "Autumn notebook")
    )
    await submitted(
        office, alone("capital", "Journée de la capitale", "Capital day"), "2027-06-18 08:30"
    )
    await approve(office, "capital", "harfang")
    await submitted(office, alone("breakfast", "Déjeuner réglementaire", "Regulatory breakfast"))
    await approve(office, "breakfast", "harfang")
    await submitted(office, mission(), "2027-06-09 09:00")
    await approve(office, "mission-boston", "harfang", "massif")
    edited = mission(("Neuf", "Nine"), ("1 450", "1,450"))
    await submitted(office, edited)
    await schedule(office.desk, OPERATOR, "mission-boston", "2027-06-09 09:00", beyond_term=True)
    await approve(office, "mission-boston", "massif")
