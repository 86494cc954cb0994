"""Passes over a real store, on SQLite and PostgreSQL: valid or not, and nothing else of anybody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.contract.advantages import (
    HOPE,
    HOTEL,
    LASTS,
    LUC,
    ODILE,
    TOURBE,
    Counter,
    counter_at,
)
from tests.contract.desks import HARFANG, LICHEN, MASSIF, NOW, TODAY, entry

from communique.desk import consenting, correcting, erasing, proving
from communique.domain.actor import OPERATOR, RECIPIENT, Actor, ActorKind
from communique.domain.consent import Extent
from communique.domain.member import Member
from communique.domain.release import Audience, Filter
from communique.store.consent_tables import consents, suppressions
from communique.store.pass_tables import pass_names, pass_uses
from communique.store.tables import contents, members, subscribers, subscriptions
from communique.web.limiting import Limits, Rate
from communique.web.passes import FLOOR, left

TABLES = (pass_names, pass_uses, subscribers, members, subscriptions, consents, suppressions)


@pytest.fixture
async def counter(database_url: str, tmp_path: Path) -> AsyncIterator[Counter]:
    async with counter_at(database_url, tmp_path / "desk") as counter:
        yield counter


@pytest.fixture
def sqlite(tmp_path: Path) -> tuple[str, Path]:
    return f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}", tmp_path / "desk"


async def leaves(counter: Counter, member: Member, until: date | None) -> None:
    """Have a company's membership end after that day, as a spreadsheet tells it."""
    whose = {LICHEN.reference: ODILE, TOURBE.reference: LUC}
    await counter.office.admit(
        "harfang", entry(whose[member.reference], member=replace(member, until=until))
    )


async def used(counter: Counter, path: str) -> str:
    """How often the page says that it was used."""
    page = (await counter.look(path)).text
    [said] = re.findall(r"<dt>Used so far</dt><dd>(.*?)</dd>", page)
    return str(said)


# The link in the message.


async def test_each_message_has_its_readers_own_pass_and_no_other_kind_has_any(
    counter: Counter,
) -> None:
    for address in (ODILE, LUC, HOPE):
        [mail] = [one for one in counter.office.transport.mails if one.recipient == address]
        text = mail.content.decode().replace("=\r\n", "")
        links = set(re.findall(r"/p/[a-z2-7]{40}", text))
        assert links == {await counter.held(address)}
        assert (await counter.client.get(links.pop())).status_code == 200


async def test_the_page_has_the_code_of_the_other_link_and_says_what_is_offered(
    counter: Counter,
) -> None:
    page = await counter.client.get(await counter.held())
    assert '<html lang="fr">' in page.text
    for words in ("Deux nuits à Boston au prix d’une", "Massif", "30 septembre 2027", "<svg"):
        assert words in page.text
    url = f"{counter.office.desk.policy.public_url}{await counter.scan()}"
    assert url in page.text
    english = await counter.client.get(f"{await counter.held()}?lang=en")
    assert "Two nights in Boston for one" in english.text
    assert "September 30, 2027" in english.text


@pytest.mark.parametrize("how", ["GET", "HEAD"])
async def test_looking_changes_nothing(counter: Counter, how: str) -> None:
    before = [await counter.office.rows(table) for table in TABLES]
    for path in (await counter.held(), await counter.scan()):
        for query in ("", "?name=yes", "?said=used&use=1", "?back=1"):
            assert (await counter.client.request(how, path + query)).status_code == 200
    assert [await counter.office.rows(table) for table in TABLES] == before


async def test_no_page_is_kept_or_told_on_and_none_runs_anything(counter: Counter) -> None:
    for path in (await counter.held(), await counter.scan(), "/p/none", "/v/none"):
        headers = (await counter.look(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script" not in headers["Content-Security-Policy"]
        assert "Set-Cookie" not in headers


async def test_a_preview_and_a_test_have_nobodys_pass(counter: Counter) -> None:
    page = await counter.look("/p/preview")
    assert (page.status_code, "This message was a test" in page.text) == (200, True)


# What a scan shows (P6).


async def test_a_scan_shows_what_was_promised_and_the_same_octets_for_every_holder(
    counter: Counter,
) -> None:
    """Odile reads French, Luc English; their companies, names and addresses differ."""
    pages = [await counter.look(await counter.scan(one)) for one in (ODILE, LUC)]
    assert pages[0].content == pages[1].content
    assert pages[0].headers == pages[1].headers
    shown = pages[0].text
    for words in ("Valid", "Snowy Owl", "Two nights in Boston for one", "Massif", "Not yet"):
        assert words in shown
    for secret in (ODILE, "Odile", "Lichen", "Roy", "17", "therapeutics", "members", "/p/", "/v/"):
        assert secret not in shown.partition("</style>")[2]


async def test_whose_language_it_is_does_not_show(counter: Counter) -> None:
    """Of the browser that scans, else of the association: never the holder's."""
    for address in (ODILE, LUC):
        path = await counter.scan(address)
        assert '<html lang="fr">' in (await counter.client.get(path)).text
        assert '<html lang="en">' in (await counter.look(path)).text
        assert '<html lang="fr">' in (await counter.look(f"{path}?lang=fr")).text


async def test_a_companys_name_shows_only_where_its_holder_ticked_that(counter: Counter) -> None:
    held, scan = await counter.held(), await counter.scan()
    assert "Lichen" not in (await counter.look(scan)).text
    answer = await counter.client.post(f"{held}?lang=fr", data={"name": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, "?lang=fr")
    assert "Lichen &amp; Cie" in (await counter.look(scan)).text
    assert "Lichen" not in (await counter.look(await counter.scan(LUC))).text
    [row] = await counter.office.rows(pass_names)
    assert (row["language"], row["at"]) == ("fr", NOW)
    for _ in range(2):
        await counter.client.post(held, data={"name": "no"})
        assert "Lichen" not in (await counter.look(scan)).text


async def test_who_scans_cannot_tick_for_the_holder(counter: Counter) -> None:
    scan = await counter.scan()
    await counter.client.post(scan, data={"name": "yes"})
    assert "Lichen" not in (await counter.look(scan)).text
    assert await counter.office.rows(pass_names) == []


async def test_no_link_opens_what_another_does(counter: Counter) -> None:
    held, scan = await counter.held(), await counter.scan()
    unsubscribe = await counter.office.token("harfang", ODILE)
    tokens = {"p": held[3:], "v": scan[3:], "u": unsubscribe}
    for door in tokens:
        for kind, token in tokens.items():
            answer = await counter.client.get(f"/{door}/{token}")
            assert answer.status_code == (200 if kind == door else 404), (door, kind)


# What is not valid is answered alike.


async def ended(counter: Counter) -> None:
    await leaves(counter, LICHEN, TODAY - timedelta(days=1))


async def to_come(counter: Counter) -> None:
    later = replace(LICHEN, since=TODAY + timedelta(days=1))
    await counter.office.admit("harfang", entry(ODILE, member=later))


async def erased(counter: Counter) -> None:
    await erasing.forget(counter.office.desk, OPERATOR, "harfang", ODILE)


async def over(counter: Counter) -> None:
    counter.office.clock.at = NOW + timedelta(days=150)


async def agreement_ended(counter: Counter) -> None:
    await counter.office.sync(HARFANG, MASSIF, agreements=[replace(LASTS, ended=TODAY)])


async def tampered(counter: Counter) -> None:
    async with counter.office.database.begin() as transaction:
        changed = contents.update().values(document=contents.c.document + " ")
        await transaction.connection.execute(changed)


REVOKED = [ended, to_come, erased, over, agreement_ended, tampered]


@pytest.mark.parametrize("revoke", REVOKED)
async def test_a_pass_is_invalid_from_the_moment_on_and_looks_like_no_pass_at_all(
    counter: Counter, revoke: object
) -> None:
    scan = await counter.scan()
    stranger = counter.office.desk.keyring.conceal(proving.SCAN, 987_654)
    assert (await counter.look(scan)).status_code == 200
    assert callable(revoke)
    await revoke(counter)
    counter.pauses.clear()
    held = (await counter.held()).replace("/p/", "/v/") if revoke is not erased else "/v/"
    answers = [
        (answer.status_code, dict(answer.headers), answer.content)
        for path in (scan, f"/v/{stranger}", "/v/none", f"/v/{'x' * 40}", held)
        for answer in (
            await counter.look(path),
            await counter.client.post(path, headers={"Accept-Language": "en"}),
        )
    ]
    assert all(one == answers[0] for one in answers)
    assert answers[0][0] == 404
    assert await counter.office.rows(pass_uses) == []
    assert len(counter.pauses) == len(answers)


async def test_every_scan_is_answered_when_the_same_time_is_over(sqlite: tuple[str, Path]) -> None:
    """A quarter of a second, or so many: whatever was found, and however long that took."""
    answered = [round(left(taken), 3) for taken in (0.01, 0.24, 0.26, 0.9)]
    assert answered == [0.24, 0.01, 0.24, 0.1]
    async with counter_at(*sqlite) as counter:
        for path in (await counter.scan(), "/v/none", await counter.scan(LUC), "/v/"):
            await counter.look(path)
            await counter.client.post(path)
        assert len(counter.pauses) == 8
        assert all(0 < one <= FLOOR for one in counter.pauses)


async def test_the_last_day_is_the_associations_own_to_its_last_minute(counter: Counter) -> None:
    """Midnight in Toronto is 4 in the morning in UTC, and in Vancouver three hours later."""
    quebec, west = await counter.scan(), await counter.scan(HOPE)
    midnight = NOW.replace(month=10, day=1, hour=4, minute=0)
    for moment, valid in (
        (midnight - timedelta(seconds=1), (200, 200)),
        (midnight, (404, 200)),
        (midnight + timedelta(hours=3), (404, 404)),
    ):
        counter.office.clock.at = moment
        found = [(await counter.client.get(one)).status_code for one in (quebec, west)]
        assert tuple(found) == valid, moment


async def test_a_member_is_one_to_the_end_of_its_last_day(counter: Counter) -> None:
    await leaves(counter, LICHEN, TODAY)
    assert (await counter.look(await counter.scan())).status_code == 200


async def test_who_wants_no_mail_is_a_member_still(counter: Counter) -> None:
    desk = counter.office.desk
    await consenting.leave(desk, OPERATOR, "harfang", ODILE, "by telephone", Extent.ALL)
    await consenting.suppress(desk, OPERATOR, "harfang", LUC, "bounces")
    for address in (ODILE, LUC):
        assert (await counter.look(await counter.scan(address))).status_code == 200


async def test_a_pass_goes_with_who_moved_and_with_whose_record_became_anothers(
    counter: Counter,
) -> None:
    scan = await counter.scan()
    await correcting.move(counter.office.desk, OPERATOR, "harfang", ODILE, "odile@new.example")
    assert (await counter.look(scan)).status_code == 200
    await leaves_at_new(counter)
    assert (await counter.look(scan)).status_code == 404


async def leaves_at_new(counter: Counter) -> None:
    gone = replace(LICHEN, until=TODAY - timedelta(days=1))
    await counter.office.admit("harfang", entry("odile@new.example", member=gone))


MOVED = {
    "sector": replace(LICHEN, sector="devices"),
    "kind": replace(LICHEN, kind="student"),
    "territory": replace(LICHEN, territory="NB"),
}


@pytest.mark.parametrize("part", MOVED)
async def test_who_would_not_be_offered_it_any_more_has_no_valid_pass(
    sqlite: tuple[str, Path], part: str
) -> None:
    """What the advantage says of itself, and what its audience asks of members, a pass asks."""
    asked = Filter(territories=("QC", "MA"))
    release = replace(
        HOTEL,
        audiences=tuple(Audience(one, ("members",), asked) for one in ("harfang", "massif")),
        fields={**HOTEL.fields, "sectors": ["therapeutics", "biology"], "kinds": ["company"]},
    )
    async with counter_at(*sqlite, release=release) as counter:
        scan = await counter.scan()
        assert (await counter.look(scan)).status_code == 200
        assert (await counter.look(await counter.scan(LUC))).status_code == 404  # devices
        await counter.office.admit("harfang", entry(ODILE, member=MOVED[part]))
        assert (await counter.look(scan)).status_code == 404
        told = (await counter.client.get(f"{await counter.held()}?lang=en")).text
        assert "for other members of Snowy Owl" in told
        await counter.office.admit("harfang", entry(ODILE, member=LICHEN))
        assert (await counter.look(scan)).status_code == 200


async def test_its_holder_is_told_why_it_is_not_valid(counter: Counter) -> None:
    held = await counter.held()
    await ended(counter)
    page = (await counter.client.get(f"{held}?lang=en")).text
    assert "no longer has your membership" in page
    assert "<svg" not in page
    await leaves(counter, LICHEN, None)
    await over(counter)
    assert "This advantage is over" in (await counter.client.get(f"{held}?lang=en")).text
    await erased(counter)
    assert (await counter.client.get(held)).status_code == 404


async def test_before_its_first_day_it_can_be_printed_and_is_not_valid(
    sqlite: tuple[str, Path],
) -> None:
    release = replace(HOTEL, fields={**HOTEL.fields, "starts": "2027-07-01"})
    async with counter_at(*sqlite, release=release) as counter:
        page = (await counter.client.get(f"{await counter.held()}?lang=en")).text
        assert "It is valid from July 1, 2027." in page
        assert "<svg" in page
        scan = await counter.scan()
        assert (await counter.look(scan)).status_code == 404
        counter.office.clock.at = NOW.replace(month=7, day=1)
        assert (await counter.look(scan)).status_code == 200


# Used.


async def press(counter: Counter, path: str, **data: str) -> str:
    """Press a button; where it leads then."""
    answer = await counter.client.post(f"{path}?lang=en", data=data)
    assert answer.status_code == 303
    return path + answer.headers["location"]


async def test_a_use_is_counted_and_twice_within_a_minute_is_once(counter: Counter) -> None:
    scan = await counter.scan()
    first = (await counter.look(await press(counter, scan))).text
    assert "Counted." in first
    counter.office.clock.at = NOW + timedelta(seconds=59)
    pressed = await press(counter, scan)
    assert "use=" not in pressed, "who presses what another did does not undo it"
    again = (await counter.look(pressed)).text
    assert 'name="back"' not in again
    assert "less than a minute ago, so it counts once" in again
    assert await used(counter, scan) == "Once"
    counter.office.clock.at = NOW + timedelta(seconds=60)
    await press(counter, scan)
    assert await used(counter, scan) == "2 times"
    assert await used(counter, await counter.scan(LUC)) == "Not yet"


async def test_a_use_is_taken_back_by_whoever_pressed_within_ten_minutes(counter: Counter) -> None:
    scan = await counter.scan()
    page = (await counter.look(await press(counter, scan))).text
    [mark] = re.findall(r'name="back" value="([0-9a-f]{32})"', page)
    assert 'name="back"' not in (await counter.look(scan)).text  # somebody else's look
    for _ in range(2):  # the second finds it done
        await press(counter, scan, back=mark)
        assert await used(counter, scan) == "Not yet"
    await press(counter, scan)
    counter.office.clock.at = NOW + timedelta(minutes=10)
    [late] = re.findall(r"use=([0-9a-f]{32})", await press(counter, scan))
    counter.office.clock.at = NOW + timedelta(minutes=20)
    told = (await counter.look(await press(counter, scan, back=late))).text
    assert "can no longer be taken back" in told
    assert await used(counter, scan) == "2 times"


async def test_nobody_takes_back_another_passes_use(counter: Counter) -> None:
    scan, other = await counter.scan(), await counter.scan(LUC)
    [mark] = re.findall(r"use=([0-9a-f]{32})", await press(counter, scan))
    await press(counter, other, back=mark)
    assert await used(counter, scan) == "Once"


async def test_two_who_press_at_once_count_once(counter: Counter) -> None:
    token = (await counter.scan()).removeprefix("/v/")
    pressed = await asyncio.gather(
        *(proving.use(counter.office.desk, RECIPIENT, token) for _ in range(5))
    )
    assert sorted(one.counted for one in pressed if one) == [False] * 4 + [True]
    assert len(await counter.office.rows(pass_uses)) == 1


# Too much at once (P7).


async def test_who_asks_too_often_waits_and_nobodys_no_does(sqlite: tuple[str, Path]) -> None:
    few = Limits(of_one=Rate(2, 0.01), in_all=Rate(2, 0.01))
    async with counter_at(*sqlite, limits=few) as counter:
        scan, held = await counter.scan(), await counter.held()
        assert [(await counter.look(one)).status_code for one in (scan, "/v/none")] == [200, 404]
        for path in (scan, held, "/v/none", "/p/none"):  # valid or not, it is told alike
            answer = await counter.look(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "100")
            assert (await counter.client.post(path)).status_code == 429
        assert await counter.office.rows(pass_uses) == []
        token = await counter.office.token("harfang", ODILE)
        one_click = {"List-Unsubscribe": "One-Click"}
        assert (await counter.client.post(f"/u/{token}", data=one_click)).status_code == 200


# The report.

PARTNER = Actor(ActorKind.PERSON, "Hope Ames", 2, {"massif": frozenset()})
OWN = Actor(ActorKind.PERSON, "Aude Roy", 1, {"harfang": frozenset()})


async def many(counter: Counter, count: int, times: int = 1) -> None:
    """So many people at one company of Harfang, who each used it so often, a day apart."""
    office = counter.office
    people = [f"p{number}@bouleau.example" for number in range(count)]
    member = Member("40", "Bouleau", "therapeutics", "QC", "company")
    await office.admit("harfang", *(entry(one, member=member) for one in people))
    await office.picked_up(replace(HOTEL, key="more"))
    await office.work()
    for number in range(times):
        office.clock.at = NOW + timedelta(days=number)
        for one in people:
            held = (await counter.held(one, "more")).removeprefix("/p/")
            delivery = office.desk.keyring.reveal(proving.HOLDER, held)
            token = office.desk.keyring.conceal(proving.SCAN, delivery or 0)
            assert await proving.use(office.desk, RECIPIENT, token)


async def test_an_association_sees_its_companies_by_day_and_a_partner_a_sum(
    counter: Counter,
) -> None:
    await many(counter, 6, 2)
    own = await proving.report(counter.office.desk, OWN, "more")
    [company] = own.own["harfang"]
    assert (company.company, company.used) == ("Bouleau", 12)
    assert dict(company.days) == {TODAY: 6, TODAY + timedelta(days=1): 6}
    assert own.partners == {"massif": None}
    theirs = await proving.report(counter.office.desk, PARTNER, "more")
    assert (dict(theirs.own), theirs.partners) == ({"massif": ()}, {"harfang": 10})
    assert "Bouleau" not in repr(theirs)
    everything = await proving.report(counter.office.desk, OPERATOR, "more")
    assert (set(everything.own), everything.partners) == ({"harfang", "massif"}, {})


@pytest.mark.parametrize(("people", "times"), [(0, 0), (1, 1), (1, 30), (4, 5)])
async def test_a_partner_hears_no_sum_that_could_be_a_few_peoples(
    sqlite: tuple[str, Path], people: int, times: int
) -> None:
    """Whoever used nothing, and whoever used much, is told as “fewer than five”."""
    async with counter_at(*sqlite) as counter:
        await many(counter, people, times)
        found = await proving.report(counter.office.desk, PARTNER, "more")
        assert found.partners == {"harfang": None}


async def test_what_is_taken_back_is_in_no_report(counter: Counter) -> None:
    scan = await counter.scan()
    [mark] = re.findall(r"use=([0-9a-f]{32})", await press(counter, scan))
    await press(counter, scan, back=mark)
    found = await proving.report(counter.office.desk, OPERATOR, "hotel")
    assert found.own["harfang"] == ()


async def test_of_who_is_erased_the_count_stays_and_nothing_else(counter: Counter) -> None:
    scan = await counter.scan()
    await counter.client.post(await counter.held(), data={"name": "yes"})
    await press(counter, scan)
    await erased(counter)  # and with them their company, whose only person they were
    assert await counter.office.rows(pass_names) == []
    [row] = await counter.office.rows(pass_uses)
    assert (row["delivery_id"], row["member_id"]) == (None, None)
    [company] = (await proving.report(counter.office.desk, OPERATOR, "hotel")).own["harfang"]
    assert (company.company, company.used) == ("", 1)


async def test_whoever_guesses_keeps_the_writer_from_nobody(counter: Counter) -> None:
    """What is forged, or not valid, is answered while somebody writes (P7)."""
    none = "a" * 40
    async with counter.office.database.begin() as transaction:
        await transaction.associations.hold()
        async with asyncio.timeout(20):
            for path, form in (
                (f"/v/{none}", {}),
                (f"/v/{none}", {"back": "x"}),
                (f"/p/{none}", {"name": "yes"}),
            ):
                assert (await counter.client.post(path, data=form)).status_code == 404


async def test_the_pages_say_how_to_claim_it_and_on_what_conditions(
    sqlite: tuple[str, Path],
) -> None:
    """To whoever scans the conditions alone, in the reader's language, and nothing that runs."""
    said = {"claim": "Show it at the **counter**.", "conditions": "One a year. <script>no</script>"}
    editions = tuple(
        replace(one, fields={**one.fields, **said}) if one.language == "en" else one
        for one in HOTEL.editions
    )
    async with counter_at(*sqlite, release=replace(HOTEL, editions=editions)) as counter:
        held = (await counter.client.get(f"{await counter.held()}?lang=en")).text
        scanned = (await counter.client.get(f"{await counter.scan()}?lang=en")).text
    assert "<h2>How to claim it</h2>" in held
    assert "Show it at the <strong>counter</strong>." in held
    assert "counter" not in scanned.partition("<main")[2]
    for page in (held, scanned):
        assert "One a year." in page
        assert "<script" not in page
