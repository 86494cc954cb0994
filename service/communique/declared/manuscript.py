"""A release as its authors write it: a folder with `release.toml` and one `<language>.md` each.

Reads all of it before it complains, and names file and line. Never knows what associations or
lists there are: whoever files the release checks that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from communique.declared.toml import Table, nearest, opened, web_address, written
from communique.declared.toml import read as read_text
from communique.domain.release import Audience, Edition, Filter, Kind, Release
from communique.domain.skeleton import skeleton
from communique.domain.text import abbreviated
from communique.errors import CommuniqueError, FileInvalid, Invalid, NotAllowed, Problems

COMMON = "release.toml"
FENCE = "+++"

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2}")

_ONLY = ("sectors", "territories", "kinds")


def read(folder: Path) -> Release:
    """The release that a folder holds; the folder's name is its key. Raises Problems."""
    problems: list[CommuniqueError] = []
    if not folder.is_dir():
        raise Problems([FileInvalid("folder_missing", file=folder)])
    problems += _misnamed(folder)
    release = _common(folder / COMMON, folder.name, problems)
    paths = sorted(folder.glob("*.md"))
    if not paths:
        problems.append(FileInvalid("release_without_edition", file=folder))
    editions = tuple(_edition(path, problems) for path in paths)
    if problems:
        raise Problems(problems, "release_folder_unreadable", folder=folder)
    return replace(release, editions=editions)


def _misnamed(folder: Path) -> list[CommuniqueError]:
    if _KEY.fullmatch(folder.name):
        return []
    return [FileInvalid("release_folder_misnamed", file=folder)]


def _common(path: Path, key: str, problems: list[CommuniqueError]) -> Release:
    with opened(path, path.parent, problems) as table:
        release = Release(
            key=key,
            kind=Kind(table.text("kind", _kind, default="announcement") or "announcement"),
            parties=table.texts("parties"),
            editions=(),
            audiences=tuple(_audience(one) for one in table.tables("audience")),
            link=table.text("link", web_address, default=""),
            agreement=table.text("agreement", default="") or None,
        )
        hosts = [one.association for one in release.audiences]
        for host in sorted({host for host in hosts if host and hosts.count(host) > 1}):
            table.problem("audience_repeated", association=host)
    return release


def _audience(table: Table) -> Audience:
    association, lists = table.text("association"), table.texts("lists")
    with table.table("only", required=False) as only:
        chosen = Filter(*(only.texts(name, required=False) for name in _ONLY))
    return Audience(association, lists, chosen)


def _edition(path: Path, problems: list[CommuniqueError]) -> Edition:
    if not _LANGUAGE.fullmatch(path.stem):
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
        )


def _kind(text: str) -> str:
    if text not in list(Kind):
        raise Invalid("kind_unknown", kind=abbreviated(text), hint=nearest(text, list(Kind)))
    return text


def write(release: Release, folder: Path) -> None:
    """Begin a release's folder: an edition without a body gets a text to replace.

    Raises Problems for a name that `read` would not take, which also keeps every file inside the
    folder; NotAllowed rather than write over a file.
    """
    problems = _misnamed(folder)
    problems += [
        FileInvalid("language_unknown", language=abbreviated(one.language), file=folder)
        for one in release.editions
        if not _LANGUAGE.fullmatch(one.language)
    ]
    if problems:
        raise Problems(problems, "release_folder_not_begun")
    files = {COMMON: _toml(release)}
    for edition in release.editions:
        said = edition
        if not edition.body:
            subject, foretaste, body = skeleton(edition.language)
            said = replace(edition, subject=subject, preheader=foretaste, body=body)
        preheader = f"preheader = {_quoted(said.preheader)}\n" if said.preheader else ""
        files[f"{edition.language}.md"] = (
            f"{FENCE}\nsubject = {_quoted(said.subject)}\n{preheader}{FENCE}\n\n{said.body}"
        )
    for name in files:
        if (folder / name).exists():
            raise NotAllowed("file_exists", file=folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _toml(release: Release) -> str:
    lines = [
        "# What the editions of this release have in common. Each language has its own file beside",
        "# this one: fr.md, en.md, …",
        "",
        f"kind = {_quoted(release.kind.value)}  # {', '.join(Kind)}",
        f"parties = {_list(release.parties)}  # who announces together: each must approve",
    ]
    where = "as in subscribers/agreements.toml"
    if release.agreement:
        lines.append(f"agreement = {_quoted(release.agreement)}  # {where}")
    elif len(release.parties) > 1:
        lines.append(f'# agreement = "…"  # if it rests on one: its key, {where}')
    if release.link:
        lines.append(f"link = {_quoted(release.link)}")
    else:
        lines.append('# link = "https://…"  # where to read more')
    for audience in release.audiences:
        lines += [
            "",
            "[[audience]]",
            f"association = {_quoted(audience.association)}",
            f"lists = {_list(audience.lists)}",
        ]
        chosen = {name: getattr(audience.only, name) for name in _ONLY}
        lines += [f"only.{name} = {_list(values)}" for name, values in chosen.items() if values]
        if not any(chosen.values()):
            known = "as your members have them; or only.sectors, only.kinds"
            lines.append(f'# only.territories = ["…"]  # {known}')
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a TOML basic string escapes as JSON does


def _list(texts: Collection[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
