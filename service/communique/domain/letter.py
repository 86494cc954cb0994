"""A letter: one message that is no release, such as a sign-in link, a confirmation, a reminder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from communique.domain.association import Association


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter is made of. Whoever writes it chooses its Message-ID: a copy has the same.

    In templates: `person.name`, `person.address`, and `letter.…` for each of `values`.
    """

    purpose: str  # its folder of templates
    association: Association  # in whose name it goes out
    language: str
    name: str  # of the person it is to; may be empty
    address: str
    values: Mapping[str, str]
    message_id: str  # without angle brackets
    date: datetime
