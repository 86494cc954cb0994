"""Rows that are read together say what each of them says by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.roster import refusals, stems
from communique.roster.lines import BAD, Interpreter, Reading
from communique.roster.records import Row

READING = Reading(("fr", "en"), "fr", ("members", "partners"), date(2026, 11, 26))
FIELDS = ("member", "reference", "family_name", "address", "since", "until", "language", "lists")
CELLS: dict[str, list[Any]] = {
    "member": ["", "Lichen", "Société Ⅻ", "oui", "Lichen (désabonné)", 12.0, True],
    "reference": ["", "17", "1,2E+11", 17],
    "family_name": ["", "Roy", "d’Été", "Stop", "McUnsub", "x" * 501, "NULL"],
    "address": ["a@lichen.example", "É.b@École.example", "<c@lichen.example>", "", "two@a.b c@d.e"],
    "since": ["", "2019-06-03", "03/06/2019", date(2020, 1, 2), "2019"],
    "until": ["", "2018", "2030-01-31", "9999-12-31", "soon"],
    "language": ["", "en", "français", "Klingon"],
    "lists": ["", "members", "partners members", "nobody"],
}
NOES = ["", "x", "no", "2024-01-01"]
NOTES = ["", "called", "ne pas écrire"]


def interpreter(clear: tuple[str, ...] = ()) -> Interpreter:
    reading = replace(READING, clear=clear)
    width = len(FIELDS)
    noes = [refusals.Column(width, "Unsubscribed", refusals.Reading.NO)]
    places = {field: place for place, field in enumerate(FIELDS)}
    return Interpreter(places, reading, noes, {width + 1: "Notes"})


def plain_or(other: st.SearchStrategy[Any], usual: object) -> st.SearchStrategy[Any]:
    """Mostly what is usual, or no row would ever be read together with others."""
    return st.integers(0, 30).flatmap(lambda one: other if one == 0 else st.just(usual))


USUAL = ("Lichen", "17", "Roy", "a@lichen.example", "2019-06-03", "", "en", "members", "", "called")
CHOICES = [*(CELLS[field] for field in FIELDS), NOES, NOTES]
ROW = st.tuples(
    *(plain_or(st.sampled_from(some), usual) for some, usual in zip(CHOICES, USUAL, strict=True))
)


@given(
    st.lists(ROW, min_size=1, max_size=60),
    st.integers(5, 10),
    st.sampled_from([(), ("until", "since")]),
)
def test_together_or_one_by_one(
    cells: list[tuple[Any, ...]], width: int, clear: tuple[str, ...]
) -> None:
    rows = [Row(2 + n, list(one[: width if n % 7 == 0 else 10])) for n, one in enumerate(cells)]
    alone = interpreter(clear)
    assert list(interpreter(clear).many(rows)) == [alone.one(row) for row in rows]


def test_one_bad_line_among_many_leaves_the_others_good() -> None:
    rows = [Row(2 + n, list(USUAL)) for n in range(200)]
    rows[77] = Row(79, ["Lichen", "17", "Roy", "nobody"])
    lines = list(interpreter().many(rows))
    assert [one[1] for one in lines if one[0] == BAD] == [79]
    assert len(lines) == 200


@pytest.mark.parametrize("stem", [*stems.of(stems.PLAIN), "stop.", "decede", "deceased"])
@pytest.mark.parametrize("say", ["{}", "Été {}", "Roy – {}", "X{}", "({})", "Éric_{}"])
def test_what_says_no_is_found_among_others(stem: str, say: str) -> None:
    for bare in (stem.rstrip("."), stem.rstrip(".").replace(" ", ""), stem.rstrip(".").title()):
        text = say.format(bare)
        if stems.plainly(text) or stems.in_a_name(text):
            assert stems.perhaps(["Roy", "É. Côté", text, "Ng"])
    assert not stems.perhaps(["Roy", "É. Côté", "Ng", "Société 12"])
