"""An association as plain values, who may approve for it, and when an agreement holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.contract.desks import HARFANG, MASSIF, PACT

from communique.domain.association import (
    Agreement,
    Association,
    Term,
    appended,
    from_document,
    to_document,
)
from communique.errors import NotAllowed


@pytest.mark.parametrize("association", [HARFANG, MASSIF], ids=lambda one: one.key)
def test_an_association_comes_back_from_json_as_it_was(association: Association) -> None:
    assert from_document(json.loads(json.dumps(to_document(association)))) == association


def test_the_first_language_is_the_default() -> None:
    assert (HARFANG.language, MASSIF.language) == ("fr", "en")


def test_an_agreement_holds_on_both_its_days_and_not_between_its_terms() -> None:
    first, last = date(2024, 6, 3), date(2027, 6, 3)
    later = Term(date(2027, 7, 1), date(2030, 6, 30))
    pact = Agreement(PACT.key, PACT.names, PACT.parties, (Term(first, last), later))
    day = timedelta(days=1)
    assert not pact.in_force(first - day)
    assert pact.in_force(first)
    assert pact.in_force(last)
    assert not pact.in_force(last + day)
    assert pact.in_force(later.starts)
    assert not Agreement("none", {}, (), ()).in_force(first)


def test_an_agreement_ended_early_holds_to_the_day_before() -> None:
    ended = replace(PACT, ended=date(2025, 1, 1))
    assert ended.in_force(date(2024, 12, 31))
    assert not ended.in_force(date(2025, 1, 1))
    assert not ended.in_force(date(2025, 1, 2))


def test_terms_are_appended_in_order_and_none_is_lost_or_changed() -> None:
    (first,) = PACT.terms
    second = Term(date(2027, 6, 4), date(2030, 6, 3))
    third = Term(date(2030, 6, 4), date(2033, 6, 3))
    assert appended(None, PACT) == PACT.terms
    assert appended(PACT, PACT) == ()
    assert appended(PACT, replace(PACT, terms=(third, first, second))) == (second, third)
    shorter = replace(first, ends=date(2025, 1, 1))
    for terms in ((), (second,), (shorter,)):
        with pytest.raises(NotAllowed, match="no longer has its term 2024-06-03 – 2027-06-03"):
            appended(PACT, replace(PACT, terms=terms))
