"""A draft in the parts that two people may write at once: what all have in common, each edition,
each association's audience.

A part has a mark, which changes with every change of it. Whoever saves says which marks they began
from: what both changed since is a conflict, and everything else is put together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from communique.domain.release import Audience, Edition, Release

COMMON, EDITION, AUDIENCE = "common", "edition", "audience"
NONE = ""  # the mark of what is not there


def parts(release: Release) -> dict[str, str]:
    """Its parts, each with its mark: `common`, `edition fr`, `audience harfang`."""
    return {
        COMMON: _mark(_common(release)),
        **{f"{EDITION} {one.language}": _mark(_written(one)) for one in release.editions},
        **{f"{AUDIENCE} {one.association}": _mark(_chosen(one)) for one in release.audiences},
    }


def digest(release: Release) -> str:
    """What tells all that its authors wrote from anything else that they could have."""
    return _mark(sorted(parts(release).items()))


def here(edition: Edition) -> Edition:
    """An edition that was written at the desk: no file has it, and its lines are its own."""
    return replace(edition, source="", first_line=1)


def merged(now: Release, wanted: Release, seen: Mapping[str, str]) -> tuple[Release, list[str]]:
    """`now` with what `wanted` changes of it, and the parts that both changed since they were seen.

    `seen` has the marks of that which `wanted` was made from; what is not in it was not there.
    """
    theirs, mine = parts(now), parts(wanted)
    changed = {
        name
        for name in {*mine, *seen}
        if mine.get(name, NONE) != seen.get(name, NONE)
        and mine.get(name, NONE) != theirs.get(name, NONE)
    }
    both = {one for one in changed if theirs.get(one, NONE) != seen.get(one, NONE)}
    return taken(now, wanted, changed), sorted(both)


def taken(release: Release, other: Release, names: Iterable[str]) -> Release:
    """A release with these parts as another has them; what that one has not, it has no more."""
    editions = {one.language: one for one in release.editions}
    audiences = {one.association: one for one in release.audiences}
    theirs = {f"{EDITION} {one.language}": one for one in other.editions}
    goes_to = {f"{AUDIENCE} {one.association}": one for one in other.audiences}
    for name in sorted(names):
        kind, _, key = name.partition(" ")
        if kind == COMMON:
            release = replace(other, editions=release.editions, audiences=release.audiences)
        elif name in theirs:
            editions[key] = theirs[name]
        elif name in goes_to:
            audiences[key] = goes_to[name]
        else:
            (editions if kind == EDITION else audiences).pop(key, None)
    return replace(
        release,
        editions=_kept(release.editions, editions.values()),
        audiences=_kept(release.audiences, audiences.values()),
    )


def _kept(before: tuple[Any, ...], now: Iterable[Any]) -> tuple[Any, ...]:
    """The very tuple, where nothing in it changed: then it need not be written again."""
    made = tuple(now)
    return before if made == before else made


def _common(release: Release) -> object:
    return [
        release.kind,
        release.parties,
        release.agreement,
        release.link,
        release.fields,
        release.newsroom,
        release.corrects,
    ]


def _written(edition: Edition) -> object:
    return [edition.subject, edition.preheader, edition.body, edition.fields]


def _chosen(audience: Audience) -> object:
    return asdict(audience)


def _mark(what: object) -> str:
    text = json.dumps(what, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
