"""The hour of a release as pages set it, by every clock, and sending now: nothing by looking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests import desk_releases
from tests.contract.desks import NOW, entry
from tests.desk_pages import HOUSE, Pages, pages_at, text_of

from communique.desk import drafting, inspecting, scheduling
from communique.domain import when
from communique.domain.actor import OPERATOR
from communique.domain.association import Role
from communique.domain.event import Verb
from communique.domain.release import Schedule, State
from communique.web.desk import schedule

HOME = "/desk/harfang/releases"
NINE = datetime(2027, 6, 9, 13, tzinfo=UTC)  # 9 in the morning in Toronto, 6 in Vancouver


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    fill, home = desk_releases.fill, tmp_path / "desk"
    async with pages_at(database_url, home, state="pages of releases", fill=fill) as pages:
        yield pages


async def planned(pages: Pages, key: str = "breakfast") -> Schedule | None:
    return (await pages.office.release(key)).schedule


async def post(pages: Pages, path: str, status: int = 303, /, **fields: str) -> str:
    answer = await pages.post("owner", f"{HOME}/{path}", **fields)
    assert answer.status_code == status, text_of(answer.text)[:800]
    if status != 303:
        return answer.text
    return (await pages.get("owner", answer.headers["location"])).text


def typed(hour: str, day: str = "2027-06-09", **more: str) -> dict[str, str]:
    return {"send_day": day, "send_hour": hour, **more}


@pytest.mark.parametrize("hour", ["9", "9h", "9:00", "9 h 00", "9am", "09:00"])
async def test_an_hour_is_typed_as_people_write_it(pages: Pages, hour: str) -> None:
    text = text_of(await post(pages, "breakfast/schedule", **typed(hour)))
    assert "The hour is set." in text
    assert "Approved by all. Goes Wednesday 9 June, 9:00." in text
    found = await planned(pages)
    assert found == Schedule(NINE, "America/Toronto")


async def test_the_form_begins_empty_and_looking_sets_nothing(pages: Pages) -> None:
    html = (await pages.get("owner", f"{HOME}/breakfast/schedule")).text
    for name in ("send_day", "send_hour", "by_day", "public_hour"):
        assert re.search(rf'name="{name}" type="\w+" value=""', html), name
    told = await post(pages, "breakfast/schedule/words", 200, **typed("9"))
    assert "Snowy Owl: Wednesday 9 June, 9:00 (Toronto)" in text_of(told)
    assert await planned(pages) is None


async def test_each_zone_is_told_in_words(pages: Pages) -> None:
    path = "mission-boston/schedule/words"
    yes = {"beyond_term": "yes"}
    same = text_of(await post(pages, path, 200, **typed("9h", **yes)))
    assert "Snowy Owl: Wednesday 9 June, 9:00 (Toronto)" in same
    assert "Massif: Wednesday 9 June, 6:00 (Vancouver)" in same
    each = text_of(await post(pages, path, 200, **typed("9h", wall="each", **yes)))
    assert "Massif: Wednesday 9 June, 9:00 (Vancouver)" in each
    pages.speaks("owner", "fr")
    french = text_of(await post(pages, path, 200, **typed("9h", **yes)))
    assert "Massif : mercredi 9 juin, 6 h (Vancouver)" in french
    part = await pages.of("owner").post(
        f"{HOME}/{path}",
        data={"csrf": pages.signed["owner"].csrf, **typed("9h", **yes)},
        headers={"HX-Request": "true", "HX-Target": "in-words"},
    )
    assert "Vancouver" in part.text
    assert "<html" not in part.text


async def test_what_is_no_hour_is_said_at_its_field_and_what_was_typed_stays(pages: Pages) -> None:
    for fields, where, said in (
        ({"send_day": "", "send_hour": "9"}, "send_day", "Choose a day"),
        ({"send_day": "2027-06-09", "send_hour": ""}, "send_hour", "Write an hour"),
        (typed("25"), "send_hour", "25"),
        (typed("soon"), "send_hour", "soon"),
        (typed("8", "2027-06-03"), "send_hour", "Choose an hour to come"),
        (typed("9", by_day="2027-06-08", by_hour="9"), "by_hour", "deliver-by"),
    ):
        html = await post(pages, "breakfast/schedule", 422, **fields)
        assert f'<a href="#{where}">' in html, fields
        assert said in text_of(html), fields
        for name, value in fields.items():
            assert re.search(rf'name="{name}" type="\w+" value="{value}"', html), (fields, name)
        assert await planned(pages) is None


async def test_an_hour_that_comes_twice_is_asked_about(pages: Pages) -> None:
    fields = typed("1:30", "2027-11-07")
    html = await post(pages, "breakfast/schedule", 422, **fields)
    first, second = re.findall(r'name="which" value="([^"]+)"', html)
    assert (first[-6:], second[-6:]) == ("-04:00", "-05:00")
    which_of = re.findall(r'name="which_of" value="([^"]+)"', html)[0]
    await post(pages, "breakfast/schedule", **fields, which=second, which_of=which_of)
    found = await planned(pages)
    assert found is not None
    assert found.send_at == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    skipped = await post(pages, "breakfast/schedule", 422, **typed("2:30", "2028-03-12"))
    assert "2:30" in text_of(skipped)


async def test_an_hour_beyond_the_term_is_asked_about(pages: Pages) -> None:
    together = replace(desk_releases.mission(), key="pact", agreement="pact")
    await drafting.file(pages.office.desk, OPERATOR, together)
    html = await post(pages, "pact/schedule", 422, **typed("9"))
    assert "No agreement is in force then" in html
    assert 'name="beyond_term" value="yes"' in html
    assert await planned(pages, "pact") is None
    await post(pages, "pact/schedule", **typed("9", beyond_term="yes"))
    assert await planned(pages, "pact") is not None


async def test_an_embargo_and_an_end_are_set_with_it(pages: Pages) -> None:
    more = {
        "public_day": "2027-06-10",
        "public_hour": "9",
        "by_day": "2027-06-12",
        "by_hour": "17h",
    }
    text = text_of(await post(pages, "breakfast/schedule", **typed("9", **more)))
    assert "Until Thursday 10 June, 9:00 only the press may have it" in text
    assert "Not after Saturday 12 June, 17:00" in text
    release = await pages.office.release("breakfast")
    assert release.public_from == datetime(2027, 6, 10, 13, tzinfo=UTC)
    assert release.schedule is not None
    assert release.schedule.deliver_by == datetime(2027, 6, 12, 21, tzinfo=UTC)
    await post(pages, "breakfast/schedule", **typed("9"))
    assert (await pages.office.release("breakfast")).public_from is None


async def test_what_else_goes_that_day_and_a_weekend_are_told(pages: Pages) -> None:
    text = text_of(await post(pages, "breakfast/schedule/words", 200, **typed("8", "2027-06-18")))
    assert "Within a day of it, your people also get Capital day" in text
    text = text_of(await post(pages, "breakfast/schedule/words", 200, **typed("8", "2027-06-19")))
    assert "It is the weekend then at Snowy Owl." in text


async def test_what_is_under_way_has_no_hour_to_set(pages: Pages) -> None:
    for key in ("advantages", "bulletin", "picnic"):
        assert (await pages.get("owner", f"{HOME}/{key}/schedule")).status_code == 409, key
        assert (await pages.get("owner", f"{HOME}/{key}/send")).status_code == 409, key
        await post(pages, f"{key}/schedule", 409, **typed("x"))
    for key in ("autumn", "mission-boston"):  # not approved by all: no page sends it
        assert (await pages.get("owner", f"{HOME}/{key}/send")).status_code == 409, key
        assert (await pages.post("owner", f"{HOME}/{key}/send", count="24")).status_code == 409


async def test_a_release_that_missed_its_hour_is_given_another(pages: Pages) -> None:
    await post(pages, "lab-week/schedule", **typed("9"))
    assert await pages.office.state("lab-week") is State.APPROVED


async def test_sending_now_says_all_of_it_and_repeats_the_number(pages: Pages) -> None:
    text = text_of(await shown(pages, "breakfast/send"))
    for said in (
        "It goes to 24 people, at once.",
        "Regulatory breakfast",
        "18 in French, 6 in English",
        "avis@harfang.example",
        "in the name of Aude Roy",
        "What is on its way can’t be called back.",
        "Send to 24 people now",
    ):
        assert said in text, said
    assert await planned(pages) is None, "nothing was done by looking"


async def shown(pages: Pages, path: str) -> str:
    answer = await pages.get("owner", f"{HOME}/{path}")
    assert answer.status_code == 200
    return answer.text


async def test_it_is_sent_once_and_only_as_it_was_shown(pages: Pages) -> None:
    content = (await pages.office.release("breakfast")).content_hash or ""
    for count, known in (("23", content), ("24", "0" * 64), ("", "")):
        text = text_of(await post(pages, "breakfast/send", 409, count=count, content=known))
        assert "changed meanwhile. Nothing was sent" in text
        assert await planned(pages) is None
    text = text_of(await post(pages, "breakfast/send", count="24", content=content))
    assert "It goes now" in text
    assert await pages.office.pick_up() == ["breakfast"]
    again = text_of(await post(pages, "breakfast/send", count="24", content=content))
    assert "Sending since" in again
    assert await pages.office.pick_up() == []
    summary = await pages.office.summary("breakfast")
    assert summary.snapshot == 24


async def test_over_many_people_the_number_is_typed(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "MANY", 20)
    content = (await pages.office.release("breakfast")).content_hash or ""
    html = await shown(pages, "breakfast/send")
    assert "Type the number of people: 24" in text_of(html)
    for wrong in ("", "25"):
        html = await post(pages, "breakfast/send", 422, count="24", content=content, typed=wrong)
        assert 'href="#typed"' in html
        assert await planned(pages) is None
    await post(pages, "breakfast/send", count="24", content=content, typed="2\N{NO-BREAK SPACE}4")
    assert await planned(pages) == Schedule(NOW, "America/Toronto")


async def test_the_hour_at_a_partner_is_told_before_it_goes(pages: Pages) -> None:
    office = pages.office
    await desk_releases.submitted(office, replace(desk_releases.mission(), key="joint"))
    await desk_releases.approve(office, "joint", "harfang", "massif")
    text = text_of(await shown(pages, "joint/send"))
    assert "At Massif it is 6:00 now (Vancouver)." in text
    assert "The people of Massif get it at the same moment." in text
    assert "Massif writes to its own people: fewer than 5" in text


async def test_foreseeing_is_what_setting_does(pages: Pages) -> None:
    wish = scheduling.Wish("2027-06-09 09:00", "America/Toronto")
    foreseen = await scheduling.foresee(pages.office.desk, OPERATOR, "breakfast", wish)
    assert await planned(pages) is None
    done = await scheduling.schedule(
        pages.office.desk, OPERATOR, "breakfast", wish.send_at, zone=wish.zone
    )
    assert (foreseen.schedule, foreseen.public_from) == (done.schedule, done.public_from)


async def test_which_of_two_hours_is_one_of_the_two_and_never_now(pages: Pages) -> None:
    for which, fields in (
        ("now", typed("1:30", "2027-11-07")),
        ("2027-06-09 09:00", typed("1:30", "2027-11-07")),
        ("now", typed("9:00")),
    ):
        which_of = when.typed(fields["send_day"], fields["send_hour"])
        twice = fields["send_day"] == "2027-11-07"
        status = 422 if twice else 303
        path = "breakfast/schedule"
        await post(pages, path, status, **fields, which=which, which_of=which_of)
        found = await planned(pages)
        assert (found is None) if twice else (found and found.send_at == NINE)
    assert await pages.office.pick_up() == []


async def test_what_would_not_go_is_said_where_it_is_pressed(pages: Pages) -> None:
    content = (await pages.office.release("breakfast")).content_hash or ""
    aude = replace(HOUSE.people[0], roles=(Role.VIEWER,))
    await pages.office.sync(replace(HOUSE, people=(aude, *HOUSE.people[1:])))
    text = text_of(await post(pages, "breakfast/send", 409, count="24", content=content))
    assert "The approval of Snowy Owl counts no more" in text
    assert await planned(pages) is None


async def test_pressed_again_before_it_goes_it_is_told_once(pages: Pages) -> None:
    content = (await pages.office.release("breakfast")).content_hash or ""
    for _ in range(3):
        text = text_of(await post(pages, "breakfast/send", count="24", content=content))
        assert "It goes now" in text
    release = await pages.office.release("breakfast")
    async with pages.office.database.read() as transaction:
        history = await transaction.events.history(OPERATOR.scope, release.id)
    assert [one.verb for one in history].count(Verb.SCHEDULE) == 1


async def test_the_number_is_that_of_all_who_get_it(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = pages.office
    await office.admit("massif", *(entry(f"more{n}@granite.example") for n in range(20)))
    await desk_releases.submitted(office, replace(desk_releases.mission(), key="joint"))
    await desk_releases.approve(office, "joint", "harfang", "massif")
    alone = text_of(await shown(pages, "joint/send"))
    [whole] = re.findall(r"It goes to (\d+) people", alone)
    theirs = await inspecting.forecast(office.desk, OPERATOR, "joint")
    assert int(whole) == sum(one.goes for one in theirs)
    assert int(whole) > next(one.goes for one in theirs if one.association == "harfang") + 4
    monkeypatch.setattr(schedule, "MANY", int(whole) - 1)
    assert f"Type the number of people: {whole}" in text_of(await shown(pages, "joint/send"))
