"""One person at the desk: the way back after a no, a new address, two records made one, erasure."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from tests.contract.desks import (
    ALL,
    ALONE,
    LICHEN,
    NOW,
    TODAY,
    Office,
    entry,
    office_at,
)

from communique.desk import allowing, consenting, correcting, erasing, importing, inspecting
from communique.desk.allowing import Yes
from communique.domain.actor import OPERATOR, SERVICE
from communique.domain.consent import Basis, Extent, Word
from communique.domain.delivery import SkipReason, Ticket
from communique.domain.event import Verb
from communique.domain.log import LogFilter
from communique.domain.member import Admitted, Cause, Suppression
from communique.domain.outcome import Deferred, Refused, Reply, Scope
from communique.domain.token import Key, Keyring
from communique.errors import NotAllowed, NotFound
from communique.facts import Fact
from communique.store import reasons
from communique.store.tables import events, members, metadata, subscribers

A, B, NEW = "zoe@lichen.example", "b@lichen.example", "zoe.roy@mousse.example"
HARD = Refused("no such user", Scope.RECIPIENT, Reply(550, "5.1.1", "no such user"), hard=True)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", entry(A, name="Zoé-Anne"), B)
        yield office


async def suppressed(office: Office, cause: Cause, address: str = A) -> None:
    async with office.database.begin() as transaction:
        no = Suppression("harfang", address, cause, "so it is")
        await consenting.say_no(office.desk, transaction, no, SERVICE)


async def reaches(office: Office, address: str = A) -> list[tuple[str, str, str]]:
    """What stands against writing to somebody."""
    contact = await office.contact("harfang", address)
    return [(one.scope.value, one.reason.value, one.list_key) for one in contact.suppressions]


async def allow(office: Office, yes: Yes | None = None, **how: Any) -> allowing.Allowed:
    return await allowing.allow(office.desk, OPERATOR, "harfang", A, "a letter", yes, **how)


async def leave(office: Office, extent: Extent, key: str = "", address: str = A) -> bool:
    return await consenting.leave(
        office.desk, OPERATOR, "harfang", address, "by telephone", extent, key
    )


# The way back.


@pytest.mark.parametrize("cause", Cause)
async def test_each_cause_is_lifted_by_whom_it_names(office: Office, cause: Cause) -> None:
    await suppressed(office, cause)
    if cause in (Cause.HARD_BOUNCE, Cause.DESK):
        before = await reaches(office)
        assert [one.cause for one in (await allow(office, dry_run=True)).lifted] == [cause]
        assert await reaches(office) == before
        await allow(office)
    else:
        with pytest.raises(NotAllowed, match="they said no themselves"):
            await allow(office)
        await allow(office, Yes(TODAY, Extent.ALL))
    assert await reaches(office) == []
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert [one.verb for one in story.events][:2] == [Verb.SUPPRESS, Verb.ALLOW]
    assert story.why_not == {"members": None}


async def test_what_the_desk_heard_is_their_own_no_and_takes_a_newer_yes(office: Office) -> None:
    assert await leave(office, Extent.LIST, "members")
    assert not await leave(office, Extent.LIST, "members")
    with pytest.raises(NotAllowed, match=r"members \(unsubscribed\)"):
        await allow(office)
    with pytest.raises(NotAllowed, match="they said no on 2027-06-03, after that yes"):
        await allow(office, Yes(TODAY - timedelta(days=1), Extent.LIST, "members"))
    with pytest.raises(NotAllowed, match="lies in the future"):
        await allow(office, Yes(TODAY + timedelta(days=1), Extent.LIST, "members"))
    assert (await allow(office, Yes(TODAY, Extent.LIST, "members"))).said_yes
    assert await reaches(office) == []
    said = (await inspecting.story(office.desk, OPERATOR, "harfang", A)).said
    assert [(one.word, one.basis) for one in said] == [
        (Word.GIVEN, Basis.MEMBERSHIP),
        (Word.WITHDRAWN, Basis.MEMBERSHIP),
        (Word.CONFIRMED, Basis.MEMBERSHIP),
    ]
    assert said[1].evidence.source == "said to the desk: by telephone"
    with pytest.raises(NotAllowed, match="nothing keeps harfang from writing"):
        await allow(office)


async def test_leaving_ends_what_is_open_and_a_dry_run_nothing(office: Office) -> None:
    await office.queued(A, B)
    assert await consenting.leave(
        office.desk, OPERATOR, "harfang", A, "x", Extent.ALL, dry_run=True
    )
    assert set((await office.stands()).values()) == {"queued"}
    await leave(office, Extent.ALL)
    assert await office.stands() == {A: "skipped: unsubscribed", B: "queued"}


# Another address.


async def test_consent_every_no_and_old_links_go_where_a_person_goes(office: Office) -> None:
    token = await office.token("harfang", A)
    await leave(office, Extent.JOINT)
    await suppressed(office, Cause.HARD_BOUNCE)
    await suppressed(office, Cause.COMPLAINT)
    before = await office.rows(subscribers)
    for dry_run in (True, False):
        moved = await correcting.move(
            office.desk, OPERATOR, "harfang", A.upper(), NEW, dry_run=dry_run
        )
        assert moved.contact.address == NEW
        assert (await office.rows(subscribers) == before) is dry_run
    assert await reaches(office, NEW) == [("all", "complained", ""), ("joint", "unsubscribed", "")]
    async with office.database.read() as transaction:
        old = await transaction.suppressions.of(ALL, "harfang", [A])
        new = await transaction.suppressions.of(ALL, "harfang", [NEW])
    assert {one.cause for one in old} == {Cause.HARD_BOUNCE, Cause.COMPLAINT}
    assert {one.cause for one in new} == {Cause.COMPLAINT}
    opened = await consenting.unsubscribe_link(office.desk, token)
    assert opened is not None
    assert opened.contact.address == NEW


async def test_what_waits_goes_to_the_new_address_and_a_copy_to_where_the_first_went(
    office: Office,
) -> None:
    release = await office.queued(A, B)
    moved = await correcting.move(office.desk, OPERATOR, "harfang", A, NEW)
    assert moved.waiting == 1
    assert set(await office.stands()) == {NEW, B}
    await office.claim(Ticket(release.id, 1))
    async with office.database.begin() as transaction:
        await transaction.claims.recover(NOW, reason="it died", everything=True)
    moved = await correcting.move(office.desk, OPERATOR, "harfang", NEW, A)
    assert moved.waiting == 0
    assert set(await office.stands()) == {NEW, B}


async def test_an_address_that_another_has_is_refused_unless_both_are_one_person(
    office: Office,
) -> None:
    basalt = replace(LICHEN, reference="18", name="Basalt")
    await office.admit("harfang", entry(NEW, "partners", member=basalt))
    await leave(office, Extent.JOINT)
    await leave(office, Extent.LIST, "partners", NEW)
    with pytest.raises(NotAllowed, match="another subscriber of the address"):
        await correcting.move(office.desk, OPERATOR, "harfang", A, NEW)
    moved = await correcting.move(office.desk, OPERATOR, "harfang", A, NEW, merge=True)
    assert moved.merged
    assert moved.contact.lists == ("members", "partners")
    assert await reaches(office, NEW) == [
        ("joint", "unsubscribed", ""),
        ("list", "unsubscribed", "partners"),
    ]
    assert (await office.contact("harfang", A)).address == NEW


async def test_consent_that_has_lapsed_does_not_hold_again_by_a_merger(office: Office) -> None:
    ended = replace(LICHEN, reference="18", name="Basalt", until=date(2020, 1, 1))
    await office.admit(
        "harfang",
        entry(A, "members", "partners", member=ended, name="Zoé-Anne"),
        entry(NEW, "partners"),
    )
    moved = await correcting.move(office.desk, OPERATOR, "harfang", A, NEW, merge=True)
    assert moved.contact.lists == ("partners",)


async def test_a_name_is_put_right_and_history_says_which_field_but_no_name(
    office: Office,
) -> None:
    edit = correcting.edit
    changes = await edit(office.desk, OPERATOR, "harfang", A, given_name=" Zoé ", language="en")
    assert [(one.field, one.before, one.after) for one in changes] == [
        ("given_name", "Zoé-Anne", "Zoé"),
        ("language", "fr", "en"),
    ]
    assert await edit(office.desk, OPERATOR, "harfang", A, given_name="Zoé") == ()
    contact = await office.contact("harfang", A)
    assert (contact.given_name, contact.family_name, contact.language) == ("Zoé", "Roy", "en")
    with pytest.raises(NotAllowed, match="does not write in “es”"):
        await edit(office.desk, OPERATOR, "harfang", A, language="es")
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert [(one.verb, str(one.detail)) for one in story.events] == [
        (Verb.EDIT, "the given name, the language")
    ]


# Erasure.


async def everything(office: Office) -> str:
    """All that the database holds, as one text."""
    found = []
    async with office.database.read() as transaction:
        for table in metadata.sorted_tables:
            rows = await transaction.connection.execute(select(table))
            found += [repr(tuple(row)) for row in rows]
    return "\n".join(found).casefold()


async def test_who_is_erased_is_in_no_row_and_the_sums_stay(office: Office) -> None:
    mine = replace(LICHEN, reference="99", name="Zoé-Anne Roy, consultante")
    await office.admit("harfang", entry(A, name="Zoé-Anne", member=mine))
    await office.approved(ALONE)
    office.transport.answer = lambda mail: (
        Deferred(f"452 <{A}> full", Scope.RECIPIENT, Reply(452, "4.2.2", f"<{A}> is full"))
        if mail.recipient == A
        else HARD
    )
    await office.pick_up()
    await office.work()
    await correcting.move(office.desk, OPERATOR, "harfang", A, NEW)
    await consenting.suppress(office.desk, OPERATOR, "harfang", A, f"{A} wrote to us")
    await leave(office, Extent.LIST, "members", NEW)
    before = (await office.summary()).snapshot
    held = await everything(office)
    assert all(one in held for one in (A, NEW, "zoé-anne"))
    erased = await erasing.forget(office.desk, OPERATOR, "harfang", NEW, dry_run=True)
    assert erased.erased.deliveries == 1
    assert await everything(office) == held
    await erasing.forget(office.desk, OPERATOR, "harfang", NEW)
    held = await everything(office)
    for one in (A, NEW, "zoe", "zoé", "consultante"):
        assert one not in held, one
    assert (await office.summary()).snapshot == before
    assert [row["reference"] for row in await office.rows(members)] == ["17"]
    with pytest.raises(NotFound, match="they were erased at harfang"):
        await inspecting.story(office.desk, OPERATOR, "harfang", NEW)
    people = [one.address async for one in inspecting.subscribers(office.desk, OPERATOR, "harfang")]
    assert people == [B]
    lines = [one async for one in inspecting.lines(office.desk, OPERATOR, LogFilter())]
    assert sorted(one.address for one in lines) == ["", B]


async def test_an_erased_address_is_cut_out_of_no_others(office: Office) -> None:
    """It goes from what was noted of other things where it stands by itself, however written."""
    others = f"jo{A}, jo.{A}, jo-{A}, o'{A}, r&{A}, {A}.uk, {A}-x.uk"
    noted = f"{A.upper()} was merged; <{A}>, from={A}: {others}, and {A}."
    left = f"[erased] was merged; <[erased]>, from=[erased]: {others}, and [erased]."
    async with office.database.begin() as transaction:
        [row, *_] = await office.rows(events)
        row.update(id=10**6, subject="member", subject_id=1, association_key="harfang")
        await transaction.connection.execute(insert(events), [{**row, "detail": noted}])
    await erasing.forget(office.desk, OPERATOR, "harfang", A)
    details = {row["id"]: row["detail"] for row in await office.rows(events)}
    assert details[10**6] == left


async def test_an_erased_address_is_cut_out_of_a_fact_too(office: Office) -> None:
    """It can be read as one afterwards."""
    whose = Fact("said_for", association="harfang")
    noted = reasons.written(Fact("said_with_comment", whose=whose, comment=f'ask "{A}", or {A}'))
    async with office.database.begin() as transaction:
        [row, *_] = await office.rows(events)
        row.update(id=10**6, subject="release", subject_id=1, association_key=None)
        await transaction.connection.execute(insert(events), [{**row, "detail": noted}])
    await erasing.forget(office.desk, OPERATOR, "harfang", A)
    details = {row["id"]: row["detail"] for row in await office.rows(events)}
    left = Fact("said_with_comment", whose=whose, comment='ask "[erased]", or [erased]')
    assert reasons.read(details[10**6]) == left


async def test_who_is_erased_is_overwritten_in_sqlites_file_and_nothing_else_is_after(
    tmp_path: Path,
) -> None:
    file = tmp_path / "x.sqlite"
    async with office_at(f"sqlite+aiosqlite:///{file}", tmp_path / "desk") as office:

        async def asked(pragma: str) -> Any:
            async with office.database.begin() as transaction:
                found = await transaction.connection.exec_driver_sql(f"PRAGMA {pragma}")
                return found.scalar_one()

        def written(name: str) -> bool:
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return name.encode() in file.read_bytes()

        await office.admit("harfang", entry("zoe@lichen.example", name="Zoroastre" * 40))
        await asked("secure_delete = OFF")
        assert written("Zoroastre")
        await erasing.forget(office.desk, OPERATOR, "harfang", "zoe@lichen.example")
        assert not written("Zoroastre")
        assert await asked("secure_delete") == 0


async def imported(office: Office, *addresses: str, dry_run: bool = False) -> Admitted:
    found = await importing.import_lines(
        office.desk, OPERATOR, "harfang", [], map(entry, addresses), "roster.csv", dry_run=dry_run
    )
    return found.admitted


async def test_who_was_erased_is_not_taken_in_again_by_any_key_that_is_held(
    office: Office,
) -> None:
    await office.queued(A)
    await correcting.move(office.desk, OPERATOR, "harfang", A, NEW)
    await erasing.forget(office.desk, OPERATOR, "harfang", NEW)
    assert await office.count(subscribers) == 2  # its row is there for the log, and nobody's
    turned = Keyring((Key("b", b"n" * 32), *office.desk.keyring.keys))
    for ring in (office.desk.keyring, turned):
        desk = replace(office.desk, keyring=ring)
        for dry_run in (True, False):
            found = await imported(replace(office, desk=desk), A.upper(), NEW, B, dry_run=dry_run)
            assert found == Admitted(unchanged=1, erased=2)
    assert await office.count(subscribers) == 2
    with pytest.raises(NotAllowed, match="nothing keeps"):
        await allow(office)
    await allow(office, Yes(TODAY, Extent.ALL))  # years later, they are back
    assert await imported(office, A, NEW) == Admitted(added=1, erased=1)


async def test_nobody_is_erased_while_a_message_to_them_is_on_its_way(office: Office) -> None:
    release = await office.queued(A, B)
    await office.claim(Ticket(release.id, 1))
    before = await everything(office)
    with pytest.raises(NotAllowed, match="on its way this moment"):
        await erasing.forget(office.desk, OPERATOR, "harfang", A)
    assert await everything(office) == before


async def test_an_erasure_at_one_association_is_none_at_another(office: Office) -> None:
    await office.admit("massif", entry(A, language="en", name="Theirs"))
    await erasing.forget(office.desk, OPERATOR, "harfang", A)
    assert (await office.contact("massif", A)).given_name == "Theirs"
    with pytest.raises(NotFound, match=r"harfang has no subscriber"):
        await erasing.forget(office.desk, OPERATOR, "harfang", A)


async def test_a_story_says_why_a_list_is_not_written_to(office: Office) -> None:
    ended = replace(LICHEN, until=date(2020, 1, 1))
    await office.admit("harfang", entry(A, "members", "partners", member=ended))
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert story.why_not == {"members": SkipReason.CONSENT_LAPSED, "partners": None}
    await suppressed(office, Cause.HARD_BOUNCE)
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert set(story.why_not.values()) == {SkipReason.SUPPRESSED}


async def test_of_several_reasons_a_story_gives_the_one_that_a_delivery_would(
    office: Office,
) -> None:
    await office.queued(A)
    for cause in (Cause.DESK, Cause.COMPLAINT):
        await suppressed(office, cause)
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert set(story.why_not.values()) == {SkipReason.COMPLAINED}
    assert (await office.contact("harfang", A)).suppressions[0].reason is SkipReason.COMPLAINED


async def test_the_number_of_an_erased_company_is_nobodys_again(office: Office) -> None:
    """Neither database gives it to the next that comes."""
    own = replace(LICHEN, reference="99", name="Basalt")
    await office.admit("harfang", entry("zoe@basalt.example", member=own))
    [number] = [row["id"] for row in await office.rows(members) if row["reference"] == "99"]
    await erasing.forget(office.desk, OPERATOR, "harfang", "zoe@basalt.example")
    next_one = replace(LICHEN, reference="100", name="Granit")
    await office.admit("harfang", entry("ann@granit.example", member=next_one))
    [new] = [row["id"] for row in await office.rows(members) if row["reference"] == "100"]
    assert new > number
