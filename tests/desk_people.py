"""People as the desk's pages show them: some said no, lapsed, moved or bounced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.contract.desks import LICHEN, Office, entry

from communique.desk import consenting, correcting
from communique.domain.actor import OPERATOR, SERVICE
from communique.domain.address import parse
from communique.domain.consent import Extent
from communique.domain.member import Cause, Entry, Member, Subscriber, Suppression

RIVER = Member("Q-0094", "Protéines du Fleuve", "proteins", "QC", "company", date(2019, 1, 1))
GONE = replace(LICHEN, reference="Q-0188", name="Clinique Vallée-Verte", until=date(2024, 12, 31))
JULIE, ZOE, OWEN = "julie@fleuve.example", "zoe.roy@mousse.example", "owen@vallee.example"
REJEAN, PAUL, ADA = "rejean@fleuve.example", "paul@fleuve.example", "ada@fleuve.example"


def person(
    address: str, given: str, family: str, *lists: str, language: str = "fr", of: Member = RIVER
) -> Entry:
    """A line of a roster about somebody who has both names."""
    known = entry(address, *lists, member=of, since=date(2025, 3, 3))
    someone = Subscriber(parse(address), given, family, language, "Direction")
    return replace(known, subscriber=someone)


async def fill(office: Office) -> None:
    """Six people whom somebody can ask about, each standing otherwise."""
    await office.admit(
        "harfang",
        person(JULIE, "Julie", "Tremblay", "members", "partners"),
        person("zoe@ancien.example", "Zoé-Anne", "Roy", "members"),
        person(OWEN, "Owen", "Bradley", "members", language="en", of=GONE),
        person(REJEAN, "Réjean", "Ouellet", "members"),
        person(PAUL, "Paul", "Œuvray", "members"),
        person(ADA, "Ada", "Núñez", "partners"),
    )
    desk = office.desk
    await correcting.move(desk, OPERATOR, "harfang", "zoe@ancien.example", ZOE)
    await consenting.leave(
        desk, OPERATOR, "harfang", JULIE, "by telephone, 12 May", Extent.LIST, "partners"
    )
    await consenting.leave(desk, OPERATOR, "harfang", PAUL, "a letter", Extent.ALL)
    async with office.database.begin() as transaction:
        bounced = Suppression(
            "harfang", REJEAN, Cause.HARD_BOUNCE, "550 5.1.1 no such user at RCPT TO"
        )
        await consenting.say_no(desk, transaction, bounced, SERVICE)
