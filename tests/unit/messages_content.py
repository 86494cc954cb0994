"""Frozen content for the tests of messages: small templates, two associations, one reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from communique.domain.association import Association, Brand, ListDefinition, Sender
from communique.domain.consent import Basis
from communique.domain.content import Frozen, Variant, freeze
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.release import Audience, Edition, Release
from communique.messages.mime import plain_text
from communique.messages.render import prepare

DATE = datetime(2019, 6, 1, 3, tzinfo=UTC)  # still 31 May in Toronto

READER = Recipient(
    address="noemie@biologiques.example",
    given_name="Noémie",
    family_name="L’Écuyer",
    language="fr",
    role="Directrice",
    member="Biologiques & Fils",
    sector="Thérapeutique",
    territory="Québec",
    kind="company",
    list_key="members",
)
ELSEWHERE = READER._replace(given_name="Amara", territory="Massachusetts", member="Assays <Inc>")
MARKS = MessageIdentity(
    message_id="abc@lists.example",
    unsubscribe_url="https://desk.example/u/1.2.abc",
    envelope_sender="bounce@desk.example",
)

TEMPLATES = {
    "_base/subject.txt": "{{ edition.subject }}",
    "_base/body.txt": "{{ edition.body }}",
    "_base/body.html": "{{ edition.body }}",
    "announcement/subject.txt": '{% extends "_base/subject.txt" %}',
    "announcement/body.txt": '{% extends "_base/body.txt" %}',
    "announcement/body.html": '{% extends "_base/body.html" %}',
}


def association(key: str, name: str) -> Association:
    """A declared association."""
    return Association(
        key=key,
        names={"fr": name, "en": name},
        sender=Sender(
            {"fr": f"{name} (avis)", "en": f"{name} (news)"},
            f"news@{key}.example",
            f"info@{key}.example",
        ),
        list_domain=f"lists.{key}.example",
        postal_address="1 rue de l’Essai",
        phone="+1 514 555-0100",
        web=f"https://www.{key}.example/",
        contact=f"info@{key}.example",
        time_zone="America/Toronto",
        languages=("fr", "en"),
        jurisdiction="CA-QC",
        brand=Brand("#112233", "#445566"),
        lists=(
            ListDefinition(
                "members",
                {"fr": "Avis aux membres", "en": "Member notices"},
                {"fr": "…", "en": "…"},
                Basis.MEMBERSHIP,
            ),
        ),
    )


def frozen(
    body: str = "Corps.",
    *,
    subject: str = "Objet",
    preheader: str = "Aperçu",
    templates: Mapping[str, str] | None = None,
    language: str = "fr",
    parties: tuple[str, ...] = ("north", "south"),
) -> Frozen:
    """The content of a release with one edition, its templates changed as told."""
    release = Release(
        key="memo",
        kind="announcement",
        parties=parties,
        editions=(Edition(language, subject, preheader, body),),
        audiences=tuple(Audience(party, ("members",)) for party in parties),
        link="https://www.north.example/memo",
    )
    names = {"north": "Nord", "south": "Sud"}
    return freeze(
        release,
        [association(key, names[key]) for key in parties],
        {**TEMPLATES, **(templates or {})},
    ).read()


def variant(content: Frozen, to: str = "north", date: datetime = DATE) -> Variant:
    """What its readers at association `to` share, in the language of its one edition."""
    return Variant(content, to, content.editions[0].language, date)


def html(content: Frozen, reader: Recipient = READER, to: str = "north") -> str:
    """The HTML that a reader of association `to` gets."""
    return plain_text(prepare(variant(content, to)).render(reader, MARKS).html)


def text(content: Frozen, reader: Recipient = READER, to: str = "north") -> str:
    """The plain text that a reader of association `to` gets."""
    return plain_text(prepare(variant(content, to)).render(reader, MARKS).text)
