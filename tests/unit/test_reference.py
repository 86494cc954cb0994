"""A company without a number gets a reference that tells it from every other."""

import pytest

from communique.domain.reference import is_made_up, made_up, made_up_apart, shortened


def test_a_name_gives_a_stable_reference() -> None:
    assert made_up("L’Érable & fils inc.") == "lerable-fils-inc"
    assert made_up("L'ÉRABLE  &  Fils, Inc") == "lerable-fils-inc"
    assert made_up("Ελιά") != made_up("Ελαία")
    assert made_up("a" * 80) != made_up("a" * 81)
    assert len(made_up("a" * 81)) <= 60


def test_names_that_differ_in_anything_have_references_apart() -> None:
    names = ("C", "C++", "C#", "Canal", "Canal+", "R&D", "R/D", "Côte", "Coté", "中", "中国")
    assert len({made_up_apart(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["Canal+", "L’Érable", "Ελιά", "a" * 81])
def test_what_was_made_up_is_told_from_a_number(name: str) -> None:
    assert is_made_up(made_up(name), name)
    assert is_made_up(made_up_apart(name), name)
    assert not is_made_up("1234", name)


@pytest.mark.parametrize(
    ("reference", "is_so"),
    [("1.23457E+11", True), ("1,23E+11", True), ("1E+05", True), ("E12", False), ("12E4", False)],
)
def test_a_number_that_a_spreadsheet_shortened_is_known(reference: str, is_so: bool) -> None:
    assert shortened(reference) is is_so
