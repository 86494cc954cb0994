"""The pages of releases and their review: each button, each refusal, and nobody of a partner's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests import desk_releases
from tests.contract.desks import ALL, MASSIF, SPRING
from tests.desk_pages import Pages, pages_at, text_of

from communique.desk import drafting
from communique.domain.actor import OPERATOR, SERVICE
from communique.domain.release import Audience, State
from communique.web.desk import releases

OURS = ["advantages", "autumn", "breakfast", "bulletin", "capital", "lab-week"]
OURS += ["mission-boston", "picnic", "survey"]
HOME = "/desk/harfang/releases"


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    fill, home = desk_releases.fill, tmp_path / "desk"
    async with pages_at(database_url, home, state="pages of releases", fill=fill) as pages:
        for who, address in (
            ("approver", "aude@harfang.example"),
            ("owner", "maude@harfang.example"),
        ):
            async with pages.office.database.read() as transaction:
                account = await transaction.accounts.by_address(SERVICE.scope, address)
            assert account is not None
            known = replace(account, language="en")
            pages.signed[who] = replace(pages.signed[who], account=known)
        yield pages


async def shown(pages: Pages, path: str, who: str = "owner", status: int = 200) -> str:
    answer = await pages.get(who, path if path.startswith("/desk/") else f"{HOME}/{path}")
    assert answer.status_code == status, (path, text_of(answer.text)[:600])
    return answer.text


async def done(pages: Pages, path: str, who: str = "owner", **fields: str) -> str:
    """Press a button; where one is led, and what is said there."""
    answer = await pages.post(who, f"{HOME}/{path}", **fields)
    assert answer.status_code == 303, text_of(answer.text)[:600]
    return text_of(await shown(pages, answer.headers["location"], who))


def keys(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/desk/harfang/releases/([a-z-]+)"', html)


async def content(pages: Pages, key: str = "mission-boston") -> str:
    return (await pages.office.release(key)).content_hash or ""


async def test_the_list_has_every_release_of_ours_and_none_of_others(pages: Pages) -> None:
    theirs = replace(
        SPRING, key="theirs", parties=("massif",), audiences=(Audience("massif", ("members",)),)
    )
    await drafting.file(pages.office.desk, OPERATOR, theirs)
    for who in ("viewer", "operator"):  # who sees all sees this association's here
        html = await shown(pages, "/desk/harfang/releases", who)
        assert sorted(keys(html)) == OURS
        assert "with Massif" in text_of(html)
    assert "theirs" in await shown(pages, "/desk/massif/releases", "other")
    for who in ("owner", "operator"):
        for path in ("theirs", "theirs/review", "theirs/cancel", "nowhere"):
            await shown(pages, path, who, 404)
        assert (await pages.post(who, f"{HOME}/theirs/pause")).status_code == 404


async def test_filters_stand_in_the_address(pages: Pages) -> None:
    for name, wanted in (
        ("in_review", ["mission-boston"]),
        ("approved", ["breakfast", "capital"]),
        ("going", ["survey", "advantages"]),
        ("sent", ["bulletin"]),
        ("draft", ["autumn"]),
        ("missed", ["lab-week"]),
        ("cancelled", ["picnic"]),
    ):
        html = await shown(pages, f"/desk/harfang/releases?state={name}")
        assert sorted(keys(html)) == sorted(wanted), name
        assert re.search(rf'href="[^"]*state={name}" aria-current="page"', html), name
    assert sorted(keys(await shown(pages, "/desk/harfang/releases?state=none"))) == OURS
    none = text_of(await shown(pages, "/desk/harfang/releases?agreement=pact"))
    assert "No release is in this state" in none


async def test_pages_go_by_key_both_ways(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "PAGE", 4)
    address, seen, newer = "/desk/harfang/releases", list[list[str]](), None
    while address:
        html = await shown(pages, address)
        seen.append(keys(html))
        newer = re.search(r'href="([^"]*before=\d+)" rel="prev"', html)
        older = re.search(r'href="([^"]*after=\d+)" rel="next"', html)
        address = older[1].replace("&amp;", "&") if older and len(seen) < 5 else ""
    assert [len(one) for one in seen[:3]] == [4, 4, 1]
    assert sorted(key for one in seen for key in one) == OURS
    assert newer is not None
    assert keys(await shown(pages, newer[1].replace("&amp;", "&"))) == seen[-2]


async def test_of_a_partners_people_no_page_says_more_than_a_number(pages: Pages) -> None:
    paths = [f"{key}{more}" for key in OURS for more in ("", "/review")]
    for path in paths:
        html = await shown(pages, path, "viewer")
        assert "rock.example" not in html, path
        text = text_of(html)
        assert not re.search(r"Massif writes to its own people: \d", text), path
        if path.startswith(("mission", "advantages")) and "review" not in path:
            assert "Massif writes to its own people: fewer than 5" in text, path


async def test_a_release_says_how_it_stands_in_a_sentence(pages: Pages) -> None:
    for key, said in (
        ("autumn", "A draft: nobody has been asked to approve it, and nothing goes out."),
        ("mission-boston", "Snowy Owl must still approve. Goes Wednesday 9 June, 9:00"),
        ("breakfast", "Approved by all. No hour is set: nothing goes out."),
        ("capital", "Approved by all. Goes Friday 18 June, 8:30."),
        ("advantages", "20 of 24 accepted and 4 wait for another try."),
        ("survey", "Paused. Sending began"),
        ("bulletin", "2 failed"),
        ("lab-week", "It missed its hour"),
        ("picnic", "Cancelled before anybody was written to."),
    ):
        assert said in text_of(await shown(pages, key)), key
    pages.speaks("owner", "fr")
    assert "Aucune heure n’est fixée" in text_of(await shown(pages, "breakfast"))


async def test_buttons_are_for_who_may_press_them(pages: Pages) -> None:
    for key in OURS:
        html = await shown(pages, key, "viewer")
        assert re.findall(r'<form method="post" action="([^"]*/releases/[^"]*)"', html) == [], key
        assert "/cancel" not in html
        assert "/retry" not in html


async def test_sending_is_paused_and_goes_on(pages: Pages) -> None:
    said = await done(pages, "advantages/pause")
    assert "Paused. What had begun ends by itself" in said
    assert await pages.office.state("advantages") is State.PAUSED
    assert "Sending goes on" in await done(pages, "advantages/resume")
    assert await pages.office.state("advantages") is State.SENDING
    answer = await pages.post("owner", f"{HOME}/bulletin/pause")
    assert answer.status_code == 409
    assert "Cannot pause a release that is sent." in text_of(answer.text)


async def test_calling_off_says_how_many_before_it_does(pages: Pages) -> None:
    text = text_of(await shown(pages, "advantages/cancel"))
    assert "20 of your people have it. Nothing that was sent comes back." in text
    assert "Cancel it for 4 of your people" in text
    assert "The same holds for the people of Massif." in text
    assert await pages.office.state("advantages") is State.SENDING, "nothing was done"
    said = await done(pages, "advantages/cancel", why="The offer is off.")
    assert "Why it was cancelled The offer is off." in said
    assert await pages.office.state("advantages") is State.CANCELLED
    assert (await pages.get("owner", f"{HOME}/advantages/cancel")).status_code == 409


async def test_an_hour_is_taken_away_and_the_approvals_stay(pages: Pages) -> None:
    said = await done(pages, "capital/unschedule")
    assert "What was approved stays approved." in said
    release = await pages.office.release("capital")
    assert (release.state, release.schedule) == (State.APPROVED, None)
    assert (await pages.post("owner", f"{HOME}/capital/unschedule")).status_code == 409


async def test_a_retry_tells_its_count_and_does_no_other(pages: Pages) -> None:
    text = text_of(await shown(pages, "bulletin/retry"))
    count = int(re.findall(r"Try (\d+) p", text)[0])
    stale = await pages.post("owner", f"{HOME}/bulletin/retry", count=str(count + 1))
    assert stale.status_code == 409
    assert "The number changed meanwhile" in text_of(stale.text)
    assert await pages.office.state("bulletin") is not State.CANCELLED
    said = await done(pages, "bulletin/retry", count=str(count))
    assert f"{count} people are tried again" in said
    assert await pages.office.state("bulletin") is State.SENDING


async def test_a_review_shows_what_changed_since_our_last_yes(pages: Pages) -> None:
    html = await shown(pages, "mission-boston/review", "approver")
    text = text_of(html)
    assert "Aude Roy approved another text" in text
    for struck, added in (("Huit", "Neuf"), ("Eight", "Nine"), ("1 650", "1 450")):
        assert re.search(rf"<del>.*?{struck}", html), struck
        assert re.search(rf"<ins>.*?{added}", html), added
    assert "Nothing else of it changed." in text
    assert await content(pages) in html
    assert "24 of your people" in text
    assert "18 in French, 6 in English" in text
    assert "You are the last to approve. If you do, it goes Wednesday 9 June, 9:00" in text


async def test_a_message_is_its_own_page_in_a_sandbox(pages: Pages) -> None:
    html = await shown(pages, "mission-boston/review", "viewer")
    frames = re.findall(r'<iframe src="([^"]+)"[^>]* sandbox', html)
    assert [one.rpartition("/")[2] for one in frames] == ["fr", "en"]
    answer = await pages.get("viewer", frames[0])
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox")
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "Neuf visites" in answer.text
    # Another's content, no content, no language: not there.
    assert (await pages.get("other", frames[0])).status_code == 404
    for old, new in ((await content(pages), "0" * 64), ("/harfang/fr", "/harfang/de")):
        path = new.join(frames[0].rsplit(old, 1))
        assert (await pages.get("viewer", path)).status_code == 404, path
    of_massif = await shown(pages, "mission-boston/review?of=massif", "viewer")
    assert "/massif/en" in of_massif
    assert "As the members of Massif receive it" in of_massif
    assert "Neuf visites" in await shown(pages, "mission-boston/review?as=text", "viewer")


async def test_what_is_shown_is_what_was_frozen_whatever_is_declared_since(pages: Pages) -> None:
    was = await pages.get(
        "viewer", f"{HOME}/mission-boston/review/{await content(pages)}/harfang/fr"
    )
    await pages.office.sync(replace(MASSIF, postal_address="Elsewhere"))
    html = await shown(pages, "mission-boston/review", "approver")
    assert "It is no longer what was submitted" in html
    now = await pages.get(
        "viewer", f"{HOME}/mission-boston/review/{await content(pages)}/harfang/fr"
    )
    assert "Neuf visites" in now.text
    assert re.sub(r"preview\S*", "", was.text) == re.sub(r"preview\S*", "", now.text)


async def test_a_yes_is_of_the_whole_hash_that_was_shown(pages: Pages) -> None:
    path, right = "mission-boston/review/approve", await content(pages)
    for wrong in ("", right[:12], "0" * 64):
        answer = await pages.post("approver", f"{HOME}/{path}", content=wrong)
        assert answer.status_code == 409, wrong
        assert "Nothing was approved" in text_of(answer.text)
        assert right in answer.text, "and what is under review now can be read"
    assert await pages.office.state("mission-boston") is State.IN_REVIEW
    said = await done(pages, path, "approver", content=right)
    assert "Approved by all." in said
    assert await pages.office.state("mission-boston") is State.APPROVED
    release = await pages.office.release("mission-boston")
    async with pages.office.database.read() as transaction:
        last = (await transaction.releases.approvals(ALL, release.id))[-1]
    assert (last.person, last.actor.account) == ("Aude Roy", pages.signed["approver"].actor.account)


async def test_who_wrote_it_is_told_who_may_approve(pages: Pages) -> None:
    owner = pages.signed["owner"].actor
    edited = desk_releases.mission(("Dix", "Ten"))
    await drafting.file(pages.office.desk, owner, edited)
    await drafting.submit(pages.office.desk, owner, "mission-boston")
    text = text_of(await shown(pages, "mission-boston/review"))
    assert "Not by you." in text
    assert "Who may: Aude Roy" in text
    assert "Approve this text" not in text
    answer = await pages.post(
        "owner", f"{HOME}/mission-boston/review/approve", content=await content(pages)
    )
    assert answer.status_code == 409
    html = await shown(pages, "mission-boston/review", "approver")
    assert "If you do, it still waits for the others." in html


async def test_changes_are_asked_for_with_a_comment(pages: Pages) -> None:
    path = "mission-boston/review/changes"
    empty = await pages.post("approver", f"{HOME}/{path}", comment="  ")
    assert empty.status_code == 422
    assert 'href="#comment"' in empty.text
    assert await pages.office.state("mission-boston") is State.IN_REVIEW
    said = await done(pages, path, "approver", comment="The fee is wrong.")
    assert "Sent back to its authors" in said
    assert "The fee is wrong." in said
    assert await pages.office.state("mission-boston") is State.DRAFT


async def test_ones_own_yes_is_taken_back_while_others_are_to_come(pages: Pages) -> None:
    await desk_releases.submitted(pages.office, replace(desk_releases.mission(), key="late"))
    await done(pages, "late/review/approve", "approver", content=await content(pages, "late"))
    assert "You approved this text" in text_of(await shown(pages, "late/review", "approver"))
    said = await done(pages, "late/review/withdraw", "approver")
    assert "Your approval is taken back." in said
    assert "Approve this text" in said
    answer = await pages.post("approver", f"{HOME}/late/review/withdraw")
    assert answer.status_code == 409


async def test_the_operator_says_in_whose_name(pages: Pages) -> None:
    html = await shown(pages, "mission-boston/review", "operator")
    assert '<option value="Aude Roy"' in html
    await done(
        pages,
        "mission-boston/review/approve",
        "operator",
        content=await content(pages),
        person="Aude Roy",
    )
    text = text_of(await shown(pages, "mission-boston"))
    assert "in the name of Aude Roy, by the operator at the machine" in text


async def test_the_same_text_handed_in_anew_says_so(pages: Pages) -> None:
    edited = desk_releases.mission(("Neuf", "Nine"), ("1 450", "1,450"))
    await done(pages, "mission-boston/review/approve", "approver", content=await content(pages))
    await done(pages, "mission-boston/review/changes", "approver", comment="No.")
    await desk_releases.submitted(pages.office, edited)
    text = text_of(await shown(pages, "mission-boston/review", "approver"))
    assert "It is the same text that Aude Roy approved" in text
