"""The editor of a release: what is typed is kept, whoever else writes and whatever is wrong."""

from __future__ import annotations

import html as markup
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests import desk_releases
from tests.desk_pages import Pages, pages_at, text_of

from communique.desk import drafting, editing
from communique.domain import draft
from communique.domain.actor import OPERATOR
from communique.domain.release import Audience, Release, State

HOME = "/desk/harfang/releases"
EDIT = f"{HOME}/autumn/edit"
FIELD = re.compile(
    r"<(?P<tag>input|textarea|select)\b(?P<more>[^>]*)>(?:(?P<text>[^<]*)</textarea>)?"
    r"(?P<options>(?:<option[^>]*>[^<]*</option>)*)"
)
Form = dict[str, list[str]]


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    fill, home = desk_releases.fill, tmp_path / "desk"
    async with pages_at(database_url, home, state="pages of releases", fill=fill) as pages:
        yield pages


def form(html: str) -> Form:
    """What a browser would send back of the page's form, untouched."""
    inner = html[html.index('<form method="post" action="/desk/harfang/releases') :]
    sent: Form = {}
    for found in FIELD.finditer(inner[: inner.index("</form>")]):
        more = dict(re.findall(r'([\w-]+)="([^"]*)"', found["more"]))
        if not (name := more.get("name")):
            continue
        if more.get("type") in ("checkbox", "radio") and " checked" not in found["more"]:
            continue
        value = more.get("value", "")
        if found["tag"] == "textarea":
            value = found["text"].removeprefix("\n").replace("\n", "\r\n")
        if found["tag"] == "select":
            value = "".join(re.findall(r'value="([^"]*)" selected', found["options"]))
        sent.setdefault(name, []).append(markup.unescape(value))
    return sent


async def opened(pages: Pages, path: str = EDIT, who: str = "editor") -> Form:
    answer = await pages.get(who, path)
    assert answer.status_code == 200, text_of(answer.text)[:600]
    return form(answer.text)


async def sent(
    pages: Pages, typed: Form, who: str = "editor", path: str = EDIT, /, **more: str
) -> httpx.Response:
    data = {**typed, **{key: [value] for key, value in more.items()}}
    return await pages.of(who).post(path, data=data)


async def saved(pages: Pages, typed: Form, who: str = "editor", /, **more: str) -> Release:
    answer = await sent(pages, typed, who, **more)
    assert answer.status_code == 303, text_of(answer.text)[:900]
    return await pages.office.release("autumn")


def french(release: Release) -> str:
    return next(one.body for one in release.editions if one.language == "fr")


async def test_a_form_that_nobody_touched_changes_nothing(pages: Pages) -> None:
    for key in ("autumn",):
        before = await pages.office.release(key)
        typed = await opened(pages)
        assert await saved(pages, typed) == before
    activity = replace(
        desk_releases.alone("evening", "Soirée", "Evening"),
        kind="activity",
        fields={
            "starts": "2027-10-03T18:00",
            "ends": "2027-10-03T21:00",
            "zone": "America/Toronto",
            "address": "1, rue du Nord\nQuébec",
            "languages": ["en", "fr"],
            "places": 40,
            "register": "https://x.example/",
            "register_by": "2027-09-30",
        },
    )
    filed, _ = await drafting.file(pages.office.desk, OPERATOR, activity)
    typed = await opened(pages, f"{HOME}/evening/edit")
    assert (typed["f-starts"], typed["f-starts-hour"]) == (["2027-10-03"], ["18:00"])
    assert "f-sequence" not in typed
    answer = await sent(pages, typed, "editor", f"{HOME}/evening/edit")
    assert answer.status_code == 303
    assert await pages.office.release("evening") == filed


async def test_what_is_typed_is_kept(pages: Pages) -> None:
    typed = await opened(pages)
    typed |= {
        "fr-subject": ["Cahier d’hiver"],
        "en-preheader": ["In winter."],
        "fr-body": ["Un.\r\n\r\nDeux.\r\n"],
        "f-dated": ["2027-06-03"],
        "fr-f-facts": ["Un fait\r\n\r\nUn autre"],
        "fr-f-quotations-0-words": ["Voilà."],
        "fr-f-quotations-0-name": ["Aude Roy"],
        "fr-f-quotations-0-association": ["harfang"],
        "link": ["https://x.example/winter"],
        "lists": ["members", "partners"],
        "only-territories": ["QC\r\nMA"],
    }
    typed.pop("newsroom")
    found = await saved(pages, typed)
    one = next(each for each in found.editions if each.language == "fr")
    assert (one.subject, one.body) == ("Cahier d’hiver", "Un.\n\nDeux.\n")
    assert one.fields == {
        "facts": ["Un fait", "Un autre"],
        "quotations": [{"words": "Voilà.", "name": "Aude Roy", "association": "harfang"}],
    }
    assert found.fields == {"dated": "2027-06-03"}
    assert (found.link, found.newsroom) == ("https://x.example/winter", False)
    (goes_to,) = found.audiences
    assert goes_to.lists == ("members", "partners")
    assert goes_to.only.territories == ("QC", "MA")
    assert await saved(pages, await opened(pages)) == found  # and shown again as it is
    typed = await opened(pages)
    assert typed["fr-f-quotations-0-words"] == ["Voilà."]
    for part in ("words", "name", "association"):
        typed[f"fr-f-quotations-0-{part}"] = [""]
    found = await saved(pages, typed)
    assert "quotations" not in next(e for e in found.editions if e.language == "fr").fields


async def test_what_is_no_value_stays_as_it_was_typed_and_is_told_at_its_field(
    pages: Pages,
) -> None:
    activity = replace(desk_releases.alone("evening", "Soirée", "Evening"), kind="activity")
    await drafting.file(pages.office.desk, OPERATOR, activity)
    path = f"{HOME}/evening/edit"
    typed = await opened(pages, path)
    typed |= {"f-places": ["forty"], "f-starts": ["2027-10-03"], "f-starts-hour": ["9 h 30"]}
    typed |= {"f-ends": ["2027-10-03"], "f-ends-hour": ["late"], "f-zone": ["America/Toronto"]}
    answer = await sent(pages, typed, "editor", path)
    assert answer.status_code == 303
    html = (await pages.get("editor", answer.headers["location"])).text
    again = form(html)
    assert again["f-places"] == ["forty"]
    assert (again["f-starts-hour"], again["f-ends-hour"]) == (["09:30"], ["late"])
    assert "“Number of places” must be a whole number" in text_of(html)
    for field in ("f-places", "f-ends"):
        assert f'<a href="#{field}">' in html
        assert f'id="{field}"' in html


async def test_mistakes_lead_to_their_field_and_doubts_stand_apart(pages: Pages) -> None:
    typed = await opened(pages)
    typed |= {"en-subject": [""], "fr-body": ["Bonjour {{ nobody }}.\r\n"]}
    await saved(pages, typed)
    html = (await pages.get("editor", f"{EDIT}?checks=yes")).text
    assert '<a href="#en-subject">' in html
    assert '<a href="#fr-body" data-line="1">French, line 1: ' in html
    assert "Stops it: " in text_of(html)
    assert "nobody" in text_of(html)
    typed |= {"en-subject": ["x" * 90], "fr-body": ["Bonjour.\r\n"]}
    await saved(pages, typed | {k: v for k, v in form(html).items() if k.startswith("seen-")})
    html = (await pages.get("editor", f"{EDIT}?checks=yes")).text
    assert "Nothing stops it" in text_of(html)
    assert "Look at it: 2" in text_of(html)  # a subject too long, a text that says less
    assert "24 of your people" in text_of(html)


async def test_two_who_write_the_same_part_lose_nothing_and_choose(pages: Pages) -> None:
    mine = await opened(pages)
    theirs = await opened(pages, EDIT, "owner")
    await saved(pages, theirs | {"fr-body": ["Bonjour à toutes.\r\n"]}, "owner")
    mine |= {"fr-body": ["Bonjour à tous.\r\n"], "en-body": ["Hello all.\r\n"]}
    answer = await sent(pages, mine)
    assert answer.status_code == 409
    assert "Maude Gagnier changed the same part" in text_of(answer.text)
    assert "toutes" in answer.text
    assert french(await pages.office.release("autumn")) == "Bonjour à toutes.\n"
    assert 'data-state="refused"' in answer.text
    assert 'value="ask"' not in answer.text  # first a choice is made
    again = form(answer.text)
    assert again["fr-body"] == ["Bonjour à tous."]
    assert again["en-body"] == ["Hello all."]
    assert again["take-edition fr"] == ["mine"]
    given_up = await saved(pages, again | {"take-edition fr": ["theirs"]})
    assert french(given_up) == "Bonjour à toutes.\n"
    assert next(e.body for e in given_up.editions if e.language == "en") == "Hello all.\n"
    # Now the other way round; and what is changed once more meanwhile is asked about once more.
    mine = await opened(pages)
    await saved(
        pages, await opened(pages) | {"fr-body": ["Salut.\r\n"]}, "owner", csrf=proof(pages)
    )
    first = form((await sent(pages, mine | {"fr-body": ["Le mien.\r\n"]})).text)
    await saved(
        pages, await opened(pages) | {"fr-body": ["Encore.\r\n"]}, "owner", csrf=proof(pages)
    )
    second = await sent(pages, first)
    assert second.status_code == 409
    kept = await saved(pages, form(second.text))
    assert french(kept) == "Le mien.\n"


def proof(pages: Pages, who: str = "owner") -> str:
    return pages.signed[who].csrf


async def test_what_others_write_elsewhere_is_no_conflict(pages: Pages) -> None:
    mine = await opened(pages)
    await saved(
        pages, await opened(pages) | {"fr-body": ["Le sien.\r\n"]}, "owner", csrf=proof(pages)
    )
    found = await saved(pages, mine | {"en-body": ["Mine.\r\n"]})
    assert {one.body for one in found.editions} == {"Le sien.\n", "Mine.\n"}


async def test_a_partner_chooses_its_own_people(pages: Pages) -> None:
    both = replace(desk_releases.mission(), key="autumn")
    await drafting.file(pages.office.desk, OPERATOR, both)
    html = (await pages.get("editor", EDIT)).text
    assert "Massif chooses whom of its own people it writes to." in text_of(html)
    found = await saved(pages, form(html) | {"lists": ["partners"]})
    assert {one.association: one.lists for one in found.audiences} == {
        "harfang": ("partners",),
        "massif": ("members",),
    }
    none = form((await pages.get("editor", EDIT)).text)
    none.pop("lists")
    assert [one.association for one in (await saved(pages, none)).audiences] == ["massif"]


async def test_a_language_is_added_and_left_out_again_while_it_is_empty(pages: Pages) -> None:
    only = next(
        one for one in (await pages.office.release("autumn")).editions if one.language == "fr"
    )
    release = await pages.office.release("autumn")
    await editing.write(
        pages.office.desk, OPERATOR, replace(release, editions=(only,)), draft.parts(release)
    )
    html = (await pages.get("editor", EDIT)).text
    assert 'name="add" value="en"' in html
    answer = await sent(pages, form(html), add="en")
    assert answer.headers["location"].endswith("#en")
    html = (await pages.get("editor", EDIT)).text
    assert 'name="leave-out" value="en"' in html
    assert 'name="leave-out" value="fr"' not in html
    found = await saved(pages, form(html), **{"leave-out": "en"})
    assert [one.language for one in found.editions] == ["fr"]


async def test_approval_is_asked_for_or_it_says_what_stops_it(pages: Pages) -> None:
    typed = await opened(pages)
    answer = await sent(pages, typed | {"fr-body": [""]}, do="ask")
    assert answer.headers["location"].endswith("stopped=yes#checks")
    html = (await pages.get("editor", answer.headers["location"])).text
    assert "It was saved, and not handed in" in text_of(html)
    assert '<a href="#fr-body">' in html
    assert (await pages.office.release("autumn")).state is State.DRAFT
    answer = await sent(pages, form(html) | {"fr-body": ["Bonjour.\r\n"]}, do="ask")
    assert answer.headers["location"].startswith(f"{HOME}/autumn/review")
    assert (await pages.office.release("autumn")).state is State.IN_REVIEW
    late = await sent(pages, typed)
    assert late.status_code == 409
    assert "must be draft" in text_of(late.text), text_of(late.text)[:1200]
    assert form(late.text)["fr-body"] == typed["fr-body"]


async def test_what_was_handed_in_is_taken_back_first(pages: Pages) -> None:
    html = (await pages.get("editor", f"{HOME}/capital/edit")).text
    told = text_of(html)
    assert "Take it back to write on it?" in told
    assert "The approval of Snowy Owl is void" in told
    assert "It does not go Friday 18 June, 8:30" in told
    assert (await pages.office.release("capital")).state is State.APPROVED
    answer = await pages.post("editor", f"{HOME}/capital/edit/open")
    assert answer.headers["location"].startswith(f"{HOME}/capital/edit?said=")
    assert (await pages.office.release("capital")).state is State.DRAFT
    assert (await pages.get("editor", f"{HOME}/bulletin/edit")).status_code == 409


async def test_a_change_of_the_pages_language_keeps_what_is_typed(pages: Pages) -> None:
    html = (await pages.get("editor", EDIT)).text
    assert f'lang="fr" form="edit" formaction="{EDIT}"' in html
    answer = await sent(pages, form(html) | {"fr-body": ["Gardé.\r\n"]}, language="fr")
    assert answer.status_code == 303
    assert french(await pages.office.release("autumn")) == "Gardé.\n"
    typed = await opened(pages, f"{HOME}/new")
    answer = await sent(
        pages, typed | {"title": ["Soirée"]}, "editor", f"{HOME}/new", language="fr"
    )
    assert "Nouveau communiqué" in text_of(answer.text)
    assert form(answer.text)["title"] == ["Soirée"]


async def test_a_theme_as_the_system_is_sends_no_form(pages: Pages) -> None:
    pages.speaks("owner", "en", "dark")
    typed = await opened(pages, f"{HOME}/new", "owner")
    answer = await sent(pages, typed, "owner", f"{HOME}/new", theme="")
    assert answer.status_code == 200, "nothing was asked of it yet"
    assert "Say what" not in text_of(answer.text)
    assert re.search(r'name="theme" value=""[^>]*aria-pressed="true"', answer.text)
    typed = await opened(pages)
    answer = await sent(pages, typed | {"fr-body": ["Gardé.\r\n"]}, theme="", do="ask")
    assert answer.headers["location"] == EDIT
    autumn = await pages.office.release("autumn")
    assert (french(autumn), autumn.state) == ("Gardé.\n", State.DRAFT)


async def begun(pages: Pages, how: str, /, status: int = 303, **more: list[str]) -> httpx.Response:
    typed = await opened(pages, f"{HOME}/new?how={how}")
    answer = await pages.of("editor").post(f"{HOME}/new", data={**typed, **more})
    assert answer.status_code == status, text_of(answer.text)[:800]
    return answer


async def test_a_release_is_begun_from_nothing(pages: Pages) -> None:
    answer = await begun(
        pages, "scratch", title=["Soirée d’automne"], parties=["massif"], kind=["activity"]
    )
    assert answer.headers["location"].startswith(f"{HOME}/soiree-d-automne/edit?said=")
    found = await pages.office.release("soiree-d-automne")
    assert found.parties == ("harfang", "massif")
    assert (found.kind, found.agreement) == ("activity", "pact")
    assert {one.language: one.subject for one in found.editions} == {
        "fr": "Soirée d’automne",
        "en": "",
    }
    assert found.audiences == (Audience("harfang", ("members",)),)
    assert (await pages.get("editor", answer.headers["location"])).status_code == 200
    again = await begun(pages, "scratch", title=["Soirée d’automne"])
    assert "soiree-d-automne-2/edit" in again.headers["location"]
    reserved = await begun(pages, "scratch", title=["New"])
    assert "new-release/edit" in reserved.headers["location"]


async def test_what_lacks_is_said_at_its_field_and_nothing_is_begun(pages: Pages) -> None:
    answer = await begun(pages, "scratch", 422, title=[""], languages=[])
    assert '<a href="#title">' in answer.text
    assert '<a href="#languages">' in answer.text
    answer = await begun(pages, "scratch", 409, title=["X"], parties=["nobody"])
    assert "nobody" in text_of(answer.text)
    assert form(answer.text)["title"] == ["X"]
    assert '<a href="#of">' in (await begun(pages, "copy", 422, of=[""])).text


async def test_a_release_is_begun_from_another(pages: Pages) -> None:
    answer = await begun(pages, "copy", of=["bulletin"], title=["Bulletin d’été"])
    assert "/bulletin-d-ete/edit" in answer.headers["location"]
    found = await pages.office.release("bulletin-d-ete")
    before = await pages.office.release("bulletin")
    assert found.state is State.DRAFT
    assert found.schedule is None
    assert [one.body for one in found.editions] == [one.body for one in before.editions]
    answer = await begun(pages, "copy", of=["bulletin"])
    assert "/bulletin-2/edit" in answer.headers["location"]


async def test_a_release_is_begun_in_languages_alone(pages: Pages) -> None:
    for odd in ("x/../../y", "FR", "fra", "<b>"):
        answer = await begun(pages, "scratch", 409, title=["Odd"], languages=["fr", odd])
        assert "is not a language such as fr or en" in text_of(answer.text), odd
    assert (await pages.get("editor", f"{HOME}/odd")).status_code == 404


async def test_an_activity_is_changed_and_called_off(pages: Pages) -> None:
    assert "No activity was announced yet" in text_of(
        (await pages.get("editor", f"{HOME}/new?how=update")).text
    )
    fields = {"starts": "2027-10-03T18:00", "ends": "2027-10-03T20:00", "zone": "America/Toronto"}
    evening = replace(
        desk_releases.alone("evening", "Soirée", "Evening"), kind="activity", fields=fields
    )
    await desk_releases.send(pages.office, evening, {})
    answer = await begun(pages, "update", of=["evening"])
    assert "/evening-2/edit" in answer.headers["location"]
    found = await pages.office.release("evening-2")
    assert found.fields["follows"] == "evening"
    typed = await opened(pages, f"{HOME}/evening-2/edit")
    await sent(pages, typed | {"f-ends-hour": ["21"]}, "editor", f"{HOME}/evening-2/edit")
    changed = await pages.office.release("evening-2")
    assert (changed.fields["ends"], changed.fields["sequence"]) == ("2027-10-03T21:00", 1)
    told_so = replace(
        changed,
        editions=tuple(
            replace(one, preheader="À 21 h.", body="La soirée finit à 21 h.\n")
            for one in changed.editions
        ),
    )
    await editing.write(pages.office.desk, OPERATOR, told_so, draft.parts(changed))
    await drafting.submit(pages.office.desk, OPERATOR, "evening-2")
    answer = await begun(pages, "update", of=["evening"], how=["call_off"])
    told = text_of((await pages.get("editor", answer.headers["location"])).text)
    assert "1 other change of this activity was handed in" in told
    assert (await pages.office.release("evening-3")).fields["called_off"] is True


async def test_a_draft_is_shown_as_it_will_be_received_by_an_invented_reader(pages: Pages) -> None:
    html = (await pages.get("editor", EDIT)).text
    (frame,) = re.findall(r'<iframe src="([^"]+)"[^>]* sandbox>', html)
    assert frame == f"{EDIT}/harfang/fr"
    answer = await pages.get("editor", frame)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    shown = text_of(answer.text)
    assert "À bientôt." in shown
    assert "{{" not in shown
    assert "Pia" not in answer.text  # nobody of the list
    text = (await pages.get("editor", f"{frame}?as=text")).text
    assert "<pre>" in text
    assert "Harfang" in text
    assert "prefers-color-scheme: dark" in (await pages.get("editor", frame)).text
    assert "prefers-color-scheme: dark" not in (await pages.get("editor", f"{frame}?as=dark")).text
    # What lacks elsewhere is no reason not to look; what lacks here is told in its place.
    typed = form(html) | {"en-body": ["{{ nobody }}"], "en-subject": [""]}
    answer = await sent(pages, typed, show="harfang.en.wide")
    led = r".*show=harfang\.en\.wide&said=edit\.said\.saved~\w+#preview"
    assert re.fullmatch(led, answer.headers["location"])
    html = (await pages.get("editor", answer.headers["location"])).text
    assert '<div class="message wide">' in html
    assert f'<iframe src="{EDIT}/harfang/en"' in html
    assert "À bientôt." in (await pages.get("editor", f"{EDIT}/harfang/fr")).text
    lacking = text_of((await pages.get("editor", f"{EDIT}/harfang/en")).text)
    assert "It can be shown once this is put right" in lacking
    assert "nobody" in lacking
    for path in ("harfang/de", "massif/en", "nobody/fr"):
        assert (await pages.get("editor", f"{EDIT}/{path}")).status_code == 404, path


async def test_what_stops_it_comes_by_itself(pages: Pages) -> None:
    html = (await pages.get("editor", EDIT)).text
    assert 'hx-trigger="load, saved from:body"' in html
    assert f'<a href="{EDIT}?checks=yes#checks">' in html  # without a script
    headers = {"HX-Request": "true", "HX-Target": "checks-body"}
    part = (await pages.of("editor").get(EDIT, headers=headers)).text
    assert "Nothing stops it" in part
    assert re.search(r'id="stops"[^>]* hx-swap-oob="true" hidden>', part)
    assert "<html" not in part
    headers |= {"HX-Target": "counted"}
    part = (await pages.of("editor").get(EDIT, headers=headers)).text
    assert "24 of your people" in text_of(part)
    await saved(pages, form(html) | {"fr-body": [""], "en-body": [""]})
    html = (await pages.get("editor", f"{EDIT}?checks=yes")).text
    assert re.search(r'id="stops" class="stop bad" href="#checks">', html)
    assert "2 things stop it" in text_of(html)


async def kept(pages: Pages, typed: Form, who: str = "editor") -> tuple[str, str, Form]:
    """Save as the page does by itself: its state, its words, and the marks that it has then."""
    headers = {"HX-Request": "true", "HX-Target": "marks"}
    answer = await pages.of(who).post(EDIT, data=typed, headers=headers)
    assert "<html" not in answer.text
    state, words = re.findall(r'data-state="(\w+)" data-words="([^"]+)"', answer.text)[0]
    marks = re.findall(r'name="(seen-[^"]+)" value="(\w+)"', answer.text)
    return state, markup.unescape(words), {name: [mark] for name, mark in marks}


async def test_it_is_saved_by_itself_and_the_form_stays(pages: Pages) -> None:
    typed = await opened(pages)
    pages.office.clock.forward(minutes=32)
    for text in ("Un.", "Un. Deux.", "Un. Deux. Trois."):
        typed |= {"fr-body": [text]}
        state, words, marks = await kept(pages, typed)
        assert (state, words) == ("saved", "Saved 9:32")
        typed |= marks
    assert french(await pages.office.release("autumn")) == "Un. Deux. Trois.\n"
    # What another wrote of another part is not in this form: it is neither lost nor taken for seen.
    hers = await opened(pages, EDIT, "owner")
    await kept(pages, hers | {"en-body": ["Hers."]}, "owner")
    state, _, marks = await kept(pages, typed | {"fr-body": ["Quatre."]})
    assert state == "saved"
    typed |= {"fr-body": ["Quatre."], **marks}
    state, _, _ = await kept(pages, typed | {"link": ["https://x.example/"]})
    found = await pages.office.release("autumn")
    assert {one.body for one in found.editions} == {"Quatre.\n", "Hers.\n"}
    state, words, marks = await kept(pages, typed | {"en-body": ["Mine."]})
    assert (state, words) == (
        "refused",
        "Not saved: Maude Gagnier changed the same part. Save to see both.",
    )


async def test_the_page_takes_styles_of_its_own_script_alone(pages: Pages) -> None:
    first, second = [await pages.get("editor", EDIT) for _ in range(2)]
    nonces = [re.findall(r'data-nonce="([^"]+)"', one.text)[0] for one in (first, second)]
    assert nonces[0] != nonces[1]
    policy = first.headers["content-security-policy"]
    assert f"style-src 'self' 'nonce-{nonces[0]}'" in policy
    assert "script-src 'self';" in policy
    other = (await pages.get("editor", HOME)).headers["content-security-policy"]
    assert "nonce" not in other


async def test_the_script_of_the_editor_is_on_its_page_alone(pages: Pages) -> None:
    html = (await pages.get("editor", EDIT)).text
    assert html.count("/desk/static/editor-") == 1
    assert "/desk/static/editor-" not in (await pages.get("editor", HOME)).text
