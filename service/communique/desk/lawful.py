"""Lawful: what the laws that reach a release's readers ask of it, before it is handed in.

Which rules hold is `domain.law`'s to say; here is what is looked at for each need that is not about
what a message shows (`messages.checking` looks at that). A rule that only warns stops nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import or_

from communique.domain import law
from communique.domain.association import Association
from communique.domain.law import Asked, Need
from communique.domain.release import Edition, Release
from communique.errors import CommuniqueError, Invalid
from communique.facts import Fact

# Territories of the readers of each association that a release goes to.
Reached = Mapping[str, Collection[str] | None]
Lacking = tuple[bool, CommuniqueError]  # whether it stops the release, and what is lacking

_WORD = re.compile(r"\w+")
THIN = 2 / 3  # of the words of another edition: less is hardly the same, whatever the languages
_TOLD = 5  # territories in one sentence


def asked(
    release: Release, associations: Mapping[str, Association], reached: Reached
) -> dict[str, Asked]:
    """What is asked of each party, and of each association whose readers it goes to.

    Where their territories are not told (None, or nothing), these may be anywhere. A party that it
    does not go to has no readers.
    """
    addressed = {one.association for one in release.audiences}
    return {
        key: law.asked(
            one.jurisdiction,
            french=one.requires_french,
            territories=reached.get(key) if key in addressed else (),
        )
        for key, one in associations.items()
    }


def unlawful(
    release: Release,
    associations: Mapping[str, Association],
    asks: Mapping[str, Asked],
    reached: Reached,
) -> tuple[list[CommuniqueError], list[CommuniqueError]]:
    """What stops a release, and what is only to be looked at twice."""
    refused: list[CommuniqueError] = []
    warned: list[CommuniqueError] = []
    for stops, error in _lacking(release, associations, asks, reached):
        (refused if stops else warned).append(error)
    return refused, warned


def _lacking(
    release: Release,
    associations: Mapping[str, Association],
    asks: Mapping[str, Asked],
    reached: Reached,
) -> Iterator[Lacking]:
    # A text is one for all: whatever any of them is asked, it is asked.
    yield from _misleading(release.editions, reduce(or_, asks.values(), Asked()))
    yield from _thin(release.editions, reduce(or_, asks.values(), Asked()))
    addressed = {one.association for one in release.audiences}
    for key, one in associations.items():
        its = asks[key]
        yield from _incomplete(one, its)
        yield from _without_french(release, one, its, addressed=key in addressed)
        unknown = law.lawless(one.jurisdiction, reached.get(key) or ())
        if unknown and its.asks(Need.KNOWN_LAW):
            rules = its.names(Need.KNOWN_LAW)
            yield (
                its.refuses(Need.KNOWN_LAW),
                Invalid(
                    "law_unknown_there", association=key, territories=unknown[:_TOLD], rules=rules
                ),
            )


def _incomplete(one: Association, its: Asked) -> Iterator[Lacking]:
    """What the footer cannot show, for the association has none."""
    for need, what, given in (
        (Need.POSTAL_ADDRESS, "the_postal_address", law.postal(one.postal_address)),
        (Need.CONTACT, "the_contact_address", bool(one.contact.strip())),
    ):
        if its.asks(need) and not given:
            error = Invalid(
                "association_incomplete",
                association=one.key,
                what=Fact(what),
                rules=its.names(need),
            )
            yield its.refuses(need), error


def _misleading(editions: Collection[Edition], asks: Asked) -> Iterator[Lacking]:
    """Subjects that pass for an answer: nobody wrote before."""
    need = Need.HONEST_SUBJECT
    for one in editions:
        if asks.asks(need) and (begins := law.answering(one.subject)):
            error = Invalid(
                "subject_as_answer",
                begins=begins,
                file=one.source or f"edition {one.language}",
                rules=asks.names(need),
            )
            yield asks.refuses(need), error


def _thin(editions: Collection[Edition], asks: Asked) -> Iterator[Lacking]:
    """A French edition that says less than another."""
    need = Need.FRENCH_WHOLE
    french = next((one for one in editions if one.language == "fr"), None)
    if french is None or not asks.asks(need):
        return
    words = len(_WORD.findall(french.body))
    for one in editions:
        fuller = len(_WORD.findall(one.body)) * THIN > words
        if fuller or (one.preheader and not french.preheader):
            error = Invalid(
                "french_edition_thin",
                language=one.language,
                file=french.source or f"edition {french.language}",
                rules=asks.names(need),
            )
            yield asks.refuses(need), error


def _without_french(
    release: Release, one: Association, its: Asked, *, addressed: bool
) -> Iterator[Lacking]:
    """What is said to Québec goes in French, and first."""
    sent = release.languages_for(one.languages)
    need, rules = Need.FRENCH, its.names(Need.FRENCH)
    if any(each.language == "fr" for each in release.editions):
        lacking = addressed and "fr" not in sent
        error = Invalid("french_edition_not_sent", association=one.key, rules=rules)
    else:
        lacking = True
        error = Invalid("french_edition_required", association=one.key, rules=rules)
    if its.asks(need) and lacking:
        if its.refuses(need):
            yield True, error
        else:
            yield False, Invalid("french_edition_for_readers", association=one.key, rules=rules)
    need = Need.FRENCH_FIRST
    if addressed and its.asks(need) and "fr" in sent and sent[0] != "fr":
        error = Invalid(
            "french_not_first", association=one.key, language=sent[0], rules=its.names(need)
        )
        yield its.refuses(need), error
