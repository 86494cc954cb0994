"""Frozen content for the tests of rendering: small templates, two associations, one reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from communique.domain.mail import Marks, Reader
from communique.domain.release import Audience, Content, Edition, Kind, Release, freeze
from communique.rendering import prepare

DATE = datetime(2019, 6, 1, 3, tzinfo=UTC)  # still 31 May in Toronto

READER = Reader(
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
MARKS = Marks(
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


def association(key: str, name: str) -> dict[str, Any]:
    """A declared association, as a frozen document holds it."""
    return {
        "key": key,
        "names": {"fr": name, "en": name},
        "sender": {
            "names": {"fr": f"{name} (avis)", "en": f"{name} (news)"},
            "address": f"news@{key}.example",
            "reply_to": f"info@{key}.example",
        },
        "list_domain": f"lists.{key}.example",
        "postal_address": "1 rue de l’Essai",
        "phone": "+1 514 555-0100",
        "web": f"https://www.{key}.example/",
        "contact": f"info@{key}.example",
        "time_zone": "America/Toronto",
        "languages": ["fr", "en"],
        "jurisdiction": "CA-QC",
        "brand": {"primary": "#112233", "accent": "#445566"},
        "lists": [
            {
                "key": "members",
                "names": {"fr": "Avis aux membres", "en": "Member notices"},
                "purposes": {"fr": "…", "en": "…"},
                "basis": "membership",
            }
        ],
    }


def frozen(
    body: str = "Corps.",
    *,
    subject: str = "Objet",
    templates: Mapping[str, str] | None = None,
    language: str = "fr",
    parties: tuple[str, ...] = ("north", "south"),
) -> Content:
    """The content of a release with one edition, its templates changed as told."""
    release = Release(
        key="memo",
        kind=Kind.ANNOUNCEMENT,
        parties=parties,
        editions=(Edition(language, subject, "Aperçu", body),),
        audiences=tuple(Audience(party, ("members",)) for party in parties),
        link="https://www.north.example/memo",
    )
    names = {"north": "Nord", "south": "Sud"}
    return freeze(
        release,
        [association(key, names[key]) for key in parties],
        {**TEMPLATES, **(templates or {})},
    )


def html(content: Content, reader: Reader = READER, to: str = "north") -> str:
    """The HTML that a reader of association `to` gets."""
    language = content.load()["editions"][0]["language"]
    return prepare(content, to, language, DATE).render(reader, MARKS).html


def text(content: Content, reader: Reader = READER, to: str = "north") -> str:
    """The plain text that a reader of association `to` gets."""
    language = content.load()["editions"][0]["language"]
    return prepare(content, to, language, DATE).render(reader, MARKS).text
