"""The newsrooms over a real store, on SQLite and PostgreSQL: what is public, and nothing else."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

import pytest
from icalendar import Calendar
from lxml import etree
from sqlalchemy import update
from tests.contract.desks import ALONE, LISTS, NOW, entry, in_words
from tests.newsroom_site import (
    ENGLISH,
    FRENCH,
    HARFANG,
    MASSIF,
    NEWS,
    Rooms,
    links,
    rooms_at,
)

from communique.desk import drafting, embargoing, happening, publishing, scheduling
from communique.desk import newsroom as reading
from communique.domain.actor import OPERATOR, SERVICE
from communique.domain.association import Newsroom
from communique.domain.consent import Extent
from communique.domain.content import Variant
from communique.domain.event import Verb
from communique.domain.newsroom import Shelf
from communique.domain.release import Audience, State
from communique.errors import NotAllowed, Problems
from communique.messages import calendar
from communique.newsroom import Addresses, Exported, Front, List, One, Site, export, here
from communique.store import sqlite
from communique.store.newsroom_tables import articles, publications
from communique.store.tables import contents
from communique.web.limiting import USUAL
from communique.web.newsroom import AT_ONCE

FEEDS = ("atom.xml", "rss.xml", "feed.json", "calendar.ics")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def rooms(database_url: str, tmp_path: Path) -> AsyncIterator[Rooms]:
    async with rooms_at(database_url, tmp_path / "desk") as rooms:
        yield rooms


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Rooms]:
    """Where the database is not what is tried."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with rooms_at(url, tmp_path / "desk") as rooms:
        yield rooms


async def everything(rooms: Rooms, key: str = "spring") -> str:
    """All that anybody can see, in one text."""
    found = [(await rooms.client.get("/robots.txt")).text]
    for association, languages in (("harfang", ("fr", "en")), ("massif", ("en",))):
        paths = ["", "sitemap.xml", "sitemap-2027.xml"]
        for language in languages:
            shelf = "annonces" if language == "fr" else "announcements"
            paths += [f"{language}/{one}" for one in ("", f"{shelf}/", "2027/", *FEEDS)]
            paths += [f"{language}/2027/{key}", f"{language}/after/{key}"]
        for path in paths:
            answer = await rooms.get(f"{association}/{path}")
            found += [str(answer.status_code), repr(sorted(answer.headers.items())), answer.text]
    return "\n".join(found)


# What becomes public, and when.


async def test_a_joint_release_stands_in_each_partys_newsroom_in_its_own_words(
    rooms: Rooms,
) -> None:
    await rooms.public()
    french = await rooms.text("harfang/fr/2027/spring")
    assert "<h1>Trois ans de plus</h1>" in french
    assert "Ici, <strong>Harfang</strong>." in french
    assert "avec Massif" in french
    assert "Harfang réunit ceux du Nord." in french
    assert "presse@harfang.example" in french
    assert "Rendu public le 3 juin 2027" in french
    english = await rooms.text("massif/en/2027/spring")
    assert "<h1>Three more years</h1>" in english
    assert "Ici, <strong>Massif</strong>." in english
    assert "with Snowy Owl" in english
    assert "presse@" not in english  # Massif named nobody
    assert "Secret" not in french + english
    assert (await rooms.get("massif/fr/2027/spring")).status_code == 404
    for path in ("harfang/fr/", "harfang/fr/2027/", "harfang/fr/annonces/"):
        assert 'href="' in await rooms.text(path)
        assert "Trois ans de plus" in await rooms.text(path)
    events = [event for event in (await history(rooms)) if event[0] is Verb.PUBLISH]
    assert [actor for _, actor, _ in events] == [SERVICE, SERVICE]


async def history(rooms: Rooms, key: str = "spring") -> list[tuple[Verb, object, str]]:
    release = await rooms.office.release(key)
    async with rooms.office.database.read() as transaction:
        events = await transaction.events.history(OPERATOR.scope, release.id)
    return [(one.verb, one.actor, str(one.detail)) for one in events]


async def test_nothing_is_public_before_it_goes(rooms: Rooms) -> None:
    before = await everything(rooms)
    await rooms.office.approved(NEWS, send_at="in 10 minutes")
    await rooms.publish()
    assert await everything(rooms) == before
    assert await rooms.office.rows(publications) == []


async def test_an_embargo_ends_to_the_minute_for_everybody_at_once(rooms: Rooms) -> None:
    until = NOW + timedelta(hours=2)
    before = await everything(rooms)
    await rooms.public(public_from=until)
    rooms.office.clock.at = until - timedelta(minutes=1)
    await rooms.publish()
    assert await everything(rooms) == before
    rooms.office.clock.at = until
    await rooms.publish()
    assert "Trois ans de plus" in await rooms.text("harfang/fr/")
    assert "Three more years" in await rooms.text("massif/en/")
    assert {row["public_at"] for row in await rooms.office.rows(articles)} == {until}


async def test_what_is_held_or_called_off_before_its_hour_is_not_made_public(
    rooms: Rooms,
) -> None:
    until = NOW + timedelta(hours=2)
    before = await everything(rooms)
    await rooms.public(public_from=until)
    await scheduling.pause(rooms.office.desk, OPERATOR, "spring")
    rooms.office.clock.at = until
    await rooms.publish()
    assert await everything(rooms) == before
    await scheduling.cancel(rooms.office.desk, OPERATOR, "spring")
    await rooms.publish()
    assert await everything(rooms) == before


async def test_a_newsroom_takes_nothing_that_was_approved_before_it_was_declared(
    one: Rooms,
) -> None:
    """Approvals bind to it: whoever opens one has what waits approved anew (P11)."""
    closed = [replace(each, newsroom=None) for each in (HARFANG, MASSIF)]
    await one.office.sync(*closed)
    await one.office.picked_up(NEWS)
    await one.office.approved(replace(NEWS, key="next"))
    await one.office.sync(HARFANG, MASSIF)
    assert await one.office.pick_up() == []  # void
    await one.publish()
    assert await one.office.rows(publications) == []
    assert "Trois ans" not in await everything(one)
    # A person may say so, release by release, and stands in its history.
    assert await publishing.publish(one.office.desk, OPERATOR, "spring") == ["harfang", "massif"]
    assert "Trois ans" in await one.text("harfang/fr/")
    assert OPERATOR in [actor for verb, actor, _ in await history(one) if verb is Verb.PUBLISH]


async def test_what_goes_before_its_first_day_stays_out(one: Rooms) -> None:
    await one.office.sync(replace(HARFANG, newsroom=Newsroom(date(2027, 6, 4))), MASSIF)
    await one.public()
    assert [row["association_key"] for row in await one.office.rows(publications)] == ["massif"]


async def test_a_release_can_be_kept_out(one: Rooms) -> None:
    await one.public(newsroom=False)
    assert await one.office.rows(publications) == []


async def test_an_advantage_is_never_public(one: Rooms) -> None:
    kept = one.office.home / "templates"
    (kept / "treat").mkdir()
    for file in (kept / "announcement").iterdir():
        (kept / "treat" / file.name).write_bytes(file.read_bytes())
    declared = (kept / "announcement" / "kind.toml").read_text(encoding="utf-8")
    (kept / "treat" / "kind.toml").write_text(
        declared.replace('"announcement"', '"advantage"', 1) + "\n[[field]]\n"
        'key = "given_by"\ntype = "associations"\nrequired = true\nlabels.en = "By"\n'
        '[[field]]\nkey = "ends"\ntype = "day"\nrequired = true\nlabels.en = "Until"\n',
        encoding="utf-8",
    )
    await one.public(kind="treat", fields={"given_by": ["massif"], "ends": "2027-12-31"})
    assert await one.office.rows(publications) == []
    with pytest.raises(NotAllowed, match="never public"):
        await publishing.publish(one.office.desk, OPERATOR, "spring")


async def test_a_text_that_needs_a_reader_is_in_no_newsroom_and_says_so(one: Rooms) -> None:
    hollow = replace(FRENCH, body="Bonjour {{ subscriber.name }}.\n")
    warned = replace(NEWS, key="warned", editions=(hollow, ENGLISH))
    await drafting.file(one.office.desk, OPERATOR, warned)
    _, warnings = await drafting.submit(one.office.desk, OPERATOR, "warned")
    assert "newsroom_without_language" in [warning.code for warning in warnings]
    await one.public(editions=(hollow, ENGLISH))
    assert (await one.get("harfang/fr/2027/spring")).status_code == 404
    assert "Three more years" in await one.text("harfang/en/2027/spring")
    told = [detail for verb, _, detail in await history(one) if verb is Verb.PUBLISH]
    assert any("not in the newsroom of harfang in fr" in detail for detail in told)


async def test_what_was_public_stays_what_was_approved(one: Rooms) -> None:
    await one.public()
    before = await one.text("harfang/fr/2027/spring")
    layout = one.office.home / "templates" / "_base" / "layout.html"
    layout.write_text(layout.read_text(encoding="utf-8") + "<!-- later -->", encoding="utf-8")
    await one.office.sync(replace(HARFANG, about={"fr": "Autre chose.", "en": "Else."}), MASSIF)
    after = await one.text("harfang/fr/2027/spring")
    assert "Harfang réunit ceux du Nord." in after
    assert before == after


# Taking back.


async def test_what_is_withdrawn_says_so_and_stands_nowhere_else(rooms: Rooms) -> None:
    await rooms.public()
    there = await publishing.withdraw(rooms.office.desk, OPERATOR, "spring", "a wrong figure")
    assert there == ["harfang", "massif"]
    gone = await rooms.get("harfang/fr/2027/spring")
    assert gone.status_code == 410
    assert "Ce communiqué a été retiré" in gone.text
    assert "noindex" in gone.text
    seen = await everything(rooms)
    for word in ("Trois ans de plus", "Three more years", "a wrong figure", "avant-goût"):
        assert word not in seen
    assert "spring" not in (await rooms.text("harfang/sitemap.xml"))
    assert (await rooms.get("harfang/fr/2027/")).status_code == 404
    assert (Verb.RETRACT, OPERATOR) in [(verb, who) for verb, who, _ in await history(rooms)]
    await publishing.publish(rooms.office.desk, OPERATOR, "spring", ["massif"])
    assert (await rooms.get("harfang/fr/2027/spring")).status_code == 410
    assert "Three more years" in await rooms.text("massif/en/")


async def test_withdrawn_before_its_hour_it_never_appears(one: Rooms) -> None:
    until = NOW + timedelta(hours=2)
    await one.public(public_from=until)
    await publishing.withdraw(one.office.desk, OPERATOR, "spring", "not yet")
    one.office.clock.at = until
    await one.publish()
    assert await one.office.rows(articles) == []


# Reading: forms, addresses, conditions.


async def test_every_link_of_a_newsroom_leads_somewhere(one: Rooms) -> None:
    await one.public()
    seen, ahead = set[str](), ["harfang/", "massif/", "harfang/sitemap.xml"]
    while ahead:
        path = ahead.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await one.get(path)
        if answer.status_code in (303, 308):
            ahead.append(normpath(join(dirname(path + "x"), answer.headers["location"])) + "/")
            continue
        assert answer.status_code == 200, path
        if "html" in answer.headers["content-type"]:
            for link in links(answer.text):
                if "//" not in link and ":" not in link and not link.startswith("#"):
                    there = normpath(join(dirname(path), link))
                    ahead.append(there + "/" * link.endswith("/"))
    assert {"harfang/fr/2027/spring", "massif/en/2027/spring", "harfang/en/activities/"} <= seen
    assert {f"harfang/fr/{feed}" for feed in FEEDS} <= seen


async def test_an_activity_is_one_entry_of_the_calendar_as_its_messages_have_it(
    one: Rooms,
) -> None:
    evening = await one.public(
        ALONE,
        key="evening",
        editions=(FRENCH,),
        kind="activity",
        fields={
            "starts": "2027-06-10T18:00",
            "ends": "2027-06-10T20:00",
            "zone": "America/Toronto",
            "address": "1, rue de la Côte",
        },
    )
    page = await one.text("harfang/fr/2027/evening")
    found = [json.loads(each) for each in re.findall(r'ld\+json">(.*?)</script>', page)]
    [event] = [each for each in found if each["@type"] == "Event"]
    assert event["startDate"] == "2027-06-10T18:00"
    office = one.office
    await office.work()
    off, _ = await happening.follow_up(office.desk, OPERATOR, "evening", "off", called_off=True)
    off = in_words(off)
    await drafting.copy(office.desk, OPERATOR, "evening", off)
    await one.public(off)
    feed = Calendar.from_ical((await one.get("harfang/fr/calendar.ics")).content)
    [entry] = feed.events
    assert entry["uid"] == f"evening@{HARFANG.list_domain}"
    assert (entry["sequence"], entry["status"]) == (1, "CANCELLED")
    assert entry.start.isoformat() == "2027-06-10T18:00:00-04:00"
    for key, there in (("evening", ["off"]), ("off", [])):
        page = await one.text(f"harfang/fr/2027/{key}")
        assert "Cette activité est annulée." in page
        assert re.findall(r'<a href="([a-z]+)">Lire la dernière', page) == there
        found = [json.loads(each) for each in re.findall(r'ld\+json">(.*?)</script>', page)]
        [event] = [each for each in found if each["@type"] == "Event"]
        assert event["eventStatus"] == "https://schema.org/EventCancelled"
    async with office.database.read() as transaction:
        content = await transaction.releases.content(OPERATOR.scope, evening.content_hash or "")
    variant = Variant(content.read(), "harfang", "fr", NOW)
    [carried] = Calendar.from_ical(b64decode(calendar.parts(variant)[0].body)).events
    assert carried["uid"] == entry["uid"]


async def test_a_page_names_its_other_language_and_itself(one: Rooms) -> None:
    await one.public()
    page = await one.text("harfang/fr/2027/spring")
    base = f"{one.office.desk.policy.public_url}/n/harfang"
    assert f'<link rel="canonical" href="{base}/fr/2027/spring">' in page
    assert f'hreflang="en" href="{base}/en/2027/spring"' in page
    assert '<html lang="fr"' in page
    assert "<script>" not in page
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == "Trois ans de plus"
    assert [one["name"] for one in data["author"]] == ["Harfang", "Massif"]
    assert '<meta property="og:type" content="article">' in page


async def test_whoever_has_a_page_already_is_told_so(rooms: Rooms) -> None:
    await rooms.public()
    first = await rooms.get("harfang/fr/")
    for path in ("harfang/fr/2027/spring", "harfang/fr/atom.xml", "harfang/fr/"):
        first = await rooms.get(path)
        tag, day = first.headers["etag"], first.headers["last-modified"]
        assert "no-store" not in first.headers["cache-control"]
        again = await rooms.get(path, **{"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert (await rooms.get(path, **{"If-Modified-Since": day})).status_code == 304
        other = await rooms.get(path, **{"If-None-Match": '"other"', "If-Modified-Since": day})
        assert other.status_code == 200
        for no_day in ("Mon, 01 Jan 9999 00:00:00 -2359", "Fri, 31 Dec 9999 23:59:59 -0500", "x"):
            anew = await rooms.get(path, **{"If-Modified-Since": no_day})
            assert anew.status_code in (200, 304)
        head = await rooms.client.head(f"/n/{path}")
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    await rooms.public(replace(NEWS, key="next"))
    changed = await rooms.get("harfang/fr/", **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_feeds_carry_the_newest_stories_whole(rooms: Rooms) -> None:
    await rooms.public()
    base = f"{rooms.office.desk.policy.public_url}/n/harfang/fr"
    atom = etree.fromstring((await rooms.get("harfang/fr/atom.xml")).content)
    assert atom.findtext(f"{ATOM}id") == f"{base}/"
    entry_ = atom.find(f"{ATOM}entry")
    assert entry_ is not None
    assert entry_.findtext(f"{ATOM}id") == f"{base}/2027/spring"
    assert entry_.findtext(f"{ATOM}title") == "Trois ans de plus"
    assert entry_.findtext(f"{ATOM}published") == NOW.isoformat()
    assert "<strong>Harfang</strong>" in (entry_.findtext(f"{ATOM}content") or "")
    assert [a.findtext(f"{ATOM}name") for a in entry_.findall(f"{ATOM}author")] == [
        "Harfang",
        "Massif",
    ]
    rels = {one.get("rel"): one.get("href") for one in atom.findall(f"{ATOM}link")}
    assert rels == {"self": f"{base}/atom.xml", "alternate": f"{base}/"}
    rss = etree.fromstring((await rooms.get("harfang/fr/rss.xml")).content)
    assert rss.findtext("channel/link") == f"{base}/"
    assert rss.findtext("channel/item/guid") == f"{base}/2027/spring"
    assert rss.findtext("channel/item/pubDate") == "Thu, 03 Jun 2027 13:00:00 +0000"
    feed = (await rooms.get("harfang/fr/feed.json")).json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["items"][0]["url"] == f"{base}/2027/spring"
    assert "Secret" not in json.dumps(feed)
    for name in FEEDS:
        first, second = [(await rooms.get(f"harfang/fr/{name}")).content for _ in range(2)]
        assert first == second


async def test_a_long_list_comes_by_pages(rooms: Rooms) -> None:
    """Each story once, the newest first; the last page has no further one."""
    for number in range(3):
        rooms.office.clock.forward(minutes=1)
        await rooms.public(replace(NEWS, key=f"r-{number}"))
    async with rooms.office.database.read() as transaction:
        ask = transaction.newsroom.headlines
        shelf = Shelf()
        first = await ask("harfang", "fr", shelf, after=None, limit=2)
        rest = await ask("harfang", "fr", shelf, after=first[-1].key, limit=2)
    assert [one.key for one in (*first, *rest)] == ["r-2", "r-1", "r-0"]
    page = await rooms.text("harfang/fr/after/r-2")
    assert 'href="../2027/r-1"' in page
    assert 'href="../2027/r-2"' not in page
    assert (await rooms.get("harfang/fr/after/r-0")).status_code == 404
    assert (await rooms.get("harfang/fr/2026/")).status_code == 404


async def test_an_empty_newsroom_says_what_will_stand_there(one: Rooms) -> None:
    assert "pas encore de nouvelles" in await one.text("harfang/fr/")
    assert "no news here yet" in await one.text("harfang/en/")
    assert "paraîtront ici" in await one.text("harfang/fr/activites/")


async def test_a_browser_is_led_to_its_language(one: Rooms) -> None:
    english = await one.get("harfang/", **{"Accept-Language": "en-CA, fr;q=0.5"})
    assert (english.status_code, english.headers["location"]) == (303, "en/")
    assert english.headers["vary"] == "Accept-Language"
    assert (await one.get("harfang/")).headers["location"] == "fr/"
    assert (await one.get("harfang/fr")).headers["location"] == "fr/"
    assert (await one.get("harfang")).headers["location"] == "harfang/"


# What strangers try.


@pytest.mark.parametrize(
    "path",
    [
        "gone/fr/",
        "harfang/de/",
        "harfang/fr/2027/gone",
        "harfang/fr/2026/spring",
        "harfang/fr/../../etc/passwd",
        "harfang/fr/2027/..%2f..%2fetc",
        "harfang/fr/2027/spring/",
        "harfang//fr/",
        "harfang/fr/after/gone",
        "harfang/sitemap-1999.xml",
    ],
)
async def test_what_is_not_there_is_not_there(one: Rooms, path: str) -> None:
    await one.public()
    assert (await one.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["%00/fr/", "%00", "harfang/fr/2027/%00", "harfang/%00/"])
async def test_an_address_that_no_database_takes_is_not_there(rooms: Rooms, path: str) -> None:
    assert (await rooms.get(path)).status_code == 404


async def test_an_association_without_a_newsroom_is_as_one_that_is_not(one: Rooms) -> None:
    await one.office.sync(replace(HARFANG, newsroom=None), MASSIF)
    closed, none = await one.get("harfang/fr/"), await one.get("gone/fr/")
    assert (closed.status_code, closed.text) == (none.status_code, none.text) == (404, none.text)
    assert "harfang" not in (await one.client.get("/robots.txt")).text


async def test_no_browser_says_where_we_are(one: Rooms) -> None:
    await one.public()
    for path in ("harfang/fr/2027/spring", "harfang/fr/atom.xml", "harfang/sitemap-2027.xml"):
        answer = await one.get(path, Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
        assert "evil" not in answer.text + repr(answer.headers)


NASTY = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def test_what_authors_write_runs_nowhere(one: Rooms) -> None:
    nasty = replace(
        HARFANG,
        names={"fr": f"Harfang {NASTY}", "en": f"Harfang {NASTY}"},
        about={"fr": NASTY, "en": NASTY},
    )
    await one.office.sync(nasty, MASSIF)
    await one.public()
    written = {"title": f"Titre {NASTY}", "summary": f"Avant {NASTY}"}
    async with one.office.database.begin() as transaction:  # nobody could submit such a text
        await transaction.connection.execute(update(articles).values(**written))
    for path in ("", "2027/spring", "atom.xml", "rss.xml", "feed.json", "annonces/"):
        page = await one.text(f"harfang/fr/{path}")
        if path.endswith(("xml", "json")):
            content = page
            if path.endswith("json"):
                content = json.loads(page)["items"][0]["content_html"]
            else:
                etree.fromstring(page.encode())
            assert "<script" not in content
            assert "<img" not in content
            continue
        assert page.count("<script") == page.count('<script type="application/ld+json">')
        assert page.count("</script") == page.count("<script")
        assert "<img" not in page
        assert 'href="javascript' not in page
        for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page):
            assert NASTY in json.loads(data)["headline"]


async def test_no_page_tells_of_a_person_or_of_who_reads(one: Rooms) -> None:
    """Neither by a name nor by a count: more readers change not one octet (P6)."""
    await one.public()
    before = await everything(one)
    await one.office.admit("harfang", *(entry(f"p{n}@lichen.example") for n in range(3)))
    await one.office.work()
    assert await everything(one) == before
    for word in ("lichen", "odile", "Lichen", "members", "Avis aux membres"):
        assert word not in before


async def test_a_release_of_one_association_is_not_in_anothers_newsroom(one: Rooms) -> None:
    before = [await one.text(f"massif/en/{path}") for path in ("", "atom.xml", "announcements/")]
    alone = replace(ALONE, editions=(FRENCH, ENGLISH))
    await one.public(alone)
    assert "Trois ans" in await one.text("harfang/fr/")
    after = [await one.text(f"massif/en/{path}") for path in ("", "atom.xml", "announcements/")]
    assert before == after


# Embargo: the press has it at its hour, everybody else and every page from its end on.

PRESS = replace(LISTS[1], key="press", press=True)
UNTIL = NOW + timedelta(days=1)
HELD = replace(
    NEWS,
    audiences=(Audience("harfang", ("press", "members")), Audience("massif", ("members",))),
    public_from=UNTIL,
)


async def with_press(rooms: Rooms) -> None:
    await rooms.office.sync(replace(HARFANG, lists=(*LISTS, PRESS)), MASSIF)
    await rooms.office.admit("harfang", entry("iris@gazette.example", "press"))
    await rooms.office.admit("harfang", entry("both@gazette.example", "press", "members"))


def got(rooms: Rooms) -> dict[str, EmailMessage]:
    return {
        mail.recipient: message_from_bytes(mail.content, policy=policy.default)
        for mail in rooms.office.transport.mails
    }


async def test_the_press_has_it_first_marked_and_all_others_at_its_end(rooms: Rooms) -> None:
    await with_press(rooms)
    await rooms.public(HELD)
    await rooms.office.work()
    assert set(got(rooms)) == {"iris@gazette.example", "both@gazette.example"}
    message = got(rooms)["iris@gazette.example"]
    until = "Sous embargo jusqu’au 4 juin 2027, 9 h (heure avancée de l’Est)"
    assert normal(message["Subject"]) == f"{until} – Trois ans de plus"
    assert until in normal(part(message, "plain"))
    assert until in normal(unescape(part(message, "html")))
    rooms.office.clock.at = UNTIL - timedelta(minutes=1)
    await rooms.office.work()
    await rooms.publish()
    assert len(got(rooms)) == 2
    assert (await rooms.get("harfang/fr/2027/spring")).status_code == 404
    rooms.office.clock.at = UNTIL
    await rooms.office.work()
    await rooms.publish()
    assert set(got(rooms)) > {"odile@lichen.example", "hal@lichen.example"}
    assert got(rooms)["odile@lichen.example"]["Subject"] == "Trois ans de plus"
    assert (await rooms.get("harfang/fr/2027/spring")).status_code == 200
    assert await rooms.office.state() is State.SENT


def part(message: EmailMessage, subtype: str) -> str:
    found = message.get_body((subtype,))
    assert found is not None
    return str(found.get_content())


def normal(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


async def test_whoever_left_the_press_list_is_written_to_as_a_member(one: Rooms) -> None:
    await with_press(one)
    await one.office.say_no("both@gazette.example", Extent.LIST, "press")
    await one.public(HELD)
    await one.office.work()
    assert set(got(one)) == {"iris@gazette.example"}
    one.office.clock.at = UNTIL
    await one.office.work()
    assert "both@gazette.example" in got(one)


async def test_moving_the_end_asks_once_the_press_has_it(rooms: Rooms) -> None:
    await with_press(rooms)
    await rooms.public(HELD)
    desk, later = rooms.office.desk, UNTIL + timedelta(days=1)
    await rooms.office.work()
    hour = later.isoformat()
    with pytest.raises(NotAllowed, match="2 of the press have"):
        await embargoing.move(desk, OPERATOR, "spring", hour)
    moved = await embargoing.move(desk, OPERATOR, "spring", hour, press_has_it=True)
    assert (moved.have_it, moved.release.public_from) == (2, later)
    rooms.office.clock.at = later - timedelta(minutes=1)
    await rooms.office.work()
    await rooms.publish()
    assert len(got(rooms)) == 2
    assert (await rooms.get("harfang/fr/2027/spring")).status_code == 404
    rooms.office.clock.at = later
    await rooms.office.work()
    await rooms.publish()
    assert len(got(rooms)) == 4
    assert (await rooms.get("harfang/fr/2027/spring")).status_code == 200
    with pytest.raises(NotAllowed):
        await embargoing.move(desk, OPERATOR, "spring", "in 1 hour", press_has_it=True)


async def test_every_message_says_where_all_news_is(one: Rooms) -> None:
    await one.office.picked_up(NEWS)
    await one.office.work()
    message = got(one)["odile@lichen.example"]
    url = f"{one.office.desk.policy.public_url}/n/harfang/fr/"
    assert message["List-Archive"] == f"<{url}>"
    assert url in part(message, "html")
    assert url in part(message, "plain")


async def test_without_a_newsroom_a_message_leads_to_the_association_itself(one: Rooms) -> None:
    await one.office.sync(replace(HARFANG, newsroom=None), MASSIF)
    await one.office.picked_up(NEWS)
    await one.office.work()
    message = got(one)["odile@lichen.example"]
    assert message["List-Archive"] == "<https://www.harfang.example>"
    assert "nouvelles" not in part(message, "plain")


# As files.


async def exported(rooms: Rooms, folder: Path) -> Exported:
    room = await reading.room(rooms.office.desk, "harfang")
    assert room is not None
    url = rooms.office.desk.policy.public_url
    site = Site(room, here(url, "harfang"), Addresses("https://harfang.test/news", files=True), NOW)
    return await export(rooms.office.desk, site, folder)


async def test_files_link_to_each_other_and_only_what_changed_is_written(
    one: Rooms, tmp_path: Path
) -> None:
    await one.public()
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "own.html").write_text("mine")
    first = await exported(one, folder)
    assert first.files == first.written
    assert (folder / "fr" / "2027" / "spring.html").is_file()
    for file in folder.rglob("*.html"):
        for link in links(file.read_text(encoding="utf-8")):
            if "//" not in link and ":" not in link and not link.startswith("#"):
                assert (file.parent / link).resolve().is_file(), (file, link)
    atom = (folder / "fr" / "atom.xml").read_text(encoding="utf-8")
    assert "https://harfang.test/news/fr/2027/spring.html" in atom
    assert (await exported(one, folder)).written == 0
    await publishing.withdraw(one.office.desk, OPERATOR, "spring", "a wrong figure")
    again = await exported(one, folder)
    assert "retiré" in (folder / "fr" / "2027" / "spring.html").read_text(encoding="utf-8")
    assert again.removed == 3  # of a year with nothing in it: two lists and its map
    assert (folder / "own.html").read_text() == "mine"


async def test_no_file_of_anybody_else_is_written_over(one: Rooms, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("mine")
    with pytest.raises(NotAllowed):
        await exported(one, folder)
    assert [file.name for file in folder.iterdir()] == ["index.html"]
    (folder / "index.html").unlink()
    (folder / "fr").symlink_to(tmp_path)
    with pytest.raises(NotAllowed):
        await exported(one, folder)


async def test_a_list_of_files_removes_nothing_outside(one: Rooms, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "kept.txt").write_text("kept")
    names = ["../kept.txt", str(tmp_path / "kept.txt"), "fr/../../kept.txt"]
    (folder / ".communique-newsroom.json").write_text(json.dumps({"files": names}))
    await exported(one, folder)
    assert (tmp_path / "kept.txt").read_text() == "kept"


# What was tried against it by somebody who had not written it.


async def test_a_clock_that_was_set_back_ends_no_embargo(rooms: Rooms) -> None:
    """What waits for a clock that was ahead goes on; what waits for an embargo's end waits."""
    await with_press(rooms)
    await rooms.public(HELD)
    rooms.office.clock.forward(hours=-1)
    async with rooms.office.database.begin() as transaction:
        await scheduling.pause_overdue(rooms.office.desk, SERVICE, transaction)
    await rooms.office.work()
    assert set(got(rooms)) == {"iris@gazette.example", "both@gazette.example"}


async def test_a_list_that_was_made_the_presss_since_waits_for_the_new_end(rooms: Rooms) -> None:
    await with_press(rooms)
    await rooms.public(HELD)
    members = replace(LISTS[0], press=True)
    await rooms.office.sync(replace(HARFANG, lists=(members, LISTS[1], PRESS)), MASSIF)
    later = UNTIL + timedelta(days=1)
    await embargoing.move(rooms.office.desk, OPERATOR, "spring", later.isoformat())
    rooms.office.clock.at = UNTIL
    await rooms.office.work()  # puts the press into batches that tell the new hour
    await rooms.office.work()
    assert set(got(rooms)) == {"iris@gazette.example", "both@gazette.example"}


async def test_what_only_the_press_gets_is_held_back_for_longer_once_it_is_sent(
    one: Rooms,
) -> None:
    await with_press(one)
    await one.public(HELD, audiences=(Audience("harfang", ("press",)),))
    await one.office.work()
    assert await one.office.state() is State.SENT
    later = UNTIL + timedelta(days=1)
    hour = later.isoformat()
    await embargoing.move(one.office.desk, OPERATOR, "spring", hour, press_has_it=True)
    for moment, status in ((UNTIL, 404), (later, 200)):
        one.office.clock.at = moment
        await one.publish()
        assert (await one.get("harfang/fr/2027/spring")).status_code == status


async def test_whoever_publishes_does_so_at_the_end_as_it_stands_by_then(
    one: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_press(one)
    harfang = replace(HARFANG, lists=(*LISTS, PRESS))
    await one.office.sync(*(replace(each, newsroom=None) for each in (harfang, MASSIF)))
    await one.public(HELD)
    await one.office.sync(harfang, MASSIF)
    later = UNTIL + timedelta(days=1)
    moved: list[bool] = []

    async def meanwhile(function: Callable[..., Any], *args: Any) -> Any:
        if not moved:
            moved.append(True)
            await embargoing.move(one.office.desk, OPERATOR, "spring", later.isoformat())
        return function(*args)

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "to_thread", meanwhile)
        await publishing.publish(one.office.desk, OPERATOR, "spring")
    assert {row["public_at"] for row in await one.office.rows(publications)} == {later}


async def test_a_copy_of_what_is_held_back_is_held_back_as_well(one: Rooms) -> None:
    await with_press(one)
    held = await one.public(HELD)
    copied = held.copied("correction")
    assert (await drafting.copy(one.office.desk, OPERATOR, "spring", copied)).public_from == UNTIL


async def test_what_cannot_be_made_public_keeps_no_other_waiting(rooms: Rooms) -> None:
    until = NOW + timedelta(hours=1)
    broken = await rooms.public(replace(NEWS, key="broken"), public_from=until)
    await rooms.public(public_from=until + timedelta(minutes=1))
    async with rooms.office.database.begin() as transaction:
        await transaction.connection.execute(
            update(contents).where(contents.c.hash == broken.content_hash).values(document="{}")
        )
    rooms.office.clock.at = until + timedelta(minutes=1)
    await rooms.publish()
    assert "Trois ans de plus" in await rooms.text("harfang/fr/2027/spring")
    assert (await rooms.get("harfang/fr/2027/broken")).status_code == 404
    told = [
        (actor, why) for verb, actor, why in await history(rooms, "broken") if verb is Verb.RETRACT
    ]
    assert [actor for actor, _ in told] == [SERVICE, SERVICE]
    assert "harfang" in told[0][1] + told[1][1]


async def test_a_character_that_xml_cannot_have_takes_no_feed_away(one: Rooms) -> None:
    await one.public()
    pasted = {"title": "Trois\x0bans\ufffe", "summary": "a\x0cb", "html": "<p>c\x0bd</p>"}
    async with one.office.database.begin() as transaction:
        await transaction.connection.execute(update(articles).values(**pasted))
    for name in ("atom.xml", "rss.xml"):
        feed = await one.text(f"harfang/fr/{name}")
        assert "Trois ans" in feed
        assert "c d" in feed


async def test_a_language_that_is_spoken_no_more_takes_no_page_away(one: Rooms) -> None:
    await one.public()
    await one.office.sync(replace(HARFANG, languages=("fr",)), MASSIF)
    for path in ("fr/2027/spring", "sitemap-2027.xml"):
        page = await one.text(f"harfang/{path}")
        assert "spring" in page
        assert "/en/" not in page


async def test_strangers_have_few_of_the_connections_that_read(
    one: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, most = 0, 0

    def counted(asks: Callable[..., Any]) -> Callable[..., Any]:
        async def counting(*args: Any) -> Any:
            nonlocal now, most
            now += 1
            most = max(most, now)
            try:
                return await asks(*args)
            finally:
                now -= 1

        return counting

    for name in ("room", "rooms"):
        monkeypatch.setattr(reading, name, counted(getattr(reading, name)))
    for path in ("/robots.txt", "/n/harfang"):
        await asyncio.gather(*(one.client.get(path) for _ in range(AT_ONCE * 3)))
        assert most == AT_ONCE, path


def test_a_story_whose_name_ends_as_a_folders_file_does_keeps_its_address() -> None:
    files = Addresses("https://harfang.test/news/", files=True)
    story = files.absolute(One("fr", 2027, "price-index"))
    assert story == "https://harfang.test/news/fr/2027/price-index.html"
    assert files.absolute(List("fr")) == "https://harfang.test/news/fr/"
    assert files.absolute(Front()) == "https://harfang.test/news/"
    assert Addresses("https://harfang.test").absolute(List("fr")) == "https://harfang.test/fr/"


async def test_what_was_called_off_or_announced_anew_is_not_to_come(rooms: Rooms) -> None:
    fields = {"starts": "2027-06-10T18:00", "ends": "2027-06-10T20:00", "zone": "America/Toronto"}
    await rooms.public(kind="activity", fields=fields)
    await rooms.office.work()
    for key, called_off, there in (("moved", False, ["moved"]), ("off", True, [])):
        rooms.office.clock.forward(minutes=1)
        follow = happening.follow_up
        later, _ = await follow(rooms.office.desk, OPERATOR, "spring", key, called_off=called_off)
        await rooms.public(in_words(later))
        first = await rooms.text("massif/en/2027/spring")
        assert ("was called off" if called_off else "was announced anew") in first
        assert f'href="{key}"' in first
        page = await rooms.text("massif/en/activities/")
        upcoming = page.partition('id="upcoming"')[2].partition("</section>")[0]
        assert re.findall(r'2027/([a-z]+)"', upcoming) == there
        line = (await rooms.text("massif/en/")).rpartition('2027/spring"')[2].partition("</li>")[0]
        assert ("was called off" if called_off else "was announced anew") in line
        assert "A foretaste" not in line, "nor does it invite any more"


async def test_nobody_is_invited_by_the_end_of_an_embargo_to_what_is_over_then(
    one: Rooms,
) -> None:
    await with_press(one)
    fields = {"starts": "2027-06-04T10:00", "ends": "2027-06-04T11:00", "zone": "America/Toronto"}
    held = replace(HELD, kind="activity", fields=fields)
    desk, over = one.office.desk, NOW + timedelta(days=1, hours=2)
    await drafting.file(desk, OPERATOR, replace(held, key="late", public_from=over))
    with pytest.raises(Problems, match="over by then"):
        await drafting.submit(desk, OPERATOR, "late")
    press = (Audience("harfang", ("press",)),)
    alone = replace(held, key="alone", public_from=over, audiences=press)
    await drafting.file(desk, OPERATOR, alone)
    await drafting.submit(desk, OPERATOR, "alone")
    await one.public(held)
    with pytest.raises(NotAllowed, match="over by then"):
        await embargoing.move(desk, OPERATOR, "spring", over.isoformat())


async def test_what_is_to_come_is_another_list_after_midnight(one: Rooms) -> None:
    """Whoever has only the day of its last change is told that it changed."""
    fields = {"starts": "2027-06-03T18:00", "ends": "2027-06-03T20:00", "zone": "America/Toronto"}
    await one.public(ALONE, editions=(FRENCH,), kind="activity", fields=fields)
    path = "harfang/fr/activites/"
    first = await one.get(path)
    since = {"If-Modified-Since": first.headers["last-modified"]}
    assert 'id="upcoming"' in first.text
    assert (await one.get(path, **since)).status_code == 304
    one.office.clock.at = NOW + timedelta(hours=15)  # a minute before midnight there, and after
    one.office.clock.forward(minutes=-1)
    assert (await one.get(path, **since)).status_code == 304
    one.office.clock.forward(minutes=1)
    again = await one.get(path, **since)
    assert again.status_code == 200
    assert "2027/spring" not in again.text.partition("<main")[2].partition("<h2")[0]


def test_a_story_that_is_called_as_a_folders_file_is_has_one_of_its_own() -> None:
    files = Addresses("https://harfang.test/news", files=True)
    story, year = One("fr", 2027, "index"), List("fr", Shelf(year=2027))
    assert files.path(story) != files.path(year)
    assert files.path(List("fr", Shelf(), "index")) == "fr/after/index-.html"
    assert files.absolute(story) == "https://harfang.test/news/fr/2027/index-.html"
    assert files.between(year, story) == "index-.html"


async def test_strangers_leave_the_desk_some_of_the_connections_that_read(one: Rooms) -> None:
    """However many of them are made to wait there (P7)."""
    strangers = AT_ONCE + USUAL.at_a_time
    async with AsyncExitStack() as held:
        for _ in range(strangers):
            transaction = await held.enter_async_context(one.office.database.read())
            await transaction.newsroom.rooms()
        async with asyncio.timeout(sqlite.PATIENCE / 2):
            await one.office.picked_up(NEWS)
            await one.office.work()
    assert len(one.office.transport.mails) == 2
