"""French is set with spaces that hold, in what an author wrote as prose and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.messages_content import READER, frozen, html, text

from communique.wording.typography import french

N = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Note : « cela » 1 500 $, 20 %", f"Note{N}: «{N}cela{N}» 1{N}500{N}$, 20{N}%"),
        ("Il dit «oui».", f"Il dit «{N}oui{N}»."),
        ("2 345 678 € ou 1 500,50 $ US", f"2{N}345{N}678{N}€ ou 1{N}500,50{N}$ US"),
        ("Ceci :", f"Ceci{N}:"),
        (f"«\u202foui\u202f»{N}: 1\u202f500", f"«\u202foui\u202f»{N}: 1\u202f500"),
        ("En 2019 500 membres", "En 2019 500 membres"),
        ("le 3 juin 2019, à 9 h 30", "le 3 juin 2019, à 9 h 30"),
        ("Vraiment ? Oui ! Bien ; bon", "Vraiment ? Oui ! Bien ; bon"),
        ("de $5 à 10:30, https://x.example/a%20b :)", "de $5 à 10:30, https://x.example/a%20b :)"),
    ],
)
def test_spaces_hold_where_a_line_must_not_end(typed: str, set_: str) -> None:
    assert french(typed) == set_


@given(st.text("«»:%$€ 0159,.a;!?\n\xa0\u202f"))
def test_nothing_but_spaces_changes_and_twice_is_as_once(typed: str) -> None:
    once = french(typed)
    assert french(once) == once
    assert "".join(once.split()) == "".join(typed.split())


def test_an_edition_in_french_is_set_so_in_both_forms() -> None:
    content = frozen("**Prix** : « *un* » à 1 500 $ pour « {{ member.name }} ».\n\n- 20 % :\n")
    words = f"Prix{N}: «{N}un{N}» à 1{N}500{N}$ pour «{N}Biologiques & Fils{N}».\n\n- 20{N}%{N}:\n"
    assert text(content) == words
    shown = html(content).replace("&nbsp;", N)
    assert f"<strong>Prix</strong>{N}: «{N}<em>un</em>{N}» à 1{N}500{N}$" in shown
    assert f"«{N}Biologiques &amp; Fils{N}»" in shown


def test_code_and_the_targets_of_links_stay_as_written() -> None:
    content = frozen('`a : b`\n\n    1 500 $\n\n[là : 1 500](https://x.example/?q=«a» "a : b")')
    assert "a : b\n\n    1 500 $\n" in text(content)
    shown = html(content)
    assert 'href="https://x.example/?q=%C2%ABa%C2%BB" title="a : b"' in shown
    assert f"là{N}: 1{N}500" in shown.replace("&nbsp;", N)


def test_a_value_of_a_reader_stays_as_it_is() -> None:
    shown = text(frozen("{{ member.name }}"), READER._replace(member="A : B 1 500"))
    assert shown == "A : B 1 500\n"


def test_other_languages_are_set_as_they_were_written() -> None:
    assert text(frozen("Note : « so » 1 500 $", language="en")) == "Note : « so » 1 500 $\n"
