"""The pages that one signs in by: a letter, the browser that asked, and nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote

import httpx
import pytest
from tests.desk_pages import HOUSE, SITE, Pages, pages_at, text_of

from communique.desk import signing_in, tokens
from communique.domain.actor import OPERATOR, SERVICE
from communique.domain.association import Person, Role
from communique.web.desk.asking import ASKED, SECURE, SESSION

MAUDE = "maude@harfang.example"


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with pages_at(url, tmp_path / "desk") as pages:
        yield pages


def browser(pages: Pages) -> httpx.AsyncClient:
    """One that nobody used before."""
    transport = httpx.ASGITransport(pages.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=SITE, headers={"Origin": SITE})


async def asked(pages: Pages, own: httpx.AsyncClient, address: str = MAUDE, going: str = "") -> str:
    """Have a letter written to an address; the digest that its code and link are made of."""
    answer = await own.post("/desk/sign-in", data={"address": address, "next": going})
    assert answer.headers["location"].startswith("/desk/sign-in/sent")
    await signing_in.write_due(pages.office.desk, SERVICE)
    [token] = parse_qs(unquote(own.cookies[SECURE + ASKED].strip('"')))["token"]
    return tokens.digest(token)


async def test_a_letters_code_signs_in_where_it_was_asked_for(pages: Pages) -> None:
    own = browser(pages)
    digest = await asked(pages, own, going="/desk/harfang/?x=1")
    sent = await own.get("/desk/sign-in/sent?lang=en")
    assert MAUDE in sent.text
    assert 'autocomplete="one-time-code"' in sent.text
    code = tokens.code(pages.office.desk, digest)
    wrong = await own.post("/desk/sign-in/code", data={"code": "12345x"})
    assert wrong.status_code == 422
    assert "You can try 4 more times." in wrong.text
    assert "<title>Error: Look in your mail" in wrong.text
    answer = await own.post("/desk/sign-in/code", data={"code": f"{code[:3]} {code[3:]}"})
    assert answer.headers["location"] == "/desk/harfang/?x=1"
    cookie = next(one for one in answer.headers.get_list("set-cookie") if SESSION + "=" in one)
    assert cookie.startswith(SECURE + SESSION)
    for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    home = await own.get("/desk/harfang/")
    assert "Maude Gagnier" in home.text
    assert SECURE + ASKED not in own.cookies  # what it asked is spent


async def test_a_letters_link_is_a_button_and_only_in_the_browser_that_asked(pages: Pages) -> None:
    own, scanner = browser(pages), browser(pages)
    digest = await asked(pages, own)
    path = f"/desk/sign-in/{tokens.link(pages.office.desk, digest)}"
    for one in (scanner, own):  # who looks spends nothing
        assert (await one.get(path)).status_code == 200
    elsewhere = await scanner.get(f"{path}?lang=en")
    assert "This is not the browser that asked" in elsewhere.text
    assert "<form" not in elsewhere.text
    assert (await scanner.post(path)).status_code == 410
    answer = await own.post(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/")
    assert (await own.post(path)).status_code == 410


async def test_whether_somebody_works_here_is_told_to_nobody(pages: Pages) -> None:
    answers = []
    for address in (MAUDE, "nobody@elsewhere.example"):
        own = browser(pages)
        answer = await own.post("/desk/sign-in", data={"address": address})
        sent = await own.get("/desk/sign-in/sent")
        answers.append((answer.status_code, sent.text.replace(address, "")))
    assert answers[0] == answers[1]
    bad = await browser(pages).post("/desk/sign-in?lang=en", data={"address": "maude"})
    assert bad.status_code == 422
    assert 'role="alert"' in bad.text
    assert 'value="maude"' in bad.text


async def test_nobody_is_led_to_another_site(pages: Pages) -> None:
    for going in (
        "https://elsewhere.test/",
        "//elsewhere.test/",
        "/desk/\\elsewhere.test",
        "/desk//elsewhere.test",
        "javascript:alert(1)",
        "/u/token",
        "/desk/x\r\nSet-Cookie: a=b",
        "/desk/../../n/harfang",
        "/desk/%2e%2E/n/harfang",
        "//[",
    ):
        own = browser(pages)
        digest = await asked(pages, own, going=going)
        code = tokens.code(pages.office.desk, digest)
        answer = await own.post("/desk/sign-in/code", data={"code": code})
        assert answer.headers["location"] == "/desk/", going
        assert (await pages.post("owner", "/desk/you/theme", theme="dark", next=going)).headers[
            "location"
        ] == "/desk/", going
        pages.office.clock.forward(minutes=20)  # so that not too much is asked from here


async def test_signing_out_ends_the_session(pages: Pages) -> None:
    own = browser(pages)
    code = tokens.code(pages.office.desk, await asked(pages, own))
    await own.post("/desk/sign-in/code", data={"code": code})
    token = own.cookies[SECURE + SESSION]
    page = await own.get("/desk/you")
    assert "This browser" in page.text
    [proof] = set(re.findall(r'name="csrf" value="([^"]+)"', page.text))
    answer = await own.post("/desk/you/language", data={"csrf": proof, "language": "fr"})
    assert answer.status_code == 303
    assert "Vos préférences" in (await own.get("/desk/you")).text
    answer = await own.post("/desk/sign-out", data={"csrf": proof})
    assert answer.headers["location"].startswith("/desk/signed-out")
    assert SECURE + SESSION not in own.cookies
    own.cookies.set(SECURE + SESSION, token)
    assert (await own.get("/desk/harfang/")).status_code == 303


async def test_the_operators_link_opens_the_desk_once(pages: Pages) -> None:
    own = browser(pages)
    token = await signing_in.open_here(pages.office.desk, OPERATOR, "harfang")
    assert "Open the desk" in (await own.get(f"/desk/open/{token}?lang=en")).text
    answer = await own.post(f"/desk/open/{token}")
    assert answer.headers["location"] == "/desk/harfang/"
    assert "The operator at the machine" in (await own.get("/desk/harfang/?lang=en")).text
    assert (await browser(pages).get(f"/desk/open/{token}")).status_code == 410
    assert (await browser(pages).post(f"/desk/open/{token}")).status_code == 410


async def test_who_asks_too_often_is_told_when_to_come_back(pages: Pages) -> None:
    own = browser(pages)
    for _ in range(signing_in.FROM_ONE):
        await own.post("/desk/sign-in", data={"address": MAUDE})
    answer = await own.post("/desk/sign-in?lang=en", data={"address": MAUDE})
    assert answer.status_code == 429
    assert "Too many tries" in answer.text


async def test_who_works_for_two_asks_each_for_its_letter_and_sees_why(pages: Pages) -> None:
    hope = Person("Hope Ames", "hope@massif.example", (Role.VIEWER,))
    await pages.office.sync(replace(HOUSE, people=(*HOUSE.people, hope)))
    own = browser(pages)

    async def enter(going: str) -> str:
        digest = await asked(pages, own, "hope@massif.example", going)
        code = tokens.code(pages.office.desk, digest)
        return (await own.post("/desk/sign-in/code", data={"code": code})).headers["location"]

    assert await enter("/desk/harfang/") == "/desk/harfang/"
    assert (await own.get("/desk/harfang/")).status_code == 200
    choice = text_of((await own.get("/desk/", headers={"Accept-Language": "en"})).text)
    assert "Massif" in choice[choice.index("Not open in this browser yet") :]
    other = await own.get("/desk/massif/log?q=a")
    assert other.headers["location"] == "/desk/sign-in?next=/desk/massif/log%3Fq%3Da"
    form = await own.get(other.headers["location"], headers={"Accept-Language": "en"})
    assert "Massif has a letter of its own" in form.text
    assert 'value="hope@massif.example"' in form.text
    assert await enter("/desk/massif/log?q=a") == "/desk/massif/log?q=a"
    for page in ("/desk/massif/log?q=a", "/desk/harfang/"):
        assert (await own.get(page)).status_code == 200


async def test_one_machine_of_many_addresses_is_one_that_asks(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "FROM_ONE", 1)
    said = []
    for address in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"):
        transport = httpx.ASGITransport(pages.app, client=(address, 1))
        headers = {"Origin": SITE}
        async with httpx.AsyncClient(transport=transport, base_url=SITE, headers=headers) as own:
            said.append((await own.post("/desk/sign-in", data={"address": MAUDE})).status_code)
    assert said == [303, 429, 303]


async def test_what_no_browser_sends_breaks_no_page(pages: Pages) -> None:
    own = browser(pages)
    assert (await own.get("/desk/sign-in?next=//%5b")).status_code == 200
    forged = await own.post("/desk/sign-in", headers={"Origin": "http://["})
    assert forged.status_code == 403
    back = await pages.post("owner", "/desk/you/theme", theme="dark", next="//[")
    assert back.headers["location"] == "/desk/"


async def test_a_form_is_of_this_site_by_its_scheme_too(pages: Pages) -> None:
    own = browser(pages)
    for origin, status in (("http://desk.test", 403), (SITE, 422), ("null", 403)):
        answer = await own.post("/desk/sign-in", data={}, headers={"Origin": origin})
        assert answer.status_code == status, origin


async def test_a_long_way_back_is_forgotten_and_not_the_way_in(pages: Pages) -> None:
    own = browser(pages)
    digest = await asked(pages, own, going="/desk/harfang/log?q=" + "%C3%A9" * 700)
    cookie = own.cookies[SECURE + ASKED]
    assert len(SECURE + ASKED) + len(cookie) < 4000
    code = tokens.code(pages.office.desk, digest)
    answer = await own.post("/desk/sign-in/code", data={"code": code})
    assert answer.headers["location"] == "/desk/"


async def test_who_ends_a_session_that_is_no_number_is_told_that_there_is_none(
    pages: Pages,
) -> None:
    own = browser(pages)
    digest = await asked(pages, own)
    code = tokens.code(pages.office.desk, digest)
    entered = await own.post("/desk/sign-in/code", data={"code": code})
    assert entered.status_code == 303
    csrf = re.findall(r'name="csrf" value="(\w+)"', (await own.get("/desk/you")).text)[0]
    for wrong in ("9" * 5000, "x", "999"):
        answer = await own.post("/desk/you/end", data={"csrf": csrf, "session": wrong})
        assert answer.status_code == 404, wrong
