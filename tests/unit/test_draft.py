"""A draft in parts: what two write at once is put together, and nothing of either is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as some

from communique.domain import draft
from communique.domain.release import Audience, Edition, Release

TEXTS = some.sampled_from(["", "a", "b", "c"])
PARTS = ("common", "edition en", "edition fr", "audience harfang", "audience massif")


@some.composite
def drafts(pick: some.DrawFn) -> Release:
    languages = [one for one in ("en", "fr") if pick(some.booleans())]
    hosts = [one for one in ("harfang", "massif") if pick(some.booleans())]
    return Release(
        "spring",
        "announcement",
        ("harfang", "massif"),
        tuple(Edition(one, pick(TEXTS), "", "x") for one in languages),
        tuple(Audience(one, (pick(some.sampled_from(["members", "press"])),)) for one in hosts),
        link=pick(TEXTS),
    )


@given(drafts(), drafts(), drafts())
def test_what_only_one_changed_is_theirs_and_what_both_did_is_named(
    seen: Release, now: Release, wanted: Release
) -> None:
    marks, theirs, mine = (draft.parts(one) for one in (seen, now, wanted))
    made, both = draft.merged(now, wanted, marks)
    found = draft.parts(made)
    for part in PARTS:
        was, there, here = (one.get(part, "") for one in (marks, theirs, mine))
        if was not in (here, there):
            assert (part in both) == (here != there), part
        else:
            assert part not in both
            assert found.get(part, "") == (here if here != was else there), part


@given(drafts(), drafts())
def test_whoever_alone_writes_gets_what_they_wrote(now: Release, wanted: Release) -> None:
    made, both = draft.merged(now, wanted, draft.parts(now))
    assert both == []
    assert draft.digest(made) == draft.digest(wanted)
    untouched, _ = draft.merged(now, now, draft.parts(now))
    assert untouched is now or untouched == now


def test_where_a_text_came_from_is_no_part_of_it() -> None:
    one = Edition("fr", "a", "b", "c", "spring/fr.md", 7)
    release = Release("spring", "announcement", ("harfang",), (one,), ())
    moved = replace(release, editions=(draft.here(one),))
    assert moved != release
    assert draft.parts(moved) == draft.parts(release)
