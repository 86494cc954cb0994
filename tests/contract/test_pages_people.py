"""The pages of lists and people: sums, search, and every button about one person, tried."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests import desk_people
from tests.contract.desks import ALL, MASSIF, Office, entry
from tests.desk_pages import Pages, pages_at, text_of
from tests.desk_people import ADA, JULIE, OWEN, PAUL, REJEAN, ZOE

from communique.desk import correcting, syncing
from communique.domain.actor import OPERATOR
from communique.domain.association import Association
from communique.domain.audience import SavedAudience
from communique.domain.consent import Extent
from communique.domain.member import Cause
from communique.web.desk import people

HOME = "/desk/harfang"
THEIRS = "secret@rock.example"


async def fill(office: Office) -> None:
    await desk_people.fill(office)
    await office.admit("massif", entry(THEIRS, name="Hidden", language="en"))


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    home = tmp_path / "desk"
    async with pages_at(database_url, home, state="pages of people", fill=fill) as pages:
        yield pages


async def shown(pages: Pages, path: str, who: str = "owner", status: int = 200) -> str:
    answer = await pages.get(who, path if path.startswith("/desk/") else f"{HOME}/{path}")
    assert answer.status_code == status, (path, text_of(answer.text)[:600])
    return answer.text


async def done(pages: Pages, path: str, who: str = "editor", **fields: str) -> str:
    """Press a button; what is said on the page where one is led."""
    answer = await pages.post(who, f"{HOME}/{path}", **fields)
    assert answer.status_code == 303, text_of(answer.text)[:900]
    return text_of(await shown(pages, answer.headers["location"], who))


async def refused(pages: Pages, path: str, who: str = "editor", status: int = 422, **f: str) -> str:
    answer = await pages.post(who, f"{HOME}/{path}", **f)
    assert answer.status_code == status, text_of(answer.text)[:900]
    return answer.text


async def at(pages: Pages, address: str, more: str = "") -> str:
    return f"people/{(await pages.office.contact('harfang', address)).id}{more}"


def found(html: str) -> list[str]:
    return re.findall(r'<span class="mono">([^<]+)</span>', html)


# Lists.


async def test_lists_say_how_many_may_be_written_to_and_why_not(pages: Pages) -> None:
    text = text_of(await shown(pages, "lists", "viewer"))
    assert "2 lists" in text
    assert "subscribers/ harfang/ lists.toml" in text
    assert "2 of 5 may be written to: 1 lapsed, 1 suppressed, 1 said no." in text
    assert "1 of 2 may be written to: 1 said no." in text
    assert "It follows from membership" in text


async def test_audiences_are_counted_too(pages: Pages) -> None:
    house = (await _house(pages)).lists
    kept = SavedAudience(
        "all", {"en": "Everybody", "fr": "Tous"}, ("members", "partners"), without=()
    )
    owner = replace(await _house(pages), lists=house, audiences=(kept,))
    await syncing.sync(pages.office.desk, OPERATOR, [owner, MASSIF], [])
    text = text_of(await shown(pages, "lists"))
    assert "Everybody Member notices and News from partners." in text
    assert "3 of 6 may be written to" in text


async def _house(pages: Pages) -> Association:
    async with pages.office.database.read() as transaction:
        return await transaction.associations.get(ALL, "harfang")


async def test_a_list_shows_its_people_and_only_those_asked_for(pages: Pages) -> None:
    html = await shown(pages, "lists/members", "viewer")
    assert found(html) == [JULIE, OWEN, PAUL, REJEAN, ZOE]
    assert "2 of 5 people may be written to" in text_of(html)
    for state, wanted in (
        ("may", [JULIE, ZOE]),
        ("not", [OWEN, PAUL, REJEAN]),
        ("said_no", [PAUL]),
        ("lapsed", [OWEN]),
        ("suppressed", [REJEAN]),
        ("complained", []),
        ("other", [JULIE, OWEN, PAUL, REJEAN, ZOE]),
    ):
        assert found(await shown(pages, f"lists/members?state={state}")) == wanted, state
    assert found(await shown(pages, "lists/partners?state=said_no")) == [JULIE]
    await shown(pages, "lists/nowhere", status=404)


async def test_an_export_has_whoever_is_on_the_list_and_is_for_who_keeps_it(pages: Pages) -> None:
    assert (await pages.get("viewer", f"{HOME}/lists/members/export")).status_code == 403
    answer = await pages.get("editor", f"{HOME}/lists/members/export")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="harfang-members-2027-06-03.csv"'
    )
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0].startswith("Reference,Company,")
    assert [one for one in (JULIE, OWEN, PAUL, REJEAN, ZOE) if one in answer.text] == [
        JULIE, OWEN, PAUL, REJEAN, ZOE,
    ]  # fmt: skip
    assert len(lines) == 6
    pages.speaks("editor", "fr")
    assert ";" in (await pages.get("editor", f"{HOME}/lists/partners/export")).text
    await shown(pages, "lists/nowhere/export", status=404)


# The search.


async def test_people_are_found_by_what_one_knows_of_them(pages: Pages) -> None:
    for text, wanted in (
        ("", [ADA, JULIE, OWEN, PAUL, REJEAN, ZOE]),
        ("rejean", [REJEAN]),
        ("ŒUVRAY", [PAUL]),
        ("oeuvr", [PAUL]),
        ("proteines julie", [JULIE]),
        ("zoe@ancien", [ZOE]),  # which they had before
        ("Q-0188", [OWEN]),
        ("100%", []),
        ("secret", []),
        ("nobody at all", []),
    ):
        answer = await pages.of("viewer").get(f"{HOME}/people", params={"q": text})
        assert found(answer.text) == wanted, text
    assert "Nobody is found" in await shown(pages, "people?q=nobody")
    html = await shown(pages, "people?state=may")
    assert found(html) == [ADA, JULIE, ZOE]
    assert "3 people" in text_of(html)
    assert found(await shown(pages, "people?state=lapsed")) == [OWEN]


async def test_a_search_as_one_types_is_a_part_of_the_page(pages: Pages) -> None:
    headers = {"HX-Request": "true", "HX-Target": "results"}
    answer = await pages.of("viewer").get(f"{HOME}/people?q=julie", headers=headers)
    assert answer.text.strip().startswith('<section id="results"')
    assert found(answer.text) == [JULIE]
    assert 'data-tell="1 person"' in answer.text


async def test_pages_of_people_go_by_key_both_ways(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PAGE", 2)
    address, seen, newer = f"{HOME}/people", list[list[str]](), None
    while address and len(seen) < 5:
        html = await shown(pages, address)
        seen.append(found(html))
        newer = re.search(r'href="([^"]*before=\d+)" rel="prev"', html)
        older = re.search(r'href="([^"]*after=\d+)" rel="next"', html)
        address = older[1].replace("&amp;", "&") if older else ""
    assert seen == [[ADA, JULIE], [OWEN, PAUL], [REJEAN, ZOE]]
    assert newer is not None
    assert found(await shown(pages, newer[1].replace("&amp;", "&"))) == [OWEN, PAUL]


async def test_nobody_of_another_association_is_found_counted_or_shown(pages: Pages) -> None:
    theirs = (await pages.office.contact("massif", THEIRS)).id
    for who in ("owner", "operator"):
        for path in ("", "/edit", "/move", "/leave", "/allow", "/forget", "/export"):
            await shown(pages, f"people/{theirs}{path}", who, 404)
        answer = await pages.post(who, f"{HOME}/people/{theirs}/leave", what="all", why="x")
        assert answer.status_code == 404
        assert THEIRS not in await shown(pages, "people", who)
    assert THEIRS in await shown(pages, "/desk/massif/people", "other")
    for number in ("0", "99999", "x", "9" * 30):
        await shown(pages, f"people/{number}", status=404)


# One person.


async def test_a_person_is_answered_for_first_and_then_told_of(pages: Pages) -> None:
    text = text_of(await shown(pages, await at(pages, JULIE), "viewer"))
    assert "Julie Tremblay" in text
    assert "Yes Member notices Because Protéines du Fleuve is a member" in text
    assert "No News from partners Said no on 3 June" in text
    assert "said to the desk: by telephone, 12 May" in text
    assert "Only Julie Tremblay can take that back." in text
    assert "Put on Member notices." in text
    assert "Correct …" not in text  # a viewer changes nothing
    bounced = text_of(await shown(pages, await at(pages, REJEAN)))
    assert f"Nothing is sent to {REJEAN}" in bounced
    assert "550 5.1.1 no such user" in bounced
    moved = text_of(await shown(pages, await at(pages, ZOE)))
    assert "Before: zoe@ancien.example." in moved
    assert "Address changed by the operator at the machine" in moved
    lapsed = text_of(await shown(pages, await at(pages, OWEN)))
    assert "The consent lapsed on 31 December 2026" in lapsed


async def test_a_story_is_shown_by_kind_and_in_french(pages: Pages) -> None:
    here = await at(pages, ZOE)
    assert "Put on" not in await shown(pages, f"{here}?show=changes")
    assert "Address changed" not in await shown(pages, f"{here}?show=consent")
    pages.speaks("owner", "fr")
    text = text_of(await shown(pages, await at(pages, JULIE)))
    assert "dit au bureau : by telephone, 12 May" in text
    assert "Peut-on écrire?" in text


async def test_what_is_held_of_a_person_is_one_file(pages: Pages) -> None:
    answer = await pages.get("viewer", f"{HOME}/{await at(pages, JULIE)}/export")
    assert answer.json()["subscriber"]["address"] == JULIE
    assert answer.json()["said"]
    assert "attachment" in answer.headers["content-disposition"]


async def test_a_name_is_corrected_and_a_change_meanwhile_loses_no_word(pages: Pages) -> None:
    here = await at(pages, JULIE)
    await shown(pages, f"{here}/edit", "editor")
    was = {
        "was_given_name": "Julie", "was_family_name": "Tremblay", "was_role": "Direction",
        "was_language": "fr",
    }  # fmt: skip
    typed = {"given_name": "Julie-Anne", "family_name": "Tremblay", "role": "", "language": "en"}
    text = await done(pages, f"{here}/edit", **was, **typed)
    assert "Saved." in text
    assert "Julie-Anne Tremblay" in text
    assert "reads English" in text
    assert "Corrected by Ève Côté." in text
    # Somebody who had the form open before.
    later = {**typed, "given_name": "Juliette"}
    html = await refused(pages, f"{here}/edit", "editor", 409, **was, **later)
    assert "Somebody else changed this meanwhile" in html
    assert 'value="Juliette"' in html
    assert 'name="was_given_name" value="Julie-Anne"' in html
    assert (await pages.office.contact("harfang", JULIE)).given_name == "Julie-Anne"
    now = {**was, "was_given_name": "Julie-Anne", "was_role": "", "was_language": "en"}
    german = {**now, **typed, "language": "de"}
    wrong = await refused(pages, f"{here}/edit", "editor", 422, **german)
    assert "Snowy Owl" in wrong
    assert "does not write in “de”" in wrong
    assert "it said that already" in await done(pages, f"{here}/edit", **now, **typed)


async def test_an_address_is_changed_after_what_follows_is_said(pages: Pages) -> None:
    here, new = await at(pages, JULIE), "julie@nouveau.example"
    await shown(pages, f"{here}/move", "editor")
    html = (await pages.post("editor", f"{HOME}/{here}/move", to=new, seen=JULIE)).text
    assert f"{JULIE} becomes {new}." in text_of(html)
    assert "Still not written to there: News from partners." in text_of(html)
    assert (await pages.office.contact("harfang", JULIE)).address == JULIE  # nothing yet
    text = await done(pages, f"{here}/move", to=new, seen=JULIE, sure="yes")
    assert "everything followed" in text
    assert new in text
    # Who still saw the old one is told, and keeps what they typed.
    html = await refused(
        pages, f"{here}/move", status=409, to="j@autre.example", seen=JULIE, sure="yes"
    )
    assert f"is {new}." in text_of(html)
    assert 'value="j@autre.example"' in html
    for typed, said in (("no address", "@"), (new, "already")):
        html = await refused(pages, f"{here}/move", to=typed, seen=new)
        assert 'aria-invalid="true"' in html
        assert said in text_of(html)
        assert f'value="{typed}"' in html


async def test_two_records_become_one_only_if_that_is_said(pages: Pages) -> None:
    here = await at(pages, ADA)
    html = await refused(pages, f"{here}/move", to=JULIE, seen=ADA, sure="yes")
    assert "Both are the same person" in html
    assert "--merge" not in html
    html = (await pages.post("editor", f"{HOME}/{here}/move", to=JULIE, merge="yes")).text
    assert "This record and that of Julie Tremblay become one" in text_of(html)
    text = await done(pages, f"{here}/move", to=JULIE, merge="yes", sure="yes")
    assert "The two records are one." in text
    assert "Julie Tremblay" in text
    assert "Julie Tremblay" in await shown(pages, here)  # the old number leads there


async def test_a_no_is_said_for_somebody_with_how_it_came(pages: Pages) -> None:
    here = await at(pages, JULIE)
    await shown(pages, f"{here}/leave?what=list-members", "editor")
    html = await refused(pages, f"{here}/leave", why="a letter")
    assert "Choose what they say no to" in html
    assert 'value="a letter"' in html
    assert "Say how this came to you" in await refused(pages, f"{here}/leave", what="all")
    text = await done(pages, f"{here}/leave", what="list-members", why="a letter of 3 June")
    assert "Nothing more begins to go" in text
    assert "said to the desk: a letter of 3 June (Ève Côté)" in text
    again = await done(pages, f"{here}/leave", what="list-members", why="again")
    assert "had said no to this already" in again
    contact = await pages.office.contact("harfang", JULIE)
    assert [(one.scope, one.list_key) for one in contact.suppressions] == [
        (Extent.LIST, "members"),
        (Extent.LIST, "partners"),
    ]
    assert (await pages.post("editor", f"{HOME}/{here}/leave", what="list-x", why="y")).status_code
    assert "no such page" in text_of(
        (await pages.post("editor", f"{HOME}/{here}/leave", what="list-x", why="y")).text
    )


async def test_a_bounce_is_lifted_by_the_desk(pages: Pages) -> None:
    here = await at(pages, REJEAN)
    html = await shown(pages, f"{here}/allow", "editor")
    assert "The address works, or was suppressed by mistake" in html
    assert "Choose what happened" in await refused(pages, f"{here}/allow", why="x")
    html = (await pages.post("editor", f"{HOME}/{here}/allow", kind="lift", why="he called")).text
    assert "Lifted: Nobody has this address" in text_of(html)
    assert "Nothing else stands in the way." in text_of(html)
    async with pages.office.database.read() as transaction:
        assert await transaction.suppressions.any(ALL, "harfang", Cause.HARD_BOUNCE)
    text = await done(pages, f"{here}/allow", kind="lift", why="he called", sure="yes")
    assert "written to again" in text
    assert "Nothing is sent to" not in text
    html = await refused(pages, f"{here}/allow", kind="lift", why="again")
    assert "Nothing stands in the way" in html


async def test_their_own_no_is_undone_by_a_newer_yes_alone(pages: Pages) -> None:
    here = await at(pages, PAUL)
    html = await refused(pages, f"{here}/allow", kind="lift", why="please")
    assert "only a newer yes of theirs" in html
    assert "--said-yes" not in html
    missing = text_of(await refused(pages, f"{here}/allow", kind="yes", why="form"))
    assert "Choose what they said yes to" in missing
    assert "Say on which day" in missing
    for day, said in (("2027-06-02", "said no on"), ("2027-06-09", "future"), ("soon", "soon")):
        html = await refused(pages, f"{here}/allow", kind="yes", what="all", day=day, why="form")
        assert said in text_of(html), day
        assert 'value="form"' in html
    fields = {"kind": "yes", "what": "all", "day": "2027-06-03", "why": "signed form"}
    html = (await pages.post("editor", f"{HOME}/{here}/allow", **fields)).text
    assert "Written down: they said yes to everything you send" in text_of(html)
    assert (await pages.office.contact("harfang", PAUL)).suppressed  # nothing yet
    text = await done(pages, f"{here}/allow", **fields, sure="yes")
    assert "Yes Member notices" in text
    assert not (await pages.office.contact("harfang", PAUL)).suppressed


async def test_erasing_asks_for_the_address_and_is_the_owners(pages: Pages) -> None:
    here = await at(pages, JULIE)
    assert (await pages.get("editor", f"{HOME}/{here}/forget")).status_code == 403
    assert (await pages.post("editor", f"{HOME}/{here}/forget", typed=JULIE)).status_code == 403
    text = text_of(await shown(pages, f"{here}/forget"))
    assert "words of the consent ledger become nobody’s" in text
    for typed in ("", "julie", PAUL):
        html = await refused(pages, f"{here}/forget", "owner", typed=typed)
        assert "nobody was erased" in html
    text = await done(pages, f"{here}/forget", "owner", typed=f" {JULIE.upper()} ")
    assert "Erased." in text
    assert JULIE not in text
    for path in ("", "/edit", "/export"):
        await shown(pages, f"{here}{path}", status=404)
    assert found(await shown(pages, "people?q=julie")) == []


async def test_what_people_are_called_is_no_markup(pages: Pages) -> None:
    evil = "<script>alert(1)</script>"
    await correcting.edit(pages.office.desk, OPERATOR, "harfang", JULIE, given_name=evil)
    for path in (
        "people",
        "lists/members",
        await at(pages, JULIE),
        await at(pages, JULIE, "/edit"),
    ):
        html = await shown(pages, path)
        assert evil not in html, path
        assert "&lt;script&gt;" in html, path
    answer = await pages.of("viewer").get(f"{HOME}/people", params={"q": '"><script>'})
    assert "<script>" not in answer.text.replace("<script src", "")
