"""What is frozen of a release: all that shapes what is received. Approvals bind to its hash.

A frozen document has a format. What is new is written in the newest, what is there is read as what
it is, and the two are compared in the older's: so an upgrade voids no approval and misreads no old
release. How a format is written and read never changes; what has to be added makes a new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from communique.domain.association import Association, Brand, ListDefinition, Sender
from communique.domain.consent import Basis
from communique.domain.release import Audience, Edition, Filter, Kind, Release
from communique.errors import ContentChanged, ContentUnreadable, NotFound

FORMAT = 2  # of what is frozen from now on


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
            return replace(_READERS[number](document), format=number)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ContentUnreadable(
                "content_unreadable", content=self.hash[:12], format=number, reason=repr(error)
            ) from error

    def _loaded(self) -> tuple[int, dict[str, Any]]:
        """The number of its format, which is one that we know, and all else as plain values."""
        document: dict[str, Any] = json.loads(self.document)
        number = document.pop("format", 0)
        if type(number) is not int or number not in _READERS:
            raise ContentUnreadable(
                "content_format_unknown", content=self.hash[:12], format=repr(number), newest=FORMAT
            )
        return number, document


@dataclass(frozen=True, slots=True)
class Frozen:
    """A release as it was frozen, whatever was edited, synced or upgraded since.

    Its associations are as they were declared then, without their people and their relay, which no
    reader ever sees.
    """

    key: str
    kind: Kind
    parties: tuple[str, ...]
    agreement: str | None
    link: str
    editions: tuple[Edition, ...]
    audiences: tuple[Audience, ...]
    associations: tuple[Association, ...]
    templates: Mapping[str, str]  # relative path to source
    format: int = FORMAT  # says also how it becomes octets, which an upgrade may not change

    def association(self, key: str) -> Association:
        """A party or a host as it was declared. Raises NotFound."""
        for one in self.associations:
            if one.key == key:
                return one
        raise NotFound("content_without_association", release=self.key, association=key)

    def edition(self, language: str) -> Edition | None:
        """The edition in one language, if it was written."""
        return next((one for one in self.editions if one.language == language), None)


@dataclass(frozen=True, slots=True)
class Variant:
    """What a release's recipients at one association in one language share.

    `date` is the instant of the release, in UTC: templates show its day, messages bear it.
    """

    content: Frozen
    association: str
    language: str
    date: datetime

    @property
    def host(self) -> Association:
        """The association as it was declared when the release was frozen."""
        return self.content.association(self.association)


@dataclass(frozen=True, slots=True)
class Article:
    """The words of a release for a page that anybody may read. Nothing in it is personal."""

    language: str
    title: str  # plain text, as `summary` is
    summary: str
    html: str  # clean: a fragment to stand in a page


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
    document = _WRITERS[number](release, associations, templates)
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


# Format 0: what all versions wrote before formats had numbers, up to 205e8f3. Every key is written
# out, so that what a release or an association comes to have later does not slip in.


def _as_0(
    release: Release, associations: Iterable[Association], templates: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "key": release.key,
        "kind": release.kind.value,
        "parties": sorted(release.parties),
        "agreement": release.agreement,
        "link": release.link,
        "editions": [
            {
                "language": one.language,
                "subject": one.subject,
                "preheader": one.preheader,
                "body": one.body,
            }
            for one in sorted(release.editions, key=lambda one: one.language)
        ],
        "audiences": [
            {
                "association": one.association,
                "lists": one.lists,
                "only": {
                    "sectors": one.only.sectors,
                    "territories": one.only.territories,
                    "kinds": one.only.kinds,
                },
            }
            for one in sorted(release.audiences, key=lambda one: one.association)
        ],
        "associations": [
            _association_as_0(one) for one in sorted(associations, key=lambda one: one.key)
        ],
        "templates": dict(templates),
    }


def _association_as_0(one: Association) -> dict[str, Any]:
    return {
        "key": one.key,
        "names": dict(one.names),
        "sender": {
            "names": dict(one.sender.names),
            "address": one.sender.address,
            "reply_to": one.sender.reply_to,
        },
        "list_domain": one.list_domain,
        "postal_address": one.postal_address,
        "phone": one.phone,
        "web": one.web,
        "contact": one.contact,
        "time_zone": one.time_zone,
        "languages": one.languages,
        "jurisdiction": one.jurisdiction,
        "brand": {
            "primary": one.brand.primary,
            "accent": one.brand.accent,
            "ink_on_primary": one.brand.ink_on_primary,
            "wordmark": one.brand.wordmark,
            "logo": one.brand.logo,
        },
        "lists": [
            {
                "key": each.key,
                "names": dict(each.names),
                "purposes": dict(each.purposes),
                "basis": each.basis.value,
            }
            for each in one.lists
        ],
        "requires_french": one.requires_french,
    }


def _read_0(document: Mapping[str, Any]) -> Frozen:
    # What it does not know, it refuses: a key left unread could be one that shaped what was sent.
    return Frozen(
        **{
            **document,
            "kind": Kind(document["kind"]),
            "parties": tuple(document["parties"]),
            "editions": tuple(Edition(**one) for one in document["editions"]),
            "audiences": tuple(
                Audience(
                    **{
                        **one,
                        "lists": tuple(one["lists"]),
                        "only": Filter(**{name: tuple(each) for name, each in one["only"].items()}),
                    }
                )
                for one in document["audiences"]
            ),
            "associations": tuple(_association_from_0(one) for one in document["associations"]),
        }
    )


def _association_from_0(document: Mapping[str, Any]) -> Association:
    return Association(
        **{
            **document,
            "sender": Sender(**document["sender"]),
            "brand": Brand(**document["brand"]),
            "languages": tuple(document["languages"]),
            "lists": tuple(
                ListDefinition(**{**one, "basis": Basis(one["basis"])}) for one in document["lists"]
            ),
        }
    )


# Format 1: the same, and says so.


def _as_1(
    release: Release, associations: Iterable[Association], templates: Mapping[str, str]
) -> dict[str, Any]:
    return {**_as_0(release, associations, templates), "format": 1}


# Format 2: the same once more. It becomes other octets: texts in NFC, addresses that are links,
# readers' values by the place that they stand in (docs/decisions/0013-format-2.md).


def _as_2(
    release: Release, associations: Iterable[Association], templates: Mapping[str, str]
) -> dict[str, Any]:
    return {**_as_0(release, associations, templates), "format": 2}


_Writer = Callable[[Release, Iterable[Association], Mapping[str, str]], dict[str, Any]]
_WRITERS: Mapping[int, _Writer] = {0: _as_0, 1: _as_1, 2: _as_2}
_READERS: Mapping[int, Callable[[Mapping[str, Any]], Frozen]] = {
    0: _read_0,
    1: _read_0,
    2: _read_0,
}
