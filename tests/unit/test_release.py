"""A release's states, and the hash that approvals bind to."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from communique.domain.association import Association, Brand, Sender
from communique.domain.content import freeze
from communique.domain.event import Verb
from communique.domain.release import (
    ARROWS,
    Audience,
    Edition,
    Filter,
    Release,
    Schedule,
    State,
    after,
)
from communique.errors import NotAllowed

FR, EN = Edition("fr", "Sujet", "Avant", "Corps"), Edition("en", "Subject", "Pre", "Body")
RELEASE = Release(
    "spring",
    "announcement",
    ("harfang", "massif"),
    (FR, EN),
    (Audience("harfang", ("members",)), Audience("massif", ("members", "partners"))),
    "https://www.harfang.example",
)
HARFANG = Association(
    key="harfang",
    names={"fr": "Harfang"},
    sender=Sender({"fr": "Harfang"}, "avis@harfang.example", "info@harfang.example"),
    list_domain="avis.harfang.example",
    postal_address="",
    phone="",
    web="",
    contact="",
    time_zone="America/Toronto",
    languages=("fr",),
    jurisdiction="CA-QC",
    brand=Brand("#112233", "#445566"),
)
HOSTS = [HARFANG, replace(HARFANG, key="massif", names={"en": "M"})]
TEMPLATES = {"_base/body.txt": "a", "announcement/body.txt": "b"}
FROZEN = freeze(RELEASE, HOSTS, TEMPLATES)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", ARROWS)
def test_a_verb_leads_along_its_arrow_and_nowhere_else(verb: Verb, state: State) -> None:
    allowed, to = ARROWS[verb]
    if state in allowed:
        assert after(state, verb) is to
    else:
        with pytest.raises(NotAllowed, match="a release that is") as refused:
            after(state, verb)
        assert refused.value.message.endswith(f"that is {state.value.replace('_', ' ')}")
        named = re.split(", | or ", str(refused.value.advice).removeprefix("it must be "))
        assert named == [one.value.replace("_", " ") for one in State if one in allowed]


def test_what_has_ended_stays_so() -> None:
    after_it = {
        ended: [verb for verb, (allowed, _) in ARROWS.items() if ended in allowed]
        for ended in (State.SENT, State.CANCELLED)
    }
    assert after_it == {State.SENT: [Verb.RETRY], State.CANCELLED: []}


def test_only_what_was_approved_is_sent_and_only_review_approves() -> None:
    assert [verb for verb, (_, to) in ARROWS.items() if to is State.SENDING] == [
        Verb.PICK_UP,
        Verb.RESUME,
        Verb.RETRY,
    ]
    assert ARROWS[Verb.PICK_UP][0] == {State.APPROVED}
    assert ARROWS[Verb.APPROVE][0] == {State.IN_REVIEW}


def test_the_same_content_has_the_same_hash_in_whatever_order_it_comes() -> None:
    shuffled = replace(
        RELEASE,
        parties=("massif", "harfang"),
        editions=(EN, FR),
        audiences=RELEASE.audiences[::-1],
    )
    again = freeze(shuffled, HOSTS[::-1], dict(reversed(TEMPLATES.items())))
    assert again == FROZEN


@pytest.mark.parametrize(
    "changed",
    [
        replace(RELEASE, key="other"),
        replace(RELEASE, kind="activity"),
        replace(RELEASE, parties=("harfang",)),
        replace(RELEASE, agreement="pact"),
        replace(RELEASE, link=""),
        replace(RELEASE, editions=(FR,)),
        replace(RELEASE, editions=(replace(FR, subject="Sujet,"), EN)),
        replace(RELEASE, editions=(replace(FR, preheader="Avant,"), EN)),
        replace(RELEASE, editions=(replace(FR, body="Corps,"), EN)),
        replace(RELEASE, audiences=RELEASE.audiences[:1]),
        replace(RELEASE, audiences=(Audience("harfang", ("partners",)), RELEASE.audiences[1])),
        replace(
            RELEASE,
            audiences=(
                Audience("harfang", ("members",), Filter(sectors=("biotech",))),
                RELEASE.audiences[1],
            ),
        ),
    ],
)
def test_whatever_shapes_what_is_received_changes_the_hash(changed: Release) -> None:
    assert freeze(changed, HOSTS, TEMPLATES).hash != FROZEN.hash


def test_templates_and_associations_are_content() -> None:
    assert freeze(RELEASE, HOSTS, {**TEMPLATES, "_base/body.txt": "a,"}).hash != FROZEN.hash
    assert freeze(RELEASE, HOSTS, {**TEMPLATES, "new": ""}).hash != FROZEN.hash
    assert freeze(RELEASE, HOSTS[:1], TEMPLATES).hash != FROZEN.hash


@pytest.mark.parametrize(
    "moved",
    [
        replace(RELEASE, schedule=Schedule(datetime(2027, 6, 3, tzinfo=UTC), "UTC")),
        replace(RELEASE, state=State.SENDING, id=9, content_hash="x", reason="y"),
        replace(RELEASE, editions=(replace(FR, source="fr.md", first_line=7), EN)),
    ],
    ids=["the hour", "where it stands", "the file it came from"],
)
def test_what_shapes_nothing_leaves_the_hash(moved: Release) -> None:
    assert freeze(moved, HOSTS, TEMPLATES).hash == FROZEN.hash


def test_every_field_of_a_release_is_either_content_or_known_to_be_none() -> None:
    """A field added to Release must be decided on, or it could change what was approved (P4)."""
    shapes_nothing = {
        *(
            "schedule",
            "public_from",
            "state",
            "id",
            "revision",
            "content_hash",
            "folder_said",
            "submission",
            "reason",
        ),
        *("picked_up_at", "retried_at", "imprint"),
    }
    written = json.loads(FROZEN.document)
    content = set(written) - {"format", "associations", "templates"}
    assert {one.name for one in fields(Release)} == content | shapes_nothing
    assert {one.name for one in fields(Edition)} == {*written["editions"][0]} | {
        "source",
        "first_line",
    }
    # What an audience is called among those that are kept: the lists and filters are its content.
    assert {one.name for one in fields(Audience)} == {*written["audiences"][0]} | {"use"}


def test_an_embargo_that_is_over_holds_nothing_back() -> None:
    until = datetime(2027, 6, 3, 13, tzinfo=UTC)
    held = replace(RELEASE, public_from=until)
    assert held.held_until(until - timedelta(seconds=1)) == until
    assert held.held_until(until) is None
    assert RELEASE.held_until(until) is None


def test_what_follows_a_release_goes_to_the_lists_it_had_whatever_they_are_called_now() -> None:
    audience = Audience("harfang", ("members", "partners"), Filter(sectors=("Essais",)), (), "all")
    later = replace(RELEASE, audiences=(audience,)).follow_up("off", 1, called_off=True)
    assert later.audiences == (replace(audience, use=""),)
