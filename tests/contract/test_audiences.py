"""Audiences: lists without lists, filters, kept by name; what is counted before is what goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from tests.contract.desks import (
    ALONE,
    HARFANG,
    LISTS,
    MASSIF,
    NOW,
    PLAN,
    SPRING,
    Office,
    entry,
    office_at,
)

from communique.desk import addressing, correcting, drafting, inspecting, scheduling, syncing
from communique.domain.actor import OPERATOR, Actor, ActorKind, Permission
from communique.domain.association import ListDefinition
from communique.domain.audience import SavedAudience
from communique.domain.consent import Basis, Extent
from communique.domain.delivery import DeliveryState, Forecast
from communique.domain.member import Member
from communique.domain.release import Audience, Filter, Release
from communique.errors import NotFound, Problems
from communique.store.tables import deliveries

BOARD = ListDefinition(
    "board", {"fr": "Conseil", "en": "Board"}, {"fr": "…", "en": "…"}, Basis.EXPRESS
)
VISITORS = SavedAudience(
    "visitors",
    {"fr": "De passage", "en": "Visitors"},
    ("members", "partners"),
    Filter(territories=("QC",), languages=("fr",), since=date(2021, 1, 1)),
    ("board",),
)
OWL = replace(HARFANG, lists=(*LISTS, BOARD), audiences=(VISITORS,))
USING = replace(ALONE, audiences=(Audience("harfang", (), use="visitors"),))
HOLDS = Audience("harfang", VISITORS.lists, VISITORS.only, VISITORS.without, "visitors")

Person = tuple[str, Member, str, tuple[str, ...]]  # address, company, language, lists


def company(
    number: int,
    territory: str,
    since: date | None,
    kind: str = "company",
    sector: str = "therapeutics",
) -> Member:
    return Member(str(number), f"Lichen {number}", sector, territory, kind, since)


OLD, NEW = date(2020, 1, 1), date(2024, 1, 1)
PEOPLE: tuple[Person, ...] = (
    ("a@x.example", company(1, "QC", OLD), "fr", ("members",)),
    ("b@x.example", company(2, "QC", NEW), "fr", ("members", "partners")),
    ("c@x.example", company(3, "ON", OLD), "en", ("members", "partners", "board")),
    ("d@x.example", company(4, "ON", None), "fr", ("partners",)),
    ("e@x.example", company(5, "QC", OLD, kind="institution"), "en", ("board", "members")),
    ("f@x.example", company(6, "QC", OLD, sector="devices"), "fr", ("board",)),
    ("g@x.example", company(7, "QC", OLD), "es", ("members", "partners")),
    ("no@x.example", company(8, "QC", OLD), "fr", ("members", "partners")),
    ("gone@x.example", company(9, "QC", OLD), "fr", ("partners",)),
)
SAID_NO = {("no@x.example", "members"), ("gone@x.example", "partners")}
KEYS = ("members", "partners", "board")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk", state="audiences", fill=fill) as office:
        yield office


async def fill(office: Office) -> None:
    await office.sync(OWL, MASSIF)
    for address, member, language, lists in PEOPLE:
        await office.admit("harfang", entry(address, *lists, language=language, member=member))
    for address, key in SAID_NO:
        await office.say_no(address, Extent.LIST, key)


# The algebra.


def meant(audience: Audience) -> dict[str, str]:
    """Whom it goes to and why others are left out, told from what is said of each person."""
    found = {}
    only = audience.only
    for address, member, language, lists in PEOPLE:
        places = [key for key in audience.lists if key in lists]
        if not places:
            continue
        asked = [(only.sectors, member.sector), (only.territories, member.territory)]
        asked += [(only.kinds, member.kind), (only.languages, language)]
        late = only.since and (member.since is None or member.since > only.since)
        why = ""
        if set(lists) & set(audience.without):
            why = "excluded"
        elif late or any(values and value not in values for values, value in asked):
            why = "filtered"
        reasons = ["unsubscribed" if (address, key) in SAID_NO else why for key in places]
        found[address] = min(reasons, key=bool)  # the first list that lets them, else the first
    return found


class Undone(Exception):
    """What was tried is not to be kept."""


async def gone(office: Office, audience: Audience) -> dict[str, str]:
    """What a snapshot makes of it."""
    found = {}
    with suppress(Undone):
        async with office.database.begin() as transaction:
            release = await transaction.releases.add(replace(ALONE, audiences=(audience,)), NOW)
            await transaction.snapshot.expand(release.id, audience, replace(PLAN, joint=False))
            rows = await transaction.connection.execute(
                select(deliveries.c.address, deliveries.c.reason, deliveries.c.state)
            )
            for row in rows:
                assert (row.state == DeliveryState.SKIPPED.value) == bool(row.reason)
                assert row.address not in found, "one message each"
                found[row.address] = row.reason or ""
            raise Undone
    return found


async def counted(office: Office, audience: Audience) -> Forecast:
    async with office.database.read() as transaction:
        return await transaction.snapshot.forecast(audience, replace(PLAN, joint=False))


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple)


filters = st.builds(
    Filter,
    sectors=some("therapeutics", "devices", "none"),
    territories=some("QC", "ON"),
    kinds=some("company", "institution"),
    languages=some("fr", "en", "es"),
    since=st.none() | st.sampled_from([OLD, date(2022, 1, 1), NEW]),
)
lists_of = st.lists(st.sampled_from(KEYS), unique=True, min_size=1).map(tuple)
audiences = st.builds(
    Audience,
    association=st.just("harfang"),
    lists=lists_of,
    only=filters,
    without=st.lists(st.sampled_from(KEYS), unique=True, max_size=1).map(tuple),
)
TRIED = settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@TRIED
@given(audience=audiences)
async def test_what_is_counted_is_what_goes_and_each_left_out_has_a_reason(
    office: Office, audience: Audience
) -> None:
    went, seen = await gone(office, audience), await counted(office, audience)
    assert went == meant(audience)
    why = Counter(went.values())
    assert seen.goes == why.pop("", 0)
    assert dict(seen.left_out) == dict(why)
    assert seen.listed == len(went)


@given(audience=audiences, more=filters, also=st.sampled_from(KEYS))
def test_a_filter_only_ever_takes_away_and_a_list_left_out_beats_all(
    audience: Audience, more: Filter, also: str
) -> None:
    def goes(one: Audience) -> set[str]:
        return {address for address, why in meant(one).items() if not why}

    before = goes(audience)
    for part in ("sectors", "territories", "kinds", "languages", "since"):
        if not getattr(audience.only, part):
            narrowed = replace(audience.only, **{part: getattr(more, part)})
            assert goes(replace(audience, only=narrowed)) <= before
    on = {address for address, _, _, lists in PEOPLE if also in lists}
    assert goes(replace(audience, without=(*audience.without, also))) == before - on
    union = set().union(*(goes(replace(audience, lists=(key,))) for key in audience.lists))
    assert before == union


async def test_who_left_a_list_whose_people_are_left_out_does_not_come_back_by_it(
    office: Office,
) -> None:
    await office.say_no("c@x.example", Extent.LIST, "board")
    went = await gone(office, Audience("harfang", ("members",), without=("board",)))
    assert went["c@x.example"] == "excluded"


async def test_counting_goes_through_places_by_their_index(office: Office) -> None:
    audience = replace(HOLDS, use="")
    asked: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        asked.append((statement, given))

    engine = office.database._reading.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await counted(office, audience)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    [(sql, parameters)] = [one for one in asked if "count(*)" in one[0]]
    single = office.database.single
    explain = "EXPLAIN QUERY PLAN" if single else "EXPLAIN"
    async with office.database.begin() as transaction:
        if not single:  # of nine people, reading all is right: what is asked is whether it could
            await transaction.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        told = await transaction.connection.exec_driver_sql(f"{explain} {sql}", parameters)
        plan = "\n".join(str(row[-1]) for row in told)
    assert not re.search(r"SCAN (excluding|subscribers)\b|Seq Scan on subscriptions", plan), plan
    index = r"SEARCH excluding USING (COVERING )?INDEX" if single else r"Cond: \(list_id = excluded"
    assert re.search(index, plan), plan


# Kept by name.


async def test_a_name_is_what_it_says_when_the_release_is_filed(office: Office) -> None:
    filed, did = await drafting.file(office.desk, OPERATOR, USING)
    assert (filed.audiences, did) == ((HOLDS,), "filed")
    assert (await office.release()).audiences == (HOLDS,)
    assert (await drafting.file(office.desk, OPERATOR, USING))[1] == "unchanged"
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "spring")
    assert seen.warnings == ()
    assert (seen.goes, dict(seen.left_out)) == tally(HOLDS)


def tally(audience: Audience) -> tuple[int, dict[str, int]]:
    why = Counter(meant(audience).values())
    return why.pop("", 0), dict(why)


async def test_what_was_approved_is_what_goes_and_a_change_since_is_said(office: Office) -> None:
    everybody = replace(VISITORS, lists=("members",), only=Filter(), without=())
    was = replace(OWL, audiences=(replace(VISITORS, only=Filter(territories=("ON",))),))
    await office.sync(was, MASSIF)
    kept = await office.approved(USING)
    await office.sync(replace(OWL, audiences=(everybody,)), MASSIF)
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "spring")
    assert seen.warnings[0].code == "audience_changed"
    assert (await office.release()).audiences == kept.audiences
    await office.pick_up()
    assert {one for one, how in (await office.stands()).items() if how == "queued"} == {
        "d@x.example"
    }


async def test_an_audience_that_is_kept_no_more_is_said_and_filing_anew_asks(
    office: Office,
) -> None:
    await drafting.file(office.desk, OPERATOR, USING)
    await office.sync(replace(OWL, audiences=()), MASSIF)
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "spring")
    assert [one.code for one in seen.warnings] == ["audience_gone"]
    with pytest.raises(Problems) as caught:
        await drafting.file(office.desk, OPERATOR, USING)
    assert [one.code for one in caught.value.problems] == ["audience_name_unknown"]
    assert (await office.release()).audiences == (HOLDS,)


async def test_filing_anew_takes_the_new_one_and_voids_what_was_approved(office: Office) -> None:
    await office.approved(USING, "2027-06-10 09:00")
    await office.sync(replace(OWL, audiences=(replace(VISITORS, without=()),)), MASSIF)
    edited, did = await drafting.file(office.desk, OPERATOR, USING)
    assert (did, edited.state.value) == ("edited", "draft")
    assert edited.audiences[0].without == ()


async def test_a_list_cannot_be_gone_to_and_left_out(office: Office) -> None:
    both = replace(ALONE, audiences=(Audience("harfang", ("members",), without=("members",)),))
    with pytest.raises(Problems) as caught:
        await drafting.file(office.desk, OPERATOR, both)
    assert [one.code for one in caught.value.problems] == ["list_both_ways"]
    unknown = replace(ALONE, audiences=(Audience("harfang", ("members",), without=("press",)),))
    with pytest.raises(Problems) as caught:
        await drafting.file(office.desk, OPERATOR, unknown)
    assert [one.code for one in caught.value.problems] == ["list_unknown"]


async def test_a_sync_tells_which_audiences_come_change_and_go(office: Office) -> None:
    async def told(*kept: SavedAudience) -> list[tuple[str, str]]:
        owl = replace(OWL, audiences=kept)
        synced = await syncing.sync(office.desk, OPERATOR, [owl], [])
        return [(one.verb, str(one.what)) for one in synced.changes if one.verb != "keep"]

    assert await told(VISITORS) == []
    assert await told(replace(VISITORS, without=())) == [("change", "audience harfang/visitors")]
    other = replace(VISITORS, key="others")
    assert await told(other) == [
        ("add", "audience harfang/others"),
        ("remove", "audience harfang/visitors"),
    ]


async def test_a_sync_names_the_releases_that_keep_an_audience_as_it_was(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, replace(USING, key="autumn"))
    await drafting.file(office.desk, OPERATOR, ALONE)  # uses none
    for kept in ((replace(VISITORS, without=()),), ()):
        owl = replace(OWL, audiences=kept)
        synced = await syncing.sync(office.desk, OPERATOR, [owl], [], dry_run=True)
        [told] = [str(one.detail) for one in synced.changes if one.verb in ("change", "remove")]
        assert told.startswith("autumn keep to whom it was")


# Apart (P6).

GRANTS = {"massif": frozenset({Permission.EDIT})}
PARTNER = Actor(ActorKind.PERSON, "Hope Ames", 2, GRANTS)


async def test_audiences_are_counted_for_their_own(office: Office) -> None:
    [one] = await addressing.saved(office.desk, OPERATOR)
    assert (one.association, one.audience) == ("harfang", VISITORS)
    assert (one.forecast.goes, dict(one.forecast.left_out)) == tally(HOLDS)
    assert await addressing.saved(office.desk, PARTNER) == []
    with pytest.raises(NotFound):
        await addressing.saved(office.desk, PARTNER, "harfang")


async def test_a_partner_counts_no_part_of_anothers_people(office: Office) -> None:
    """By one filter after the other, it would learn of one person after the other."""
    await office.admit("massif", "m@basalt.example")
    ours, theirs = SPRING.audiences

    def joint(audience: Audience) -> Release:
        return replace(SPRING, audiences=(audience, theirs))

    await drafting.file(office.desk, OPERATOR, joint(ours))
    seen = await inspecting.forecast(office.desk, PARTNER, "spring")
    assert [one.association for one in seen] == ["harfang", "massif"]
    for narrowed in (
        replace(ours, only=Filter(territories=("ON",))),
        replace(ours, without=("board",)),
    ):
        await drafting.file(office.desk, OPERATOR, joint(narrowed))
        seen = await inspecting.forecast(office.desk, PARTNER, "spring")
        assert [one.association for one in seen] == ["massif"]
        assert len(await inspecting.forecast(office.desk, OPERATOR, "spring")) == 2


async def test_a_partner_does_not_count_who_of_another_list_got_a_release(office: Office) -> None:
    """Whom a later release of an activity goes to is a part of a list as well."""
    await office.admit("massif", "m@basalt.example")
    ours, theirs = SPRING.audiences
    narrowed = replace(ours, only=Filter(territories=("ON",)))
    await office.approved(replace(SPRING, audiences=(narrowed, theirs)))
    assert await office.pick_up() == ["spring"]
    later = replace(SPRING, key="later", fields={"follows": "spring"})
    await drafting.file(office.desk, OPERATOR, replace(later, audiences=(ours, theirs)))
    seen = await inspecting.forecast(office.desk, PARTNER, "later")
    assert [one.association for one in seen] == ["massif"]
    assert len(await inspecting.forecast(office.desk, OPERATOR, "later")) == 2


async def test_a_partner_is_not_told_which_audiences_there_are(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    using = replace(SPRING, audiences=(Audience("harfang", (), use="nobody"), SPRING.audiences[1]))
    with pytest.raises(Problems) as caught:
        await drafting.file(office.desk, PARTNER, using)
    [problem] = caught.value.problems
    assert problem.code == "audience_of_partner_unknown"
    assert "visitors" not in str(problem)


async def test_nobody_is_written_to_by_an_audience_of_nobody(office: Office) -> None:
    nobody = replace(ALONE, audiences=(Audience("harfang", ("board",), Filter(sectors=("none",))),))
    await office.approved(nobody)
    assert await scheduling.pick_up(office.desk, OPERATOR, office.engine) == []
    assert await office.count(deliveries) == 0


async def test_why_nobody_is_written_to_tells_a_partner_nothing_of_anothers_part(
    office: Office,
) -> None:
    """A release that all parties read the reason of (P6)."""
    none = Filter(sectors=("none",))
    narrowed = tuple(replace(one, only=none) for one in SPRING.audiences)
    await office.approved(replace(SPRING, audiences=narrowed))
    assert await office.pick_up() == []
    told = str((await office.release()).reason)
    assert told == "there is nobody to write to any more"
    await office.approved(replace(ALONE, key="own", audiences=narrowed[:1]))
    assert await office.pick_up() == []
    assert "no member of harfang has the sector" in str((await office.release("own")).reason)


async def test_who_was_left_out_by_a_list_is_so_once_their_records_are_one(office: Office) -> None:
    """Also where that place does not hold any more, and is not taken over (P11)."""
    ended = replace(company(40, "QC", OLD), until=date(2020, 1, 1))
    await office.admit("harfang", entry("z@x.example", "board", member=ended))
    await office.say_no("z@x.example", Extent.LIST, "board")
    audience = Audience("harfang", ("members",), without=("board",))
    assert (await gone(office, audience))["a@x.example"] == ""
    old, stays = "z@x.example", "a@x.example"
    await correcting.move(office.desk, OPERATOR, "harfang", old, stays, merge=True)
    assert (await gone(office, audience))[stays] == "excluded"
