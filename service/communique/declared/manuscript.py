"""A release as its authors write it: a folder with `release.toml` and one `<language>.md` each.

Reads all of it before it complains, and names file and line. Never knows what associations or
lists there are: whoever files the release checks that.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from communique.declared import fields, kinds
from communique.declared.audiences import audience
from communique.declared.toml import Rule, Table, nearest, opened, web_address, written
from communique.declared.toml import read as read_text
from communique.domain.kind import Each, KindDefinition
from communique.domain.release import Audience, Edition, Release
from communique.domain.text import abbreviated, is_language
from communique.errors import CommuniqueError, FileInvalid, Invalid, Problems

COMMON = "release.toml"
FENCE = "+++"
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ANNOUNCEMENT = "announcement"  # what a release is that says no kind


def read(folder: Path, templates: Path) -> Release:
    """The release that a folder holds; the folder's name is its key. Raises Problems.

    Its kind is one that the desk has `templates` for, which declare its fields.
    """
    problems: list[CommuniqueError] = []
    if not folder.is_dir():
        raise Problems([FileInvalid("folder_missing", file=folder)])
    problems += misnamed(folder)
    release, kind = _common(folder / COMMON, folder.name, templates, problems)
    paths = sorted(folder.glob("*.md"))
    if not paths:
        problems.append(FileInvalid("release_without_edition", file=folder))
    editions = tuple(_edition(path, release, kind, problems) for path in paths)
    if problems:
        raise Problems(problems, "release_folder_unreadable", folder=folder)
    return replace(release, editions=editions)


def misnamed(folder: Path) -> list[CommuniqueError]:
    """What is wrong with the name of a release's folder."""
    if KEY.fullmatch(folder.name):
        return []
    return [FileInvalid("release_folder_misnamed", file=folder)]


def _common(
    path: Path, key: str, templates: Path, problems: list[CommuniqueError]
) -> tuple[Release, KindDefinition]:
    with opened(path, path.parent, problems) as table:
        named = table.text("kind", _kind(templates), default=ANNOUNCEMENT)
        kind = kinds.read(templates, named or ANNOUNCEMENT, problems)
        release = Release(
            key=key,
            kind=kind.key,
            parties=table.texts("parties"),
            editions=(),
            audiences=_audiences(table),
            link=table.text("link", web_address, default=""),
            agreement=table.text("agreement", default="") or None,
            public_from=table.instant("public_from"),
            newsroom=table.flag("newsroom", default=True),
            corrects=table.text("corrects", default=""),
        )
        if named:  # of a kind that there is not, no field is known
            with table.table("fields", required=False) as values:
                found = fields.read(values, kind, Each.RELEASE, release.parties)
            release = replace(release, fields=found)
        else:
            table.known.add("fields")
    return release, kind


def _audiences(table: Table) -> tuple[Audience, ...]:
    found: list[Audience] = []
    for row in table.tables("audience"):
        one = audience(row)
        if one.association and one.association in {other.association for other in found}:
            row.problem("audience_repeated", "association", association=one.association)
        found.append(one)
    return tuple(found)


def _edition(
    path: Path, release: Release, kind: KindDefinition, problems: list[CommuniqueError]
) -> Edition:
    if not is_language(path.stem):
        problems.append(FileInvalid("edition_misnamed", file=path))
    nothing = Edition(path.stem, "", "", "", str(path))
    text = read_text(path, path.parent, problems)
    if text is None:
        return nothing
    lines = text.replace("\r\n", "\n").split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == FENCE][:2]
    if len(fences) < 2 or fences[0] != 0:
        problems.append(FileInvalid("front_matter_missing", fence=FENCE, file=path, line=1))
        return nothing
    closing = fences[1]
    first = closing + 1
    while first < len(lines) and not lines[first].strip():
        first += 1
    body = "\n".join(lines[first:]).rstrip() + "\n"
    if not body.strip():
        problems.append(FileInvalid("edition_without_body", file=path, line=closing + 1))
    with written(path, "\n".join(lines[1:closing]), problems, first=2) as table:
        return Edition(
            language=path.stem,
            subject=table.text("subject"),
            preheader=table.text("preheader", default=""),
            body=body,
            source=str(path),
            first_line=first + 1,
            fields=fields.read(table, kind, Each.EDITION, release.parties),
        )


def _kind(templates: Path) -> Rule:
    def rule(text: str) -> str:
        known = kinds.known(templates)
        if text not in known:
            raise Invalid("kind_unknown", kind=abbreviated(text), hint=nearest(text, known))
        return text

    return rule
