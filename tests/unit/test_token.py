"""Names that only we can make: links that outlive a rotation, and forgeries that open nothing."""

from __future__ import annotations

import re
from base64 import b32decode, b32encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.token import (
    Differs,
    Fingerprint,
    Fits,
    Key,
    Keyring,
    Lacks,
    Misplaced,
    New,
    fit,
)
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


# Which keys a database knows.

THIRD = Key("c", b"c" * 32)
KNOWN = (Fingerprint.of(OLD), Fingerprint.of(NEW))


def test_a_fingerprint_tells_keys_apart_and_not_their_secrets() -> None:
    assert Fingerprint.of(OLD) == Fingerprint.of(Key("a", b"o" * 32))
    assert Fingerprint.of(OLD) != Fingerprint.of(Key("a", b"p" * 32))
    assert re.fullmatch("[0-9a-f]{32}", Fingerprint.of(OLD).digest)
    assert (b"o" * 32).hex() not in repr(Fingerprint.of(OLD))


@pytest.mark.parametrize(
    ("registered", "ring", "expected"),
    [
        ((), (NEW, OLD), New(KNOWN)),
        (KNOWN, (NEW, OLD), Fits()),
        (KNOWN[:1], (OLD,), Fits()),
        (KNOWN[:1], (NEW, OLD), New(KNOWN[1:])),
        (KNOWN, (THIRD, NEW, OLD), New((Fingerprint.of(THIRD),))),
        (KNOWN, (OLD,), Lacks(("b",))),
        (KNOWN, (THIRD,), Lacks(("a", "b"))),
        (KNOWN, (Key("b", b"x" * 32), OLD), Differs("b")),
        (KNOWN, (Key("a", b"x" * 32),), Differs("a")),
        (KNOWN[:1], (OLD, NEW), Misplaced("a")),
        (KNOWN, (OLD, NEW), Misplaced("a")),
    ],
)
def test_a_keyring_fits_a_database_or_what_it_needs_is_told(
    registered: tuple[Fingerprint, ...], ring: tuple[Key, ...], expected: object
) -> None:
    assert fit(registered, Keyring(ring)) == expected


def test_what_is_new_is_registered_so_that_it_fits_ever_after() -> None:
    ring = Keyring((THIRD, NEW, OLD))
    verdict = fit((), ring)
    assert isinstance(verdict, New)
    assert fit(verdict.keys, ring) == Fits()


def test_what_nobody_has_any_more_is_asked_of_nobody() -> None:
    """Its links stay dead; the key that is in use now makes the Message-IDs."""
    a, b, c = (Key(name, name.encode() * 32) for name in "abc")
    registered = (Fingerprint.of(a), Fingerprint.of(b))
    lost = frozenset("a")
    assert fit(registered, Keyring((b,))) == Lacks(("a",))
    assert fit(registered, Keyring((b,), lost)) == Fits()
    assert fit(registered, Keyring((b, c), lost)) == Misplaced("b")
    assert fit(registered, Keyring((c,), frozenset("ab"))) == New((Fingerprint.of(c),))
    assert fit((*registered, Fingerprint.of(c)), Keyring((c,), frozenset("ab"))) == Fits()


# Numbers that a token hides.

NUMBERS = st.integers(0, 2**63 - 1)


@given(NUMBERS)
def test_a_hidden_number_comes_back_and_is_always_the_same_token(number: int) -> None:
    token = BEFORE.conceal("scan", number)
    assert re.fullmatch(r"[a-z2-7]{40}", token)
    assert token == BEFORE.conceal("scan", number)
    for ring, typed in ((BEFORE, token), (AFTER, token), (BEFORE, token.upper())):
        assert ring.reveal("scan", typed) == number


@given(NUMBERS, NUMBERS)
def test_a_token_tells_nothing_of_its_number(one: int, other: int) -> None:
    """Two neighbours have no character more in common than chance gives them."""
    here, there = (BEFORE.conceal("scan", number) for number in (one, other))
    assert (here == there) == (one == other)
    assert str(one) not in here or one < 10**4


def test_a_token_of_one_purpose_is_none_of_another_and_cannot_be_made_one() -> None:
    for number in range(200):
        tokens = {purpose: BEFORE.conceal(purpose, number) for purpose in ("pass", "scan")}
        assert BEFORE.reveal("scan", tokens["pass"]) is None
        assert BEFORE.reveal("pass", tokens["scan"]) is None
        assert BEFORE.verify("unsubscribe", tokens["scan"]) is None
        halves = (
            tokens["pass"][:22] + tokens["scan"][22:],
            tokens["scan"][:22] + tokens["pass"][22:],
        )
        assert not any(BEFORE.reveal(purpose, one) for one in halves for purpose in tokens)


def test_one_bit_that_differs_opens_nothing() -> None:
    octets = b32decode(BEFORE.conceal("scan", 17).upper())
    for bit in range(len(octets) * 8):
        changed = bytearray(octets)
        changed[bit // 8] ^= 1 << bit % 8
        assert BEFORE.reveal("scan", b32encode(changed).decode()) is None


@pytest.mark.parametrize(
    "token", ["", "17", "x" * 39, "x" * 41, "é" * 40, "x" * 39 + "=", "\0" * 40, "ſ" * 40]
)
def test_what_is_no_token_opens_nothing(token: str) -> None:
    assert BEFORE.reveal("scan", token) is None


def test_a_token_of_a_key_that_nobody_holds_opens_nothing() -> None:
    assert Keyring((NEW,)).reveal("scan", BEFORE.conceal("scan", 17)) is None
