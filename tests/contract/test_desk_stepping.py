"""Who did what: each change is somebody's, is said once, and looks like nobody else's (P10)."""

from __future__ import annotations

import ast
import itertools
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.contract.desks import (
    ALL,
    ALONE,
    ENGLISH,
    FRENCH,
    HARFANG,
    MASSIF,
    PACT,
    SPRING,
    Office,
    entry,
    office_at,
)

from communique import desk as rooms
from communique.desk import (
    Desk,
    Policy,
    approving,
    consenting,
    drafting,
    importing,
    previewing,
    scheduling,
    syncing,
    underway,
)
from communique.desk.stepping import hold, note, report, step
from communique.domain.actor import (
    OPERATOR,
    RECIPIENT,
    SERVICE,
    Actor,
    ActorKind,
    Permission,
)
from communique.domain.association import ListDefinition
from communique.domain.event import Event, Subject, SubjectKind, Verb
from communique.domain.imported import Imported
from communique.domain.member import Admitted, Entry
from communique.domain.release import ARROWS, NOTES, Release, State
from communique.domain.scope import Mine
from communique.errors import NotAllowed, NotFound, StoreUnavailable
from communique.facts import Fact
from communique.ports import Transaction
from communique.store import reasons
from communique.store.tables import contents, events, releases

PACKAGE = Path(rooms.__file__).parents[1]
COMMA = replace(SPRING, editions=(replace(FRENCH, body=FRENCH.body + ","), ENGLISH))
AUDE = Actor(
    ActorKind.PERSON,
    "Aude Roy",
    7,
    {"harfang": frozenset({Permission.EDIT, Permission.APPROVE}), "massif": frozenset()},
)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", "a@lichen.example")
        yield office


async def history(office: Office, key: str = "spring") -> tuple[Event, ...]:
    release = await office.release(key)
    async with office.database.read() as transaction:
        return await transaction.events.history(ALL, release.id)


async def since(office: Office, association: str | None, after: int = 0) -> list[Event]:
    scope = ALL if association is None else Mine(frozenset([association]))
    async with office.database.read() as transaction:
        return list(await transaction.events.since(scope, after, 1000))


async def in_review(office: Office, release: Release = SPRING) -> Release:
    await drafting.file(office.desk, OPERATOR, release)
    return (await drafting.submit(office.desk, OPERATOR, release.key))[0]


# One way for every arrow.


def test_only_stepping_moves_a_release_or_appends_to_history() -> None:
    """Read from the source: whoever wrote state elsewhere would have no event, and no actor."""
    found: dict[str, set[str]] = {}
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                said = f"{node.value.attr}.{node.attr}"
                if said in ("releases.move", "events.append"):
                    found.setdefault(said, set()).add(module.relative_to(PACKAGE).as_posix())
    assert found == {
        "releases.move": {"desk/stepping.py"},
        "events.append": {"desk/stepping.py"},
    }


def test_what_changes_something_is_told_who_does_it() -> None:
    """Every public function of the desk that opens a transaction to write takes an actor second."""
    careless = []
    for module in (PACKAGE / "desk").glob("*.py"):
        for node in ast.parse(module.read_text("utf-8")).body:
            if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            said = ast.unparse(node)
            if node.name == "trying":  # it hands the transaction on: its callers are looked at
                continue
            if ("desk.store.begin()" in said or "trying(desk" in said) and [
                one.arg for one in node.args.args[:2]
            ] != ["desk", "actor"]:
                careless.append(f"{module.stem}.{node.name}")
    # Who signs in is nobody yet, and what a session's token does is its bearer's.
    assert set(careless) == {
        *("signing_in.wish", "signing_in.by_link", "signing_in.by_code", "signing_in.by_opening"),
        *("sessions.who", "sessions.choose", "sessions.leave"),
    }


@pytest.mark.parametrize("state", State)
async def test_a_step_leads_along_its_arrow_and_nowhere_else(tmp_path: Path, state: State) -> None:
    async with office_on_sqlite(tmp_path) as office:
        for verb, (froms, to) in ARROWS.items():
            release = await stood(office, state, verb)
            async with office.database.begin() as transaction:
                if state in froms:
                    moved = await step(office.desk, transaction, release, verb, AUDE, why="so")
                    assert (moved.state, moved.revision) == (to, release.revision + 1)
                else:
                    with pytest.raises(NotAllowed, match="a release that is"):
                        await step(office.desk, transaction, release, verb, AUDE, why="so")
            told = await history(office, release.key)
            expected = [(verb, to.value, AUDE, "so")] if state in froms else []
            assert [(one.verb, one.state, one.actor, str(one.detail)) for one in told] == expected
            assert await office.state(release.key) is (to if state in froms else state)


async def test_a_note_is_written_where_it_moves_nothing_and_nowhere_else(tmp_path: Path) -> None:
    async with office_on_sqlite(tmp_path) as office:
        for verb, state in itertools.product(NOTES, State):
            release = await stood(office, state, verb)
            async with office.database.begin() as transaction:
                if state in NOTES[verb]:
                    assert await note(office.desk, transaction, release, verb, AUDE) == release
                else:
                    with pytest.raises(NotAllowed, match="a release that is"):
                        await note(office.desk, transaction, release, verb, AUDE)
            assert await office.release(release.key) == release
            told = [(one.verb, one.state) for one in await history(office, release.key)]
            assert told == ([(verb, state.value)] if state in NOTES[verb] else [])


def office_on_sqlite(folder: Path) -> AbstractAsyncContextManager[Office]:
    url = f"sqlite+aiosqlite:///{folder / 'communique.sqlite'}"
    return office_at(url, folder / "desk")


async def stood(office: Office, state: State, verb: Verb) -> Release:
    """A release of its own in that state, however it came there."""
    one = replace(ALONE, key=f"{state.value}-{verb.value}".replace("_", "-"), state=state)
    async with office.database.begin() as transaction:
        return await transaction.releases.add(one, office.clock.now())


async def test_of_two_who_move_at_once_one_is_told_so(office: Office) -> None:
    await in_review(office)
    read = await office.release()
    await scheduling.schedule(office.desk, OPERATOR, "spring", "in 1 hour")  # the state is the same
    async with office.database.begin() as transaction:
        with pytest.raises(NotAllowed, match="somebody else just changed “spring”"):
            await step(office.desk, transaction, read, Verb.CANCEL, OPERATOR)
    assert (await office.release()).schedule is not None
    assert await office.state() is State.IN_REVIEW


async def test_of_two_who_edit_at_once_one_is_told_so(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    read = await office.release()
    await drafting.file(office.desk, AUDE, COMMA)
    with pytest.raises(NotAllowed, match="somebody else edited “spring” meanwhile"):
        await drafting.file(office.desk, OPERATOR, replace(read, link=""))
    assert (await office.release()).link == SPRING.link
    theirs = replace(await office.release(), link="")
    assert (await drafting.file(office.desk, OPERATOR, theirs))[1] == "edited"


async def test_what_is_rolled_back_was_done_by_nobody(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.picked_up(ALONE)
    before = await since(office, None)
    caplog.clear()

    async def undone() -> None:
        async with office.database.begin() as transaction:
            release = await transaction.releases.get(ALL, "spring", hold=True)
            await step(office.desk, transaction, release, Verb.PAUSE, SERVICE, why="so")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert await since(office, None) == before
    assert caplog.records == []
    assert await office.state() is State.SENDING


# Whose word it is.


async def test_a_person_who_signed_in_speaks_for_their_own_association(office: Office) -> None:
    await in_review(office)
    read = (await office.release()).content_hash
    await approving.approve(office.desk, AUDE, "spring", "harfang", "Hope Ames", content=read)
    async with office.database.read() as transaction:
        [word] = await transaction.releases.approvals(ALL, (await office.release()).id)
    assert (word.person, word.actor) == ("Aude Roy", AUDE), "nobody signs in another's name"
    last = (await history(office))[-1]
    assert (last.verb, last.actor, str(last.detail)) == (Verb.APPROVE, AUDE, "for harfang")
    with pytest.raises(NotAllowed, match="Aude Roy may not approve for massif"):
        await approving.approve(office.desk, AUDE, "spring", "massif", "Hope Ames")
    with pytest.raises(NotAllowed, match="Aude Roy may not approve for massif"):
        await approving.reject(office.desk, AUDE, "spring", "massif", "Hope Ames")


@pytest.mark.parametrize(
    "actor",
    [
        SERVICE,
        replace(AUDE, kind=ActorKind.TOKEN),
        replace(AUDE, grants={"harfang": frozenset()}),
        replace(AUDE, grants={"massif": frozenset({Permission.APPROVE})}),
    ],
    ids=["the service", "a program", "no approver", "a partner's approver"],
)
async def test_nobody_else_approves(office: Office, actor: Actor) -> None:
    await in_review(office)
    with pytest.raises(NotAllowed, match="may not approve for harfang"):
        await approving.approve(office.desk, actor, "spring", "harfang", "Aude Roy")


@pytest.mark.parametrize("actor", [RECIPIENT, replace(AUDE, grants={})])
async def test_who_sees_no_release_is_not_told_that_it_is_there(
    office: Office, actor: Actor
) -> None:
    await in_review(office)
    for act in (approving.approve, approving.reject):
        with pytest.raises(NotFound, match="there is no release “spring”"):
            await act(office.desk, actor, "spring", "harfang", "Aude Roy")


async def test_the_operator_is_named_with_the_person_in_whose_name_they_approve(
    office: Office,
) -> None:
    await in_review(office)
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    async with office.database.read() as transaction:
        [word] = await transaction.releases.approvals(ALL, (await office.release()).id)
    assert (word.person, word.actor, word.submission) == ("Aude Roy", OPERATOR, 1)
    last = (await history(office))[-1]
    assert (last.actor, str(last.detail)) == (OPERATOR, "in the name of Aude Roy, for harfang")


async def test_a_comment_or_a_reason_forges_no_line(office: Office) -> None:
    forged = "no\n2027-06-03 09:00:00 EDT  approve → approved, Hope Ames\x1b[2K"
    plain = "no 2027-06-03 09:00:00 EDT approve → approved, Hope Ames\N{REPLACEMENT CHARACTER}[2K"
    await in_review(office)
    release = await approving.reject(office.desk, AUDE, "spring", "harfang", comment=forged)
    assert str(release.reason) == f"for harfang: {plain}"
    async with office.database.read() as transaction:
        [word] = await transaction.releases.approvals(ALL, release.id)
    assert word.comment == plain
    await office.picked_up(replace(ALONE, key="other"))
    paused = await scheduling.pause(office.desk, OPERATOR, "other", forged)
    assert str(paused.reason) == plain
    await scheduling.cancel(office.desk, OPERATOR, "other", forged)
    assert [str(one.detail) for one in (await history(office, "other"))[-2:]] == [plain, plain]
    await consenting.suppress(office.desk, OPERATOR, "harfang", "a@lichen.example", forged)
    assert str((await since(office, "harfang"))[-1].detail) == f"desk: {plain}"


async def test_what_we_found_is_kept_as_a_fact_and_worded_at_the_door(office: Office) -> None:
    await office.picked_up()
    quoted = "554\nno\x1b[2K"
    why = Fact("failed_alike", count=6, reason=quoted)
    async with office.desk.store.begin() as transaction:
        release = await transaction.releases.get(ALL, "spring")
        await hold(office.desk, transaction, release.id, why, SERVICE)
    kept = Fact("failed_alike", count=6, reason="554 no\N{REPLACEMENT CHARACTER}[2K")
    assert (await office.release()).reason == kept
    assert (await history(office))[-1].detail == kept
    assert str(kept).startswith("it failed for 6 readers alike: 554 no")


async def test_nobody_can_write_what_is_read_as_a_fact_of_ours(office: Office) -> None:
    await office.picked_up()
    forged = reasons.written(Fact("due_while_in_doubt"))
    assert forged is not None
    paused = await scheduling.pause(office.desk, OPERATOR, "spring", forged)
    assert isinstance(paused.reason, str)
    assert (await office.release()).reason == paused.reason
    assert isinstance((await history(office))[-1].detail, str)


async def test_what_an_older_version_wrote_is_shown_as_it_is(office: Office) -> None:
    said = "it failed for 6 readers alike: 554 5.7.1"
    await office.picked_up()
    async with office.database.begin() as transaction:
        await transaction.connection.execute(update(releases).values(reason=said))
        await transaction.connection.execute(update(events).values(detail=said))
    assert (await office.release()).reason == said
    assert (await history(office))[-1].detail == said


# What no clock says.


async def test_approvals_count_whatever_the_clocks_of_two_machines_say(office: Office) -> None:
    """The second machine's clock is an hour behind the one that submitted."""
    await in_review(office)
    office.clock.forward(hours=-1)
    for party, name in (("harfang", "Aude Roy"), ("massif", "Hope Ames")):
        await approving.approve(office.desk, OPERATOR, "spring", party, name)
    assert await office.state() is State.APPROVED


async def test_an_edit_that_is_undone_voids_even_at_the_same_instant(office: Office) -> None:
    await in_review(office)
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    first = await office.release()
    await drafting.file(office.desk, OPERATOR, COMMA)
    again = await in_review(office)
    assert (again.content_hash, again.submission) == (first.content_hash, first.submission + 1)
    async with office.database.read() as transaction:
        assert await approving.missing_parties(transaction, again) == SPRING.parties
        assert await approving.words(transaction, again) == ()


# What is no release.


async def test_a_sync_says_what_it_changed_and_who_did_it_once(office: Office) -> None:
    start = (await since(office, None))[-1].id
    more = ListDefinition("press", {"fr": "Presse"}, {"fr": "Presse."}, HARFANG.lists[0].basis)
    changed = replace(HARFANG, phone="0", lists=(*HARFANG.lists, more))
    for _ in range(2):
        await syncing.sync(office.desk, OPERATOR, [changed, MASSIF], [PACT], dry_run=True)
        await syncing.sync(office.desk, OPERATOR, [changed, MASSIF], [PACT])
    [said] = await since(office, None, start)
    assert (said.subject, said.verb) == (Subject(SubjectKind.ASSOCIATION, "harfang"), Verb.SYNC)
    assert (said.actor, said.association) == (OPERATOR, "harfang")
    assert (
        str(said.detail)
        == "change association harfang (phone); add list harfang/press (as declared)"
    )


async def test_an_import_is_one_event_with_its_sums(office: Office) -> None:
    start = (await since(office, None))[-1].id
    people = [entry(f"p{number}@lichen.example") for number in range(underway.GROUP + 1)]
    for dry_run in (True, False):
        await importing.import_lines(
            office.desk, AUDE, "harfang", [], people, "import of people.csv", dry_run=dry_run
        )
    [said] = await since(office, "harfang", start)
    assert (said.verb, said.actor, said.association) == (Verb.IMPORT, AUDE, "harfang")
    assert (
        str(said.detail)
        == f"import of people.csv: {underway.GROUP + 1} added, 0 changed, 0 unchanged"
    )


async def test_an_import_that_was_broken_off_says_what_is_in(office: Office) -> None:
    start = (await since(office, None))[-1].id

    people = [entry(f"p{number}@lichen.example") for number in range(underway.GROUP + 1)]

    def broken() -> Iterator[Entry]:
        yield from people
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):  # while it is read: nothing is in
        await importing.import_lines(office.desk, AUDE, "harfang", [], broken(), "people.csv")

    def stop(found: Imported) -> None:
        if found.done:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await importing.import_lines(
            office.desk, AUDE, "harfang", [], people, "people.csv", progress=stop
        )
    [said] = await since(office, "harfang", start)
    assert (
        str(said.detail)
        == f"people.csv, broken off: {underway.GROUP} added, 0 changed, 0 unchanged"
    )
    with pytest.raises(NotFound):
        await importing.import_lines(office.desk, AUDE, "nobody", [], [entry("b@b.example")], "")
    assert len(await since(office, None, start)) == 1


async def test_a_no_is_the_recipients_and_said_once(office: Office) -> None:
    start = (await since(office, None))[-1].id
    token = await office.token("harfang", "a@lichen.example")
    for _ in range(2):
        await consenting.unsubscribe(office.desk, RECIPIENT, token, source="one-click")
    await consenting.suppress(office.desk, AUDE, "harfang", "new@lichen.example", "a letter")
    no, never = await since(office, "harfang", start)
    contact = await office.contact("harfang", "a@lichen.example")
    assert no.subject == Subject(SubjectKind.SUBSCRIBER, id=contact.id)
    assert (no.verb, no.actor, str(no.detail)) == (
        Verb.UNSUBSCRIBE,
        RECIPIENT,
        "members: one-click",
    )
    assert never.subject == Subject(SubjectKind.ADDRESS, "new@lichen.example")
    assert (never.verb, never.actor, str(never.detail)) == (Verb.SUPPRESS, AUDE, "desk: a letter")


async def test_a_test_is_noted_with_who_sent_it_to_whom(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    await previewing.send_test(office.desk, AUDE, "spring", "harfang", "luc@harfang.example")
    last = (await history(office))[-1]
    assert (last.verb, last.actor, str(last.detail)) == (Verb.TEST, AUDE, "to Luc Bé, for harfang")
    assert await office.state() is State.DRAFT


# Who may read it, and in which order.


async def test_an_association_sees_its_own_events_and_its_releases(office: Office) -> None:
    """P6: nothing of another's people, and no release or agreement that it is no party to."""
    await in_review(office)
    await drafting.file(office.desk, OPERATOR, replace(ALONE, key="alone"))
    alone = replace(PACT, key="other", parties=("harfang", "elsewhere"))
    await office.sync(HARFANG, MASSIF, agreements=[PACT, alone])
    seen = await since(office, "massif")
    assert {one.association for one in seen} == {None, "massif"}
    hope = "hope@massif.example"
    assert {one.subject.key for one in seen} == {"spring", "massif", "pact", hope}
    assert {one.subject.key for one in await since(office, "harfang")} >= {"alone", "other"}
    assert await since(office, "mass") == []
    everything = await since(office, None)
    assert len(everything) == await office.count(events)
    async with office.database.read() as transaction:
        first = await transaction.events.since(ALL, 0, 2)
        rest = await transaction.events.since(ALL, first[-1].id, 1000)
    assert [*first, *rest] == everything


async def test_whoever_reads_by_number_misses_nothing_that_is_committed_late(
    postgresql_url: str, tmp_path: Path
) -> None:
    """One transaction said something and is slow to end; another begins and ends meanwhile."""
    async with office_at(postgresql_url, tmp_path / "desk") as office:

        async def say(transaction: Transaction, why: str) -> None:
            subject = Subject(SubjectKind.ASSOCIATION, "harfang")
            await report(
                office.desk, transaction, subject, Verb.SYNC, AUDE, association="harfang", why=why
            )

        start = (await since(office, None))[-1].id
        async with office.database.begin() as slow:
            await say(slow, "slow")
            async with office.database.begin() as fast:
                await say(fast, "fast")
            [seen] = await since(office, None, start)
        assert [str(one.detail) for one in await since(office, None, seen.id)] == ["slow"]


# What is wrong at pick-up, or later with what was approved: said once, and truly.


async def tampered(office: Office) -> None:
    async with office.database.begin() as transaction:
        document = (await transaction.connection.execute(select(contents.c.document))).scalar_one()
        await transaction.connection.execute(
            update(contents).values(document=document.replace("Bonjour", "Bonsoir"))
        )


async def test_what_was_tampered_with_before_its_hour_goes_back_and_can_be_put_right(
    office: Office,
) -> None:
    await office.approved(ALONE)
    await tampered(office)
    for _ in range(3):
        assert await office.pick_up() == []
    assert await office.state() is State.DRAFT
    said = [one for one in await history(office) if one.verb is Verb.VOID]
    assert [one.actor for one in said] == [SERVICE]
    assert "is not what was approved" in str(said[0].detail)
    assert await office.picked_up(ALONE)
    await office.work()
    assert await office.state() is State.SENT


async def test_what_was_tampered_with_while_it_is_sent_is_paused_at_once_and_once(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.admit("harfang", "b@lichen.example", "c@lichen.example")
    office = replace(office, desk=replace(office.desk, policy=Policy(batch_size=1)))
    tickets = await office.picked_up(ALONE)
    await tampered(office)
    caplog.set_level(logging.INFO)
    sender = office.sender()
    for ticket in tickets:
        assert await sender.work(ticket) is None
    release = await office.release()
    assert release.state is State.PAUSED
    assert "is not what was approved" in str(release.reason)
    assert [one.verb for one in await history(office)].count(Verb.PAUSE) == 1
    assert [one.getMessage() for one in caplog.records] == ["paused"]
    assert office.transport.mails == []


async def test_a_hold_of_what_is_no_longer_sent_says_nothing(office: Office) -> None:
    await office.picked_up(ALONE)
    await office.work()
    release = await office.release()
    async with office.database.begin() as transaction:
        await hold(office.desk, transaction, release.id, "late", SERVICE)
    assert await office.release() == release


async def test_a_template_deleted_after_approval_sends_it_back_with_the_reason(
    office: Office,
) -> None:
    await office.approved(ALONE)
    (office.home / "templates" / "announcement" / "body.txt").unlink()
    for _ in range(3):
        assert await office.pick_up() == []
    release = await office.release()
    assert release.state is State.DRAFT
    assert "announcement/body.txt: the template is missing" in str(release.reason)
    assert "\n" not in str(release.reason)
    assert [one.verb for one in await history(office)].count(Verb.VOID) == 1


def pressing(office: Office, error: Exception) -> Office:
    """The same office, where templates cannot be read for a reason that nobody foresaw."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(office.desk.press, name)

        def templates(self, kind: str) -> Mapping[str, str]:
            raise error

    return replace(office, desk=replace(office.desk, press=Broken()))


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("nobody foresaw this"), PermissionError(13, "Permission denied")]
)
async def test_what_nobody_foresaw_at_pick_up_asks_with_the_true_reason_once(
    office: Office, error: Exception
) -> None:
    await office.approved(ALONE)
    broken = pressing(office, error)
    for _ in range(3):
        assert await broken.pick_up() == []
        office.clock.forward(hours=1)
    release = await office.release()
    assert (release.state, str(release.reason)) == (
        State.MISSED,
        f"it could not be picked up: {error!r}",
    )
    assert [one.verb for one in await history(office)].count(Verb.MISS) == 1
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    assert await office.pick_up() == ["spring"], "its approvals still stand"


async def test_a_store_that_is_away_at_pick_up_is_no_releases_fault(office: Office) -> None:
    await office.approved(ALONE)
    before = await history(office)
    away = pressing(office, StoreUnavailable(message="the database says: it is locked"))
    assert await away.pick_up() == []
    assert (await office.state(), await history(office)) == (State.APPROVED, before)
    assert await office.pick_up() == ["spring"]


async def test_what_everybody_said_no_to_between_two_looks_is_not_sent_to_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of them says no after it was asked whether anybody is there."""
    await office.approved(ALONE)

    async def there_was_somebody(desk: Desk, transaction: Transaction, release: Release) -> bool:
        return True

    token = await office.token("harfang", "a@lichen.example")
    await consenting.unsubscribe(office.desk, RECIPIENT, token)
    monkeypatch.setattr(scheduling, "reaches_anybody", there_was_somebody)
    assert await office.pick_up() == []
    assert await office.state() is State.MISSED
    assert "nobody to write to any more" in str((await office.release()).reason)
    assert (await office.summary()).snapshot == 0


def test_an_import_of_nothing_is_told_apart() -> None:
    """What `import_entries` rests on where it was broken off."""
    assert Admitted() == Admitted() + Admitted()


async def test_the_state_in_the_store_is_the_last_events(office: Office) -> None:
    await office.picked_up()
    await office.work()
    async with office.database.read() as transaction:
        [state] = (await transaction.connection.execute(select(releases.c.state))).scalars()
    assert (await history(office))[-1].state == state == "sent"
