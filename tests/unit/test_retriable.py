"""Why nobody is tried again is told as it is."""

from __future__ import annotations

from communique.desk.retrying import nobody
from communique.domain.delivery import Retriable, SkipReason


def test_an_address_that_is_suppressed_is_no_readers_no() -> None:
    left_out: dict[str, int] = {SkipReason.SUPPRESSED: 2, SkipReason.UNSUBSCRIBED: 1}
    error = nobody("spring", [Retriable("harfang", {}, left_out), Retriable("massif", {}, {})])
    assert "the addresses of 2 are suppressed" in str(error)
    assert "lift its suppression" in str(error)
    others = nobody("spring", [Retriable("harfang", {}, {SkipReason.UNSUBSCRIBED: 1})])
    assert "unless its reader said no since" in str(others)
