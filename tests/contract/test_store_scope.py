"""Whose eyes read (P6): no reading of the store without a scope, and none that sees past it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import (
    ALL,
    ALONE,
    HARFANG,
    LICHEN,
    MASSIF,
    NOW,
    PACT,
    SPRING,
    TODAY,
    Office,
    entry,
    office_at,
)
from tests.contract.fakes import OK

import communique.desk
from communique.desk import (
    consenting,
    correcting,
    inspecting,
    inviting,
    previewing,
    reminding,
    writing,
)
from communique.domain.actor import OPERATOR, RECIPIENT, SERVICE, UNKNOWN, Actor, ActorKind
from communique.domain.event import Sought
from communique.domain.log import LogFilter, Summary
from communique.domain.member import Cause
from communique.domain.outcome import Answer, Deferred, Refused, Reply
from communique.domain.outcome import Scope as Blast
from communique.domain.release import Release, State
from communique.domain.scope import Mine, Operator, Scope
from communique.domain.seeking import Looked
from communique.errors import CommuniqueError, NotFound
from communique.ports import (
    Accounts,
    Associations,
    Consents,
    Events,
    Invitations,
    Letters,
    Log,
    Members,
    Passes,
    Releases,
    Subscribers,
    Suppressions,
    Transaction,
)
from communique.store.tables import members

TAIGA = replace(HARFANG, key="taiga", names={"fr": "Taïga"}, people=())  # a party to nothing
TAIGAS, MASSIFS = Mine(frozenset(["taiga"])), Mine(frozenset(["massif"]))
NOBODYS = Mine(frozenset())
A, LATE, LOST = "a@lichen.example", "late@lichen.example", "lost@lichen.example"
STRANGER = "stranger@lichen.example"
LATER = Deferred("mailbox full", Blast.RECIPIENT, Reply(452, "4.2.2", "full"))

DESK = Path(communique.desk.__file__).parent
NOUNS = {
    "accounts": Accounts,
    "invitations": Invitations,
    "associations": Associations,
    "members": Members,
    "subscribers": Subscribers,
    "consents": Consents,
    "suppressions": Suppressions,
    "releases": Releases,
    "events": Events,
    "log": Log,
    "letters": Letters,
    "passes": Passes,
}
# What reads nothing out to anybody: it writes, or decides for whoever writes.
WRITES = {
    "accounts.declare",
    "accounts.invite",
    "accounts.dismiss",
    "accounts.choose",
    "accounts.seen",
    "invitations.add",
    "invitations.get",  # by what nobody knows who has not its link
    "invitations.renew",
    "invitations.end",
    "associations.save",
    "associations.save_agreement",
    "associations.in_force",
    "associations.hold",
    "members.add",
    "members.change",
    "subscribers.admit",
    "subscribers.edit",
    "subscribers.erase",
    "subscribers.hold",
    "subscribers.hold_alone",
    "subscribers.merge",
    "consents.append",
    "consents.early",  # reads with a scope itself, as `test_early_noes` tries
    "suppressions.add",
    "suppressions.lift",
    "releases.hold",
    "releases.taken",  # a key is everybody's: who files a second release by it is told so
    "releases.add",
    "releases.delete",
    "releases.move",
    "releases.freeze",
    "releases.approve",
    "events.append",
    "letters.post",
    "letters.any_due",  # who sends them looks whether there is anything to do
    "letters.claim",
    "letters.settle",
    "letters.withdraw",
    "passes.hold",
    "passes.use",
    "passes.take_back",
    "passes.name",
}


@dataclass(frozen=True, slots=True)
class There:
    """What is there to be read: all of it Harfang's, or a release of Harfang and Massif."""

    release: Release
    subscriber: int
    member: int
    delivery: int


Ask = Callable[[Transaction, Scope, There], Any]


async def _former(transaction: Transaction, scope: Scope) -> object:
    """The addresses of somebody who moved, whose number is Harfang's own."""
    whose = await transaction.subscribers.by_address(ALL, "harfang", "was@lichen.example")
    assert whose is not None
    return await transaction.subscribers.former(scope, "harfang", whose.id)


READS: dict[str, Ask] = {
    "associations.all": lambda t, scope, _: t.associations.all(scope),
    "associations.named": lambda t, scope, _: t.associations.named(scope, ["harfang"]),
    "associations.keys": lambda t, scope, _: t.associations.keys(scope),
    "associations.get": lambda t, scope, _: t.associations.get(scope, "harfang"),
    "associations.agreements": lambda t, scope, _: t.associations.agreements(scope),
    "associations.agreement": lambda t, scope, _: t.associations.agreement(scope, "pact"),
    "members.called": lambda t, scope, _: t.members.called(
        scope, "harfang", ["17"], ["Lichen & Cie"]
    ),
    "members.by_id": lambda t, scope, there: t.members.by_id(scope, "harfang", [there.member]),
    "members.lapsed": lambda t, scope, there: t.members.lapsed(
        scope, "harfang", [there.member], date(2099, 1, 1)
    ),
    "subscribers.anybody": lambda t, scope, _: t.subscribers.anybody(scope, "harfang"),
    "subscribers.here": lambda t, scope, _: t.subscribers.here(scope, "harfang", [A]),
    "subscribers.known": lambda t, scope, _: t.subscribers.known(scope, "harfang", [A]),
    "subscribers.get": lambda t, scope, there: t.subscribers.get(
        scope, "harfang", there.subscriber
    ),
    "subscribers.by_address": lambda t, scope, _: t.subscribers.by_address(scope, "harfang", A),
    "subscribers.all": lambda t, scope, _: t.subscribers.all(scope, "harfang"),
    "subscribers.on_list": lambda t, scope, _: t.subscribers.on_list(
        scope, "harfang", "members", 0, 100
    ),
    "subscribers.of_members": lambda t, scope, there: t.subscribers.of_members(
        scope, "harfang", [there.member], ["Roy"]
    ),
    "subscribers.moves": lambda t, scope, _: t.subscribers.moves(scope, "harfang", "", 100),
    "subscribers.moved": lambda t, scope, _: t.subscribers.moved(
        scope, "harfang", ["was@lichen.example"]
    ),
    "subscribers.page": lambda t, scope, _: t.subscribers.page(
        scope, "harfang", Looked(), NOW.date(), after=None, before=None, limit=10
    ),
    "subscribers.former": lambda t, scope, _: _former(t, scope),
    "events.people": lambda t, scope, there: t.events.people(scope, [there.subscriber]),
    "consents.of": lambda t, scope, there: t.consents.of(scope, "harfang", there.subscriber),
    "consents.places": lambda t, scope, there: t.consents.places(
        scope, "harfang", there.subscriber
    ),
    "suppressions.any": lambda t, scope, _: t.suppressions.any(scope, "harfang", Cause.DESK),
    "suppressions.of": lambda t, scope, _: t.suppressions.of(scope, "harfang", [STRANGER]),
    "releases.get": lambda t, scope, _: t.releases.get(scope, "spring"),
    "releases.by_id": lambda t, scope, there: t.releases.by_id(scope, there.release.id),
    "releases.page": lambda t, scope, _: t.releases.page(scope, limit=10),
    "releases.states": lambda t, scope, there: t.releases.states(scope, [there.release.id]),
    "releases.due": lambda t, scope, _: t.releases.due(scope, NOW),
    "releases.content": lambda t, scope, there: t.releases.content(
        scope, there.release.content_hash or ""
    ),
    "releases.contents": lambda t, scope, there: t.releases.contents(
        scope, [there.release.content_hash or ""]
    ),
    "releases.approvals": lambda t, scope, there: t.releases.approvals(scope, there.release.id),
    "accounts.of": lambda t, scope, _: t.accounts.of(scope, "harfang"),
    "accounts.get": lambda t, scope, _: t.accounts.get(scope, 1),
    "accounts.by_address": lambda t, scope, _: t.accounts.by_address(scope, "aude@harfang.example"),
    "invitations.of": lambda t, scope, _: t.invitations.of(scope, "harfang"),
    "invitations.by_id": lambda t, scope, _: t.invitations.by_id(scope, 1),
    "events.page": lambda t, scope, _: t.events.page(scope, Sought(), before=None, limit=100),
    "events.history": lambda t, scope, there: t.events.history(scope, there.release.id),
    "events.about": lambda t, scope, there: t.events.about(scope, "harfang", there.subscriber),
    "events.since": lambda t, scope, _: t.events.since(scope, 0, 100),
    "log.summary": lambda t, scope, there: t.log.summary(scope, there.release.id),
    "log.summaries": lambda t, scope, there: t.log.summaries(scope, [there.release.id]),
    "log.lines": lambda t, scope, _: t.log.lines(scope, LogFilter()),
    "log.page": lambda t, scope, _: t.log.page(scope, LogFilter(), limit=10),
    "log.titles": lambda t, scope, there: t.log.titles(scope, [there.release.key]),
    "log.handed": lambda t, scope, there: t.log.handed(scope, there.delivery),
    "log.waiting_for": lambda t, scope, there: t.log.waiting_for(scope, [there.release.id]),
    "log.lost": lambda t, scope, there: t.log.lost(scope, [there.release.id]),
    "log.line": lambda t, scope, there: t.log.line(scope, there.delivery),
    "log.attempts": lambda t, scope, there: t.log.attempts(scope, there.delivery),
    "passes.get": lambda t, scope, there: t.passes.get(scope, there.delivery),
    "passes.by_company": lambda t, scope, there: t.passes.by_company(scope, there.release.id),
    "passes.sums": lambda t, scope, there: t.passes.sums(scope, there.release.id),
    "log.last_attempt": lambda t, scope, _: t.log.last_attempt(scope),
    "log.attempted_after": lambda t, scope, _: t.log.attempted_after(scope, 0, LogFilter()),
    "letters.of": lambda t, scope, _: t.letters.of(scope, reminding.PURPOSE),
    "letters.in_trouble": lambda t, scope, _: t.letters.in_trouble(scope),
}
# What a partner, who is a party to the release, sees of it and of what binds the two.
SHARED = {
    "associations.agreements",
    "associations.agreement",
    "log.titles",
    "releases.get",
    "releases.by_id",
    "releases.page",
    "releases.states",
    "releases.due",
    "releases.content",
    "releases.contents",
    "releases.approvals",
    "events.history",
    "events.since",
    "events.page",
    "log.summary",
    "log.summaries",
    "passes.sums",  # of which the desk tells a partner less: test_passes
}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk", state="three", fill=fill) as office:
        yield office


async def fill(office: Office) -> None:
    await office.sync(HARFANG, MASSIF, TAIGA, agreements=[PACT])
    ended = replace(LICHEN, until=date(2027, 1, 1))  # their consent lapses in 2029
    people = [entry(one, member=ended) for one in (A, LATE, "was@lichen.example")]
    await office.admit("harfang", *people)
    await correcting.move(office.desk, OPERATOR, "harfang", "was@lichen.example", LOST)
    await consenting.suppress(office.desk, OPERATOR, "harfang", STRANGER, "by telephone")
    await correcting.edit(office.desk, OPERATOR, "harfang", A, role="Director")
    answers: dict[str, Answer] = {
        LATE: LATER,
        LOST: Refused("554 no", Blast.RECIPIENT),
    }
    office.transport.answer = lambda mail: answers.get(mail.recipient, OK)
    await office.picked_up()
    await office.work()
    line = (await office.lines())[A]
    async with office.database.begin() as transaction:
        one = await transaction.passes.get(ALL, line.delivery_id)
        assert one is not None
        await transaction.passes.use(one, TODAY, NOW)
    await office.approved(replace(SPRING, key="next"))
    answers["aude@harfang.example"] = Refused("550 no", Blast.RECIPIENT)
    await reminding.remind(office.desk, SERVICE)
    await inviting.invite(office.desk, OPERATOR, "harfang", "n@lichen.example", "N", ())
    await writing.send_due(office.desk, SERVICE)


@pytest.fixture
async def there(office: Office) -> There:
    contact = await office.contact("harfang", A)
    line = (await office.lines())[A]
    [member, *_] = await office.rows(members)
    return There(await office.release(), contact.id, member["id"], line.delivery_id)


async def asked(office: Office, name: str, scope: Scope, there: There) -> object:
    """What a reading finds; None where it finds nothing, whatever form that has."""
    async with office.database.read() as transaction:
        try:
            found = READS[name](transaction, scope, there)
            if hasattr(found, "__aiter__"):
                found = [one async for one in found]
            else:
                found = await found
        except NotFound:
            return None
    if isinstance(found, dict):
        found = {key: one for key, one in found.items() if one != Summary({})}
    return None if found == Summary({}) else found or None


def test_nothing_is_read_without_saying_for_whose_eyes() -> None:
    """A port's new call is a reading with a scope, or named above among those that read nothing."""
    for noun, port in NOUNS.items():
        for name, call in vars(port).items():
            if name.startswith("_") or f"{noun}.{name}" in WRITES:
                continue
            assert f"{noun}.{name}" in READS, f"{noun}.{name} is not tried"
            first = list(inspect.signature(call).parameters.values())[1]
            assert (first.name, first.annotation) == ("scope", "Scope"), f"{noun}.{name}"
            assert first.default is inspect.Parameter.empty, f"{noun}.{name}"


@pytest.mark.parametrize("scope", [TAIGAS, NOBODYS], ids=["another's", "nobody's"])
async def test_who_has_no_part_in_it_reads_nothing(
    office: Office, there: There, scope: Scope
) -> None:
    own = {"associations.all", "associations.keys", "events.since", "events.page"}
    own = own if scope is TAIGAS else set()
    for name in READS:
        found = await asked(office, name, scope, there)
        if name in own:  # that it is here itself, and was declared
            assert "taiga" in repr(found), name
            assert not any(word in repr(found) for word in ("spring", "next", "Aude", A)), name
        else:
            assert found is None, name
        assert await asked(office, name, ALL, there) is not None, f"{name} is asked of nothing"


async def test_a_partner_sees_the_release_and_its_sums_and_nobody_of_it(
    office: Office, there: There
) -> None:
    for name in READS:
        found = await asked(office, name, MASSIFS, there)
        assert A not in repr(found), name
        if name in SHARED:
            everything = await asked(office, name, ALL, there)
            # Of events, without those that concern Harfang alone.
            assert found == everything or name in ("events.since", "events.page"), name
        elif name == "letters.of":  # it was written to itself
            assert "hope@massif.example" in repr(found)
            assert "aude@harfang.example" not in repr(found)
        elif name not in ("associations.all", "associations.keys"):
            assert found is None, name


async def test_an_event_of_one_association_is_no_partners(office: Office, there: There) -> None:
    async with office.database.read() as transaction:
        seen = await transaction.events.since(MASSIFS, 0, 1000)
        page = await transaction.events.page(MASSIFS, Sought(), before=None, limit=1000)
    assert {one.association for one in seen} == {None, "massif"}
    assert [*reversed(page)] == [*seen]


async def test_a_release_is_seen_by_whoever_it_goes_to(office: Office) -> None:
    """Were it no party, it would see what its own members are sent."""
    release = replace(SPRING, key="odd", parties=("harfang",), state=State.DRAFT)
    async with office.database.begin() as transaction:
        await transaction.releases.add(release, NOW)
    async with office.database.read() as transaction:
        assert (await transaction.releases.get(MASSIFS, "odd")).key == "odd"


# Actors, and what is derived from them.

HOPE = Actor(ActorKind.PERSON, "Hope Ames", 2, {"massif": frozenset()})


def test_an_actor_sees_what_it_was_granted() -> None:
    assert OPERATOR.scope == Operator()
    assert HOPE.scope == MASSIFS
    assert RECIPIENT.scope == UNKNOWN.scope == NOBODYS


def test_whoever_reads_at_the_desk_says_who_asks() -> None:
    """Each reading function takes an actor, from which its scope follows."""
    unasked = set()
    for module in DESK.glob("*.py"):
        for node in ast.parse(module.read_text("utf-8")).body:
            if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            told = [one.arg for one in node.args.args[:2]] == ["desk", "actor"]
            if "desk.store.read()" in ast.unparse(node) and not told:
                unasked.add(f"{module.stem}.{node.name}")
    assert unasked == {
        *("observing.newest", "observing.look"),  # the service, for those who may: each gets theirs
        "custody.doubted",  # it is about the database, and tells of nobody
        "rerouting.seen",  # they are about relays, and tell of nobody
        "rerouting.asking",
        "inspecting.parties",  # of releases that were seen: each knows what the others are called
        "drafting.require_free",  # a key is one release's of all: it says what filing would
        *(
            f"newsroom.{one}"  # what it reads was made public
            for one in (
                *("room", "rooms", "shown", "story", "latest", "activities", "years", "places"),
                "addresses",
            )
        ),
        # Their token says who asks, and is all that it opens.
        *("consenting.unsubscribe_link", "inviting.shown", "sessions.who", "signing_in.opens"),
    }


async def said(asking: Any) -> str:
    """What an error says, all of it."""
    with pytest.raises(CommuniqueError) as caught:
        await asking
    return f"{caught.value} {caught.value.advice}"


async def test_what_may_not_be_seen_is_told_as_what_is_not_there(
    office: Office, there: There
) -> None:
    """Not in an error either: the words for another's are those for nobody's."""
    desk = office.desk
    await office.approved(replace(ALONE, key="alone"))

    async def lines(only: LogFilter) -> None:
        async for _ in inspecting.lines(desk, HOPE, only):
            pass

    for mine, none in (
        (inspecting.standing(desk, HOPE, "alone"), inspecting.standing(desk, HOPE, "gone")),
        (
            inspecting.association(desk, HOPE, "harfang"),
            inspecting.association(desk, HOPE, "gone"),
        ),
        (
            inspecting.subscriber(desk, HOPE, "harfang", A),
            inspecting.subscriber(desk, HOPE, "gone", A),
        ),
        (
            inspecting.delivery(desk, HOPE, there.delivery),
            inspecting.delivery(desk, HOPE, 10**6),
        ),
        (lines(LogFilter(association="harfang")), lines(LogFilter(association="gone"))),
        (lines(LogFilter(release="alone")), lines(LogFilter(release="gone"))),
        (
            previewing.preview(desk, HOPE, "spring", "harfang", address=A),
            previewing.preview(desk, HOPE, "spring", "harfang", address="nobody@lichen.example"),
        ),
        (
            previewing.send_test(desk, HOPE, "spring", "harfang", "luc@harfang.example"),
            previewing.send_test(desk, HOPE, "spring", "gone", "luc@harfang.example"),
        ),
    ):
        theirs, nothing = await said(mine), await said(none)
        for known in ("alone", "harfang", A, str(there.delivery)):
            theirs = theirs.replace(known, "…")
        for unknown in ("gone", "harfang", "nobody@lichen.example", str(10**6)):
            nothing = nothing.replace(unknown, "…")
        assert theirs == nothing


async def test_a_partner_previews_what_the_others_members_will_see(office: Office) -> None:
    shown = await previewing.preview(office.desk, HOPE, "spring", "harfang", language="fr")
    assert shown.subject == SPRING.editions[0].subject
    assert A not in shown.content.decode()


async def test_a_link_opens_nobody_but_who_it_was_sent_to(office: Office) -> None:
    invited = await consenting.unsubscribe_link(office.desk, await office.token("harfang", A))
    assert invited is not None
    assert (invited.contact.address, invited.association.key) == (A, "harfang")
