"""What a new edition says before anybody wrote it, and how it is known again: no member gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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

# Of what is announced of an activity later, where it is changed and where it is called off: what
# its subject begins with, which an inbox shows before all else, and what is to be written.
_SEQUELS: Mapping[str, Mapping[bool, Skeleton]] = {
    "fr": {
        False: Skeleton(
            "Modifié : ",
            "Une phrase qui dit ce qui a changé.",
            "Écrivez ici ce qui a changé, et corrigez ce qui suit.",
        ),
        True: Skeleton(
            "Annulé : ",
            "Une phrase qui dit que l’activité n’aura pas lieu.",
            "Écrivez ici que l’activité n’aura pas lieu, pourquoi, et ce que deviennent les "
            "inscriptions.",
        ),
    },
    "en": {
        False: Skeleton(
            "Changed: ",
            "One sentence that says what has changed.",
            "Write here what has changed, and correct what follows.",
        ),
        True: Skeleton(
            "Cancelled: ",
            "One sentence that says that the activity will not take place.",
            "Write here that the activity will not take place, why, and what becomes of whoever "
            "registered.",
        ),
    },
}


TITLE = "calendar"  # the field of an edition that says what calendars call an activity


def skeleton(language: str) -> Skeleton:
    """What an edition in that language begins with."""
    return _SKELETONS.get(language, _SKELETONS["en"])


def sequel(edition: Edition, *, called_off: bool, titled: bool = False) -> Edition:
    """How an edition begins that changes what this one announced, or calls it off.

    Its subject says which at once; in calendars, where it can be titled, it is called as before. Of
    one that calls off, nothing stays that still invites.
    """
    sequels = _SEQUELS.get(edition.language, _SEQUELS["en"])
    begun, subject = sequels[called_off], edition.subject
    for one in sequels.values():
        subject = subject.removeprefix(one.subject)
    fields = edition.fields
    if titled and "{" not in subject:
        fields = {TITLE: subject, **fields}
    return replace(
        edition,
        fields=fields,
        subject=f"{begun.subject}{subject}",
        preheader=begun.preheader,
        body=f"{begun.body}\n" if called_off else f"{begun.body}\n\n{edition.body}",
    )


def unwritten(edition: Edition) -> tuple[str, ...]:
    """The parts of an edition that are still the skeleton's, wholly or in a line."""
    begun = skeleton(edition.language)
    sequels = _SEQUELS.get(edition.language, _SEQUELS["en"]).values()
    lines = {one.strip() for one in edition.body.splitlines()} - {""}
    # Its tags stay in use; its sentences are nobody's.
    sentences = {one for one in begun.body.splitlines() if one and not one.startswith("{%")}
    sentences |= {one.body for one in sequels}
    parts = {
        "subject": edition.subject == begun.subject,
        "preheader": edition.preheader in {one.preheader for one in (begun, *sequels)},
        "body": bool(lines & sentences),
    }
    return tuple(part for part, still in parts.items() if still)
