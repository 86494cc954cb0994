"""The formats of frozen content: how each is written and read, which never changes.

What has to be added makes a new one. Every key is written out and every key is known when it is
read, so that what a release or an association comes to have later does not slip into an older one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from communique.domain.association import (
    Association,
    Brand,
    ListDefinition,
    PressContact,
    Sender,
    newsroom_from,
)
from communique.domain.consent import Basis
from communique.domain.frozen import Frozen
from communique.domain.kind import KEY
from communique.domain.release import Audience, Edition, Filter, Release

# Format 0: what all versions wrote before formats had numbers, up to 205e8f3.

_RELEASE_0 = frozenset(
    {
        *("key", "kind", "parties", "agreement", "link", "editions", "audiences"),
        *("associations", "templates"),
    }
)
_KINDS_0 = frozenset({"announcement", "activity", "advantage"})
_EDITION_0 = frozenset({"language", "subject", "preheader", "body"})
_AUDIENCE_0 = frozenset({"association", "lists", "only"})
_ONLY_0 = frozenset({"sectors", "territories", "kinds"})
_LIST_0 = frozenset({"key", "names", "purposes", "basis"})
_ASSOCIATION_0 = frozenset(
    {
        *("key", "names", "sender", "list_domain", "postal_address", "phone", "web", "contact"),
        *("time_zone", "languages", "jurisdiction", "brand", "lists", "requires_french"),
    }
)


def _as_0(
    release: Release, associations: Iterable[Association], templates: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "key": release.key,
        "kind": release.kind,
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
    _exactly(_RELEASE_0, document)
    if document["kind"] not in _KINDS_0:
        raise ValueError(document["kind"])
    for one in document["editions"]:
        _exactly(_EDITION_0, one)
    for one in document["audiences"]:
        _exactly(_AUDIENCE_0, one)
        _exactly(_ONLY_0, one["only"])
    for one in document["associations"]:
        _exactly(_ASSOCIATION_0, one)
        for each in one["lists"]:
            _exactly(_LIST_0, each)
    return _read(document)


def _exactly(keys: frozenset[str], document: Mapping[str, Any]) -> None:
    """Raises ValueError for a key more or less: one left unread could have shaped what was sent."""
    if document.keys() != keys:
        raise ValueError(sorted(document.keys() ^ keys))


def _read(document: Mapping[str, Any]) -> Frozen:
    """What any format says, if each of its parts has the keys that are its format's."""
    return Frozen(
        **{
            **document,
            "parties": tuple(document["parties"]),
            "editions": tuple(Edition(**one) for one in document["editions"]),
            "audiences": tuple(_audience(one) for one in document["audiences"]),
            "associations": tuple(_association(one) for one in document["associations"]),
        }
    )


def _audience(document: Mapping[str, Any]) -> Audience:
    only = document["only"]
    since = only.get("since")
    chosen = {name: tuple(each) for name, each in only.items() if name != "since"}
    return Audience(
        document["association"],
        tuple(document["lists"]),
        Filter(**chosen, since=date.fromisoformat(since) if since else None),
        tuple(document.get("without", ())),
    )


def _association(document: Mapping[str, Any]) -> Association:
    contact = document.get("press_contact")
    return Association(
        **{
            **document,
            "sender": Sender(**document["sender"]),
            "brand": Brand(**document["brand"]),
            "languages": tuple(document["languages"]),
            "lists": tuple(
                ListDefinition(**{**one, "basis": Basis(one["basis"])}) for one in document["lists"]
            ),
            "press_contact": PressContact(**contact) if contact else None,
            "newsroom": newsroom_from(document.get("newsroom")),
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


# Format 3: a kind may be any folder of templates, and has fields; beside them what an audience may
# leave out and ask, which lists are of the press, and what an association says of itself
# (docs/decisions/0026-kinds-are-folders.md).

_EDITION_3 = _EDITION_0 | {"fields"}
_AUDIENCE_3 = _AUDIENCE_0 | {"without"}
_ONLY_3 = _ONLY_0 | {"languages", "since"}
_LIST_3 = _LIST_0 | {"press"}
_ASSOCIATION_3 = _ASSOCIATION_0 | {"about", "press_contact", "newsroom"}


def _as_3(
    release: Release, associations: Iterable[Association], templates: Mapping[str, str]
) -> dict[str, Any]:
    declared = {one.key: one for one in associations}
    written = _as_0(release, declared.values(), templates)
    audiences = {one.association: one for one in release.audiences}
    editions = {one.language: one for one in release.editions}
    for one in written["editions"]:
        one["fields"] = dict(editions[one["language"]].fields)
    for one in written["audiences"]:
        audience = audiences[one["association"]]
        since = audience.only.since
        one["without"] = audience.without
        one["only"] |= {
            "languages": audience.only.languages,
            "since": since.isoformat() if since else None,
        }
    for one in written["associations"]:
        association = declared[one["key"]]
        contact = association.press_contact
        one["about"] = dict(association.about)
        one["press_contact"] = contact and {
            "name": contact.name,
            "address": contact.address,
            "phone": contact.phone,
        }
        newsroom = association.newsroom
        one["newsroom"] = newsroom and {
            "since": newsroom.since.isoformat(),
            "address": newsroom.address,
        }
        for each, definition in zip(one["lists"], association.lists, strict=True):
            each["press"] = definition.press
    return {
        **written,
        "fields": dict(release.fields),
        "newsroom": release.newsroom,
        "format": 3,
    }


def _read_3(document: Mapping[str, Any]) -> Frozen:
    _exactly(_RELEASE_0 | {"fields", "newsroom"}, document)
    if not KEY.fullmatch(document["kind"]):
        raise ValueError(document["kind"])
    if not isinstance(document["fields"], dict) or not isinstance(document["newsroom"], bool):
        raise TypeError(document["fields"])
    for one in document["editions"]:
        _exactly(_EDITION_3, one)
    for one in document["audiences"]:
        _exactly(_AUDIENCE_3, one)
        _exactly(_ONLY_3, one["only"])
    for one in document["associations"]:
        _exactly(_ASSOCIATION_3, one)
        for each in one["lists"]:
            _exactly(_LIST_3, each)
    return _read(document)


# Format 4: the same, with the end of an embargo, and whose press a correction goes to
# (docs/decisions/0039-the-hour-is-approved.md).


def _as_4(
    release: Release, associations: Iterable[Association], templates: Mapping[str, str]
) -> dict[str, Any]:
    until = release.public_from
    return {
        **_as_3(release, associations, templates),
        "public_from": until.astimezone(UTC).isoformat() if until else None,
        "corrects": release.corrects,
        "format": 4,
    }


def _read_4(document: Mapping[str, Any]) -> Frozen:
    more = {"public_from", "corrects"}
    if not more <= document.keys() or not isinstance(document["corrects"], str):
        raise ValueError(sorted(document))
    read = _read_3({name: one for name, one in document.items() if name not in more})
    until = document["public_from"]
    return replace(
        read,
        public_from=datetime.fromisoformat(until) if until else None,
        corrects=document["corrects"],
    )


# Format 5: the same once more. It becomes other octets: an address of the reader's own is a link,
# and a last paragraph that is a value stands apart (docs/decisions/0042-format-5.md).


def _as_5(
    release: Release, associations: Iterable[Association], templates: Mapping[str, str]
) -> dict[str, Any]:
    return {**_as_4(release, associations, templates), "format": 5}


_Writer = Callable[[Release, Iterable[Association], Mapping[str, str]], dict[str, Any]]
WRITERS: Mapping[int, _Writer] = {0: _as_0, 1: _as_1, 2: _as_2, 3: _as_3, 4: _as_4, 5: _as_5}
READERS: Mapping[int, Callable[[Mapping[str, Any]], Frozen]] = {
    0: _read_0,
    1: _read_0,
    2: _read_0,
    3: _read_3,
    4: _read_4,
    5: _read_4,
}
