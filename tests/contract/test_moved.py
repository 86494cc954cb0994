"""An address that somebody moved from stays theirs: in a file, a link, a word to the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from tests.contract.desks import ALL, LICHEN, TODAY, Office, entry, office_at
from tests.public_site import site_at

from communique.desk import (
    allowing,
    consenting,
    correcting,
    erasing,
    following,
    importing,
    inspecting,
)
from communique.desk.allowing import Yes
from communique.domain.actor import OPERATOR, RECIPIENT
from communique.domain.consent import Evidence, Extent
from communique.domain.finding import Finding, Kind
from communique.domain.imported import Imported
from communique.domain.log import LogFilter
from communique.domain.member import Admitted, Cause, Followed, No
from communique.errors import NotAllowed, NotFound
from communique.store.tables import former_addresses, subscribers

OLD, NEW, OTHER = "ann@lichen.example", "anne@mousse.example", "bo@lichen.example"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", OLD, OTHER)
        yield office


async def move(office: Office, old: str = OLD, new: str = NEW, **how: Any) -> correcting.Moved:
    return await correcting.move(office.desk, OPERATOR, "harfang", old, new, **how)


async def take_in(office: Office, *lines: Any, **options: Any) -> Imported:
    return await importing.import_lines(
        *(office.desk, OPERATOR, "harfang", ["members"], lines, "roster.csv"), **options
    )


async def addresses(office: Office) -> list[str]:
    people = inspecting.subscribers(office.desk, OPERATOR, "harfang")
    return [one.address async for one in people]


async def reaches(office: Office, address: str) -> list[tuple[str, str]]:
    contact = await office.contact("harfang", address)
    return [(one.scope.value, one.reason.value) for one in contact.suppressions]


# A spreadsheet.


@pytest.mark.parametrize("said_no", [True, False])
async def test_an_old_file_adds_nobody_at_the_address_that_they_moved_from(
    office: Office, said_no: bool
) -> None:
    if said_no:
        await office.say_no(OLD)
    await move(office)
    stood = await reaches(office, NEW)
    for dry_run in (True, False):
        heard: list[Finding] = []
        line = entry(OLD.upper().replace("LICHEN", "lichen"), name="Ann")
        found = await take_in(office, line, dry_run=dry_run, findings=heard.append)
        assert found.admitted == Admitted(unchanged=1, suppressed=int(said_no))
        assert found.followed.first == [Followed(2, str(line.subscriber.address), NEW)]
        assert [(one.line, one.new) for one in heard if one.kind is Kind.MOVED] == [(2, NEW)]
    assert await addresses(office) == [NEW, OTHER]
    assert await reaches(office, NEW) == stood


async def test_what_an_old_line_says_of_them_is_theirs_however_often_they_moved(
    office: Office,
) -> None:
    await move(office)
    await move(office, NEW, "anne@tourbe.example")
    lines = entry(OLD, name="Anne"), replace(entry("anne@tourbe.example", name="Anne"), line=3)
    found = await take_in(office, *lines)
    assert found.admitted == Admitted(changed=1)
    assert (found.duplicates.count, found.followed.count) == (1, 1)
    assert await addresses(office) == ["anne@tourbe.example", OTHER]
    await move(office, OLD, OLD)  # back where they were, by a name that is theirs
    assert (await take_in(office, entry(OLD, name="Anne"))).followed.count == 0
    assert (await take_in(office, entry(NEW, name="Anne"))).followed.count == 1
    assert await addresses(office) == [OLD, OTHER]


async def test_whoever_has_a_role_address_next_does_not_take_the_name_of_who_moved_from_it(
    office: Office,
) -> None:
    await move(office)
    line = entry(OLD, name="Bob")
    line = replace(line, subscriber=replace(line.subscriber, family_name="Lee"))
    for dry_run in (True, False):
        found = await take_in(office, line, dry_run=dry_run)
        assert [(one.address, one.codes) for one in found.bad.first] == [
            (OLD, ("address_of_who_moved",))
        ]
        assert (found.followed.count, found.admitted) == (1, Admitted())
    assert (await office.contact("harfang", NEW)).given_name == "Ann"
    told = replace(line, noes=(No("Désabonné: Oui"),))
    await take_in(office, told, replace(entry(NEW, name="Ann"), line=3))
    assert await reaches(office, NEW) == [("all", "unsubscribed")], "rather once too often"


async def test_a_no_of_a_file_for_the_old_address_is_theirs_and_a_bounce_is_not(
    office: Office,
) -> None:
    await move(office)
    bounced = replace(
        entry(OLD, name="Ann"), noes=(No("Statut: bounced", cause=Cause.HARD_BOUNCE),)
    )
    await take_in(office, bounced)
    assert await reaches(office, NEW) == []
    no = replace(entry(OLD, name="Ann"), noes=(No("Désabonné: Oui"),))
    assert (await take_in(office, no, dry_run=True)).refusals.count == 1
    await take_in(office, no)
    assert await reaches(office, NEW) == [("all", "unsubscribed")]
    assert await addresses(office) == [NEW, OTHER]


@pytest.mark.parametrize("now", [NEW, OTHER])
async def test_who_moves_while_a_file_is_taken_in_is_not_added_where_they_were(
    office: Office, monkeypatch: pytest.MonkeyPatch, now: str
) -> None:
    """Between what is read of moves and what is written, a question to a person may stand open."""
    await office.say_no(OLD)
    look = following.follow

    async def and_then_they_move(*what: Any) -> None:
        await look(*what)
        await move(office, OLD, now, merge=now == OTHER)

    monkeypatch.setattr(following, "follow", and_then_they_move)
    heard: list[Finding] = []
    lines = entry(OLD, name="Ann"), replace(entry(now, name="Ann"), line=3)
    found = await take_in(office, *lines, findings=heard.append)
    assert (found.admitted.added, found.duplicates.count) == (0, 1)
    assert found.followed.first == [Followed(2, OLD, now)]
    assert [one.new for one in heard if one.kind is Kind.MOVED] == [now]
    assert set(await addresses(office)) == {now, OTHER}
    assert await reaches(office, now) == [("all", "unsubscribed")]


async def test_a_move_at_one_association_is_none_at_another(office: Office) -> None:
    await move(office)
    await office.admit("massif", entry(OLD, language="en"))
    assert (await office.contact("massif", OLD)).address == OLD
    with pytest.raises(NotAllowed, match="another subscriber of"):
        await move(office, OTHER, OLD)  # it is Ann's, who may be the same person


# A word to the desk.


async def test_what_is_said_to_the_desk_of_an_old_address_is_said_of_them(office: Office) -> None:
    desk = office.desk
    await move(office)
    assert (await inspecting.story(desk, OPERATOR, "harfang", OLD)).contact.address == NEW
    await consenting.suppress(desk, OPERATOR, "harfang", OLD, "wrote to us")
    assert await reaches(office, NEW) == [("all", "suppressed")]
    story = await inspecting.story(desk, OPERATOR, "harfang", OLD)
    assert [one.address_key for one in story.suppressions] == [NEW]
    await allowing.allow(desk, OPERATOR, "harfang", OLD, "a letter")
    assert await reaches(office, NEW) == []
    await consenting.leave(desk, OPERATOR, "harfang", OLD, "by telephone", Extent.ALL)
    assert await reaches(office, NEW) == [("all", "unsubscribed")]


# A link.


async def test_the_links_of_a_merged_record_act_on_the_one_that_stays(
    database_url: str, tmp_path: Path
) -> None:
    async with site_at(database_url, tmp_path / "desk") as site:
        office, old, stays = site.office, "odile@lichen.example", "luc@lichen.example"
        await move(office, old, stays, merge=True)
        await move(office, stays, NEW)
        before = await office.rows(subscribers)
        assert "a•••@mousse.example" in (await site.client.get(site.path)).text
        for back in (False, True):
            data = {"back": "all"} if back else {"scope": "all"}
            assert (await site.client.post(site.path, data=data)).status_code == 200
            assert await reaches(office, NEW) == ([] if back else [("all", "unsubscribed")])
        assert await addresses(office) == [NEW]
        assert await office.rows(subscribers) == before  # the other record's no stands
        only = LogFilter(association="harfang", address=old)
        lines = [one.address async for one in inspecting.lines(office.desk, OPERATOR, only)]
        assert {old, "luc@lichen.example"} & set(lines)
        assert len(lines) == 2
        story = await inspecting.story(office.desk, OPERATOR, "harfang", stays)
        assert len(story.lines) == 2


async def test_a_merged_record_is_nobody_a_file_or_a_list_knows(office: Office) -> None:
    await move(office, OLD, OTHER, merge=True)
    found = await take_in(office, entry(OLD, name="Bo"))
    assert (found.admitted, found.followed.count) == (Admitted(unchanged=1), 1)
    same = await take_in(
        *(office, entry(OTHER, name="Bo")),
        choices=importing.Choices(match=True),
    )
    assert [(one.on, one.leaving) for one in same.matched] == [(1, 0)]
    assert await addresses(office) == [OTHER]
    await move(office, OTHER, OLD)  # which no record has any more
    assert await addresses(office) == [OLD]


async def test_an_address_that_led_to_one_leads_to_whoever_its_last_owner_became(
    office: Office,
) -> None:
    await office.admit("harfang", "bo.roy@lichen.example")
    async with office.database.begin() as transaction:
        people = transaction.subscribers
        bo, ann, roy = [
            one
            for address in (OTHER, OLD, "bo.roy@lichen.example")
            if (one := await people.by_address(ALL, "harfang", address))
        ]
        await transaction.connection.execute(
            insert(former_addresses).values(
                association_key="harfang", address_key=OTHER, subscriber_id=ann.id
            )
        )
        await people.merge(bo, roy)
    assert (await office.contact("harfang", OTHER)).id == roy.id


# Who was erased.


async def test_nobody_moves_to_the_address_of_who_was_erased(office: Office) -> None:
    await erasing.forget(office.desk, OPERATOR, "harfang", OLD)
    for merge in (False, True):
        with pytest.raises(NotAllowed, match="had themselves erased at harfang"):
            await move(office, OTHER, OLD, merge=merge)
    await allowing.allow(office.desk, OPERATOR, "harfang", OLD, "a letter", Yes(TODAY, Extent.ALL))
    assert (await move(office, OTHER, OLD)).contact.address == OLD


async def test_all_addresses_and_records_of_who_is_erased_are_gone_and_stay_so(
    office: Office,
) -> None:
    token = await office.token("harfang", OLD)
    mine = replace(LICHEN, reference="99", name="Ann Roy, consultante")
    await office.admit("harfang", entry(OLD, name="Ann", member=mine))
    await move(office, OLD, "ann@tourbe.example")
    await move(office, "ann@tourbe.example", OTHER, merge=True)
    await move(office, OTHER, NEW)
    await erasing.forget(office.desk, OPERATOR, "harfang", OLD)
    assert await office.rows(former_addresses) == []
    held = str(await office.rows(subscribers)).casefold()
    assert not any(one in held for one in ("ann", "bo@", "tourbe", "roy"))
    lines = [entry(one) for one in (OLD, "ann@tourbe.example", OTHER, NEW)]
    assert (await take_in(office, *lines)).admitted == Admitted(erased=4)
    with pytest.raises(NotFound, match="they were erased"):
        await consenting.unsubscribe(office.desk, RECIPIENT, token, Extent.ALL)
    with pytest.raises(NotFound, match="they were erased"):
        await allowing.take_back(
            *(office.desk, RECIPIENT, token, Extent.ALL, "", Evidence("page", "fr"))
        )
