"""Makes `tests/old/205e8f3.json`: a database as version 205e8f3 left it, and what that did next.

It is that version at work, so it runs with that version's code and no other; never against this
tree, whose schema has moved on. From the top of this tree:

    git worktree add /tmp/old 205e8f3 && make -C /tmp/old .venv/.dev
    OLD=$PWD; cd /tmp/old && PYTHONPATH=. .venv/bin/python $OLD/tools/old_database.py \\
        > $OLD/tests/old/205e8f3.json

Keys, clock, answers and draws are fixed: run twice, it writes the same file. All people, companies
and associations in it are invented, and every address is under `.example` (RFC 2606).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.contract.fakes import OK, Clock, Scripted, Tickets

from communique import starter
from communique.desk import Desk, Policy, approving, drafting, inspecting, scheduling, subscribing
from communique.desk.sending import Sender as Worker
from communique.domain.address import parse
from communique.domain.association import (
    Agreement,
    Association,
    Brand,
    ListDefinition,
    Person,
    Sender,
    Term,
)
from communique.domain.consent import Basis
from communique.domain.log import LogFilter
from communique.domain.mail import Mail
from communique.domain.member import Entry, Member, Subscriber, SuppressionScope
from communique.domain.outcome import Deferred, Outcome, Refused, Reply, Scope, Unknown
from communique.domain.release import Audience, Edition, Filter, Kind, Release
from communique.domain.token import Key, Keyring
from communique.store import REVISION, Database
from communique.store.migrations import upgrade
from communique.store.tables import as_text, metadata
from communique.wiring.press import Press

COMMIT = "205e8f3"
PUBLIC_URL = "https://avis.fjord.example"
BATCH_SIZE = 4
OLD_KEY, NEW_KEY = (
    Key("k1", b"fjord-and-quay-in-2025" * 2),
    Key("k2", b"fjord-and-quay-in-2026" * 2),
)

FJORD = Association(
    key="fjord",
    names={"fr": "Cercle du Fjord", "en": "Fjord Circle"},
    sender=Sender(
        {"fr": "Cercle du Fjord – Avis", "en": "Fjord Circle"},
        "avis@fjord.example",
        "bureau@fjord.example",
    ),
    list_domain="avis.fjord.example",
    postal_address="12, quai des Brumes, Anse-Blanche (Québec)  G0X 0X0",
    phone="+1 418 555-0112",
    web="https://www.fjord.example",
    contact="bureau@fjord.example",
    time_zone="America/Toronto",
    languages=("fr", "en"),
    jurisdiction="CA-QC",
    brand=Brand("#17324d", "#b5572a", wordmark="Cercle du Fjord"),
    people=(
        Person("Maëlle Tremblay-Roux", "maelle@fjord.example", approves=True),
        Person("Ovide Lachapelle", "ovide@fjord.example"),
    ),
    lists=(
        ListDefinition(
            "membres",
            {"fr": "Avis aux membres", "en": "Member notices"},
            {"fr": "Ce qui concerne les membres.", "en": "What concerns members."},
            Basis.MEMBERSHIP,
        ),
        ListDefinition(
            "voisins",
            {"fr": "Nouvelles des voisins", "en": "News from next door"},
            {"fr": "Pour qui l’a demandé.", "en": "For those who asked."},
            Basis.EXPRESS,
        ),
    ),
    requires_french=True,
)
QUAY = Association(
    key="quay",
    names={"en": "Quay & Harbor Guild", "fr": "Guilde du quai et du port"},
    sender=Sender({"en": "Quay & Harbor Guild"}, "news@quay.example", "office@quay.example"),
    list_domain="news.quay.example",
    postal_address="7 Ropewalk, Suite 3, Tern Harbor, NS",
    phone="+1 902 555-0144",
    web="https://quay.example/guild",
    contact="office@quay.example",
    time_zone="America/Halifax",
    languages=("en", "fr"),
    jurisdiction="CA-NS",
    brand=Brand("#0b3d2e", "#d9a441", ink_on_primary="#fdfaf2", wordmark="Q&H"),
    people=(Person("Rosalind O’Dell", "rosalind@quay.example", approves=True),),
    lists=(
        ListDefinition(
            "members",
            {"en": "Guild letter", "fr": "Lettre de la guilde"},
            {"en": "What concerns members.", "fr": "Ce qui concerne les membres."},
            Basis.MEMBERSHIP,
        ),
        ListDefinition(
            "visitors",
            {"en": "Visitors", "fr": "Visiteurs"},
            {"en": "For those who wrote to us.", "fr": "Pour qui nous a écrit."},
            Basis.BUSINESS,
        ),
    ),
)
APPROVERS = {"fjord": "Maëlle Tremblay-Roux", "quay": "Rosalind O’Dell"}
PACT = Agreement(
    "pact",
    {"fr": "Entente des deux rives", "en": "Two Shores Agreement"},
    ("fjord", "quay"),
    (Term(date(2023, 5, 1), date(2026, 4, 30)), Term(date(2026, 5, 1), date(2029, 4, 30))),
)

# Each company, then its people: given name; family name; address; language; role; lists.
ROSTERS = {
    "fjord": (
        (
            Member("F-01", "Algues & Cie", "food", "Anse-Blanche", "company", date(2019, 2, 1)),
            """
            Éloïse; Marcoux; eloise@algues.example; fr; Présidente; membres voisins
            Jean-Noël; D’Astous; jn.dastous@algues.example; fr; ; membres
            Piper; Lang; piper+avis@algues.example; en; Sales; membres voisins
            Thi-Mai; Nguyễn; thi-mai@algues.example; fr; Recherche; membres
            """,
        ),
        (
            Member(
                "F-02", "Atelier « Brume »", "crafts", "Cap-Gris", "workshop", date(2021, 9, 15)
            ),
            """
            Zoé; Bélanger; zoe@brume.example; fr; Relieuse; membres
            Ambroise; ; ambroise@brume.example; fr; ; membres voisins
            Hugo; St-Onge; Hugo.St-Onge@brume.example; fr; Fondeur; membres
            """,
        ),
        (
            Member("F-03", "Northlight Foundry", "metal", "Cap-Gris", "company", date(2018, 1, 8)),
            """
            Conrad; Hale; conrad@northlight.example; en; Director; membres
            Simone; Œuvray; simone@northlight.example; fr; Comptabilité; membres
            Bashir; al-Amin; bashir@northlight.example; en; ; membres voisins
            Lucie; Perron; gone@northlight.example; fr; ; membres
            """,
        ),
        (
            Member("F-04", "Institut des marées", "research", "Anse-Blanche", "institution"),
            """
            Noor; Vézina; noor@marées.example; fr; Direction scientifique; membres voisins
            Gilles; Fortier-Lemay; gilles@marées.example; fr; ; voisins
            Ingrid; Solberg; ingrid@marées.example; en; Oceanographer; membres
            Yannick; Côté; yannick@marées.example; fr; ; membres
            """,
        ),
        (
            Member("F-05", "Scierie Ancienne", "wood", "Haut-Pays", until=date(2024, 3, 31)),
            """
            Odile; Garneau; odile@scierie.example; fr; ; membres
            Rémi; Garneau; remi@scierie.example; fr; ; membres voisins
            """,
        ),
    ),
    "quay": (
        (
            Member("101", "Gannet Boats, Inc.", "boats", "Tern Harbor", since=date(2017, 6, 1)),
            """
            Wren; Abbott; wren@gannet.example; en; Designer; members
            Desmond; “Dez” Pike; dez@gannet.example; en; ; members visitors
            Camille; Arsenault; camille@gannet.example; fr; Atelier; members
            Ines; Duarte; ines@gannet.example; pt; ; members
            """,
        ),
        (
            Member("102", "Saltmarsh Labs", "research", "Low Point", since=date(2022, 11, 1)),
            """
            Priya; Raman; priya@saltmarsh.example; en; Principal Investigator; members
            Étienne; Boudreau; etienne@saltmarsh.example; fr; ; members visitors
            Callum; Frye; callum@saltmarsh.example; en; ; visitors
            Maud; Ó Briain; maud@saltmarsh.example; en; Archivist; members
            """,
        ),
        (
            Member("103", "The Candle Works", "crafts", "Tern Harbor", "workshop"),
            """
            Bea; Lund; bea@candle.example; en; ; members
            Theo; Lund; theo@candle.example; en; Owner; members visitors
            Amélie; LeBlanc; amelie@candle.example; fr; ; members
            """,
        ),
        (
            Member("104", "Algues & Cie", "food", "Anse-Blanche", "partner", date(2023, 5, 1)),
            """
            Éloïse; Marcoux; eloise@algues.example; fr; Présidente; visitors
            Kit; Harrow; kit@algues.example; en; ; members
            """,
        ),
    ),
}

WINTER = Release(
    key="winter-hours",
    kind=Kind.ANNOUNCEMENT,
    parties=("quay",),
    editions=(
        Edition(
            "en",
            "Winter hours at the Ropewalk",
            "The office keeps shorter days until March.",
            "Dear {{ subscriber.name }},\n\nUntil the ice is out, the office opens **at ten** and "
            "closes at three. {{ member.name }} keeps its key.\n",
        ),
    ),
    audiences=(Audience("quay", ("members", "visitors")),),
)
SHORES = Release(
    key="two-shores",
    kind=Kind.ANNOUNCEMENT,
    parties=("fjord", "quay"),
    agreement="pact",
    link="https://www.fjord.example/deux-rives",
    editions=(
        Edition(
            "fr",
            "Les deux rives s’entendent : trois ans de plus",
            "Un même tarif, deux ports d’attache.",
            """\
*Anse-Blanche, le {{ release.date }}*

Bonjour {{ subscriber.given_name|default("à vous") }},

{{ parties|join(", ", "name", " et ") }} ont reconduit leur entente. Chez \
{{ member.name|default("vous") }}, on en profite **dès maintenant** :

- un seul tarif aux activités des deux associations;
- un établi prêté, à Cap-Gris comme à Tern Harbor;
- « une adresse où frapper », dit le protocole.

{% if association.key == "fjord" %}
## Vous passez par Tern Harbor?

Écrivez à [{{ association.contact }}](mailto:{{ association.contact }}) : la guilde attend \
{% if member.sector == "research" %}vos échantillons{% else %}votre visite{% endif %}.
{% else %}
## Vous remontez le fjord?

Le Cercle vous ouvre [son quai](https://www.fjord.example/quai).
{% endif %}
""",
        ),
        Edition(
            "en",
            "Two shores, three more years",
            "One rate, two home ports.",
            """\
*Tern Harbor, {{ release.date }}*

Hello {{ subscriber.name|default("there") }},

{{ parties|join(", ", "name", " and ") }} have renewed their agreement. At \
{{ member.name|default("your company") }} it holds **from today**:

1. one rate at both associations’ events;
2. a bench to work at, in Cap-Gris and in Tern Harbor.

> A door to knock on, as the memorandum has it.

{% if association.key == "quay" %}
## Sailing up the fjord?

Tell us at [{{ association.contact }}](mailto:{{ association.contact }}).
{% else %}
## Putting in at Tern Harbor?

The Guild waits for {% if member.sector == "metal" %}your bells{% else %}you{% endif %}.
{% endif %}
""",
        ),
    ),
    audiences=(
        Audience("fjord", ("membres", "voisins")),
        Audience("quay", ("members",), Filter(territories=("Tern Harbor", "Low Point"))),
    ),
)


def _short(key: str, french: str, english: str, **changes: Any) -> Release:
    """A release with less to say."""
    editions = (
        Edition("fr", french, "", f"{{{{ subscriber.name }}}}, voici : {french.lower()}.\n"),
        Edition("en", english, "", f"{{{{ subscriber.name }}}}, in short: {english.lower()}.\n"),
    )
    return replace(SHORES, key=key, editions=editions, **changes)


VOISINS = (Audience("fjord", ("voisins",)),)
LANTERNS = _short(
    "lanterns",
    "Nuit des lanternes",
    "Night of lanterns",
    parties=("fjord",),
    audiences=(Audience("fjord", ("membres",)),),
    agreement=None,
)
SURVEY = _short("survey", "Votre avis sur le quai", "Your view of the quay")
JUBILEE = _short("jubilee", "Dix ans d’entente", "Ten years of agreement", agreement=None)
ICE = _short(
    "ice-road",
    "La route de glace ouvre",
    "The ice road opens",
    parties=("fjord",),
    audiences=VOISINS,
    agreement=None,
)
NOTES = _short("notes", "Brouillon", "A draft", audiences=VOISINS)

ANSWERS: dict[str, Outcome] = {  # to the first try in spring; from then on, everybody takes it
    "thi-mai@algues.example": Deferred(
        "mailbox full", Scope.RECIPIENT, Reply(452, "4.2.2", "Mailbox full"), asked=True
    ),
    "dez@gannet.example": Unknown("the connection was lost after the content"),
    "bashir@northlight.example": Refused(
        "not wanted here", Scope.RECIPIENT, Reply(550, "5.7.1", "Not wanted here"), asked=True
    ),
    "gone@northlight.example": Refused(
        "no such user", Scope.RECIPIENT, Reply(550, "5.1.1", "No such user"), hard=True, asked=True
    ),
}


@dataclass
class Old:
    """The old desk, and what it has sent."""

    desk: Desk
    clock: Clock
    transport: Scripted
    worker: Worker
    engine: Tickets = field(default_factory=Tickets)
    seen: int = 0

    def at(self, instant: str) -> None:
        """Set the clock, in UTC."""
        self.clock.at = datetime.fromisoformat(instant).replace(tzinfo=UTC)

    async def approved(self, release: Release, send_at: str, **how: Any) -> None:
        """File, submit, schedule, and have every party say yes."""
        await drafting.file(self.desk, release)
        await drafting.submit(self.desk, release.key)
        await scheduling.schedule(self.desk, release.key, send_at, **how)
        for party in release.parties:
            self.clock.forward(minutes=5)
            await approving.approve(self.desk, release.key, party, APPROVERS[party])

    async def pick_up(self) -> None:
        """Pick up what is due."""
        await scheduling.pick_up(self.desk, self.engine)

    async def work(self, *batches: int) -> None:
        """Work what is due, or of that these batches only."""
        async with self.desk.store.read() as transaction:
            tickets = await transaction.batches.unfinished(self.clock.now())
        for ticket in tickets:
            if not batches or ticket.batch in batches:
                self.clock.forward(seconds=2)
                await self.worker.work(ticket)
        await self.worker.look_up()

    def sent(self) -> list[dict[str, Any]]:
        """The mails since this was last asked."""
        mails, self.seen = self.transport.mails[self.seen :], len(self.transport.mails)
        return [_mail(one) for one in mails]


def _mail(mail: Mail) -> dict[str, Any]:
    message = message_from_bytes(mail.content)
    return {
        "recipient": mail.recipient,
        "sender": mail.sender,
        "message_id": message["Message-ID"],
        "sha256": hashlib.sha256(mail.content).hexdigest(),
        "content": mail.content.decode("ascii").split("\r\n"),
    }


def _thin(mails: list[dict[str, Any]], each: int) -> list[dict[str, Any]]:
    """The mails with the content of the first few of each list and language; the rest by hash."""
    kept: dict[tuple[str, str], int] = {}
    for one in mails:
        language = next(line for line in one["content"] if line.startswith("Content-Language:"))
        kind = (one["sender"].rpartition("@")[2], language)
        kept[kind] = kept.get(kind, 0) + 1
        if kept[kind] > each:
            del one["content"]
    return mails


def _entries(association: str) -> list[Entry]:
    entries: list[Entry] = []
    for member, people in ROSTERS[association]:
        for line in people.strip().splitlines():
            given, family, address, language, role, lists = map(str.strip, line.split(";"))
            person = Subscriber(parse(address), given, family, language, role)
            entries.append(Entry(len(entries) + 2, member, person, tuple(lists.split())))
    return entries


async def _link(desk: Desk, association: str, list_key: str, address: str) -> list[str]:
    """The token of an unsubscribe link, and what it stands for."""
    contact = await subscribing.subscriber(desk, association, address)
    assert contact is not None  # noqa: S101 - everybody asked for is in the rosters
    token = desk.keyring.sign("unsubscribe", association, list_key, contact.id)
    return [token, association, list_key, address]


async def _admit(old: Old) -> list[list[str]]:
    """The first months: people, a release in winter, and what they said. Links sent then."""
    old.at("2025-11-03T14:00")
    await subscribing.sync(old.desk, [FJORD, QUAY], [replace(PACT, terms=PACT.terms[:1])])
    for association in ROSTERS:
        entries = _entries(association)
        await subscribing.import_entries(old.desk, association, [], entries, "members.csv")
    old.at("2025-11-20T15:00")
    await old.approved(WINTER, "2025-11-21T09:00")
    old.at("2025-11-21T13:00")
    await old.pick_up()
    await old.work()
    return [
        await _link(old.desk, "quay", "members", "wren@gannet.example"),
        await _link(old.desk, "quay", "visitors", "callum@saltmarsh.example"),
        await _link(old.desk, "fjord", "voisins", "remi@scierie.example"),
    ]


async def _said(old: Old) -> None:
    """What people and the desk said since."""
    said = (
        ("2025-12-02T18:20", "quay", "members", "bea@candle.example", SuppressionScope.ALL),
        ("2026-01-09T02:11", "fjord", "voisins", "eloise@algues.example", SuppressionScope.LIST),
        (
            "2026-02-14T12:00",
            "fjord",
            "membres",
            "conrad@northlight.example",
            SuppressionScope.JOINT,
        ),
        ("2026-03-01T12:00", "fjord", "membres", "yannick@marées.example", SuppressionScope.LIST),
    )
    for at, association, list_key, address, scope in said:
        old.at(at)
        token, *_ = await _link(old.desk, association, list_key, address)
        await subscribing.unsubscribe(old.desk, token, scope, "one-click")
    await subscribing.suppress(old.desk, "quay", "stranger@candle.example", "desk: by telephone")
    old.at("2026-05-01T12:00")
    await subscribing.sync(old.desk, [FJORD, QUAY], [PACT])


async def _announce(old: Old) -> None:
    """Every other release as far as it has come when the old version stops."""
    old.at("2026-01-20T15:00")  # nothing ran at its hour
    await old.approved(ICE, "2026-01-22T09:00")
    old.at("2026-01-22T19:00")
    await old.pick_up()
    await _said(old)
    old.at("2026-05-01T15:00")
    await drafting.file(old.desk, NOTES)
    await old.approved(JUBILEE, "2031-01-15T09:00", wall=True, deliver_by="2031-01-17T09:00")
    old.at("2026-05-02T14:00")  # sent back once, and edited
    await drafting.file(old.desk, SURVEY)
    await drafting.submit(old.desk, SURVEY.key)
    old.clock.forward(hours=1)
    await approving.reject(old.desk, SURVEY.key, "quay", APPROVERS["quay"], "Name the quay.")
    await drafting.file(old.desk, replace(SURVEY, link="https://quay.example/survey"))
    await drafting.submit(old.desk, SURVEY.key)
    await scheduling.schedule(old.desk, SURVEY.key, "2026-06-15T10:30")
    old.clock.forward(hours=1)
    await approving.approve(old.desk, SURVEY.key, "fjord", APPROVERS["fjord"], "Lu et approuvé.")
    await old.approved(LANTERNS, "2026-05-03T09:00")
    old.at("2026-05-03T13:00")
    await old.pick_up()
    await old.work(1, 3)
    await scheduling.pause(old.desk, LANTERNS.key, "The boats are late.")
    await old.approved(SHORES, "2026-05-04T09:00")
    old.at("2026-05-04T13:00")
    await old.pick_up()
    old.sent()
    await old.work(1, 3, 5)


async def _shown(old: Old) -> dict[str, Any]:
    """What the old desk shows of all this."""
    releases = {}
    for release, _ in reversed(await inspecting.releases(old.desk)):
        seen = await inspecting.standing(old.desk, release.key)
        releases[release.key] = {
            "state": release.state,
            "reason": release.reason and str(release.reason),
            "sums": dict(seen.summary.states),
            "skipped": dict(seen.summary.skipped),
            "open": seen.summary.open,
            "missing": seen.missing,
            "counting": [[one.association, one.person, one.word] for one in seen.counting],
            "history": [
                [one.verb, one.state, _plain(one.at), str(one.detail)] for one in seen.history
            ],
        }
    lines = [
        [one.release, one.association, one.address, one.state, one.reason, one.attempts, one.code]
        async for one in inspecting.lines(old.desk, LogFilter())
    ]
    contacts = [
        [
            one.association,
            one.address,
            one.name,
            one.lists,
            [[reach.scope, reach.reason, reach.list_key] for reach in one.suppressions],
        ]
        for association in ROSTERS
        async for one in subscribing.subscribers(old.desk, association)
    ]
    return {"releases": releases, "lines": lines, "contacts": contacts}


async def _tables(database: Database) -> dict[str, Any]:
    found = {}
    async with database.read() as transaction:
        for table in metadata.sorted_tables:
            query = select(table).order_by(*table.primary_key.columns)
            rows = await transaction.connection.execute(query)
            found[table.name] = {
                "columns": [column.name for column in table.columns],
                "rows": [
                    # How long an attempt took is the one thing that no clock of ours says.
                    [0.25 if name == "seconds" else _plain(value) for name, value in row.items()]
                    for row in rows.mappings()
                ],
            }
    return found


def _plain(value: Any) -> Any:
    """A value as JSON has it; instants as SQLite keeps them."""
    if isinstance(value, datetime):
        return as_text(value)
    return value.isoformat() if isinstance(value, date) else value


async def _go_on(old: Old) -> dict[str, Any]:
    """What the old version sends from here on: the new one is to send the same.

    `at` are the instants at which it picks up what is due, and works it.
    """
    old.transport.answer = lambda _: OK
    then: dict[str, Any] = {}

    async def finish(key: str, *instants: str) -> None:
        at = []
        for instant in instants:
            old.at(instant)
            at.append(_plain(old.clock.now()))
            await old.pick_up()
            await old.work()
        summary = (await inspecting.standing(old.desk, key)).summary
        mails = _thin(old.sent(), 1 if key in (SHORES.key, SURVEY.key) else 0)
        then[key] = {"at": at, "sums": dict(summary.states), "mails": mails}

    await finish(SHORES.key, "2026-05-04T15:00")
    await scheduling.resume(old.desk, LANTERNS.key)
    await finish(LANTERNS.key, "2026-05-04T16:00")
    await approving.approve(old.desk, SURVEY.key, "quay", APPROVERS["quay"])
    await finish(SURVEY.key, "2026-06-15T14:30")
    await finish(JUBILEE.key, "2031-01-15T13:00", "2031-01-15T14:00")
    return then


def _written(value: Any, indent: str = "") -> str:
    """JSON for people who compare: a row a line, a long message a line a line."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(flat) <= 120:
        return flat
    deeper = indent + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_written(one, deeper)}" for key, one in value.items()]
        return "{\n" + ",\n".join(deeper + one for one in parts) + f"\n{indent}}}"
    if len(flat) <= 2000 and not any(isinstance(one, list | dict) for one in value):
        return flat
    return "[\n" + ",\n".join(deeper + _row(one, deeper) for one in value) + f"\n{indent}]"


def _row(value: Any, indent: str) -> str:
    """A row of a table is one line, however long."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return _written(value, indent)


async def _make(home: Path) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{home / 'old.sqlite'}"
    starter.begin(home / "desk")
    upgrade(url)
    database, clock = Database(url), Clock(datetime(2025, 11, 3, tzinfo=UTC))
    transport = Scripted()
    desk = Desk(
        store=database,
        press=Press(home / "desk" / "templates"),
        keyring=Keyring((OLD_KEY,)),
        clock=clock,
        transports={"default": transport},
        policy=Policy(batch_size=BATCH_SIZE, public_url=PUBLIC_URL),
    )
    links = await _admit(Old(desk, clock, transport, Worker(desk)))
    desk = replace(desk, keyring=Keyring((NEW_KEY, OLD_KEY)))  # a key was put in front since
    old = Old(desk, clock, transport, Worker(desk), seen=len(transport.mails))
    transport.answer = lambda mail: ANSWERS.get(mail.recipient, OK)
    await _announce(old)
    links.append(await _link(desk, "fjord", "membres", "piper+avis@algues.example"))
    before = {
        "commit": COMMIT,
        "revision": REVISION,
        "stopped_at": _plain(clock.now()),
        "keys": " ".join(f"{one.id}:{one.secret.hex()}" for one in desk.keyring.keys),
        "public_url": PUBLIC_URL,
        "batch_size": BATCH_SIZE,
        "links": links,
        "tables": await _tables(database),
        "shown": await _shown(old),
        "sent": _thin(old.sent(), 0),
    }
    after = await _go_on(old)
    await database.close()
    return before | {"then": after}


def main() -> None:
    """Write the old database to standard output."""
    if REVISION != "0001":
        sys.exit(f"this needs the code of {COMMIT}; see the first lines of {Path(__file__).name}")
    random.seed(8)  # draws the jitter of retries
    with tempfile.TemporaryDirectory() as folder:
        made = asyncio.run(_make(Path(folder)))
    print(_written(made))


if __name__ == "__main__":
    main()
