"""Writing at the desk: who may, what two write at once, and a folder that says something else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from tests.contract.desks import SPRING, Office, office_at

from communique.desk import approving, drafting, editing, inspecting
from communique.domain import draft
from communique.domain.actor import OPERATOR, Actor, ActorKind, Permission
from communique.domain.event import Verb
from communique.domain.release import Audience, Edition, Release, State
from communique.errors import Invalid, NotAllowed, NotFound, Problems
from communique.store.tables import events


def person(name: str, account: int, **may: Permission) -> Actor:
    grants = {key: frozenset({Permission.READ, one}) for key, one in may.items()}
    return Actor(ActorKind.PERSON, name, account, grants)


EVE = person("Ève Côté", 2, harfang=Permission.EDIT)
HOPE = person("Hope Ames", 6, massif=Permission.EDIT)
LUC = person("Luc Bé", 1, harfang=Permission.READ)
TEXT = "Une autre phrase.\n"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


def in_french(release: Release, body: str = TEXT) -> Release:
    return edited(release, "fr", body)


def edited(release: Release, language: str, body: str) -> Release:
    editions = tuple(
        replace(one, body=body) if one.language == language else one for one in release.editions
    )
    return replace(release, editions=editions)


def body(release: Release, language: str) -> str:
    return next(one.body for one in release.editions if one.language == language)


async def begun(office: Office, release: Release = SPRING) -> Release:
    return await editing.begin(office.desk, EVE, release)


async def filed(office: Office, release: Release = SPRING) -> Release:
    found = tuple(
        replace(one, source=f"spring/{one.language}.md", first_line=5) for one in release.editions
    )
    return (await drafting.file(office.desk, OPERATOR, replace(release, editions=found)))[0]


async def verbs(office: Office, key: str = "spring") -> list[Verb]:
    standing = await inspecting.standing(office.desk, OPERATOR, key)
    return [one.verb for one in standing.history]


async def test_a_release_is_begun_under_a_free_key(office: Office) -> None:
    first, second = await begun(office), await begun(office)
    assert (first.key, second.key, second.state) == ("spring", "spring-2", State.DRAFT)
    assert first.folder_said == ""
    assert await verbs(office, "spring-2") == [Verb.FILE]
    with pytest.raises(Invalid, match="key"):
        await begun(office, replace(SPRING, key="Spring!"))
    with pytest.raises(Problems):
        await begun(office, replace(SPRING, parties=("harfang", "nobody")))


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Mission à Boston : l’été 2027", "mission-a-boston-l-ete-2027"),
        ("  …  ", "release"),
        ("Œuvre", "oeuvre"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_key_tells_of_its_title(title: str, key: str) -> None:
    assert editing.key_for(title) == key


async def test_who_may_not_write_writes_nothing(office: Office) -> None:
    alone = replace(SPRING, parties=("harfang",), audiences=(Audience("harfang", ("members",)),))
    found = await begun(office, alone)
    for actor, error in ((LUC, NotAllowed), (HOPE, NotFound)):
        with pytest.raises(error):
            await editing.write(office.desk, actor, in_french(found), draft.parts(found))
        with pytest.raises(error):
            await editing.reopen(office.desk, actor, found.key)
    with pytest.raises(NotAllowed):
        await editing.begin(office.desk, LUC, alone)
    assert await office.release("spring") == found


async def test_one_sitting_is_told_of_once(office: Office) -> None:
    found = await begun(office)
    for n in range(3):
        found = await editing.write(
            office.desk, EVE, in_french(found, f"{n}\n"), draft.parts(found)
        )
    assert await verbs(office) == [Verb.FILE]
    office.clock.forward(minutes=11)
    found = await editing.write(office.desk, EVE, in_french(found), draft.parts(found))
    assert await verbs(office) == [Verb.FILE, Verb.EDIT]
    found = await editing.write(office.desk, HOPE, in_french(found, "B\n"), draft.parts(found))
    assert await verbs(office) == [Verb.FILE, Verb.EDIT, Verb.EDIT]
    assert await editing.write(office.desk, HOPE, found, draft.parts(found)) == found


async def test_what_two_write_of_different_parts_is_put_together(office: Office) -> None:
    found = await begun(office)
    seen = draft.parts(found)
    await editing.write(office.desk, EVE, in_french(found), seen)
    mine = replace(edited(found, "en", "Another sentence.\n"), link="https://x.example/")
    both = await editing.write(office.desk, HOPE, mine, seen)
    assert (body(both, "fr"), body(both, "en")) == (TEXT, "Another sentence.\n")
    assert both.link == "https://x.example/"


async def test_what_two_write_of_one_part_is_refused_and_names_it(office: Office) -> None:
    found = await begun(office)
    seen = draft.parts(found)
    theirs = await editing.write(office.desk, EVE, in_french(found), seen)
    mine = edited(in_french(found, "Tout autre chose.\n"), "en", "Another sentence.\n")
    with pytest.raises(NotAllowed) as refused:
        await editing.write(office.desk, HOPE, mine, seen)
    assert refused.value.fields["parts"] == ["edition fr"]
    assert await office.release("spring") == theirs
    # The same text is no conflict; and a no to theirs is to have seen it.
    await editing.write(office.desk, HOPE, in_french(found), seen)
    over = await editing.write(office.desk, HOPE, mine, {**seen, **draft.parts(theirs)})
    assert body(over, "fr") == "Tout autre chose.\n"


async def test_a_language_is_added_and_left_out(office: Office) -> None:
    found = await begun(office)
    one = next(each for each in found.editions if each.language == "fr")
    alone = replace(found, editions=(one,))
    less = await editing.write(office.desk, EVE, alone, draft.parts(found))
    assert [each.language for each in less.editions] == ["fr"]
    more = replace(less, editions=(*less.editions, Edition("en", "Spring", "", "")))
    found = await editing.write(office.desk, EVE, more, draft.parts(less))
    assert {each.language for each in found.editions} == {"en", "fr"}
    with pytest.raises(Problems) as refused:
        await drafting.check(office.desk, EVE, "spring")
    assert {one.code for one in refused.value.problems} >= {"edition_without_body"}


async def test_only_a_draft_is_written_and_taking_it_back_voids(office: Office) -> None:
    found = await begun(office)
    await drafting.submit(office.desk, EVE, "spring")
    with pytest.raises(NotAllowed, match="in review"):
        await editing.write(office.desk, EVE, in_french(found), draft.parts(found))
    back = await editing.reopen(office.desk, EVE, "spring")
    assert (back.state, back.content_hash) == (State.DRAFT, None)
    assert (await editing.reopen(office.desk, EVE, "spring")).revision == back.revision
    assert await verbs(office) == [Verb.FILE, Verb.SUBMIT, Verb.EDIT]


async def test_a_folder_that_did_not_change_undoes_nothing(office: Office) -> None:
    folder = await filed(office)
    here = await editing.write(office.desk, EVE, in_french(folder), draft.parts(folder))
    french = next(one for one in here.editions if one.language == "fr")
    english = next(one for one in here.editions if one.language == "en")
    assert (french.source, french.first_line) == ("", 1)  # its lines are no file's any more
    assert english.source == "spring/en.md"
    again, did = await drafting.file(office.desk, OPERATOR, replace(folder, revision=0))
    assert (did, body(again, "fr")) == ("unchanged", TEXT)


async def test_a_folder_that_changed_as_well_is_asked_about(office: Office) -> None:
    folder = await filed(office)
    await editing.write(office.desk, EVE, in_french(folder), draft.parts(folder))
    newer = replace(edited(folder, "en", "From the folder.\n"), revision=0)
    with pytest.raises(NotAllowed) as refused:
        await drafting.file(office.desk, OPERATOR, newer)
    assert refused.value.code == "release_written_here"
    assert body(await office.release("spring"), "fr") == TEXT
    over, did = await drafting.file(office.desk, OPERATOR, newer, over=True)
    assert (did, body(over, "en"), over.folder_said) == ("edited", "From the folder.\n", None)
    assert body(over, "fr") != TEXT


async def test_a_folder_that_says_what_the_desk_has_leads_again(office: Office) -> None:
    folder = await filed(office)
    here = await editing.write(office.desk, EVE, in_french(folder), draft.parts(folder))
    same = replace(here, revision=0, folder_said=None)
    again, did = await drafting.file(office.desk, OPERATOR, same)
    assert (did, again.folder_said) == ("unchanged", None)
    newer = replace(edited(same, "en", "From the folder.\n"), revision=0)
    assert (await drafting.file(office.desk, OPERATOR, newer))[1] == "edited"


async def test_a_folder_does_not_replace_what_was_begun_at_the_desk(office: Office) -> None:
    await begun(office)
    newer = edited(SPRING, "en", "From a folder of the same name.\n")
    with pytest.raises(NotAllowed, match="spring"):
        await drafting.file(office.desk, OPERATOR, newer)


async def test_why_it_came_back_shows_while_it_is_written(office: Office) -> None:
    found = await begun(office)
    await drafting.submit(office.desk, OPERATOR, "spring")
    await approving.reject(office.desk, OPERATOR, "spring", "harfang", "Aude Roy", "Name the day.")
    found = await office.release("spring")
    office.clock.at += timedelta(hours=1)
    found = await editing.write(office.desk, EVE, in_french(found), draft.parts(found))
    assert "Name the day." in str(found.reason)


async def test_what_has_no_history_is_written_too(office: Office) -> None:
    found = await begun(office)
    async with office.database.begin() as transaction:
        await transaction.events._connection.execute(delete(events))
    await editing.write(office.desk, EVE, in_french(found), draft.parts(found))
    assert await verbs(office) == [Verb.EDIT]
