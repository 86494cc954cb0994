"""What is offered for a word that is no command: what is meant, and nothing that harms instead."""

from __future__ import annotations

import pytest
from typer.main import get_command

from communique.cli.meant import MEANT, meant
from communique.cli.top import Later, app

GROUPS = {
    name: command
    for name, later in get_command(app).commands.items()  # type: ignore[attr-defined]
    if isinstance(later, Later) and hasattr(command := later.load(), "commands")
}


def offered(group: str, word: str) -> list[str]:
    return list(meant(group, word, list(GROUPS[group].commands)))


@pytest.mark.parametrize(
    ("word", "commands"),
    [
        ("erase", ["forget"]),
        ("Effacer", ["forget"]),
        ("remove", ["forget", "leave"]),
        ("unsubscribe", ["leave"]),
        ("unsuppress", ["allow"]),
        ("leve", ["leave"]),
        ("opt_out", ["leave"]),
        ("plover", []),
    ],
)
def test_a_word_for_what_one_does_with_a_person_offers_that(word: str, commands: list[str]) -> None:
    assert offered("subscribers", word) == commands


@pytest.mark.parametrize(
    ("group", "word", "never"),
    [
        ("release", "unapprove", "approve"),
        ("release", "disapprove", "approve"),
        ("release", "uncancel", "cancel"),
        ("release", "unpause", "pause"),
        ("release", "unsubmit", "submit"),
        ("newsroom", "unpublish", "publish"),
        ("subscribers", "unforget", "forget"),
        ("subscribers", "erase", "leave"),
    ],
)
def test_no_word_offers_its_opposite(group: str, word: str, never: str) -> None:
    assert never not in offered(group, word)


def test_every_word_is_for_commands_that_there_are_and_is_none_itself() -> None:
    for group, by_command in MEANT.items():
        known = set(GROUPS[group].commands)
        assert by_command.keys() <= known
        assert known.isdisjoint(word for words in by_command.values() for word in words)


def test_the_command_line_offers_it() -> None:
    with pytest.raises(Exception, match=r"'erase'\. Did you mean 'forget'\?"):
        app(["subscribers", "erase", "a@b.example"], standalone_mode=False)
