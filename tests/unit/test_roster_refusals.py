"""Who said no elsewhere is found by the columns of other programs, and of our own exports."""

import pytest

from communique.domain.consent import Extent
from communique.domain.member import Cause
from communique.roster.refusals import found, read

LISTS = ("members", "partners-news")


def said(heading: str, cell: str) -> list[tuple[Extent, str, Cause | None]]:
    return [
        (one.extent, one.list_key, one.cause)
        for column in found([heading], ())
        for one in read(column, cell, LISTS)
    ]


ALL = (Extent.ALL, "", None)
GONE = (Extent.ALL, "", Cause.HARD_BOUNCE)


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Unsubscribed", "yes"),
        ("Unsubscribed from all email", "true"),
        ("Do Not Email", "Yes"),
        ("No Bulk Emails (User Opt Out)", "1"),
        ("Opted Out", "x"),
        ("UNSUB_TIME", "2024-03-04 12:33:11"),
        ("UNSUB_REASON", "I no longer want"),
        ("Désabonné", "oui"),
        ("Désinscription", "2024-01-01"),
        ("Ne pas contacter", "X"),
        ("Status", "unsubscribed"),
        ("Email status", "Opted-out"),
        ("Statut de l’abonnement", "Désabonnée"),
        ("Opt-in", "No"),
        ("Accepts Marketing", "false"),
        ("Consentement", "non"),
        ("Souhaitez-vous recevoir nos communications? Vous pouvez vous désabonner.", "Non"),
        ("Ne pas envoyer", "tout message"),
        ("Do not send", "anything"),
        ("Do not send", "whatever this means"),
    ],
)
def test_a_no_is_read_as_one(heading: str, cell: str) -> None:
    assert said(heading, cell) == [ALL]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("Status", "cleaned"), ("Statut", "Rebond"), ("Hard bounced", "yes"), ("Bounces", "2")],
)
def test_an_address_that_nobody_has_is_of_no_use(heading: str, cell: str) -> None:
    assert said(heading, cell) == [GONE]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Unsubscribed", "no"),
        ("Unsubscribed", ""),
        ("Bounces", "0"),
        ("Status", "subscribed"),
        ("Statut", "Actif"),
        ("Attendee Status", "Attending"),
        ("Opt-in", "yes"),
        ("Opt-in", ""),
        ("Unsubscribe link", "https://news.example/u/1"),
        ("Notes", "unsubscribed"),
        ("Nom", "Refusé"),
    ],
)
def test_what_is_no_no_is_none(heading: str, cell: str) -> None:
    assert said(heading, cell) == []


def test_our_own_column_says_how_far_each_reaches() -> None:
    written = "communiqués conjoints, liste partners-news"
    assert said("Ne pas envoyer", written) == [
        (Extent.JOINT, "", None),
        (Extent.LIST, "partners-news", None),
    ]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Status", "Lapsed"),
        ("Membership status", "Expired 2024"),
        ("Statut", "Échu"),
        ("Statut d’adhésion", "Non renouvelée"),
        ("Statut du membre", "Expiré"),
    ],
)
def test_a_membership_that_is_over_is_no_word_of_the_persons(heading: str, cell: str) -> None:
    [column] = found([heading], ())
    [no] = read(column, cell, ())
    assert (no.lapse, no.reaches_all) == (True, False)


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Status", "Lapsed, unsubscribed"),
        ("Email status", "Expired"),
        ("Consentement", "échu"),
        ("Statut", "Expiré; ne pas contacter"),
    ],
)
def test_what_says_more_than_that_is_a_no(heading: str, cell: str) -> None:
    assert said(heading, cell) == [ALL]
