"""People as the desk's pages show them: some said no, lapsed, moved or bounced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

from tests.contract.desks import LICHEN, Office, entry

from communique.desk import consenting, correcting
from communique.domain.actor import OPERATOR, SERVICE
from communique.domain.address import parse
from communique.domain.consent import Extent
from communique.domain.member import Cause, Entry, Member, Subscriber, Suppression
from communique.roster.uploads import Answers, Uploads
from communique.web.desk.taking import Imports

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


SHEET = """No de membre;Entreprise;Secteur;Prénom;Nom;Courriel;Langue;Fax
Q-0094;Protéines du Fleuve;proteins;Julie-Anne;Tremblay;julie@fleuve.example;F;418 555-0102
Q-0094;Protéines du Fleuve;proteins;Réjean;Ouellet;rejean@fleuve.example;F;
Q-0188;Clinique Vallée-Verte;;Owen;Bradley;owen@vallee.example;A;418 555-0103
Q-0500;Boréal;advanced materials;Nina;Côté;nina@boreal.example;F;418 555-0144
Q-0500;Boréal;advanced materials;Omar;Diallo;omar@boreal;F;418 555-0145
Q-0501;Serre du Nord;;Grace;Liu;grace@serre.example, info@serre.example;A;
Q-0502;Institut Hertel;;Bao;Nguyen;bao.nguyen.hertel.example;F;
Q-0094;Protéines du Fleuve;proteins;Zoé-Anne;Roy;zoe.roy@mousse.example;F;
"""
NEW, CHECKED, DONE = "a" * 24, "b" * 24, "c" * 24


async def upload(office: Office) -> None:
    """A file at each of the steps, each under a key that a picture knows."""
    kept = Uploads(office.home / "uploads")
    for key, steps in ((NEW, ()), (CHECKED, (False,)), (DONE, (False, True))):
        file = BytesIO(SHEET.encode())
        made = kept.keep("harfang", "membres-2027.csv", file, "Ève Côté", office.clock.now())
        folder = office.home / "uploads" / "harfang"
        (folder / made.key).rename(folder / key)
        made = replace(made, key=key, answers=Answers(("members",)))
        kept.write(made)
        for earnest in steps:
            imports = Imports(office.desk, kept)
            imports.start(OPERATOR, kept.get("harfang", key), earnest=earnest)
            running = imports.running(made)
            if running and running.task:
                await running.task
