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


def still_missing(
    parties: Iterable[str],
    approvals: Iterable[Approval],
    content_hash: str,
    submitted_at: datetime,
) -> tuple[str, ...]:
    """The parties whose last word on exactly this content, since it was submitted, is not yes.

    In the parties' order.
    """
    last = {
        one.association: one.word
        for one in approvals
        if one.content_hash == content_hash and one.at >= submitted_at
    }
    return tuple(party for party in parties if last.get(party) is not Word.APPROVED)
