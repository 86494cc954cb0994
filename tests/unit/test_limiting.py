"""How often strangers may ask at the pages of passes: by origin, and in all."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from communique.domain.token import SEAL, Key, Keyring
from communique.web.limiting import MOST_ORIGINS, USUAL, Limiter, Limits, Rate, network

FEW = Limits(of_one=Rate(3, 1), in_all=Rate(5, 2))


@dataclass
class Seconds:
    """A clock that stands until it is moved."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_origin_has_its_share_and_others_theirs() -> None:
    clock = Seconds()
    limiter = Limiter(FEW, clock)
    assert [limiter.admit("192.0.2.1") for _ in range(4)] == [0, 0, 0, 1]
    assert limiter.admit("192.0.2.2") == 0
    clock.now = 1
    assert [limiter.admit("192.0.2.1") for _ in range(2)] == [0, 1]


def test_all_together_have_no_more_than_there_is_for_all() -> None:
    clock = Seconds()
    limiter = Limiter(FEW, clock)
    waits = [limiter.admit(f"192.0.2.{number}") for number in range(7)]
    assert waits == [0] * 5 + [0.5, 0.5]
    clock.now = 0.5
    assert [limiter.admit("192.0.2.99"), limiter.admit("192.0.2.98")] == [0, 0.5]


def test_who_is_turned_away_uses_nothing_up() -> None:
    clock = Seconds()
    limiter = Limiter(FEW, clock)
    for _ in range(1000):
        limiter.admit("192.0.2.1")
    assert limiter.admit("192.0.2.2") == 0
    clock.now = 3
    assert [limiter.admit("192.0.2.1") for _ in range(4)] == [0, 0, 0, 1]


def test_no_more_origins_are_remembered_than_there_is_room_for() -> None:
    limiter = Limiter(Limits(Rate(1, 1), Rate(10**6, 1)), Seconds())
    for number in range(MOST_ORIGINS + 10):
        limiter.admit(str(number))
    assert len(limiter._origins) == MOST_ORIGINS
    assert limiter.admit("0") == 0  # forgotten
    assert limiter.admit(str(MOST_ORIGINS)) > 0


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1%eth0", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_an_origin_is_whoever_has_the_rest_of_the_network(address: str, whose: str) -> None:
    assert network(address) == whose


def test_a_million_guesses_take_hours_and_find_nothing() -> None:
    """From everywhere at once, nine hours; from one origin, eleven days. A token that is guessed is
    one of ours with a chance of one in two to the 128th, for each key that is held."""
    million = 10**6
    assert (million - USUAL.in_all.at_once) / USUAL.in_all.each_second > 9 * 3600
    assert (million - USUAL.of_one.at_once) / USUAL.of_one.each_second > 11 * 86400
    keys = 240  # a new one each month for twenty years
    assert million * keys / 2 ** (8 * SEAL) < 1e-29


def test_a_hundred_thousand_forged_passes_are_none() -> None:
    """A tenth of a million, for the seconds that it takes: guesses of all kinds, and what differs
    from a genuine one in a letter or two, of either link.
    """
    ring = Keyring((Key("a", b"k" * 32), Key("b", b"j" * 32)))
    genuine = ring.conceal("scan", 7)
    assert ring.reveal("scan", genuine) == 7
    assert ring.reveal("pass", genuine) is None
    chance, letters = Random(7), "abcdefghijklmnopqrstuvwxyz234567"
    found = set()
    for number in range(100_000):
        if number % 2:
            forged = "".join(chance.choices(letters, k=len(genuine)))
        else:
            places = chance.sample(range(len(genuine)), 1 + number // 2 % 2)
            forged = "".join(
                chance.choice(letters) if place in places else letter
                for place, letter in enumerate(genuine)
            )
        found.add((forged == genuine, ring.reveal("scan", forged)))
    assert found == {(False, None), (True, 7)}
