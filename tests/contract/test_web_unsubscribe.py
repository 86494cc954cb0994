"""The public pages over a real store, on SQLite and PostgreSQL: a no is a no, a look is a look."""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message
from tests.contract.desks import LICHEN, MASSIF, NOW, entry
from tests.public_site import HARFANG, Site, site_at

from communique.desk import correcting, erasing
from communique.domain.actor import OPERATOR
from communique.domain.consent import Basis
from communique.domain.delivery import DeliveryState
from communique.domain.look import contrast, ink_on
from communique.domain.member import Cause, Suppression
from communique.errors import StoreUnavailable
from communique.store.consent_tables import consents
from communique.web.asked import LARGEST
from communique.web.showing import VERSIONS, preferred
from communique.web.unsubscribing import masked

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with site_at(database_url, tmp_path / "desk") as site:
        yield site


@pytest.fixture
def sqlite(tmp_path: Path) -> tuple[str, Path]:
    return f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}", tmp_path / "desk"


# One click (RFC 8058).


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
async def test_one_click_takes_them_off_the_list_at_once(site: Site, encoding: str) -> None:
    if encoding == "urlencoded":
        answer = await site.client.post(site.path, data=ONE_CLICK)
    else:
        fields: Mapping[str, Any] = {"List-Unsubscribe": (None, "One-Click")}
        answer = await site.client.post(site.path, files=fields)
    assert (answer.status_code, answer.text) == (200, "unsubscribed\n")
    assert await site.said_no() == [("odile@lichen.example", "list", "members", "one-click")]
    assert "set-cookie" not in answer.headers


async def test_a_click_that_is_repeated_changes_nothing_more(site: Site) -> None:
    await site.client.post(site.path, data=ONE_CLICK)
    before = await site.rows()
    assert (await site.client.post(site.path, data=ONE_CLICK)).status_code == 200
    assert await site.rows() == before


@pytest.mark.parametrize("how", ["GET", "HEAD"])
async def test_looking_changes_nothing(site: Site, how: str) -> None:
    before = await site.rows(), await site.states()
    for query in ("", "?scope=all", "?List-Unsubscribe=One-Click"):
        assert (await site.client.request(how, site.path + query)).status_code == 200
    assert (await site.rows(), await site.states()) == before


# The page's button.


@pytest.mark.parametrize(("scope", "list_key"), [("list", "members"), ("joint", ""), ("all", "")])
async def test_each_choice_reaches_as_far_as_it_says(site: Site, scope: str, list_key: str) -> None:
    answer = await site.client.post(site.path, data={"scope": scope})
    assert answer.status_code == 200
    assert "<h1>C’est fait</h1>" in answer.text
    assert await site.said_no() == [("odile@lichen.example", scope, list_key, "page")]


@pytest.mark.parametrize("data", [ONE_CLICK, {"scope": "joint"}, {"scope": "all"}])
async def test_nothing_of_theirs_stays_open_after_a_no(site: Site, data: dict[str, str]) -> None:
    await site.client.post(site.path, data=data)
    assert await site.states() == {
        "odile@lichen.example": DeliveryState.SKIPPED,
        "luc@lichen.example": DeliveryState.QUEUED,
    }


@pytest.mark.parametrize("data", [{"scope": "everything"}, {"scope": ""}, {}])
async def test_a_choice_that_is_none_is_asked_again_and_changes_nothing(
    site: Site, data: dict[str, str]
) -> None:
    before = await site.rows()
    answer = await site.client.post(site.path, data=data)
    assert answer.status_code == 422
    assert "Rien n’a été modifié" in answer.text
    assert 'name="scope"' in answer.text
    assert await site.rows() == before


async def test_the_page_says_what_stays_possible(sqlite: tuple[str, Path]) -> None:
    async with site_at(*sqlite) as site:
        left = (await site.client.post(site.path, data={"scope": "list"})).text
        assert "liste «&nbsp;Avis aux membres&nbsp;»" in left
        assert "déjà quittées&nbsp;: «&nbsp;Nouvelles des partenaires&nbsp;»" in left
        assert "mailto:info@harfang.example" in left
        joint = (await site.client.post(site.path, data={"scope": "joint"})).text
        assert "en son seul nom." in joint
        everything = (await site.client.post(site.path, data={"scope": "all"})).text
        assert "plus aucun communiqué" in everything
        assert "Nouvelles des partenaires" not in everything
        assert "n’écrit plus à" in (await site.client.get(site.path)).text


# The way back, by the same link.


NOES = {"list": "list:members", "joint": "joint", "all": "all"}


@pytest.mark.parametrize("scope", NOES)
async def test_a_no_is_taken_back_by_the_same_link_and_nothing_else_is(
    site: Site, scope: str
) -> None:
    await site.client.post(site.path, data={"scope": scope})
    shown = (await site.client.get(site.path)).text
    assert shown.count('name="back"') == 1
    assert f'value="{NOES[scope]}"' in shown
    for _ in range(2):  # a double click is one
        answer = await site.client.post(site.path, data={"back": NOES[scope]})
        assert answer.status_code == 200
        assert "de nouveau" in answer.text
        assert 'name="back"' not in answer.text
    contact = await site.office.contact("harfang", "odile@lichen.example")
    assert contact.suppressions == ()
    words = [(row["word"], row["extent"]) for row in await site.office.rows(consents)]
    assert words[-2:] == [("withdrawn", scope), ("confirmed", scope)]
    assert (await site.states())[
        "odile@lichen.example"
    ] is DeliveryState.SKIPPED  # that one is past


async def test_the_evidence_is_the_words_that_were_shown(site: Site) -> None:
    await site.client.post(f"{site.path}?lang=en", data={"scope": "all"})
    await site.client.post(site.path, data={"back": "all"})
    no, yes = (await site.office.rows(consents))[-2:]
    assert (no["wording"], yes["wording"]) == (
        "Everything Snowy Owl sends",
        "Recevoir de nouveau ce qu’envoie Harfang <Québec>",
    )
    assert no["version"] == VERSIONS["en"]
    assert yes["version"] == VERSIONS["fr"]
    assert no["origin"] == yes["origin"] == "127.0.0.1"
    assert (no["actor_kind"], yes["actor_kind"]) == ("recipient", "recipient")


async def test_each_no_that_stands_has_its_button_and_what_is_left_is_offered(
    site: Site,
) -> None:
    other = await site.office.token("harfang", "odile@lichen.example", "partners")
    await site.client.post(f"/u/{other}", data=ONE_CLICK)
    await site.client.post(site.path, data={"scope": "joint"})
    shown = (await site.client.get(site.path)).text
    assert [one for one in ("list:partners", "joint") if f'value="{one}"' in shown] == [
        "list:partners",
        "joint",
    ]
    assert 'value="list"' in shown
    assert '"joint-is"' not in shown
    back = (await site.client.post(site.path, data={"back": "joint"})).text
    assert 'value="list:partners"' in back
    assert "Ce que vous ne recevez toujours pas" in back


@pytest.mark.parametrize("back", ["list:gone", "list:", "everything", "list", "joint:x:y" * 9])
async def test_what_is_no_button_of_the_page_changes_nothing(site: Site, back: str) -> None:
    await site.client.post(site.path, data={"scope": "all"})
    before = await site.rows()
    answer = await site.client.post(site.path, data={"back": back})
    assert answer.status_code == 422
    assert await site.rows() == before


@pytest.mark.parametrize("cause", [Cause.COMPLAINT, Cause.HARD_BOUNCE])
async def test_a_complaint_is_theirs_to_take_back_and_a_bounce_is_not(
    site: Site, cause: Cause
) -> None:
    async with site.office.database.begin() as transaction:
        await transaction.suppressions.add(
            Suppression("harfang", "odile@lichen.example", cause, "a report"), NOW
        )
    shown = (await site.client.get(site.path)).text
    assert ('value="all"' in shown) is True
    assert ("n’utilise plus l’adresse" in shown) is (cause is Cause.HARD_BOUNCE)
    await site.client.post(site.path, data={"back": "all"})
    contact = await site.office.contact("harfang", "odile@lichen.example")
    assert bool(contact.suppressions) is (cause is Cause.HARD_BOUNCE)


async def test_the_link_of_a_moved_person_works_and_that_of_an_erased_one_is_kind(
    site: Site,
) -> None:
    desk, old, new = site.office.desk, "odile@lichen.example", "odile@mousse.example"
    await correcting.move(desk, OPERATOR, "harfang", old, new)
    assert "o•••@mousse.example" in (await site.client.get(site.path)).text
    await erasing.forget(desk, OPERATOR, "harfang", new)
    before = await site.rows()
    for answer in (
        await site.client.get(site.path),
        await site.client.post(site.path, data={"scope": "all"}),
        await site.client.post(site.path, data={"back": "all"}),
    ):
        assert answer.status_code == 200
        assert "Vous n’êtes plus dans nos dossiers" in answer.text
        assert "lichen" not in answer.text.casefold()
    answer = await site.client.post(site.path, data=ONE_CLICK)
    assert (answer.status_code, answer.text) == (200, "unsubscribed\n")
    assert await site.rows() == before


# Languages.


async def test_a_page_speaks_its_readers_language_or_the_one_asked_for(
    sqlite: tuple[str, Path],
) -> None:
    async with site_at(*sqlite, language="en") as site:
        english = await site.client.get(site.path, headers={"Accept-Language": "fr"})
        assert '<html lang="en">' in english.text
        assert "Snowy Owl writes to you at <strong>o•••@lichen.example</strong>" in english.text
        assert "because Lichen &amp; Cie is a member" in english.text
        french = await site.client.get(site.path, params={"lang": "fr"})
        assert '<html lang="fr">' in french.text
        assert "Harfang &lt;Québec&gt; vous écrit à" in french.text
        assert 'action="?lang=fr"' in french.text
        done = await site.client.post(site.path, params={"lang": "fr"}, data={"scope": "list"})
        assert "C’est fait" in done.text


async def test_a_language_we_do_not_speak_falls_to_the_associations_own(
    sqlite: tuple[str, Path],
) -> None:
    async with site_at(*sqlite, language="es") as site:
        assert '<html lang="fr">' in (await site.client.get(site.path)).text
        page = await site.client.get(site.path, params={"lang": "xx"})
        assert '<html lang="fr">' in page.text


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    def blanks(language: str) -> dict[str, list[str]]:
        source = (files("communique.web") / "pages" / f"{language}.toml").read_text("utf-8")
        found: dict[str, list[str]] = {}

        def walk(value: Any, path: str) -> None:
            if isinstance(value, dict):
                for name, one in value.items():
                    walk(one, f"{path}.{name}")
            else:
                found[path] = sorted(set(re.findall(r"{\w*}", value)))

        walk(tomllib.loads(source), "")
        return found

    assert blanks("fr") == blanks("en")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_to_write_has_its_sentence(language: str) -> None:
    source = (files("communique.web") / "pages" / f"{language}.toml").read_text("utf-8")
    reasons = set(tomllib.loads(source)["because"])
    assert reasons == {basis.value for basis in Basis} | {"past_membership", "listed"}


async def test_whoever_agreed_is_told_so_at_a_member_too(sqlite: tuple[str, Path]) -> None:
    async with site_at(*sqlite) as site:
        agreed = tuple(replace(one, basis=Basis.EXPRESS) for one in HARFANG.lists)
        await site.office.sync(replace(HARFANG, lists=agreed), MASSIF)
        await site.office.admit("harfang", entry("a@lichen.example", language="en"))
        token = await site.office.token("harfang", "a@lichen.example")
        page = (await site.client.get(f"/u/{token}")).text
        assert "because you agreed to receive its announcements" in page


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (date(2027, 6, 2), "because Lichen &amp; Cie was a member"),
        (date(2027, 6, 3), "because Lichen &amp; Cie is a member"),
    ],
)
async def test_a_member_is_one_to_the_last_day(
    sqlite: tuple[str, Path], until: date, words: str
) -> None:
    async with site_at(*sqlite) as site:
        ended = replace(LICHEN, until=until)
        await site.office.admit(
            "harfang", entry("odile@lichen.example", language="en", member=ended)
        )
        assert words in (await site.client.get(site.path)).text


async def test_a_list_that_is_declared_no_longer_can_still_be_left(site: Site) -> None:
    await site.office.sync(replace(HARFANG, lists=HARFANG.lists[1:]), MASSIF)
    page = (await site.client.get(site.path)).text
    assert "car cette adresse figure sur l’une de ses listes" in page
    assert "La liste «&nbsp;members&nbsp;» seulement" in page
    assert (await site.client.post(site.path, data={"scope": "list"})).status_code == 200
    assert await site.said_no() == [("odile@lichen.example", "list", "members", "page")]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.3, fr;q=0.2", "en"),
        ("EN-us", "en"),
        ("es, fr;q=0.1", "fr"),
        ("es, de;q=0.5", None),
        ("fr;q=0", None),
        ("fr;q=x", None),
        ("*", None),
        (None, None),
    ],
)
def test_a_browsers_wishes_are_weighed(header: str | None, language: str | None) -> None:
    assert preferred(header) == language


# Links that lead nowhere.


def bent(token: str) -> list[str]:
    parts = token.split(".")
    return [
        "",
        token[:-1],
        token[: len(token) // 2],
        f"{token}x",
        token.upper(),
        ".".join(["massif", *parts[1:]]),
        ".".join([parts[0], "partners", *parts[2:]]),
        ".".join([*parts[:2], "998", *parts[3:]]),
        ".".join([*parts[:3], "b", parts[4]]),
        "%ff%fe",
        "%00",
        ".." * 2000,
    ]


async def test_a_broken_link_gets_the_same_friendly_page_however_it_is_broken(
    sqlite: tuple[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with site_at(*sqlite) as site:
        before = await site.rows()
        gone = site.office.desk.keyring.sign("unsubscribe", "harfang", "members", 999)
        unknown = site.office.desk.keyring.sign("unsubscribe", "nobody", "members", 1)
        other_purpose = site.office.desk.keyring.sign("bounce", "harfang", "members", 1)
        tokens = [*bent(site.token), gone, unknown, other_purpose]
        pages = {
            (answer.status_code, answer.text)
            for token in tokens
            for answer in (
                await site.client.get(f"/u/{token}", headers={"Accept-Language": "en"}),
                await site.client.post(
                    f"/u/{token}", headers={"Accept-Language": "en"}, data=ONE_CLICK
                ),
                await site.client.post(f"/u/{token}", headers={"Accept-Language": "en"}),
            )
        }
        [(status, page)] = pages
        assert status == 404
        assert "<h1>This link does not work</h1>" in page
        assert await site.rows() == before
        assert site.token[:20] not in "".join(
            record.getMessage() for record in caplog.records if record.name != "httpx"
        )


async def test_a_page_of_nobodys_speaks_both_languages_when_the_browser_speaks_neither(
    sqlite: tuple[str, Path],
) -> None:
    async with site_at(*sqlite) as site:
        both = (await site.client.get("/u/x")).text
        assert '<section lang="fr">' in both
        assert '<section lang="en">' in both
        french = (await site.client.get("/u/x", headers={"Accept-Language": "fr-CA"})).text
        assert '<section lang="en">' not in french


# Everything else a server is asked.


async def test_health_is_told_as_json(sqlite: tuple[str, Path]) -> None:
    async with site_at(*sqlite) as site:
        live, ready = await site.client.get("/healthz"), await site.client.get("/readyz")
        assert (live.status_code, live.json()) == (200, {"status": "alive"})
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
        site.health.good = False
        ready = await site.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"status": "unavailable"})
        assert (await site.client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/docs", "/openapi.json", "/u", "/u/x/../../etc"])
async def test_there_is_nothing_else_here(sqlite: tuple[str, Path], path: str) -> None:
    async with site_at(*sqlite) as site:
        answer = await site.client.get(path)
        assert answer.status_code == 404
        assert "<h1>Page introuvable</h1>" in answer.text


async def test_other_methods_are_refused(sqlite: tuple[str, Path]) -> None:
    async with site_at(*sqlite) as site:
        for method, path, allowed in (
            ("PUT", site.path, {"GET", "HEAD", "POST"}),
            ("DELETE", site.path, {"GET", "HEAD", "POST"}),
            ("POST", "/", {"GET", "HEAD"}),
        ):
            answer = await site.client.request(method, path)
            assert answer.status_code == 405
            assert "Action impossible" in answer.text
            assert set(answer.headers["allow"].split(", ")) == allowed


async def test_a_body_may_not_be_large_whether_it_says_so_or_not(sqlite: tuple[str, Path]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 1024 + 1):
            yield b"x" * 1024

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with site_at(*sqlite) as site:
        before = await site.rows()
        for body in (b"x" * (LARGEST + 1), pieces()):
            answer = await site.client.post(site.path, content=body, headers=form)
            assert answer.status_code == 413
            assert "Rien n’a été modifié" in answer.text
        assert await site.rows() == before


async def test_a_sender_that_hangs_up_midway_changes_nothing(sqlite: tuple[str, Path]) -> None:
    coming: list[Message] = [
        {"type": "http.request", "body": b"List-Unsubscribe=One-Click", "more_body": True},
        {"type": "http.disconnect"},
    ]
    statuses: list[int] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async with site_at(*sqlite) as site:
        before = await site.rows()
        await site.app(
            {
                "type": "http",
                "method": "POST",
                "path": site.path,
                "query_string": b"",
                "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
            },
            receive,
            send,
        )
        assert await site.rows() == before
    assert statuses == [400]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
        ("multipart/form-data; boundary=b", b"--c\r\n\r\n--c--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n--b--\r\n',
        ),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 9)),
        ("application/x-www-form-urlencoded", b"%%%\xff=\xfe"),
        ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
        ("", b"List-Unsubscribe=One-Click"),
    ],
)
async def test_a_body_of_another_kind_is_answered_and_changes_nothing(
    sqlite: tuple[str, Path], kind: str, body: bytes
) -> None:
    async with site_at(*sqlite) as site:
        before = await site.rows()
        answer = await site.client.post(site.path, content=body, headers={"Content-Type": kind})
        assert answer.status_code in {400, 422}
        assert "Rien n’a été modifié" in answer.text
        assert await site.rows() == before


async def test_a_store_that_is_away_is_owned_up_to(
    sqlite: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with site_at(*sqlite) as site:
        for error, status, words in (
            (StoreUnavailable(message="the database is busy"), 503, "Réessayez dans un instant"),
            (RuntimeError("a fault of ours"), 500, "Un problème est survenu"),
        ):

            def fail(error: Exception = error) -> Any:
                raise error

            for opening in ("read", "begin"):
                monkeypatch.setattr(site.office.database, opening, fail)
            answer = await site.client.post(site.path, data=ONE_CLICK)
            assert answer.status_code == status
            assert words in answer.text
            assert answer.headers["referrer-policy"] == "no-referrer"
    assert "the database is busy" in caplog.text


async def test_every_answer_carries_the_strict_headers(sqlite: tuple[str, Path]) -> None:
    async with site_at(*sqlite) as site:
        get, post = site.client.get, site.client.post
        answers = [
            await get(site.path),
            await get("/u/x"),
            await get("/"),
            await get("/nothing"),
            await get("/healthz"),
            await get("/readyz"),
            await site.client.put("/"),
            await post(site.path),
            await post(site.path, content=b"x", headers={"Content-Type": "multipart/form-data"}),
            await post(site.path, data=ONE_CLICK),
            await post(site.path, data={"scope": "all"}),
        ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers


# What a page looks like.


def test_text_on_any_brand_can_be_read() -> None:
    steps = range(0, 256, 15)
    for red in steps:
        for green in steps:
            for blue in steps:
                brand = f"#{red:02x}{green:02x}{blue:02x}"
                assert contrast(brand, ink_on(brand, "#ffffff")) >= 4.5


def test_a_brands_own_ink_is_used_where_it_can_be_read() -> None:
    assert ink_on("#12395b", "#ffeecc") == "#ffeecc"
    assert ink_on("#ffee00", "#ffffff") == "#000000"
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("odile@lichen.example", "o•••@lichen.example"),
        ("a@b.example", "a•••@b.example"),
        ("élise@xn--gnie-bpa.example", "é•••@génie.example"),
    ],
)
def test_an_address_is_shown_only_to_who_knows_it(address: str, shown: str) -> None:
    assert masked(address) == shown


# As mail programs hand it on.


@pytest.mark.parametrize("ending", ["\r\n", "\n", " "])
async def test_one_click_with_a_line_break_at_its_end_is_taken(
    sqlite: tuple[str, Path], ending: str
) -> None:
    async with site_at(*sqlite) as site:
        body = f"List-Unsubscribe=One-Click{ending}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await site.client.post(site.path, content=body, headers=headers)
        assert (answer.status_code, answer.text) == (200, "unsubscribed\n")
        assert len(await site.said_no()) == 1


async def test_a_link_with_the_mark_that_stood_after_it_opens(sqlite: tuple[str, Path]) -> None:
    async with site_at(*sqlite) as site:
        for mark in (".", "/", "%3E", ">.", ")", "%C2%BB"):
            assert (await site.client.get(f"{site.path}{mark}")).status_code == 200
        assert (await site.client.post(f"{site.path}%3E", data=ONE_CLICK)).status_code == 200


async def test_the_link_of_a_test_says_that_it_was_one(sqlite: tuple[str, Path]) -> None:
    async with site_at(*sqlite) as site:
        before = await site.rows()
        for answer in (
            await site.client.get("/u/preview", headers={"Accept-Language": "fr"}),
            await site.client.post("/u/preview.", data=ONE_CLICK),
        ):
            assert answer.status_code == 200
            assert "essai" in answer.text
        assert await site.rows() == before
