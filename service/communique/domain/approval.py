"""Approvals: one party's word on one exact content hash. They are appended, never changed.

Whether a release is approved is derived from them and never stored beside them, so an edit voids
every approval by changing the hash that they speak of. An edit that is undone voids them too: a
word counts for the submission that it was said of, which has a number; no clock is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from communique.domain.actor import Actor


class ApprovalWord(StrEnum):
    """What a party said."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # a yes that was taken back while others were still to come


@dataclass(frozen=True, slots=True)
class Approval:
    """`word` was said for `association` of the content with `content_hash`, at `at` (UTC).

    `person` is in whose name, and `account` whose word it is, whatever they are called by now;
    `actor` is who said it: the same, or the operator at the machine. What is older than accounts,
    or was said at the machine before they were kept with it, names none.
    """

    association: str
    person: str
    word: ApprovalWord
    content_hash: str
    submission: int
    at: datetime
    actor: Actor
    comment: str = ""
    public_from: datetime | None = None  # an end of its embargo that was said yes to besides
    account: int | None = None

    def of(self, name: str, account: int) -> bool:
        """Whether it is that person's word; by the name, where no account was kept."""
        return self.person == name if self.account is None else self.account == account


def counting(
    approvals: Iterable[Approval], content_hash: str | None, submission: int
) -> tuple[Approval, ...]:
    """The words said of exactly this content as it was last submitted; all others are void."""
    return tuple(
        one
        for one in approvals
        if one.content_hash == content_hash and one.submission == submission
    )


def agreed_from(
    parties: Iterable[str], approvals: Iterable[Approval], approved: datetime
) -> dict[str, datetime]:
    """From when on each party said that it may be public: `approved` with the content by all, and
    what any of them said yes to since. Whoever said an hour has said every later one.
    """
    found = dict.fromkeys(parties, approved)
    for one in approvals:
        if one.word is ApprovalWord.APPROVED and one.public_from and one.association in found:
            found[one.association] = min(found[one.association], one.public_from)
    return found


def still_missing(
    parties: Iterable[str],
    approvals: Iterable[Approval],
    content_hash: str | None,
    submission: int,
) -> tuple[str, ...]:
    """The parties whose last word on exactly this content and submission is not yes.

    In the parties' order.
    """
    last = {one.association: one.word for one in counting(approvals, content_hash, submission)}
    return tuple(party for party in parties if last.get(party) is not ApprovalWord.APPROVED)
