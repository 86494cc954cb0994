"""Names that only we can make: links that outlive a rotation, and forgeries that open nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.token import Key, Keyring
from communique.errors import Invalid

OLD, NEW = Key("a", b"o" * 32), Key("b", b"n" * 32)
BEFORE, AFTER = Keyring((OLD,)), Keyring((NEW, OLD))
PARTS = ("harfang", "members", "17")
TOKEN = BEFORE.sign("unsubscribe", *PARTS)


def test_a_token_gives_back_what_it_was_made_of() -> None:
    assert BEFORE.verify("unsubscribe", TOKEN) == PARTS


def test_a_link_opens_after_the_key_was_rotated_however_old_it_is() -> None:
    """61 days later or two years: no clock is asked, only whether the key is still held."""
    rotated = AFTER
    for number in range(8):  # two years of a rotation each quarter
        rotated = Keyring((Key(f"q{number}", bytes([number]) * 32), *rotated.keys))
        assert rotated.verify("unsubscribe", TOKEN) == PARTS
        assert rotated.sign("unsubscribe", *PARTS) != TOKEN
        assert rotated.verify("unsubscribe", rotated.sign("unsubscribe", *PARTS)) == PARTS


def test_a_message_id_stays_the_same_when_a_key_is_put_in_front() -> None:
    name = BEFORE.mark("message-id", 1, 17)
    assert AFTER.mark("message-id", 1, 17) == name
    assert re.fullmatch(r"[a-z0-9]{26,32}", name)


def test_marks_differ_by_purpose_and_by_each_part() -> None:
    marks = {
        BEFORE.mark("message-id", 1, 17),
        BEFORE.mark("bounce", 1, 17),
        BEFORE.mark("message-id", 11, 7),
        BEFORE.mark("message-id", 117),
        AFTER.sign("message-id", 1, 17),
    }
    assert len(marks) == 5


def test_without_the_key_that_made_it_a_token_opens_nothing() -> None:
    assert Keyring((NEW,)).verify("unsubscribe", TOKEN) is None
    assert Keyring((Key("a", b"x" * 32),)).verify("unsubscribe", TOKEN) is None


def test_a_token_for_another_purpose_opens_nothing() -> None:
    assert BEFORE.verify("bounce", TOKEN) is None


@pytest.mark.parametrize("length", range(len(TOKEN)))
def test_a_token_cut_short_opens_nothing(length: int) -> None:
    assert BEFORE.verify("unsubscribe", TOKEN[:length]) is None


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_a_token_with_one_character_changed_opens_nothing(place: int) -> None:
    other = "0" if TOKEN[place] != "0" else "1"
    assert BEFORE.verify("unsubscribe", TOKEN[:place] + other + TOKEN[place + 1 :]) is None


@given(st.text())
def test_nobody_guesses_a_token(text: str) -> None:
    assert BEFORE.verify("unsubscribe", text) is None


@given(st.text(alphabet=".ab0é\x1f", max_size=20))
def test_no_odd_token_breaks_the_reading(text: str) -> None:
    assert AFTER.verify("unsubscribe", text) is None


def test_a_part_with_a_dot_is_refused_for_it_could_pass_for_two() -> None:
    with pytest.raises(Invalid):
        BEFORE.sign("unsubscribe", "harf.ang", 1)


def test_links_in_mail_already_sent_open_whatever_becomes_of_this_code() -> None:
    sent = "harfang.members.17.a.0985478c0f7d282ce059125e903c91cb"
    assert BEFORE.verify("unsubscribe", sent) == PARTS
    assert BEFORE.mark("message-id", 1, 17) == "3074e65412d8453dda5975f410a0f545"


def test_of_a_long_secret_every_octet_counts() -> None:
    long, other = Keyring((Key("a", b"x" * 200),)), Keyring((Key("a", b"x" * 199 + b"y"),))
    token = long.sign("unsubscribe", *PARTS)
    assert long.verify("unsubscribe", token) == PARTS
    assert other.verify("unsubscribe", token) is None
