"""Writes the draft that tells the press of another hour than it was told.

Until when it is under embargo now stands above the text and in the subject of what the press gets,
by each association's clocks; the text says only that it is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from communique.declared.manuscript import ANNOUNCEMENT
from communique.domain.release import Audience, Edition, Release

# By language and by whether there is an embargo still: subject, foretaste, text.
_TOLD: Mapping[str, Mapping[bool, tuple[str, str, str]]] = {
    "fr": {
        True: (
            "Nouvelle fin d’embargo : {subject}",
            "La fin de l’embargo a changé depuis notre message.",
            (
                "La fin de l’embargo sur « {subject} » a changé depuis le message que vous avez "
                "reçu. Celle qui figure ci-dessus est la bonne; celle du premier message ne vaut "
                "plus.\n\n"
                "Rien d’autre n’a changé dans ce que nous annonçons."
            ),
        ),
        False: (
            "Fin de l’embargo : {subject}",
            "L’embargo est levé plus tôt que ne le disait notre message.",
            (
                "L’embargo sur « {subject} » est levé, plus tôt que ne le disait le message que "
                "vous avez reçu. Vous pouvez l’annoncer dès maintenant.\n\n"
                "Rien d’autre n’a changé dans ce que nous annonçons."
            ),
        ),
    },
    "en": {
        True: (
            "Another end of the embargo: {subject}",
            "The embargo ends at another hour than our message said.",
            (
                "The end of the embargo on “{subject}” has changed since the message that you got. "
                "The hour above is the right one; that of the first message no longer holds.\n\n"
                "Nothing else has changed in what we announce."
            ),
        ),
        False: (
            "No embargo any more: {subject}",
            "The embargo was lifted sooner than our message said.",
            (
                "The embargo on “{subject}” was lifted, sooner than the message said that you got. "
                "You may tell it from now on.\n\n"
                "Nothing else has changed in what we announce."
            ),
        ),
    },
}


def correction(
    of: Release, key: str, press: Mapping[str, Sequence[str]], *, held_back: bool
) -> Release:
    """The draft: to the lists of the press, by association, and in no newsroom."""
    audiences = tuple(
        Audience(one.association, tuple(key for key in one.lists if key in press[one.association]))
        for one in of.audiences
        if set(one.lists) & set(press[one.association])
    )
    return Release(
        key=key,
        kind=ANNOUNCEMENT,
        parties=of.parties,
        editions=tuple(_edition(one, held_back) for one in of.editions),
        audiences=audiences,
        agreement=of.agreement,
        public_from=of.public_from if held_back else None,
        newsroom=False,
        corrects=of.key,
    )


def _edition(one: Edition, held_back: bool) -> Edition:
    """In a language that we have no words in, a text to replace."""
    if one.language not in _TOLD:
        return Edition(one.language, "", "", "")
    subject, foretaste, text = (
        each.format(subject=one.subject) for each in _TOLD[one.language][held_back]
    )
    return Edition(one.language, subject, foretaste, text)
