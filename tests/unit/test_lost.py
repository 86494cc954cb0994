"""What is said of what was lost: the remedy that helps, and no other."""

from __future__ import annotations

from communique.cli.retrying import lost
from communique.domain.delivery import DeliveryState
from communique.domain.log import Lost

DEAD = Lost("massbio", DeliveryState.FAILED, "550 5.1.1 at RCPT TO", 12, bounced=12)
REFUSED = Lost("massbio", DeliveryState.FAILED, "550 5.7.1 at RCPT TO", 3)


def test_whose_address_failed_for_good_is_allowed_first_and_not_retried() -> None:
    said = "\n".join(lost("spring", [DEAD]))
    assert "12 of them at massbio are not written to again" in said
    assert "communique subscribers allow ADDRESS -a massbio" in said
    assert "release retry" not in said


def test_everybody_else_is_retried() -> None:
    said = "\n".join(lost("spring", [REFUSED]))
    assert "try them (3) again with `communique release retry spring`" in said
    assert "allow" not in said
    both = "\n".join(lost("spring", [DEAD, REFUSED]))
    assert "try the others (3) again" in both
    assert "subscribers allow" in both


def test_nothing_lost_is_nothing_to_do() -> None:
    assert lost("spring", []) == []
