"""What programs are shown of a value, as the schema says: each field, or it is known why not."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.json_shapes import wrong_with

from communique import views
from communique.cli import words
from communique.desk.addressing import Counted
from communique.desk.agreeing import Resting
from communique.desk.inspecting import Standing
from communique.desk.proving import Report
from communique.desk.syncing import Change
from communique.domain.actor import OPERATOR
from communique.domain.address import parse
from communique.domain.approval import Approval, ApprovalWord
from communique.domain.association import (
    Agreement,
    Association,
    Brand,
    ListDefinition,
    Person,
    Role,
    Sender,
    Term,
)
from communique.domain.audience import SavedAudience
from communique.domain.consent import Basis, ConsentEvent, Evidence, Extent, Place, Word
from communique.domain.delivery import DeliveryState, Forecast, Retriable, SkipReason
from communique.domain.event import Event, Subject, SubjectKind, Verb
from communique.domain.imported import Imported, Matched, Some
from communique.domain.letter import Posted
from communique.domain.log import AttemptLine, Line, Lost, Summary, Waiting
from communique.domain.member import (
    Admitted,
    BadLine,
    Cause,
    Contact,
    Difference,
    Duplicate,
    Followed,
    Leaver,
    Member,
    Mover,
    Reach,
    Refusal,
    Suppression,
)
from communique.domain.merging import Contradiction
from communique.domain.newsroom import Publication
from communique.domain.outcome import Accepted, Answer, Deferred, NotTried, Refused, Reply, Scope
from communique.domain.outcome import Unknown as UnknownEnd
from communique.domain.passes import CompanyUses
from communique.domain.release import Audience, Edition, Filter, Release, Schedule, State
from communique.domain.route import Rerouted
from communique.errors import CommuniqueError, FileInvalid, Invalid, NotFound, Problems
from communique.facts import Fact

NOON = datetime(2019, 5, 30, 16, tzinfo=UTC)
HASH = "0" * 64
RELEASE = Release(
    key="spring",
    kind="activity",
    parties=("bioquebec", "massbio"),
    editions=(Edition("fr", "Objet", "", "Corps\n", "/home/me/fr.md", 7),),
    audiences=(Audience("bioquebec", ("members",), Filter(territories=("Montréal",))),),
    schedule=Schedule(NOON, "America/Toronto", wall=True),
    state=State.PAUSED,
    id=3,
    revision=4,
    content_hash=HASH,
    submission=2,
    reason="too soon",
    picked_up_at=NOON,
)
SUMMARY = Summary(
    {DeliveryState.SENT: 2, DeliveryState.DEFERRED: 1, DeliveryState.SKIPPED: 1},
    {"unsubscribed": 1},
    open=1,
)
APPROVAL = Approval("massbio", "June", ApprovalWord.APPROVED, HASH, 2, NOON, OPERATOR, "good")
EVENT = Event(Subject(SubjectKind.RELEASE, "spring", 3), Verb.PAUSE, OPERATOR, NOON, None, id=9)
MEMBER = Member("M-1", "Labo", since=date(2015, 1, 1))
REACH = Reach(Extent.LIST, SkipReason.UNSUBSCRIBED, "members")
PERSON = Person("June", "june@massbio.example", roles=(Role.APPROVER,))
PACT = Agreement("pact", {"en": "Pact"}, ("a", "b"), (Term(date(2019, 6, 3), date(2022, 6, 2)),))
LIST = ListDefinition("members", {"en": "Members"}, {"en": "News"}, Basis.MEMBERSHIP)
KEPT = SavedAudience("visitors", {"en": "Visitors"}, ("members",), Filter(since=date(2021, 1, 1)))
BRAND = Brand("#0b3d5c", "#1c7c54")
SENDER = Sender({"en": "MassBio"}, "news@massbio.example", "info@massbio.example")

# A value, how it is shown, under which name in the schema, and what of it is not shown, and why.
SHOWN: list[tuple[Any, Any, str, dict[str, str]]] = [
    (
        RELEASE,
        views.release,
        "release",
        {
            "id": "the store's own number; its key is everybody's",
            "folder_said": "what a folder last said: it tells whether that changed since",
            "imprint": "what the settings were: it serves nobody but the next attempt",
        },
    ),
    (
        RELEASE.editions[0],
        views.edition,
        "edition",
        {"source": "a path of its author's", "first_line": "as above"},
    ),
    (RELEASE.audiences[0], views.audience, "audience", {}),
    (RELEASE.schedule, views.schedule, "schedule", {}),
    (SUMMARY, views.summary, "summary", {}),
    (
        APPROVAL,
        lambda one: views.approval(one, counts=True),
        "approval",
        {"account": "the store's own number; the name is everybody's"},
    ),
    (
        OPERATOR,
        views.actor,
        "actor",
        {
            "grants": "what it may do is no part of what it did",
            "names": "the one it goes by here is shown",
        },
    ),
    (EVENT, views.event, "event", {}),
    (
        Forecast(
            "massbio",
            2,
            {"filtered": 1},
            ("press",),
            {"territories": ("X",)},
            (Fact("list_empty", list="press", association="massbio"),),
        ),
        views.forecast,
        "forecast",
        {"languages": "what the page that sets an hour says beside the number"},
    ),
    (Rerouted("default", ("massbio",), "smtp.relay.example", ""), views.rerouted, "rerouted", {}),
    (
        Waiting("421 at MAIL FROM", 2, NOON),
        views.waiting,
        "waiting",
        {"cause": "it is the reason that many have alike"},
    ),
    (
        Lost("massbio", DeliveryState.FAILED, "550 5.7.1 at RCPT TO", 3),
        views.lost,
        "lost",
        {"cause": "it is the reason that many have alike"},
    ),
    (
        Retriable("massbio", {(DeliveryState.FAILED, "550 5.7.1 at RCPT TO"): 3}, {}),
        views.retriable,
        "retriable",
        {},
    ),
    (
        Line(
            *(1, "spring", "massbio", "june@massbio.example", "June", "Labo", "en"),
            *(DeliveryState.SENT, "", 1, NOON, None, 250, "queued"),
        ),
        views.line,
        "line",
        {"began": "its release's hour, which that shows"},
    ),
    (
        AttemptLine(1, NOON, 0.5, "default", "accepted", "recipient", 250, "2.0.0", "queued"),
        views.attempt,
        "attempt",
        {},
    ),
    (
        Association(
            *("massbio", {"en": "MassBio"}, SENDER, "news.massbio.example", "1 Main St"),
            *("+1", "https://massbio.example", "info@massbio.example", "America/New_York"),
            *(("en",), "US-MA", BRAND),
            people=(PERSON,),
            lists=(LIST,),
        ),
        views.association,
        "association_document",
        {},
    ),
    (KEPT, views.kept_audience, "kept_audience", {}),
    (
        Counted("massbio", KEPT, Forecast("massbio", 3, {"excluded": 1})),
        views.saved_audience,
        "saved_audience",
        {"audience": "its fields stand beside"},
    ),
    (PERSON, views.person, "person", {}),
    (LIST, views.subscriber_list, "list", {}),
    (PACT, views.agreement, "agreement", {}),
    (PACT.terms[0], views.term, "term", {}),
    (
        Posted(
            *("agreement_ends", "pact 2022-06-02 90", "massbio", "en", "June"),
            *("june@massbio.example", {}, {}, "a@massbio.example", NOON),
        ),
        views.letter,
        "letter",
        {
            "id": "the store's own number",
            "values": "what its words are made of",
            "days": "as above",
            "message_id": "it is in the letter",
            "unknowns": "how its end is decided on",
        },
    ),
    (
        CompanyUses("Lichen", {date(2027, 6, 3): 2, date(2027, 6, 4): 1}),
        views.company_uses,
        "company_uses",
        {},
    ),
    (
        Resting(RELEASE, {"massbio": date(2022, 6, 3)}),
        views.resting,
        "resting",
        {},
    ),
    (
        Contact(
            *(7, "massbio", "june@massbio.example", "June", "A.", "en", "", MEMBER, ("members",)),
            suppressions=(REACH,),
        ),
        views.subscriber,
        "subscriber",
        {},
    ),
    (MEMBER, views.member, "member", {}),
    (REACH, views.suppression, "suppression", {}),
    (
        Suppression("massbio", "june@massbio.example", Cause.LAW, "erased", NOON),
        views.bar,
        "bar",
        {"association": "whoever asks knows it", "address_key": "as above"},
    ),
    (
        Place(date(2015, 1, 1), None, frozenset({Extent.ALL})),
        lambda one: views.place("members", one, SkipReason.UNSUBSCRIBED),
        "place",
        {},
    ),
    (
        ConsentEvent(
            *("massbio", 7, Word.WITHDRAWN, OPERATOR, Evidence("page"), NOON),
            *(Extent.LIST, "members", Basis.MEMBERSHIP),
        ),
        views.consent_event,
        "consent_event",
        {
            "association": "whoever asks knows it",
            "subscriber": "as above",
            "extent": "called scope",
            "evidence": "its parts are shown",
        },
    ),
    (
        Change("add", Fact("declared_list", association="massbio", key="press")),
        views.change,
        "change",
        {},
    ),
    (Admitted(1, 2, 3, 4, 5), views.admitted, "admitted", {}),
    (
        BadLine(8, "no @", "x", ("address_without_at",)),
        views.bad_line,
        "bad_line",
        {
            "heard": "it is told among those who said no",
            "facts": "what the reasons are made of; they are shown in words",
        },
    ),
    (Duplicate(9, 4, parse("zoe@labo.example")), views.duplicate, "duplicate", {}),
    (
        Refusal(9, "zoe@labo.example", "Unsub: yes"),
        views.refusal,
        "refusal",
        {"lapse": "what the line said tells it"},
    ),
    (Contradiction("Labo", "until", (("", 2),), ""), views.contradiction, "contradiction", {}),
    (Difference("Labo", "name", "Labo", "Lab"), views.difference, "difference", {}),
    (
        Publication(1, "spring", "massbio", "a" * 64, datetime(2027, 6, 3, tzinfo=UTC)),
        views.publication,
        "publication",
        {"release_id": "the release is named"},
    ),
    (Mover(2, "June Park", "a@labo.example", "b@labo.example"), views.mover, "mover", {}),
    (Followed(2, "a@labo.example", "b@labo.example"), views.followed, "followed", {}),
    (Matched("members", 300, 2), views.matched, "matched", {}),
    (
        Leaver("members", 7, "june@labo.example", "June@labo.example", "en"),
        views.leaver,
        "leaver",
        {
            "id": "the address tells who it is",
            "address_key": "likewise",
            "language": "no part of leaving",
        },
    ),
]


@pytest.mark.parametrize(
    ("value", "view", "name", "left_out"), SHOWN, ids=lambda one: str(one)[:20]
)
def test_each_field_of_a_value_is_shown_or_it_is_known_why_not(
    value: Any, view: Any, name: str, left_out: dict[str, str]
) -> None:
    shown = view(value)
    fields = {one.name for one in dataclasses.fields(value)}
    assert fields - shown.keys() == left_out.keys()
    document = name.endswith("_document")
    assert not wrong_with(name, views.document(**shown) if document else shown)


def test_every_view_is_held_to_the_schema() -> None:
    tried = {view.__name__ for _, view, _, _ in SHOWN} | {
        "approval",
        "place",
        "newsroom",
    }  # those in a lambda
    others = {
        "VERSION",
        "View",
        "document",
        "forecasts",
        "log_table",
        "outlooks",
        "summaries",
        "voids",
    }
    below = {
        "answer",
        "check_step",
        "uses",
        "error",
        "finding",
        "imported",
        "invitation",
        "problem",
        "session",
        "standing",
        "story",
        "worker",
    }
    assert tried - {"<lambda>"} == set(views.__all__) - others - below


def test_of_an_advantage_ones_own_companies_are_shown_and_of_partners_a_sum() -> None:
    companies = (CompanyUses("Lichen", {date(2027, 6, 3): 2}),)
    view = views.uses(Report("hotel", {"bioquebec": companies}, {"massbio": None, "x": 5}))
    assert view["own"] == {
        "bioquebec": [{"company": "Lichen", "used": 2, "days": {"2027-06-03": 2}}]
    }
    assert not wrong_with("advantages_report", views.document(**view))


def test_what_came_of_a_spreadsheet_is_shown_in_sums_and_in_its_first_lines() -> None:
    bad, duplicates = Some[BadLine](2, [BadLine(8, "no @")]), Some[Duplicate]()
    matched = [Matched("members", 300, 2)]
    view = views.imported(Imported(Admitted(1), bad, duplicates, matched=matched))
    assert view["bad"]["count"] == 2
    assert not wrong_with("subscribers_import", views.document(dry_run=True, **view))


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (Accepted(Reply(250, "2.0.0", "queued")), ("accepted", "recipient", "", False)),
        (Deferred("lost", Scope.SITE), ("deferred", "site", "lost", False)),
        (Refused("who?", Scope.RECIPIENT, hard=True), ("refused", "recipient", "who?", True)),
        (UnknownEnd("lost"), ("unknown", "recipient", "lost", False)),
        (NotTried("busy"), ("not_tried", None, "busy", False)),
    ],
)
def test_what_a_mail_ended_in_is_shown_in_one_shape(
    answer: Answer, shown: tuple[str, str | None, str, bool]
) -> None:
    view = views.answer(answer)
    assert (view["outcome"], view["scope"], view["reason"], view["hard"]) == shown
    assert not wrong_with("release_send_test", views.document(**view))


def test_a_standing_shows_which_approvals_count() -> None:
    void = dataclasses.replace(APPROVAL, submission=1)
    history = (EVENT,)
    view = views.standing(
        Standing(RELEASE, SUMMARY, {"massbio": SUMMARY}, (void, APPROVAL), (APPROVAL,), (), history)
    )
    assert [one["counts"] for one in view["approvals"]] == [False, True]
    assert not wrong_with("release_show", views.document(**view, changed=[], forecast=[]))


@pytest.mark.parametrize(
    "error",
    [
        NotFound("release_unknown", release="spring"),
        NotFound("association_unknown", association="x", known=["massbio"]),
        Invalid("kind_unknown", kind="activity", hint=""),
        Problems(
            [FileInvalid("file_missing", file="x.toml", line=3)],
            "release_not_sendable",
            release="x",
        ),
        CommuniqueError(),
    ],
)
def test_an_error_is_shown_with_its_code_its_fields_and_what_to_do(error: CommuniqueError) -> None:
    shown = views.error(error, words.advice)
    assert not wrong_with("error", views.document(**shown))
    assert (shown["error"], shown["code"]) == (error.message, error.code)


def test_why_is_shown_in_words_and_where_it_is_ours_by_its_code() -> None:
    ours = Fact("failed_alike", count=6, reason="554 5.7.1")
    held = views.release(dataclasses.replace(RELEASE, reason=ours))
    assert held["reason"] == "it failed for 6 readers alike: 554 5.7.1"
    assert held["why"] == {
        "code": "failed_alike",
        "message": held["reason"],
        "fields": {"count": 6, "reason": "554 5.7.1"},
    }
    assert not wrong_with("release", held)
    theirs = views.release(dataclasses.replace(RELEASE, reason="the date is wrong"))
    assert (theirs["reason"], theirs["why"]) == ("the date is wrong", None)


def test_a_remedy_is_shown_in_the_words_of_the_door_and_by_its_code() -> None:
    [problem] = views.error(NotFound("release_unknown", release="spring"), words.advice)["problems"]
    assert problem["remedy"] == "`communique release list` shows them"
    assert problem["remedy_code"] == "list_releases"
    assert problem["fields"] == {"release": "spring"}


@pytest.mark.parametrize(
    ("ok", "shown"), [(True, (True, False)), (None, (True, True)), (False, (False, False))]
)
def test_a_step_that_was_looked_at_is_well_a_warning_or_wrong(
    ok: bool | None, shown: tuple[bool, bool]
) -> None:
    view = views.check_step("database", ok, "SQLite")
    assert (view["ok"], view["warning"]) == shown
    assert not wrong_with("check_step", views.document(**view))
