"""What the law asks of a release is found before it is handed in, with the rules that ask it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.contract.desks import ALONE, ENGLISH, FRENCH, HARFANG, MASSIF, SPRING

from communique.desk import lawful
from communique.domain.association import Association
from communique.domain.release import Release

HOME: Mapping[str, Collection[str] | None] = {"harfang": ("QC",), "massif": ("MA",)}
MASSIF_ALONE = replace(ALONE, parties=("massif",), audiences=SPRING.audiences[1:])
ENGLISH_ONLY = replace(MASSIF_ALONE, editions=(ENGLISH,))


def found(
    release: Release,
    *associations: Association,
    reached: Mapping[str, Collection[str] | None] = HOME,
) -> tuple[list[str], list[str]]:
    """What stops it and what is warned of, each by its code and its rules."""
    declared = {one.key: one for one in associations or (HARFANG, MASSIF)}
    declared = {key: one for key, one in declared.items() if key in release.parties}
    asks = lawful.asked(release, declared, reached)
    return tuple(  # type: ignore[return-value]
        [f"{one.code}: {' '.join(one.fields['rules'])}" for one in errors]
        for errors in lawful.unlawful(release, declared, asks, reached)
    )


def test_what_is_lawful_is_let_through_in_silence() -> None:
    assert found(SPRING) == ([], [])


@pytest.mark.parametrize("address", [".", "\u00a0\u200b", "H0H 0H0", "Montréal"])
def test_what_leads_no_letter_to_anybody_is_no_postal_address(address: str) -> None:
    refused, _ = found(ALONE, replace(HARFANG, postal_address=address))
    assert refused == ["association_incomplete: casl-contact ours-footer"]


@pytest.mark.parametrize(
    ("blank", "rules"),
    [
        ("postal_address", "casl-contact ours-footer"),
        ("contact", "casl-contact ours-footer"),
    ],
)
def test_what_the_footer_cannot_show_stops_it(blank: str, rules: str) -> None:
    changed: dict[str, Any] = {blank: " "}
    harfang = replace(HARFANG, **changed)
    assert found(ALONE, harfang) == ([f"association_incomplete: {rules}"], [])


def test_the_rules_of_the_states_are_named_to_whoever_is_there() -> None:
    rules = "can-spam-postal-address ours-footer"
    nowhere = replace(MASSIF, postal_address="")
    assert found(ENGLISH_ONLY, nowhere) == ([f"association_incomplete: {rules}"], [])
    rules = "casl-contact can-spam-postal-address ours-footer"
    seen, _ = found(ENGLISH_ONLY, nowhere, reached={"massif": ("MA", "Ontario")})
    assert seen == [f"association_incomplete: {rules}"]


@pytest.mark.parametrize(
    ("harfang", "rules"),
    [
        (HARFANG, "charter-french declared-french"),
        (replace(HARFANG, requires_french=False), "charter-french"),
        (replace(HARFANG, jurisdiction="CA-ON"), "declared-french"),
    ],
    ids=["both", "by its place", "by its file"],
)
def test_without_french_an_association_in_quebec_announces_nothing(
    harfang: Association, rules: str
) -> None:
    english = replace(ALONE, editions=(ENGLISH,))
    refused, _ = found(english, harfang, reached={"harfang": ()})
    assert refused == [f"french_edition_required: {rules}"]


def test_a_party_whose_members_get_nothing_is_held_to_its_law_as_well() -> None:
    joint = replace(SPRING, editions=(ENGLISH,), audiences=SPRING.audiences[1:])
    assert found(joint)[0] == ["french_edition_required: charter-french declared-french"]


def test_a_french_edition_that_is_not_sent_there_is_none() -> None:
    mute = replace(HARFANG, languages=("en",))
    assert found(ALONE, mute)[0] == ["french_edition_not_sent: charter-french declared-french"]


@pytest.mark.parametrize("there", [("MA", "Québec"), None], ids=["they are there", "they may be"])
def test_readers_in_quebec_of_an_association_elsewhere_are_warned_of(
    there: Collection[str] | None,
) -> None:
    refused, warned = found(ENGLISH_ONLY, reached={"massif": there})
    assert (refused, warned) == ([], ["french_edition_for_readers: charter-french"])


def test_nothing_is_said_of_quebec_where_nobody_reads_there() -> None:
    assert found(ENGLISH_ONLY) == ([], [])


def test_a_french_edition_that_says_less_is_warned_of() -> None:
    more = replace(ENGLISH, body="Hello there, and so much more than that. " * 3)
    assert found(replace(SPRING, editions=(FRENCH, more)))[1] == [
        "french_edition_thin: charter-french-whole"
    ]
    bare = replace(FRENCH, preheader="")
    assert found(replace(SPRING, editions=(bare, ENGLISH)))[1] == [
        "french_edition_thin: charter-french-whole"
    ]


def test_whoever_chose_no_language_in_quebec_gets_french() -> None:
    english_first = replace(HARFANG, languages=("en", "fr"))
    assert found(ALONE, english_first) == ([], ["french_not_first: charter-french-first"])


@pytest.mark.parametrize(
    "subject",
    [
        *("Re: ours", "RE : le nôtre", "Fwd: news", "TR : Avis", "ré: x", "Re：ours", "Ｒｅ: ours"),
        *(
            "Re[2]: ours",
            "Re (3): ours",
            "[Ext] RE: ours",
            "AW: ours",
            "\u202eRe: x",
            "R\u200be: x",
        ),
        *(
            "Re\ua789 ours",
            "R\u0435: ours",
            "\u201cRe: ours\u201d",
            "\U0001f514 Re: ours",
            "- Re: ours",
        ),
        *(
            "Re^2: ours",
            "Re*: ours",
            "RE> ours",
            "Re; ours",
            "Objet : Re : le n\u00f4tre",
            "RV: ours",
        ),
        *(
            "Automatic reply: ours",
            "R\u00e9ponse : la n\u00f4tre",
            "R\u00e9ponse automatique : absence",
        ),
    ],
)
def test_a_subject_that_passes_for_an_answer_stops_it(subject: str) -> None:
    release = replace(SPRING, editions=(FRENCH, replace(ENGLISH, subject=subject)))
    assert found(release) == (["subject_as_answer: casl-subject can-spam-subject"], [])


@pytest.mark.parametrize(
    "subject",
    [
        "Research: ours",
        "Treasure",
        "Retour : le nôtre",
        "re-start",
        "[Re] x",
        "Réseau : x",
        "()" * 300,
    ],
)
def test_other_subjects_that_begin_alike_do_not(subject: str) -> None:
    assert found(replace(SPRING, editions=(FRENCH, replace(ENGLISH, subject=subject)))) == ([], [])


def test_readers_where_no_law_is_known_are_warned_of() -> None:
    reached = {"massif": ("MA", "France", "Allemagne")}
    refused, warned = found(ENGLISH_ONLY, reached=reached)
    assert (refused, warned) == ([], ["law_unknown_there: ours-elsewhere"])
