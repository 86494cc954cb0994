"""What a new edition says before anybody wrote it, and how it is known again: no member gets it."""

from __future__ import annotations

from typing import NamedTuple

from communique.domain.release import Edition


class Skeleton(NamedTuple):
    """The texts to replace."""

    subject: str
    preheader: str
    body: str


_SKELETONS = {
    "fr": Skeleton(
        "Objet de l’annonce",
        "Une phrase que la boîte de réception montre après l’objet.",
        """Écrivez ici ce que vous annoncez, en Markdown.

{% if member.territory == "Montréal" %}
Ce paragraphe n’est envoyé qu’aux membres de Montréal.
{% endif %}
""",
    ),
    "en": Skeleton(
        "Subject of the announcement",
        "One sentence that the inbox shows after the subject.",
        """Write here what you announce, in Markdown.

{% if member.territory == "Cambridge" %}
This paragraph goes to members in Cambridge only.
{% endif %}
""",
    ),
}


def skeleton(language: str) -> Skeleton:
    """What an edition in that language begins with."""
    return _SKELETONS.get(language, _SKELETONS["en"])


def unwritten(edition: Edition) -> tuple[str, ...]:
    """The parts of an edition that are still the skeleton's, wholly or in a line."""
    begun = skeleton(edition.language)
    lines = {one.strip() for one in edition.body.splitlines()} - {""}
    # Its tags stay in use; its sentences are nobody's.
    sentences = {one for one in begun.body.splitlines() if one and not one.startswith("{%")}
    parts = {
        "subject": edition.subject == begun.subject,
        "preheader": edition.preheader == begun.preheader,
        "body": bool(lines & sentences),
    }
    return tuple(part for part, still in parts.items() if still)
