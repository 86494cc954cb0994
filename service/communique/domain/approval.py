"""Approvals: one party's word on one exact content hash. They are appended, never changed.

Whether a release is approved is derived from them and never stored beside them, so an edit voids
every approval by changing the hash that they speak of. An edit that is undone voids them too: a
word counts for the submission that it was said after.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Word(StrEnum):
    """What a party said."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Approval:
    """`person` of `association` said `word` of the content with `content_hash`, at `at` (UTC)."""

    association: str
    person: str
    word: Word
    content_hash: str
    at: datetime
    comment: str = ""


def counting(
    approvals: Iterable[Approval], content_hash: str | None, submitted_at: datetime | None
) -> tuple[Approval, ...]:
    """The words said of exactly this content, since it was submitted; all others are void."""
    if content_hash is None or submitted_at is None:
        return ()
    return tuple(
        one for one in approvals if one.content_hash == content_hash and one.at >= submitted_at
    )


def still_missing(
    parties: Iterable[str],
    approvals: Iterable[Approval],
    content_hash: str,
    submitted_at: datetime,
) -> tuple[str, ...]:
    """The parties whose last word on exactly this content, since it was submitted, is not yes.

    In the parties' order.
    """
    counted = counting(approvals, content_hash, submitted_at)
    last = {one.association: one.word for one in counted}
    return tuple(party for party in parties if last.get(party) is not Word.APPROVED)
