"""What is frozen of a release: all that shapes what is received. Approvals bind to its hash.

A frozen document has a format. What is new is written in the newest, what is there is read as what
it is, and the two are compared in the older's: so an upgrade voids no approval and misreads no old
release (domain/formats).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from communique.domain.association import Association
from communique.domain.formats import READERS, WRITERS
from communique.domain.frozen import FORMAT, Frozen
from communique.domain.kind import Nature
from communique.domain.release import Release
from communique.errors import ContentChanged, ContentUnreadable

__all__ = ["FORMAT", "Article", "Content", "Frozen", "Variant", "differences", "freeze"]


@dataclass(frozen=True, slots=True)
class Content:
    """A frozen release as one JSON document: what is kept, and what approvals bind to.

    `document` is canonical: the same content gives the same characters, hence the same hash.
    """

    document: str

    @property
    def hash(self) -> str:
        """SHA-256 of the document, in hexadecimal."""
        return hashlib.sha256(self.document.encode()).hexdigest()

    def kept_as(self, content_hash: str) -> Content:
        """Itself, if it still has the hash that it was frozen with. Raises ContentChanged."""
        if self.hash != content_hash:
            raise ContentChanged("content_changed", content=content_hash[:12])
        return self

    @property
    def format(self) -> int:
        """The number of its format; 0 where it has none. Raises ContentUnreadable."""
        return self._loaded()[0]

    def read(self) -> Frozen:
        """What it says. Raises ContentUnreadable if that cannot be told for certain."""
        number, document = self._loaded()
        try:
            return replace(READERS[number](document), format=number)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ContentUnreadable(
                "content_unreadable", content=self.hash[:12], format=number, reason=repr(error)
            ) from error

    def _loaded(self) -> tuple[int, dict[str, Any]]:
        """The number of its format, which is one that we know, and all else as plain values."""
        document: dict[str, Any] = json.loads(self.document)
        number = document.pop("format", 0)
        if type(number) is not int or number not in READERS:
            raise ContentUnreadable(
                "content_format_unknown", content=self.hash[:12], format=repr(number), newest=FORMAT
            )
        return number, document


@dataclass(frozen=True, slots=True)
class Variant:
    """What a release's recipients at one association in one language share.

    `date` is the instant of the release, in UTC: templates show its day, messages bear it.
    """

    content: Frozen
    association: str
    language: str
    date: datetime
    press: bool = False  # for a list of the press: what nobody else gets is in it
    embargo: datetime | None = None  # in UTC: before it, the press is asked to tell nobody
    newsroom: str = ""  # where all news of the association is; empty: it has no newsroom

    @property
    def host(self) -> Association:
        """The association as it was declared when the release was frozen."""
        return self.content.association(self.association)

    @property
    def press_lists(self) -> frozenset[str]:
        """The lists of the press that it goes to there."""
        goes_to = {
            key
            for one in self.content.audiences
            if one.association == self.association
            for key in one.lists
        }
        return frozenset(one.key for one in self.host.lists if one.press and one.key in goes_to)


@dataclass(frozen=True, slots=True)
class Article:
    """The words of a release for a page that anybody may read. Nothing in it is personal."""

    language: str
    title: str  # plain text, as `summary` is
    summary: str
    html: str  # clean: a fragment to stand in a page
    nature: Nature = Nature.ANNOUNCEMENT
    # What stands around it, as plain JSON: `messages.article` says which there are.
    parts: Mapping[str, Any] = field(default_factory=dict, hash=False)


def freeze(
    release: Release,
    associations: Iterable[Association],
    templates: Mapping[str, str],
    *,
    number: int = FORMAT,
) -> Content:
    """Freeze what shapes the bytes, in the format of that number.

    `associations` are the parties and hosts; `templates` maps each template file that can be
    reached to its source. The schedule is not content: moving the hour leaves the words as they
    were approved.
    """
    document = WRITERS[number](release, associations, templates)
    return Content(json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def differences(before: Frozen, now: Frozen) -> list[str]:
    """Which parts of two contents differ, in words that an author knows."""
    found = []
    for part in sorted(one.name for one in fields(Frozen)):
        was, is_ = getattr(before, part), getattr(now, part)
        if was == is_:
            continue
        match part:
            case "templates":
                found += [f"templates/{name}" for name in _differing(was, is_)]
            case "fields":
                found += [f"fields.{key}" for key in _differing(was, is_)]
            case "editions":
                was, is_ = ({one.language: one for one in each} for each in (was, is_))
                found += [f"edition {language}" for language in _differing(was, is_)]
            case "associations":
                was, is_ = ({one.key: one for one in each} for each in (was, is_))
                found += [f"association {key}" for key in _differing(was, is_)]
            case _:
                found.append(part)
    return found


def _differing(was: Mapping[str, object], is_: Mapping[str, object]) -> list[str]:
    return [name for name in sorted(was.keys() | is_.keys()) if was.get(name) != is_.get(name)]
