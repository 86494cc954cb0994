"""From draft to approved: every arrow, every arrow that is not drawn, and what voids a yes (P4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.contract.desks import (
    ALL,
    ALONE,
    ENGLISH,
    FRENCH,
    HARFANG,
    MASSIF,
    NOW,
    PACT,
    SPRING,
    Office,
    entry,
    office_at,
    settled_or_blocked,
)

from communique.desk import approving, drafting, inspecting, previewing, retrying, scheduling
from communique.desk.stepping import step
from communique.domain.actor import OPERATOR, SERVICE, Actor, ActorKind, Permission
from communique.domain.approval import Approval, ApprovalWord
from communique.domain.association import Person, Role
from communique.domain.event import Verb
from communique.domain.outcome import Refused, Scope
from communique.domain.release import ARROWS, NOTES, Audience, Release, State
from communique.errors import CommuniqueError, NotAllowed, NotFound, Problems
from communique.store.tables import approvals, deliveries, editions, releases

COMMA = replace(SPRING, editions=(replace(FRENCH, body=FRENCH.body + ","), ENGLISH))


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


# One step a verb. Each is tried from every state; ARROWS says where it may lead.


async def edit(office: Office) -> object:
    return await drafting.file(office.desk, OPERATOR, COMMA)


async def submit(office: Office) -> object:
    return await drafting.submit(office.desk, OPERATOR, "spring")


async def approve(office: Office) -> object:
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    return await approving.approve(office.desk, OPERATOR, "spring", "massif", "Hope Ames")


async def reject(office: Office) -> object:
    return await approving.reject(office.desk, OPERATOR, "spring", "harfang", "Aude Roy", "no")


async def reschedule(office: Office) -> object:
    return await scheduling.schedule(office.desk, OPERATOR, "spring", "in 1 hour")


async def pause(office: Office) -> object:
    return await scheduling.pause(office.desk, OPERATOR, "spring", "look first")


async def resume(office: Office) -> object:
    return await scheduling.resume(office.desk, OPERATOR, "spring")


async def cancel(office: Office) -> object:
    return await scheduling.cancel(office.desk, OPERATOR, "spring")


async def retry(office: Office) -> object:
    return await retrying.retry(office.desk, OPERATOR, "spring", retrying.Wanted())


VERBS: dict[Verb, Callable[[Office], Awaitable[object]]] = {
    Verb.EDIT: edit,
    Verb.SUBMIT: submit,
    Verb.APPROVE: approve,
    Verb.REJECT: reject,
    Verb.SCHEDULE: reschedule,
    Verb.PAUSE: pause,
    Verb.RESUME: resume,
    Verb.CANCEL: cancel,
    Verb.RETRY: retry,
}
# What the desk does by itself; the tests below and of sending drive these.
BY_ITSELF = {Verb.VOID, Verb.MISS, Verb.PICK_UP, Verb.FINISH}


async def into(office: Office, state: State) -> None:
    """Bring the release into a state, by the desk's own steps."""
    await office.admit("harfang", "a@lichen.example")
    await drafting.file(office.desk, OPERATOR, SPRING)
    if state is State.DRAFT:
        return
    await drafting.submit(office.desk, OPERATOR, "spring")
    if state is State.IN_REVIEW:
        return
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    await approve(office)
    if state is State.MISSED:
        office.clock.forward(hours=2)
    if state in (State.SENDING, State.SENT, State.PAUSED, State.MISSED):
        await office.pick_up()
    if state is State.SENT:
        office.transport.answer = lambda _: Refused("550 5.7.1 not welcome here", Scope.RECIPIENT)
        await office.work()
    if state is State.PAUSED:
        await pause(office)
    if state is State.CANCELLED:
        await cancel(office)


def test_every_verb_is_tried() -> None:
    assert set(VERBS) | BY_ITSELF == set(ARROWS)


@asynccontextmanager
async def release_in(state: State, folder: Path) -> AsyncIterator[Office]:
    """On SQLite; what two databases could do differently has tests of its own."""
    url = f"sqlite+aiosqlite:///{folder / 'communique.sqlite'}"

    async def fill(office: Office) -> None:
        await into(office, state)

    async with office_at(url, folder / "desk", state=f"spring is {state}", fill=fill) as office:
        if state is State.MISSED:
            office.clock.forward(hours=2)
        assert await office.state() is state
        yield office


@pytest.mark.parametrize(
    ("verb", "state"),
    [(verb, state) for verb in VERBS for state in State if state in ARROWS[verb][0]],
)
async def test_an_arrow_leads_where_it_is_drawn(tmp_path: Path, verb: Verb, state: State) -> None:
    async with release_in(state, tmp_path) as office:
        await VERBS[verb](office)
        assert await office.state() is ARROWS[verb][1]


@pytest.mark.parametrize("state", State)
async def test_no_arrow_leads_where_none_is_drawn(tmp_path: Path, state: State) -> None:
    async with release_in(state, tmp_path) as office:
        before = await office.release()
        for verb, (froms, _) in ARROWS.items():
            if verb in BY_ITSELF or state in froms:
                continue
            if state in NOTES.get(verb, ()):
                continue  # it is noted where the release stands
            named = state.value.replace("_", " ")
            with pytest.raises(NotAllowed, match=f"cannot {verb} a release that is {named}"):
                await VERBS[verb](office)
        assert await office.release() == before


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW])
async def test_the_hour_of_a_draft_is_set_where_it_stands(tmp_path: Path, state: State) -> None:
    async with release_in(state, tmp_path) as office:
        await reschedule(office)
        assert await office.state() is state
        assert (await office.release()).schedule is not None


async def test_the_way_of_a_release_is_told_step_by_step(office: Office) -> None:
    await into(office, State.SENDING)
    await office.work()
    async with office.database.read() as transaction:
        history = await transaction.events.history(ALL, (await office.release()).id)
    assert [(one.verb, one.state, one.actor, str(one.detail)) for one in history] == [
        ("file", "draft", OPERATOR, ""),
        ("submit", "in_review", OPERATOR, ""),
        ("schedule", "in_review", OPERATOR, "2027-06-03 09:00 America/Toronto"),
        ("approve", "in_review", OPERATOR, "in the name of Aude Roy, for harfang"),
        ("approve", "approved", OPERATOR, "in the name of Hope Ames, for massif"),
        ("pick_up", "sending", SERVICE, ""),
        ("finish", "sent", SERVICE, ""),
    ]


async def test_a_new_hour_stands_in_the_history_and_is_no_reason(office: Office) -> None:
    await into(office, State.APPROVED)
    assert (await office.release()).reason is None
    release = await reschedule(office)
    assert isinstance(release, Release)
    assert (release.state, release.reason) == (State.APPROVED, None)
    async with office.database.read() as transaction:
        last = (await transaction.events.history(ALL, release.id))[-1]
    assert (last.verb, str(last.detail)) == ("schedule", "2027-06-03 10:00 America/Toronto")


# Approving.


async def test_every_party_must_approve(office: Office) -> None:
    await into(office, State.IN_REVIEW)
    release, missing = await approving.approve(
        office.desk, OPERATOR, "spring", "harfang", "aude@harfang.example"
    )
    assert (release.state, missing) == (State.IN_REVIEW, ("massif",))
    release, missing = await approving.approve(
        office.desk, OPERATOR, "spring", "harfang", "Aude Roy"
    )
    assert (release.state, missing) == (State.IN_REVIEW, ("massif",))
    release, missing = await approving.approve(
        office.desk, OPERATOR, "spring", "massif", "Hope Ames"
    )
    assert (release.state, missing) == (State.APPROVED, ())


@pytest.mark.parametrize(
    ("association", "person", "why"),
    [
        ("harfang", "Luc Bé", "may not approve for harfang"),
        ("harfang", "Hope Ames", "may not approve for harfang"),
        ("harfang", "", "may not approve for harfang"),
        ("nobody", "Aude Roy", "no party"),
    ],
)
async def test_only_a_declared_approver_of_a_party_may_approve(
    office: Office, association: str, person: str, why: str
) -> None:
    await into(office, State.IN_REVIEW)
    with pytest.raises(NotAllowed, match=why):
        await approving.approve(office.desk, OPERATOR, "spring", association, person)
    with pytest.raises(NotAllowed, match=why):
        await approving.reject(office.desk, OPERATOR, "spring", association, person)
    assert await office.count(approvals) == 0


async def test_two_parties_that_approve_at_once_have_approved(office: Office) -> None:
    """Each said its word in the same moment; neither may count the other as missing."""
    await into(office, State.IN_REVIEW)
    async with office.database.begin() as transaction:
        release = await transaction.releases.get(ALL, "spring", hold=True)
        said = Approval(
            "harfang",
            "Aude Roy",
            ApprovalWord.APPROVED,
            release.content_hash or "",
            1,
            NOW,
            OPERATOR,
        )
        await transaction.releases.approve(release.id, said)
        other = await settled_or_blocked(
            office.database,
            approving.approve(office.desk, OPERATOR, "spring", "massif", "Hope Ames"),
        )
    assert (await other)[1] == ()
    assert await office.state() is State.APPROVED


async def test_an_edit_voids_every_approval(office: Office) -> None:
    await into(office, State.APPROVED)
    await edit(office)
    await submit(office)
    async with office.database.read() as transaction:
        missing = await approving.missing_parties(transaction, await office.release())
    assert missing == ("harfang", "massif")


async def test_an_edit_that_is_undone_revives_no_approval(office: Office) -> None:
    await into(office, State.IN_REVIEW)
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    first = (await office.release()).content_hash
    office.clock.forward(minutes=1)
    await edit(office)
    await drafting.file(office.desk, OPERATOR, SPRING)
    await submit(office)
    assert (await office.release()).content_hash == first
    assert (await approving.approve(office.desk, OPERATOR, "spring", "massif", "Hope Ames"))[1] == (
        "harfang",
    )
    assert await office.state() is State.IN_REVIEW
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    assert await office.state() is State.APPROVED


async def test_an_hour_that_passed_before_everybody_approved_is_asked_for_anew(
    office: Office,
) -> None:
    await into(office, State.IN_REVIEW)
    await scheduling.schedule(office.desk, OPERATOR, "spring", "in 10 minutes")
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    office.clock.forward(minutes=10, seconds=1)
    release, missing = await approving.approve(
        office.desk, OPERATOR, "spring", "massif", "Hope Ames"
    )
    assert (release.state, missing) == (State.MISSED, ())
    assert str(release.reason) == "its hour passed before everybody approved: set a new one"
    assert await office.pick_up() == []
    async with office.database.read() as transaction:
        history = await transaction.events.history(ALL, release.id)
    assert [(one.verb, str(one.detail)) for one in history[-2:]] == [
        ("approve", "in the name of Hope Ames, for massif"),
        ("miss", str(release.reason)),
    ]
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    assert await office.pick_up() == ["spring"]


async def test_an_approval_may_name_the_content_that_was_read(office: Office) -> None:
    await into(office, State.IN_REVIEW)
    read = (await office.release()).content_hash or ""

    async def approve_content(content: str) -> object:
        return await approving.approve(
            office.desk, OPERATOR, "spring", "harfang", "Aude Roy", content=content
        )

    for other in ("0" * 64, read[:12] + "0" * 52):
        with pytest.raises(NotAllowed, match=f"is not the one under review, which is {read}"):
            await approve_content(other)
    # Two contents of which the first twelve digits are the same are made in a minute.
    for part in ("", read[:12], read[:63], read + "0", "the last one"):
        with pytest.raises(NotAllowed, match="is not the hash of a content"):
            await approve_content(part)
    assert await office.count(approvals) == 0
    for same in (read.upper(), read):
        await approve_content(same)
    assert await office.count(approvals) == 2


async def test_what_is_filed_again_unchanged_stays_approved(office: Office) -> None:
    await into(office, State.APPROVED)
    assert (await drafting.file(office.desk, OPERATOR, SPRING))[1] == "unchanged"
    assert await office.state() is State.APPROVED


async def test_moving_the_hour_keeps_the_approvals(office: Office) -> None:
    await into(office, State.APPROVED)
    await reschedule(office)
    assert await office.state() is State.APPROVED


# A changed comma after approval: whatever way it came in, nothing is sent.


async def by_importing_it_again(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, COMMA)


async def in_a_template_on_disk(office: Office) -> None:
    template = office.home / "templates" / "announcement" / "body.txt"
    template.write_text(template.read_text("utf-8") + ",", encoding="utf-8")


async def in_the_database_itself(office: Office) -> None:
    async with office.database.begin() as transaction:
        await transaction.connection.execute(update(editions).values(body="Bonjour,"))


async def in_a_footer_by_a_sync(office: Office) -> None:
    await office.sync(replace(HARFANG, postal_address="1, rue du Nord"), MASSIF)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (by_importing_it_again, None),
        (in_a_template_on_disk, "templates/announcement/body.txt"),
        (in_the_database_itself, "edition en, edition fr"),
        (in_a_footer_by_a_sync, "association harfang"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
async def test_a_comma_changed_after_approval_is_not_sent(
    office: Office, change: Callable[[Office], Awaitable[None]], names: str | None
) -> None:
    await into(office, State.APPROVED)
    await change(office)
    assert await office.pick_up() == []
    release = await office.release()
    assert release.state is State.DRAFT
    assert await office.count(deliveries) == 0
    if names:
        assert release.reason is not None
        assert names in str(release.reason)
        assert "have every party approve it again" in str(release.reason)


async def test_what_changed_since_it_was_submitted_cannot_be_approved(office: Office) -> None:
    await into(office, State.IN_REVIEW)
    await in_a_template_on_disk(office)
    with pytest.raises(NotAllowed, match=r"changed since it was submitted: templates/announcement"):
        await approve(office)
    assert await office.count(approvals) == 0


async def test_what_is_called_approved_without_every_partys_word_is_not_sent(
    office: Office,
) -> None:
    await into(office, State.IN_REVIEW)
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    await approving.approve(office.desk, OPERATOR, "spring", "massif", "Hope Ames")
    async with office.database.begin() as transaction:  # a hand in the database, or a bug
        await transaction.connection.execute(update(releases).values(state="approved"))
    assert await office.pick_up() == []
    release = await office.release()
    assert (release.state, str(release.reason)) == (State.DRAFT, "not approved by harfang")


async def test_a_new_colleague_or_relay_voids_nothing(office: Office) -> None:
    await into(office, State.APPROVED)
    await office.sync(replace(HARFANG, people=HARFANG.people[:1], transport="other"), MASSIF)
    assert await office.pick_up() == ["spring"]


async def test_an_edit_that_comes_while_it_is_picked_up_is_refused(office: Office) -> None:
    """It waits for the pick-up, and then must not take a release that is being sent for a draft."""
    await into(office, State.APPROVED)
    async with office.database.begin() as transaction:
        release = await transaction.releases.get(ALL, "spring", hold=True)
        editing = await settled_or_blocked(
            office.database, drafting.file(office.desk, OPERATOR, COMMA)
        )
        assert not editing.done()
        await step(office.desk, transaction, release, Verb.PICK_UP, SERVICE, picked_up_at=NOW)
    with pytest.raises(NotAllowed, match="cannot edit a release that is sending"):
        await editing
    assert (await office.release()).editions == SPRING.editions


# What a release must have.


def without(release: Release, **changes: Any) -> Release:
    return replace(release, **changes)


@pytest.mark.parametrize(
    ("release", "why"),
    [
        (without(ALONE, parties=()), "at least one party"),
        (without(SPRING, parties=("massif",)), "harfang is an audience but no party"),
        (without(SPRING, parties=("harfang", "massif", "nobody")), "no association “nobody”"),
        (without(ALONE, audiences=(Audience("harfang", ("gone",)),)), "no list “gone”"),
        (without(ALONE, agreement="gone"), "no agreement “gone”"),
    ],
    ids=["no party", "host no party", "no association", "no list", "no agreement"],
)
async def test_what_a_release_names_must_be_here(
    office: Office, release: Release, why: str
) -> None:
    with pytest.raises(Problems, match=why):
        await drafting.file(office.desk, OPERATOR, release)
    with pytest.raises(CommuniqueError, match="no release"):
        await office.release()


@pytest.mark.parametrize(
    ("release", "why"),
    [
        (without(ALONE, editions=(ENGLISH,)), "harfang requires a French edition"),
        (without(ALONE, editions=()), "no edition"),
        (without(ALONE, audiences=()), "no audience"),
        (
            without(SPRING, editions=(FRENCH,)),
            "no edition is in a language of massif",
        ),
        (
            without(ALONE, editions=(replace(FRENCH, body="{{ subscriber.shoe }}"), ENGLISH)),
            "shoe",
        ),
    ],
    ids=["no French", "no edition", "no audience", "no common language", "unknown variable"],
)
async def test_what_is_not_complete_cannot_be_submitted(
    office: Office, release: Release, why: str
) -> None:
    await drafting.file(office.desk, OPERATOR, release)
    with pytest.raises(Problems, match=why):
        await submit(office)
    assert await office.state() is State.DRAFT


async def test_a_footer_without_an_address_cannot_be_submitted(office: Office) -> None:
    await office.sync(replace(HARFANG, postal_address=" "), MASSIF)
    await drafting.file(office.desk, OPERATOR, SPRING)
    with pytest.raises(Problems, match="no postal address"):
        await submit(office)


async def test_a_preview_speaks_the_language_that_goes_out(office: Office) -> None:
    """Massif speaks English only, whatever its reader would rather have."""
    await office.admit("massif", entry("vera@lichen.example", language="fr"))
    await office.picked_up()
    shown = await previewing.preview(
        office.desk, OPERATOR, "spring", "massif", address="vera@lichen.example"
    )
    sent = {row["address"]: row["language"] for row in await office.rows(deliveries)}
    assert sent["vera@lichen.example"] == shown.reader.language == "en"
    assert "Hello Vera Roy." in shown.text
    with pytest.raises(NotFound, match="in no “fr”"):
        await previewing.preview(office.desk, OPERATOR, "spring", "massif", language="fr")


async def test_a_release_in_french_alone_is_read_by_all_of_a_bilingual_association(
    office: Office,
) -> None:
    await office.admit("harfang", entry("a@lichen.example", language="en"))
    await office.picked_up(replace(ALONE, editions=(FRENCH,)))
    await office.work()
    assert (await office.lines())["a@lichen.example"].language == "fr"


async def test_the_word_of_who_is_declared_no_more_does_not_count_at_pick_up(
    office: Office,
) -> None:
    """Declared, used and removed: a word is as good as who gave it (P10)."""
    stranger = Person("Somebody Else", "else@massif.example", roles=(Role.APPROVER,))
    await office.sync(replace(MASSIF, people=(*MASSIF.people, stranger)))
    await office.admit("harfang", "a@lichen.example")
    await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.submit(office.desk, OPERATOR, "spring")
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    await approving.approve(office.desk, OPERATOR, "spring", "massif", stranger.name)
    assert await office.state() is State.APPROVED
    await office.sync(MASSIF)
    assert (await inspecting.standing(office.desk, OPERATOR, "spring")).missing == ("massif",)
    assert await office.pick_up() == []
    release = await office.release()
    assert release.state is State.DRAFT
    assert str(release.reason) == "not approved by massif, where Somebody Else approves no more"


async def test_a_release_cites_only_an_agreement_that_all_its_parties_are_in(
    office: Office,
) -> None:
    third = replace(MASSIF, key="autre", list_domain="news.autre.example")
    await office.sync(HARFANG, MASSIF, third, agreements=[PACT])
    cited = replace(SPRING, agreement="pact")
    await drafting.file(office.desk, OPERATOR, cited)
    wider = replace(cited, key="wider", parties=("harfang", "massif", "autre"))
    with pytest.raises(Problems, match="“pact” is no agreement of autre"):
        await drafting.file(office.desk, OPERATOR, wider)
    await drafting.file(office.desk, OPERATOR, replace(wider, agreement=None))
    # It is asked again at submission: agreements are declared anew meanwhile.
    await office.sync(agreements=[replace(PACT, parties=("harfang", "autre"))])
    with pytest.raises(Problems, match="“pact” is no agreement of massif"):
        await drafting.submit(office.desk, OPERATOR, "spring")


async def test_of_a_draft_that_was_rejected_no_word_counts(office: Office) -> None:
    await into(office, State.IN_REVIEW)
    await approving.approve(office.desk, OPERATOR, "spring", "massif", "Hope Ames")
    await reject(office)
    standing = await inspecting.standing(office.desk, OPERATOR, "spring")
    assert (standing.release.state, len(standing.approvals)) == (State.DRAFT, 2)
    assert (standing.counting, standing.missing) == ((), ("harfang", "massif"))


async def test_an_error_names_no_association_to_whoever_may_not_know_of_it(
    office: Office,
) -> None:
    hidden = replace(MASSIF, key="autre", list_domain="news.autre.example")
    await office.sync(HARFANG, MASSIF, hidden, agreements=[PACT])
    person = Actor(ActorKind.PERSON, "Aude Roy", 1, {"harfang": frozenset(Permission)})
    astray = replace(SPRING, parties=("harfang", "masif"), audiences=SPRING.audiences[:1])
    with pytest.raises(Problems) as caught:
        await drafting.file(office.desk, person, astray)
    [wrong] = caught.value.problems
    assert wrong.fields["known"] == ["harfang", "massif"]


async def test_whether_others_are_here_or_have_agreed_is_told_to_no_stranger(
    office: Office,
) -> None:
    hidden = replace(MASSIF, key="autre", list_domain="news.autre.example")
    closed = replace(PACT, key="closed", parties=("massif", "autre"))
    await office.sync(HARFANG, MASSIF, hidden, agreements=[PACT, closed])
    person = Actor(ActorKind.PERSON, "Aude Roy", 1, {"harfang": frozenset(Permission)})

    async def answer(**changes: Any) -> list[tuple[str, object]]:
        with pytest.raises(Problems) as caught:
            await drafting.file(office.desk, person, replace(SPRING, **changes))
        return [(one.code, one.fields.get("known")) for one in caught.value.problems]

    for key in ("autre", "nobody"):
        audience = Audience(key, ("members", "nowhere"))
        strange = {"parties": ("harfang", key), "audiences": (audience,)}
        assert await answer(**strange) == [("association_unknown", ["harfang", "massif"])]
    for key in ("closed", "nothing"):
        assert await answer(agreement=key) == [("agreement_unknown", None)]
    partners = Audience("massif", ("members", "nowhere"))
    assert await answer(audiences=(partners,)) == [("list_of_partner_unknown", None)]
    own = Audience("harfang", ("nowhere",))
    assert await answer(audiences=(own,)) == [("list_unknown", ["members", "partners"])]


async def test_who_sees_a_release_may_edit_what_it_names_already(office: Office) -> None:
    """The operator may have two announce together that have agreed on nothing."""
    hidden = replace(MASSIF, key="autre", list_domain="news.autre.example")
    await office.sync(HARFANG, MASSIF, hidden, agreements=[PACT])
    both = replace(SPRING, parties=("harfang", "autre"), audiences=SPRING.audiences[:1])
    person = Actor(ActorKind.PERSON, "Aude Roy", 1, {"harfang": frozenset(Permission)})
    await drafting.file(office.desk, OPERATOR, both)
    edited = replace(both, editions=(replace(FRENCH, subject="Autrement"), ENGLISH))
    assert (await drafting.file(office.desk, person, edited))[1] == "edited"
    submitted, _ = await drafting.submit(office.desk, person, "spring")
    assert submitted.state is State.IN_REVIEW
