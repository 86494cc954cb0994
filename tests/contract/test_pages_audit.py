"""The page of what was done: who, what, when and why; an association's own, and no other's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests import desk_releases
from tests.contract.desks import Office
from tests.contract.test_desk_reading import statements
from tests.desk_pages import Pages, pages_at, text_of

from communique.desk import auditing, consenting, correcting, drafting
from communique.domain.actor import OPERATOR
from communique.domain.consent import Extent
from communique.domain.event import Verb
from communique.web.desk import audit
from communique.web.desk.saying import WORDS

AUDIT = "/desk/harfang/audit"


async def fill(office: Office) -> None:
    """Releases in every state, and what was done about some people of both."""
    await desk_releases.fill(office)
    desk = office.desk
    await consenting.leave(desk, OPERATOR, "harfang", "p1@lichen.example", "a call", Extent.ALL)
    await consenting.leave(desk, OPERATOR, "massif", "m1@rock.example", "a letter", Extent.ALL)
    await correcting.move(desk, OPERATOR, "harfang", "p2@lichen.example", "pia@lichen.example")
    await correcting.edit(desk, OPERATOR, "massif", "m2@rock.example", given_name="Maya")


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    home = tmp_path / "desk"
    async with pages_at(database_url, home, state="pages of the audit", fill=fill) as one:
        yield one


async def shown(pages: Pages, query: str = "", who: str = "viewer", status: int = 200) -> str:
    answer = await pages.get(who, AUDIT + query)
    assert answer.status_code == status, text_of(answer.text)[:600]
    return answer.text


def acts(html: str) -> list[str]:
    return [text_of(one) for one in re.findall(r'<td class="what">(.*?)</td>', html)]


async def test_it_tells_who_did_what_and_why(pages: Pages) -> None:
    text = text_of(await shown(pages))
    assert "The operator at the machine" in text
    assert "Paused Survey" in text
    assert "A link leads nowhere." in text
    assert "p2@lichen.example → pia@lichen.example" in text
    assert "Changed the address of Pia2 Roy" in text
    assert "Said no for Pia1 Roy" in text
    assert "said to the desk: a call" in text
    pages.speaks("viewer", "fr")
    assert "A mis en pause Sondage" in text_of(await shown(pages))


async def test_nothing_of_a_partners_own_is_in_it(pages: Pages) -> None:
    for who in ("viewer", "owner", "operator"):
        page: str | None = ""
        while page is not None:
            html = await shown(pages, page, who)
            for theirs in ("rock.example", "Maya", "a letter"):
                assert theirs not in html, (who, theirs)
            older = re.search(r'href="[^"]*/audit(\?[^"]*)" rel="next"', html)
            page = older[1] if older else None
    assert "a letter" in (await pages.get("other", "/desk/massif/audit")).text


async def test_it_is_narrowed_down_by_who_what_day_and_release(pages: Pages) -> None:
    owner = pages.signed["owner"].actor
    await drafting.file(pages.office.desk, owner, desk_releases.alone("mine", "Mien", "Mine"))
    html = await shown(pages, f"?who={owner.account}")
    assert acts(html) == ["Wrote down Mine"]
    assert set(acts(await shown(pages, "?of=picnic"))) == {"Wrote down Picnic", "Cancelled Picnic"}
    assert "Paused Survey" in acts(await shown(pages, "?what=sending"))
    assert acts(await shown(pages, "?what=pause")) == ["Paused Survey"]
    assert "Cancelled Picnic" in acts(await shown(pages, "?since=2027-06-01&until=2027-06-01"))
    assert "Paused Survey" not in acts(await shown(pages, "?until=2027-06-02"))
    nothing = text_of(await shown(pages, "?since=2027-06-09"))
    assert "Nothing of that was done" in nothing
    assert "is not a day" in text_of(await shown(pages, "?since=x", status=422))
    for odd in ("?who=%3Cb%3E", "?what=%3Cscript%3E", "?of=%3Cscript%3E", "?before=x"):
        assert "<script>" not in (await shown(pages, odd)).replace('<script src="', "")


async def test_what_there_is_not_is_not_looked_for(pages: Pages) -> None:
    everything = await shown(pages)
    for odd in ("?what=zzz", "?who=zzz", "?what=zzz&who=-1"):
        html = await shown(pages, odd)
        assert acts(html) == acts(everything)
        assert "zzz" not in html.replace(odd.replace("&", "&amp;"), "")
        assert text_of(html[html.index("<h1") :]) == text_of(everything[everything.index("<h1") :])
    assert "What was done: Paused …" in text_of(await shown(pages, "?what=pause"))
    assert "What was done: somebody" in text_of(await shown(pages, "?who=987"))
    pages.speaks("viewer", "fr")
    assert "A mis en pause …" in text_of(await shown(pages, "?what=pause"))


async def test_pages_go_by_key(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = {"before": None, "limit": 9}
    monkeypatch.setattr(auditing.page, "__kwdefaults__", defaults)
    html, seen = await shown(pages), list[str]()
    while older := re.search(r'href="[^"]*/audit(\?[^"]*)" rel="next"', html):
        assert len(acts(html)) == 9
        seen += acts(html)
        html = await shown(pages, older[1])
    seen += acts(html)
    defaults["limit"] = 500
    assert seen == acts(await shown(pages))


async def test_a_page_takes_as_many_statements_however_much_there_is(pages: Pages) -> None:
    counts = []
    for query in ("", "?what=pause", "?of=picnic"):
        with statements(pages.office.database) as seen:
            await shown(pages, query)
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts


def test_every_verb_has_words_and_a_place() -> None:
    for verb in Verb:
        assert f"audit.did.{verb.value}" in WORDS["en"], verb
    placed = [verb for verbs in audit.AREAS.values() for verb in verbs]
    assert len(placed) == len(set(placed))
    assert set(Verb) - set(placed) == {Verb.REGISTER, Verb.ADOPT}, "those are nobody's but ours"
