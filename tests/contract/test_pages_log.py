"""The pages of the delivery log: what is looked for is found, and nobody of a partner's."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from tests import desk_releases
from tests.contract.desks import LICHEN, NOW, Office, entry
from tests.contract.test_desk_reading import statements
from tests.desk_pages import Pages, pages_at, text_of

from communique.cli import log as command
from communique.desk import correcting, searching
from communique.domain.actor import OPERATOR
from communique.domain.log import LogFilter
from communique.domain.member import Member

LOG = "/desk/harfang/log"


async def fill(office: Office) -> None:
    """Releases in every state, and somebody whose name wants care."""
    institute = Member("18", "Institut Hôtel-d’Été", "research", "QC", "institution", LICHEN.since)
    odd = entry("zoe@ete.example", member=institute, name="Zoé-Maude=1+1")
    await office.admit("harfang", odd)
    await desk_releases.fill(office)


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    async with pages_at(
        database_url, tmp_path / "desk", state="pages of the log", fill=fill
    ) as one:
        yield one


async def shown(pages: Pages, query: str = "", who: str = "viewer", status: int = 200) -> str:
    answer = await pages.get(who, LOG + query)
    assert answer.status_code == status, text_of(answer.text)[:600]
    return answer.text


def people(html: str) -> list[str]:
    rows = re.findall(r'<th scope="row"><a href="/desk/harfang/log/\d+[^"]*">(.*?)</a>', html)
    return [re.sub("<[^>]+>", "", one) for one in rows]


def heading(html: str) -> str:
    return unescape(text_of(re.findall("<h1[^>]*>(.*?)</h1>", html, re.DOTALL)[0]))


LOST = {"Pia3 Roy", "Pia5 Roy"}
LOOKED_FOR: list[tuple[str, str, set[str]]] = [
    ("?q=p7%40lichen.example", "“p7@lichen.example”: 3", {"Pia7 Roy"}),
    ("?q=hotel-d%27ete", "“hotel-d'ete”: 3", {"Zoé-Maude=1+1 Roy"}),
    ("?q=ZOE+institut", "“ZOE institut”: 3", {"Zoé-Maude=1+1 Roy"}),
    ("?q=%40ete.example", "“@ete.example”: 3", {"Zoé-Maude=1+1 Roy"}),
    ("?q=pia7+lichen&release=bulletin", "“pia7 lichen”, Spring bulletin: 1", {"Pia7 Roy"}),
    ("?release=bulletin&state=failed", "Failed, Spring bulletin: 2", LOST),
    ("?state=failed&reason=5.1.1", "Failed, because of “5.1.1”: 2", LOST),
    (
        "?state=failed&since=2027-06-01&until=2027-06-01",
        "to 1 June: 2",
        LOST,
    ),
    ("?state=failed&since=2027-06-02", "Failed, from 2 June: nothing found", set()),
    ("?q=m1%40rock.example", "“m1@rock.example”: nothing found", set()),
    ("?q=rock", "“rock”: nothing found", set()),
    ("?q=a%25b_", "“a%b_”: nothing found", set()),
]


async def test_what_is_looked_for_is_found_and_said_back(pages: Pages) -> None:
    for query, said, found in LOOKED_FOR:
        html = await shown(pages, query)
        assert said in heading(html), query
        assert set(people(html)) == found, query
        assert "rock.example" not in text_of(html).replace("“m1@rock.example”", "")
    html = await shown(pages, "?q=hotel+zoe")
    assert "<mark>Zoé</mark>-Maude" in html
    assert "Institut <mark>Hôtel</mark>-d’Été" in html


async def test_an_address_that_somebody_had_finds_them(pages: Pages) -> None:
    await correcting.move(
        pages.office.desk, OPERATOR, "harfang", "p7@lichen.example", "pia@lichen.example"
    )
    for query in ("?q=p7%40lichen.example", "?q=pia%40lichen", "?q=p7%40lich"):
        assert set(people(await shown(pages, query))) == {"Pia7 Roy"}, query


async def test_a_reason_is_found_as_either_language_prints_it(pages: Pages) -> None:
    await pages.office.say_no("p7@lichen.example")
    pages.office.clock.forward(minutes=1)
    await desk_releases.send(
        pages.office, desk_releases.alone("late", "Tard", "Late"), desk_releases.HEAR
    )
    for words in ("said+no", "a+dit+non", "désabonné", "unsubscribed", "DIT NON"):
        assert people(await shown(pages, f"?release=late&reason={words}")) == ["Pia7 Roy"], words
    html = await shown(pages, "?release=late&state=skipped")
    assert "Left out" in text_of(html)
    assert "Said no" in text_of(html)
    pages.speaks("viewer", "fr")
    assert "A dit non" in text_of(await shown(pages, "?release=late&state=skipped"))


async def test_pages_go_by_key_both_ways_and_count_nothing(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        searching.page, "__kwdefaults__", {"after": None, "before": None, "limit": 7}
    )
    monkeypatch.setattr(searching, "PAGE", 7)
    query, seen = "?q=pia&state=deferred", list[list[str]]()
    first = await shown(pages, query)
    assert "“pia”, Will be tried again: more than 7" in heading(first)
    html = first
    while older := re.search(r'href="([^"]*)" rel="next"', html):
        seen.append(people(html))
        answer = await pages.get("viewer", older[1].replace("&amp;", "&"))
        html = answer.text
    seen.append(people(html))
    assert [len(one) for one in seen] == [7, 1]
    newer = re.search(r'href="([^"]*)" rel="prev"', html)
    assert newer is not None
    back = await pages.get("viewer", newer[1].replace("&amp;", "&"))
    assert people(back.text) == seen[0]


async def test_a_release_tells_its_sums_without_a_count(pages: Pages) -> None:
    html = await shown(pages, "?release=bulletin")
    assert "Spring bulletin: 25" in heading(html)
    assert "sent" in text_of(html)
    assert "2 failed" in text_of(html)


async def test_what_is_typed_is_kept_and_a_filter_is_taken_off(pages: Pages) -> None:
    html = await shown(pages, "?q=pia&state=sent&release=bulletin&since=2027-05-30")
    assert 'name="q" type="search" value="pia"' in html
    assert '<input type="hidden" form="search" name="state" value="sent">' in html
    assert 'href="/desk/harfang/log?q=pia&amp;release=bulletin&amp;since=2027-05-30"' in html
    bad = await shown(pages, "?q=pia&since=hier", status=422)
    assert "“hier” is not a day" in text_of(bad)
    assert 'value="pia"' in bad
    for query in ("?release=nowhere", "?release=../x"):
        await shown(pages, query, status=404)
    for query in ("?state=nonsense", "?after=x", "?before=" + "9" * 40):
        assert people(await shown(pages, query)), query


async def test_as_one_types_only_the_results_come(pages: Pages) -> None:
    answer = await pages.of("viewer").get(
        f"{LOG}?q=pia7&state=&release=&reason=",
        headers={"HX-Request": "true", "HX-Target": "results"},
    )
    assert answer.text.lstrip().startswith("<title>“pia7”: 3 – Snowy Owl – Communiqué</title>")
    assert '<div id="results">' in answer.text
    assert 'id="log-head" hx-swap-oob="true"' in answer.text
    assert 'id="q"' not in answer.text, "the field in use is left alone"
    assert answer.headers["hx-replace-url"] == f"{LOG}?q=pia7"
    assert 'data-tell="“pia7”: 3"' in answer.text


async def test_nothing_found_and_nothing_sent_say_what_to_do(pages: Pages) -> None:
    text = text_of(await shown(pages, "?q=zzz&state=sent"))
    assert "It may be spelt otherwise." in text
    assert "nobody here sees those" in text
    assert "Search without “zzz”" in text
    never = await pages.get("both", "/desk/massif/log")
    assert "3 sent" not in text_of(never.text)


async def test_it_is_markup_for_nobody(pages: Pages) -> None:
    text = "%3Cscript%3Ealert(1)%3C/script%3E"
    for name in ("q", "reason", "since", "release", "state", "after"):
        answer = await pages.get("viewer", f"{LOG}?{name}={text}")
        assert "<script>alert" not in answer.text, name


async def test_the_file_is_the_commands(pages: Pages) -> None:
    only = LogFilter(association="harfang", release="bulletin")
    for form, excel, separator in (("csv", False, ","), ("excel", True, ";")):
        out = io.StringIO()
        await command.write_log(pages.office.desk, only, out, excel=excel)
        answer = await pages.get("viewer", f"{LOG}/export/{form}?release=bulletin")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"
        ours, theirs = answer.content.decode(), out.getvalue()
        assert ours.startswith("\ufeff") is excel
        rows = list(csv.reader(io.StringIO(ours.lstrip("\ufeff")), delimiter=separator))
        assert ours.splitlines()[0] == theirs.splitlines()[0]
        assert sorted(ours.splitlines()) == sorted(theirs.splitlines())
        assert len(rows) == 26
    assert (await pages.get("viewer", f"{LOG}/export/csv?release=nowhere")).status_code == 404


async def test_a_file_has_every_line_once_and_no_formula(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SHEET", 4)
    odd = entry("=evil@lichen.example", name="=1+1")
    await pages.office.admit("harfang", odd)
    pages.office.clock.at = NOW
    await desk_releases.send(pages.office, desk_releases.alone("late", "Tard", "Late"), {})
    answer = await pages.get("viewer", f"{LOG}/export/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    async with pages.office.database.read() as transaction:
        lines = transaction.log.lines(OPERATOR.scope, LogFilter(association="harfang"))
        wanted = [one.delivery_id async for one in lines]
    assert [int(one["delivery_id"]) for one in rows] == sorted(wanted, reverse=True)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]
    assert all(row["association"] == "harfang" for row in rows)


async def test_a_page_takes_as_many_statements_however_much_there_is(pages: Pages) -> None:
    counts = []
    for query in ("?q=p7", "?q=pia", ""):
        with statements(pages.office.database) as seen:
            await shown(pages, query)
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts
