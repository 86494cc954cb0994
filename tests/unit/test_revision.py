"""What changed between two texts: only the paragraphs that did, and in them only the words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from communique.domain.revision import Paragraph, changed


def told(paragraph: Paragraph) -> str:
    """`-struck-`, `+added+`, and what stays as it is."""
    marks = {(True, True): "", (True, False): "-", (False, True): "+"}
    return "".join(
        f"{marks[one.was, one.stays]}{one.text.rstrip()}{marks[one.was, one.stays]} "
        for one in paragraph
    ).rstrip()


def test_words_are_told_and_the_rest_stays() -> None:
    [one] = changed("Same.\n\nEight visits in three days.\n", "Same.\n\nNine visits in three days.")
    assert told(one) == "-Eight- +Nine+ visits in three days."


def test_a_number_is_one_word() -> None:
    [one] = changed("Les frais sont de 1 650 $ par jour.", "Les frais sont de 1 450 $ par jour.")
    assert "-1 650- +1 450+" in told(one)


def test_another_paragraph_is_struck_and_added_whole() -> None:
    [one] = changed("All about the spring of last year.", "Come to Boston!")
    assert told(one) == "-All about the spring of last year.- +Come to Boston!+"


def test_paragraphs_that_come_and_go() -> None:
    assert [told(one) for one in changed("A b c.\n\nGone now.", "A b c.\n\n\n")] == ["-Gone now.-"]
    assert [told(one) for one in changed("A b c.", "First of all.\n\nA b c.")] == [
        "+First of all.+"
    ]


def test_space_alone_is_no_change() -> None:
    assert changed("A b.\n\n\n\nC d.\n", "A b.\n\nC d.") == ()
    assert changed("A  b.", "A b.") == ()


@given(st.text(alphabet="ab c\n", max_size=60), st.text(alphabet="ab c\n", max_size=60))
def test_both_texts_are_told_whole(before: str, now: str) -> None:
    def words(paragraphs: tuple[Paragraph, ...], *, was: bool) -> list[str]:
        pieces = (one for each in paragraphs for one in each if (one.was if was else one.stays))
        return " ".join(one.text for one in pieces).split()

    found = changed(before, now)
    for text, was in ((before, True), (now, False)):
        rest = text.split()
        assert all(word in rest for word in words(found, was=was))
    assert not changed(before, before)
