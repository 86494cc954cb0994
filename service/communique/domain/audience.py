"""An audience that an association keeps by name, for any release to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from communique.domain.release import Audience, Filter

EVERYBODY = Filter()


@dataclass(frozen=True, slots=True)
class SavedAudience:
    """Lists of one association, without those of others, and which of their people."""

    key: str
    names: Mapping[str, str]  # by language
    lists: tuple[str, ...]
    only: Filter = EVERYBODY
    without: tuple[str, ...] = ()

    def of(self, association: str) -> Audience:
        """What a release that uses it goes to, as it is now."""
        return Audience(association, self.lists, self.only, self.without, self.key)

    def is_still(self, audience: Audience) -> bool:
        """Whether an audience that was made of it is what it would be now."""
        return self.of(audience.association) == audience


def saved_to_document(one: SavedAudience) -> dict[str, Any]:
    """In plain JSON values."""
    return {**asdict(one), "only": filter_to_document(one.only)}


def saved_from_document(document: Mapping[str, Any]) -> SavedAudience:
    """The inverse of `saved_to_document`."""
    return SavedAudience(
        **{
            **document,
            "lists": tuple(document["lists"]),
            "only": filter_from_document(document["only"]),
            "without": tuple(document["without"]),
        }
    )


def filter_to_document(one: Filter) -> dict[str, Any]:
    """In plain JSON values."""
    return {**asdict(one), "since": one.since.isoformat() if one.since else None}


def filter_from_document(document: Mapping[str, Any]) -> Filter:
    """The inverse of `filter_to_document`; what older versions did not ask is not asked."""
    since = document.get("since")
    values = {name: tuple(each) for name, each in document.items() if name != "since"}
    return Filter(**values, since=date.fromisoformat(since) if since else None)
