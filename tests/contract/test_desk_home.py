"""Home over a real store, on SQLite and PostgreSQL: what needs somebody, and nothing of others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.desk_home import fill
from tests.desk_pages import Pages, pages_at, text_of

from communique.desk import approving
from communique.domain.actor import OPERATOR
from communique.domain.event import Verb
from communique.domain.scope import Operator

HOME = "/desk/harfang/"


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    async with pages_at(database_url, tmp_path / "desk", state="desk home", fill=fill) as pages:
        pages.office.clock.forward(hours=2, minutes=6)
        yield pages


async def test_home_says_what_needs_whoever_looks(pages: Pages) -> None:
    home = text_of((await pages.get("owner", HOME)).text)
    assert "2 things need you, and 2 releases are going out" in home
    assert "Ève Côté asks for your approval. Goes Wednesday 9 June, 9:00." in home
    assert "Spring bulletin Missed its hour" in home
    assert "Waiting for others: Capital day in Ottawa, with Massif." in home
    assert "134 of 140 accepted, 3 failed, 1 not known." in home
    assert "Will not go unless you approve. In Vancouver: 6:00." in home
    # Who may only look is asked for nothing, and sees the same.
    looked = text_of((await pages.get("viewer", HOME)).text)
    assert "Needs you" in looked  # for others wait
    assert "asks for your approval" not in looked
    assert "Missed its hour" not in looked
    assert "Mission to Boston 2027" in looked


async def test_a_given_word_is_asked_for_no_more(pages: Pages) -> None:
    await approving.approve(pages.office.desk, OPERATOR, "boston", "harfang", "Aude Roy")
    home = text_of((await pages.get("owner", HOME)).text)
    assert "One thing needs you" in home
    assert "Waiting for others: Capital day in Ottawa, with Massif; Mission to Boston" in home or (
        "Mission to Boston 2027, with Massif; Capital day in Ottawa, with Massif." in home
    )


async def test_what_went_wrong_stays_until_somebody_says_that_they_saw_it(pages: Pages) -> None:
    assert "3 messages of Lab safety week failed" in text_of((await pages.get("owner", HOME)).text)
    answer = await pages.post("viewer", f"{HOME}seen", release="laboratoires")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{HOME}?said=home.said.seen~")
    home = text_of((await pages.get("owner", answer.headers["location"])).text)
    assert "Noted, with your name." in home
    assert "Lab safety week failed" not in home
    assert "3 messages of June advantages failed" in home
    release = await pages.office.release("laboratoires")
    async with pages.office.database.read() as transaction:
        history = await transaction.events.history(Operator(), release.id)
    [saw] = [one for one in history if one.verb is Verb.SEE]
    assert (saw.actor.name, saw.association) == ("Luc Bé", "harfang")


async def test_a_partner_sees_what_is_shared_and_nothing_of_the_rest(pages: Pages) -> None:
    home = text_of((await pages.get("other", "/desk/massif/")).text)
    assert "Mission to Boston 2027" in home
    assert "Lab safety week" not in home
    assert "Breakfast" not in home
    # June goes to both, and so far Harfang's people alone have it: of theirs, nothing is told.
    assert "0 of 60 accepted. " in home
    assert "134" not in home
    assert "not known" not in home
    assert "failed" not in home.partition("Went wrong")[2]  # 3 of Harfang's failed, none of theirs
    answer = await pages.post("other", "/desk/massif/seen", release="laboratoires")
    assert answer.status_code == 404


async def test_home_speaks_french_as_it_is_set_in_quebec(pages: Pages) -> None:
    pages.speaks("owner", "fr")
    html = (await pages.get("owner", HOME)).text
    assert "Jeudi 3\N{NO-BREAK SPACE}juin, 11\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}06." in html
    assert (
        "Départ\N{NO-BREAK SPACE}: mercredi 9\N{NO-BREAK SPACE}juin, 9\N{NO-BREAK SPACE}h." in html
    )


async def test_a_word_that_an_address_brings_is_one_of_ours_or_none(pages: Pages) -> None:
    done = await pages.post("viewer", f"{HOME}seen", release="laboratoires")
    sealed = done.headers["location"].partition("said=")[2]
    assert "said-line" in (await pages.get("viewer", f"{HOME}?said={sealed}")).text
    pages.signed["owner"] = replace(pages.signed["owner"], csrf="of-another-session")
    of_another = (sealed, f"{sealed}&n=4", sealed.replace("seen", "sent"), sealed[:-1])
    words = ("home.write", "nothing.said.here", "<b>you won</b>", "you.said.ended&n=99999999")
    for said in ("home.said.seen", *of_another, *words):
        answer = await pages.get("owner", f"{HOME}?said={said}")
        assert answer.status_code == 200
        assert "said-line" not in answer.text


async def test_a_new_desk_is_told_what_a_first_release_needs(
    database_url: str, tmp_path: Path
) -> None:
    async with pages_at(database_url, tmp_path / "desk") as pages:
        home = text_of((await pages.get("owner", HOME)).text)
        assert "Welcome to the desk of Snowy Owl" in home
        assert "People on a list" in home
        assert "Went wrong" not in home
        assert (await pages.get("owner", "/desk/")).headers["location"] == HOME
        both = text_of((await pages.get("both", "/desk/")).text)
        assert "Choose an association" in both
        assert "Massif" in both


async def test_what_came_back_says_from_whom_by_name(pages: Pages) -> None:
    await approving.reject(
        pages.office.desk, OPERATOR, "boston", "massif", "Hope Ames", "Fix the “&” sign"
    )
    home = text_of((await pages.get("owner", HOME)).text)
    assert "for Massif: Fix the “&amp;” sign" in home
    assert "for massif" not in home


async def test_who_saw_nothing_said_nothing(pages: Pages) -> None:
    release = await pages.office.release("boston")
    await pages.post("viewer", f"{HOME}seen", release="boston")
    async with pages.office.database.read() as transaction:
        history = await transaction.events.history(Operator(), release.id)
    assert Verb.SEE not in [one.verb for one in history]
    await pages.post("viewer", f"{HOME}seen", release="laboratoires")
    told = text_of((await pages.get("owner", "/desk/harfang/releases/laboratoires")).text)
    assert "What went wrong was seen by Luc Bé." in told
