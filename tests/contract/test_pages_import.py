"""Importing in a browser: each step, each refusal, and files that mean harm change nothing."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests import desk_people
from tests.contract.desks import ALL
from tests.contract.test_pages_people import refused, shown
from tests.desk_pages import Pages, pages_at, text_of
from tests.desk_people import ADA, JULIE, REJEAN, ZOE

from communique.desk import importing, inspecting
from communique.domain.actor import OPERATOR
from communique.errors import StoreUnavailable
from communique.roster import uploads
from communique.web.desk import checking
from communique.web.desk.taking import Running

HOME = "/desk/harfang"
HEAD = "No de membre;Entreprise;Prénom;Nom;Courriel;Langue\n"
GOOD = (
    HEAD
    + "Q-0094;Protéines du Fleuve;Julie-Anne;Tremblay;julie@fleuve.example;F\n"
    + "Q-0500;Boréal;Nina;Côté;nina@boreal.example;F\n"
    + "Q-0500;Boréal;Omar;Diallo;omar@boreal;F\n"
    + "Q-0188;Clinique Vallée-Verte;Owen;Bradley;owen@vallee.example;A\n"
)


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    home, fill = tmp_path / "desk", desk_people.fill
    async with pages_at(database_url, home, state="pages of imports", fill=fill) as pages:
        yield pages


async def sent(
    pages: Pages,
    path: str = "import",
    content: str | bytes = GOOD,
    name: str = "membres.csv",
    who: str = "editor",
    lists: Sequence[str] = ("members",),
    **fields: str,
) -> httpx.Response:
    """Send a file by our form."""
    body = content.encode() if isinstance(content, str) else content
    data = {"csrf": pages.signed[who].csrf, "list": [*lists], "what": "add", **fields}
    return await pages.of(who).post(
        f"{HOME}/{path}", data=data, files={"file": (name, body, "text/csv")}
    )


async def uploaded(
    pages: Pages,
    content: str | bytes = GOOD,
    lists: Sequence[str] = ("members",),
    **fields: str,
) -> str:
    """A file that is kept; the address of its page."""
    answer = await sent(pages, content=content, lists=lists, **fields)
    assert answer.status_code == 303, text_of(answer.text)[:900]
    return answer.headers["location"].removeprefix(f"{HOME}/")


async def rested(pages: Pages) -> None:
    """Wait until nothing is being worked on."""
    imports = pages.app.state.imports
    tasks = [one.task for one in imports._running.values()]
    await asyncio.gather(*tasks)


async def answers(pages: Pages, at: str, **changed: str) -> dict[str, str]:
    """What the form of the columns has chosen, as a browser would send it."""
    html = await shown(pages, at)
    chosen = {"columns": "yes", "sheet": "", "encoding": "", "dates": "", "company": ""}
    for name, options in re.findall(
        r'<select class="input" id="(column-\d+)"[^>]*>(.*?)</select>', html, re.DOTALL
    ):
        found = re.search(r'value="([^"]*)" selected', options)
        chosen[name] = found[1] if found else ""
    return {**chosen, **changed}


async def checked(
    pages: Pages,
    content: str | bytes = GOOD,
    lists: Sequence[str] = ("members",),
    **fields: str,
) -> str:
    """A file as far as what it would change is known; the address of its page."""
    at = await uploaded(pages, content, lists, **fields)
    answer = await pages.post("editor", f"{HOME}/{at}", **await answers(pages, at))
    assert answer.status_code == 303, text_of(answer.text)[:900]
    await rested(pages)
    return at


async def take(pages: Pages, at: str, **fields: str) -> str:
    answer = await pages.post("editor", f"{HOME}/{at}/take", **fields)
    assert answer.status_code == 303, text_of(answer.text)[:900]
    await rested(pages)
    return text_of(await shown(pages, f"{at}/check", "editor"))


async def addresses(pages: Pages) -> list[str]:
    async with pages.office.database.read() as transaction:
        return [one.address async for one in transaction.subscribers.all(ALL, "harfang")]


async def test_a_file_goes_in_step_by_step_and_not_before_the_last(pages: Pages) -> None:
    before = await addresses(pages)
    at = await uploaded(pages)
    text = text_of(await shown(pages, at, "editor"))
    assert "Read as CSV, UTF-8, semicolons, with 6 columns" in text
    assert "Courriel julie@fleuve.example nina@boreal.example omar@boreal" in text
    kept = next((pages.office.home / "uploads").rglob("file"))
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0
    assert (await answers(pages, at))["column-4"] == "address"
    await pages.post("editor", f"{HOME}/{at}", **await answers(pages, at))
    await rested(pages)
    html = await shown(pages, f"{at}/check", "editor")
    text = text_of(html)
    assert "1 person would be added and 1 changed" in text
    assert "1 person would be changed. Changed: Given name." in text
    assert "1 line can’t be taken in" in text
    assert "The consent of 1 lapsed" in text
    assert "4 omar@boreal" in text  # the line, by its number
    assert "Add 1 and change 1" in text
    assert await addresses(pages) == before
    changes = text_of(await shown(pages, f"{at}/check?kind=change"))
    assert "Given name was: Julie becomes: Julie-Anne" in changes
    done = await take(pages, at)
    assert "1 person was added and 1 changed" in done
    assert "An import is not taken back as a whole" in done
    assert await addresses(pages) == sorted([*before, "nina@boreal.example"])
    assert not list((pages.office.home / "uploads").rglob("file"))  # it is forgotten
    story = await inspecting.story(pages.office.desk, OPERATOR, "harfang", "nina@boreal.example")
    assert story.said[0].actor.name == "Ève Côté"
    assert story.said[0].evidence.source == "import of membres.csv"
    again = await pages.post("editor", f"{HOME}/{at}/take")  # pressed twice
    assert again.status_code == 303
    assert text_of(await shown(pages, "import")).count("membres.csv") == 1


async def test_a_report_tells_all_and_no_cell_of_it_is_a_formula(pages: Pages) -> None:
    at = await checked(pages, GOOD + "Q-1;X;=cmd|' /C calc'!A0;Y;@SUM(1);F\n")
    answer = await pages.get("editor", f"{HOME}/{at}/report")
    assert answer.text.startswith("\ufeffLine,Address or company,Why,Kind,Field,")
    assert "omar@boreal" in answer.text
    for line in answer.text.splitlines():
        assert not re.search(r'(^|,)"?[=@+]', line), line
    pages.speaks("editor", "fr")
    french = (await pages.get("editor", f"{HOME}/{at}/report")).text
    assert french.startswith("\ufeffLigne;")
    assert "ligne refusée" in french


async def test_a_column_is_mapped_by_hand_and_remembered(pages: Pages) -> None:
    odd = GOOD.replace("Courriel", "Coord")
    at = await uploaded(pages, odd)
    html = await shown(pages, at, "editor")
    assert "Put this right before going on" in html
    assert "No column for" in text_of(html)
    kept = await answers(pages, at)
    answer = await pages.post("editor", f"{HOME}/{at}", **kept)
    assert answer.status_code == 422
    twice = await pages.post("editor", f"{HOME}/{at}", **{**kept, "column-4": "given_name"})
    assert "Another column is “Given name” already" in twice.text
    answer = await pages.post(
        "editor", f"{HOME}/{at}", **{**kept, "column-4": "address", "remember": "yes"}
    )
    assert answer.status_code == 303, text_of(answer.text)[:900]
    await rested(pages)
    assert "1 person would be added" in text_of(await shown(pages, f"{at}/check", "editor"))
    # The next one, by the same people, and by no others.
    assert (await answers(pages, await uploaded(pages, odd)))["column-4"] == "address"
    async with pages.office.database.read() as transaction:
        assert await transaction.columns.of(ALL, "harfang") == {"Coord": "address"}
        assert await transaction.columns.of(ALL, "massif") == {}


async def test_what_was_answered_stands_there_again_as_it_was(pages: Pages) -> None:
    at = await uploaded(pages)
    kept = await answers(pages, at)
    first = {**kept, "column-5": "-", "company": "Boréal", "look": "yes"}
    assert (await pages.post("editor", f"{HOME}/{at}", **first)).status_code == 200
    wrong = {**kept, "column-2": "given_name", "column-3": "given_name", "column-5": "role"}
    wrong |= {"alone": "yes", "dates": "day-first"}
    answer = await pages.post("editor", f"{HOME}/{at}", **wrong)
    assert answer.status_code == 422
    html = answer.text
    selects = re.findall(r'id="(column-\d|dates)"[^>]*>(.*?)</select>', html, re.DOTALL)
    stands = {one: re.findall(r'value="([^"]*)" selected', options) for one, options in selects}
    assert all(len(one) == 1 for one in stands.values()), stands
    assert (stands["column-2"], stands["column-3"]) == (["given_name"], ["given_name"])
    assert (stands["column-5"], stands["dates"]) == (["role"], ["day-first"])
    assert re.search(r'id="alone"[^>]* checked', html)
    assert re.search(r'id="company"[^>]* value=""', html), "it was emptied"
    missing = await refused(pages, f"{at}/again")
    assert 'href="#file"' in missing
    assert 'id="file"' in missing


async def test_a_list_stays_ticked_where_no_file_was_chosen(pages: Pages) -> None:
    for path in ("import", "import?list=members"):
        html = await refused(pages, path, what="add", list="partners")
        assert re.findall(r'name="list" value="(\w+)" checked', html) == ["partners"], path
    html = await shown(pages, "import?list=members", "editor")
    assert re.findall(r'name="list" value="(\w+)" checked', html) == ["members"]


async def test_a_column_that_is_left_out_is_not_read(pages: Pages) -> None:
    at = await uploaded(pages)
    kept = await answers(pages, at)
    await pages.post("editor", f"{HOME}/{at}", **{**kept, "column-2": ""})
    await rested(pages)
    text = text_of(await shown(pages, f"{at}/check", "editor"))
    assert "0 people would be changed" in text


async def test_who_said_no_elsewhere_is_heard(pages: Pages) -> None:
    noes = "Email,First name,Last name,Company,Unsubscribed\n"
    noes += f"{ZOE},Zoé-Anne,Roy,Protéines du Fleuve,yes\n"
    at = await checked(pages, noes)
    text = text_of(await shown(pages, f"{at}/check", "editor"))
    assert "1 no is heard in the file, and would be written down." in text
    assert "Write down 1 no" in text
    assert "Said no elsewhere 1" in text
    done = await take(pages, at)
    assert "1 no was heard in the file" in done
    assert (await pages.office.contact("harfang", ZOE)).suppressed


async def test_a_list_that_is_to_match_asks_by_its_count(pages: Pages) -> None:
    rest = HEAD + "".join(
        f"Q-0094;Protéines du Fleuve;{given};{family};{address};F\n"
        for given, family, address in (
            ("Julie", "Tremblay", JULIE), ("Réjean", "Ouellet", REJEAN),
            ("Zoé-Anne", "Roy", ZOE),
        )
    )  # fmt: skip
    at = await checked(pages, rest, what="match")
    text = text_of(await shown(pages, f"{at}/check", "editor"))
    assert "on Member notices" in text
    assert "not in the file, and would leave it" in text
    assert "Type 2 to let these people leave" in text
    assert "owen@vallee.example" in text
    for typed in ("", "1", "22"):
        html = await refused(pages, f"{at}/take", leaving=typed)
        assert "This is not 2: nothing was changed" in html
    done = await take(pages, at, leaving="2")
    assert "2 people left Member notices." in done
    bad = await checked(pages, rest + "Q-1;X;A;B;nobody;F\n", what="match")
    assert "Nobody leaves a list while 1 line can’t be read" in await shown(pages, f"{bad}/check")


async def test_of_no_list_do_more_leave_than_were_shown_of_it(pages: Pages) -> None:
    rest = HEAD + f"Q-0094;Protéines du Fleuve;Julie;Tremblay;{JULIE};F\n"
    at = await checked(pages, rest, ["members", "partners"], what="match")
    [one] = pages.app.state.imports.uploads.all("harfang")
    leaving = {each["list_key"]: each["leaving"] for each in one.found["matched"]}
    assert leaving["members"] > leaving["partners"] == 1
    await pages.office.admit("harfang", desk_people.person("new@x.example", "N", "E", "partners"))
    text = await take(pages, at, leaving=str(sum(leaving.values())))
    assert "The import stopped in the middle" in text
    assert (await pages.office.contact("harfang", ADA)).lists == ("partners",)


async def test_consent_that_lapsed_holds_again_only_if_that_is_ticked(pages: Pages) -> None:
    renewed = HEAD.strip() + ";Membre jusqu’au\n"
    renewed += "Q-0188;Clinique Vallée-Verte;Owen;Bradley;owen@vallee.example;A;2028-12-31\n"
    for ticked, stands in (({}, "Lapsed"), ({"revive": "yes"}, "Yes")):
        at = await checked(pages, renewed)
        assert "Becomes writable 1" in text_of(await shown(pages, f"{at}/check", "editor"))
        await take(pages, at, **ticked)
        html = await shown(pages, "lists/members?q=owen")
        assert stands in text_of(html), ticked


async def test_a_corrected_file_keeps_what_was_answered(pages: Pages) -> None:
    at = await checked(pages, GOOD.replace("Courriel", "Email"))
    answer = await sent(pages, f"{at}/again", GOOD.replace("omar@boreal;", "omar@boreal.example;"))
    assert answer.status_code == 303
    await pages.post("editor", f"{HOME}/{at}", **await answers(pages, at))
    await rested(pages)
    text = text_of(await shown(pages, f"{at}/check", "editor"))
    assert "2 people would be added" in text
    assert "can’t be taken in" not in text
    html = (await pages.post("editor", f"{HOME}/{at}/again")).text
    assert "Choose a file" in html


def bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to two hundred megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (200 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (bomb, "bomb.xlsx"),
        (lambda: b"\x00\x01\x02\xff" * 5000, "binary.csv"),
        (lambda: b"PK\x03\x04 not a workbook", "torn.xlsx"),
        (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "members.pdf"),
        (lambda: b"just some words\nand more\n", "../../etc/passwd"),
    ],
    ids=["bomb", "binary", "torn", "pdf", "words"],
)
async def test_a_file_that_means_harm_is_told_of_and_changes_nothing(
    pages: Pages, content: object, name: str
) -> None:
    before = await addresses(pages)
    assert callable(content)
    answer = await sent(pages, content=content(), name=name)
    at = answer.headers["location"].removeprefix(f"{HOME}/")
    page = await pages.get("editor", f"{HOME}/{at}")
    text = text_of(page.text)
    assert page.status_code in (200, 422)
    assert "Upload the corrected file" in text
    assert name.rpartition("/")[2] in text
    assert str(pages.office.home) not in page.text
    assert "uploads/" not in page.text
    answer = await pages.post("editor", f"{HOME}/{at}", columns="yes")
    assert answer.status_code == 422
    assert await addresses(pages) == before
    assert (await pages.post("editor", f"{HOME}/{at}/discard")).status_code == 303
    await shown(pages, at, "editor", 404)


async def test_a_file_is_asked_for_and_bounded(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 4096)
    html = await refused(pages, "import")
    assert "Choose a file" in html
    assert "Say what this file is" in html
    too_large = await sent(pages, content=b"a" * 4097)
    assert too_large.status_code == 422
    assert "Is larger than 0 MB" in text_of(too_large.text)
    empty = await sent(pages, content=b"")
    assert empty.status_code == 422
    no_list = await sent(pages, list="nowhere")
    assert "Choose the list" in no_list.text
    monkeypatch.setattr(uploads, "MOST", 1)
    await uploaded(pages)
    assert "Files wait here already" in (await sent(pages)).text
    assert len(list((pages.office.home / "uploads").rglob("file"))) == 1
    large = await pages.of("editor").post(f"{HOME}/import", content=b"x" * (34 << 20))
    assert large.status_code in (403, 413)


async def test_what_nobody_goes_on_with_is_forgotten(pages: Pages) -> None:
    at = await uploaded(pages)
    done = await checked(pages)
    await take(pages, done)
    pages.office.clock.forward(days=8)
    text = text_of(await shown(pages, "import", "editor"))
    assert "Not taken in yet" not in text
    await shown(pages, at, "editor", 404)
    assert "Taken in" in text
    pages.office.clock.forward(days=31)
    assert "Taken in" not in text_of(await shown(pages, "import", "editor"))
    assert not [one for one in (pages.office.home / "uploads").rglob("*") if one.is_file()]
    assert timedelta(days=7) == uploads.GIVEN_UP


async def test_what_a_stopped_service_left_can_be_gone_on_with(pages: Pages) -> None:
    at = await checked(pages)
    kept = pages.app.state.imports.uploads
    [one] = kept.all("harfang")
    for stage, said in ((uploads.Stage.TAKING, "stopped in the middle"), (
        uploads.Stage.CHECKING, "its columns are to be looked at"
    )):  # fmt: skip
        kept.write(replace(one, stage=stage))
        assert said in text_of(await shown(pages, "import", "editor"))
    kept.write(replace(one, stage=uploads.Stage.BROKEN))
    assert "The import stopped in the middle" in await shown(pages, f"{at}/check", "editor")
    assert "1 person was added" in await take(pages, at)


async def test_a_page_says_how_far_it_is_and_nothing_is_done_twice_meanwhile(pages: Pages) -> None:
    at = await checked(pages)
    imports = pages.app.state.imports
    [one] = imports.uploads.all("harfang")
    running = imports._running[one.key] = Running(size=100, read=40)
    running.found.good = 4
    part = {"HX-Request": "true", "HX-Target": "progress"}
    answer = await pages.of("editor").get(f"{HOME}/{at}/check", headers=part)
    assert answer.text.strip().startswith('<section id="progress"')
    assert "4 lines read." in text_of(answer.text)
    assert 'width="40%"' in answer.text
    running.found.done = 1
    assert "1 line of 4 done." in text_of(await shown(pages, f"{at}/check", "editor"))
    for more in ("", "/take", "/discard"):
        assert (await pages.post("editor", f"{HOME}/{at}{more}")).status_code == 303
    assert [each.stage for each in imports.uploads.all("harfang")] == [uploads.Stage.CHECKED]
    assert "being checked" in text_of(await shown(pages, "import", "editor"))
    del imports._running[one.key]
    answer = await pages.of("editor").get(f"{HOME}/{at}/check", headers=part)
    assert answer.headers["HX-Redirect"] == f"{HOME}/{at}/check"


async def test_an_import_that_fails_says_so_and_keeps_the_file(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = await checked(pages)

    async def broken(*_: object, **__: object) -> None:
        raise StoreUnavailable("database_busy")

    monkeypatch.setattr(importing, "import_lines", broken)
    text = await take(pages, at)
    assert "The import stopped in the middle" in text
    assert "It could not be done to its end" in text
    monkeypatch.undo()
    assert "1 person was added" in await take(pages, at)


async def test_findings_go_by_pages(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SHOWN", 2)
    bad = HEAD + "".join(f"Q-1;X;A;B;bad{n};F\n" for n in range(5))
    at = await checked(pages, bad)
    html = await shown(pages, f"{at}/check", "editor")
    assert "1 to 2 of 5" in text_of(html)
    html = await shown(pages, f"{at}/check?kind=bad&after=4")
    assert "5 to 5 of 5" in text_of(html)
    assert "bad4" in html


async def test_no_other_association_reaches_a_file(pages: Pages) -> None:
    at = await uploaded(pages)
    theirs = at.replace("import", "/desk/massif/import")
    for more in ("", "/check", "/report"):
        await shown(pages, theirs + more, "other", 404)
    assert (await pages.get("viewer", f"{HOME}/{at}")).status_code == 403
    for wrong in ("0", "../members", "0" * 24):
        await shown(pages, f"import/{wrong}", "editor", 404)
