"""A release as its authors write it: a folder with `release.toml` and one `<language>.md` each.

Reads all of it before it complains, and names file and line. Never knows what associations or
lists there are: whoever files the release checks that.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from communique.domain.release import Audience, Edition, Filter, Kind, Release
from communique.domain.text import header_safe, shown
from communique.errors import CommuniqueError, FileInvalid, Invalid, Problems, Refused

COMMON = "release.toml"
FENCE = "+++"

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2}")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_T = TypeVar("_T")

_FIELDS = ("kind", "parties", "agreement", "link", "audience")
_AUDIENCE = ("association", "lists", "only")
_ONLY = ("sectors", "territories", "kinds")
_EDITION = ("subject", "preheader")


def read(folder: Path) -> Release:
    """The release that a folder holds; the folder's name is its key. Raises Problems."""
    problems: list[CommuniqueError] = []
    if not folder.is_dir():
        raise Problems([FileInvalid("there is no such folder", file=folder)])
    problems += _misnamed(folder)
    release = _common(folder / COMMON, folder.name, problems)
    paths = sorted(folder.glob("*.md"))
    if not paths:
        problems.append(
            FileInvalid("the release has no edition", file=folder, remedy="write fr.md, en.md, …")
        )
    editions = tuple(_edition(path, problems) for path in paths)
    if problems:
        raise Problems(problems, f"the release in {folder} cannot be read")
    return replace(release, editions=editions)


def _misnamed(folder: Path) -> list[CommuniqueError]:
    if _KEY.fullmatch(folder.name):
        return []
    message = "a release's folder is named in lower-case letters, digits and hyphens"
    return [FileInvalid(message, file=folder, remedy="name it like autumn-mission")]


def _common(path: Path, key: str, problems: list[CommuniqueError]) -> Release:
    text = _text(path, problems)
    if not text:
        return Release(key, Kind.ANNOUNCEMENT, (), (), ())
    table = _Table.parse(text, path, 1, problems)
    table.only(_FIELDS)
    audiences = table.tables("audience")
    if not audiences:
        table.problem("the release goes to nobody", remedy="add an [[audience]]")
    release = Release(
        key=key,
        kind=table.take("kind", _kind, Kind.ANNOUNCEMENT),
        parties=table.texts("parties", required=True),
        editions=(),
        audiences=tuple(_audience(one) for one in audiences),
        link=table.take("link", _link, ""),
        agreement=table.take("agreement", _line, "") or None,
    )
    hosts = [one.association for one in release.audiences]
    for host in sorted({host for host in hosts if host and hosts.count(host) > 1}):
        table.problem(f"“{host}” has more than one [[audience]]", remedy="name all lists in one")
    return release


def _audience(table: _Table) -> Audience:
    table.only(_AUDIENCE)
    only = table.table("only")
    only.only(_ONLY)
    return Audience(
        association=table.take("association", _line),
        lists=table.texts("lists", required=True),
        only=Filter(*(only.texts(name) for name in _ONLY)),
    )


def _edition(path: Path, problems: list[CommuniqueError]) -> Edition:
    if not _LANGUAGE.fullmatch(path.stem):
        problems.append(
            FileInvalid("an edition's file is named by its language, as fr.md", file=path)
        )
    nothing = Edition(path.stem, "", "", "", str(path))
    text = _text(path, problems)
    if not text:
        return nothing
    lines = text.split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == FENCE][:2]
    if len(fences) < 2 or fences[0] != 0:
        problems.append(
            FileInvalid(
                "the front matter is missing or does not end",
                file=path,
                line=1,
                remedy=f"begin with a line {FENCE}, then subject = and preheader =, then {FENCE}",
            )
        )
        return nothing
    closing = fences[1]
    table = _Table.parse("\n".join(lines[1:closing]), path, 2, problems)
    table.only(_EDITION)
    first = closing + 1
    while first < len(lines) and not lines[first].strip():
        first += 1
    body = "\n".join(lines[first:]).rstrip() + "\n"
    if not body.strip():
        problems.append(FileInvalid("the edition has no body", file=path, line=closing + 1))
    return Edition(
        language=path.stem,
        subject=table.take("subject", _line),
        preheader=table.take("preheader", _line, ""),
        body=body,
        source=str(path),
        first_line=first + 1,
    )


def _text(path: Path, problems: list[CommuniqueError]) -> str:
    """The text of a file; empty, with a problem noted, if there is none to be had."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        problems.append(FileInvalid("is not UTF-8", file=path, line=line))
        return ""
    except FileNotFoundError:
        problems.append(FileInvalid("the file is missing", file=path))
        return ""
    except OSError as error:
        problems.append(FileInvalid(f"cannot be read: {error.strerror}", file=path))
        return ""
    if not text.strip():
        problems.append(FileInvalid("the file is empty", file=path))
        return ""
    return text


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table that knows where it stands. Notes what is wrong and goes on."""

    values: dict[str, Any]
    path: Path
    lines: list[str]  # of the whole text it came from
    first_line: int  # of that text, in its file
    begins: int  # where the table begins in `lines`
    problems: list[CommuniqueError]

    @classmethod
    def parse(
        cls, text: str, path: Path, first_line: int, problems: list[CommuniqueError]
    ) -> _Table:
        values: dict[str, Any] = {}
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            at = _AT_LINE.search(str(error))
            line = int(at[1]) + first_line - 1 if at else None
            message = _AT_LINE.sub("", str(error))
            problems.append(FileInvalid(f"is not TOML: {message}", file=path, line=line))
            return cls({}, path, [], first_line, 0, [])  # what is missing from it is no news
        return cls(values, path, text.split("\n"), first_line, 0, problems)

    def problem(self, message: str, name: str | None = None, remedy: str | None = None) -> None:
        """Note what is wrong, at the line where `name` is set, or where the table begins."""
        line = self.begins
        if name is not None:
            setting = re.compile(rf"\s*(\w+\.)?[\"']?{re.escape(name)}[\"']?\s*[=.]")
            line = next(
                (
                    number
                    for number in range(self.begins, len(self.lines))
                    if setting.match(self.lines[number])
                ),
                line,
            )
        self.problems.append(
            FileInvalid(message, file=self.path, line=self.first_line + line, remedy=remedy)
        )

    def only(self, names: Collection[str]) -> None:
        """Note every key but these."""
        for name in self.values:
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                remedy = f"did you mean “{near[0]}”?" if near else f"known: {', '.join(names)}"
                self.problem(f"there is no “{name}” here", name, remedy)

    def take(self, name: str, rule: Callable[[str], _T], default: _T | None = None) -> _T:
        """A text by its rule. Without a default it must be there."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        try:
            if value is None:
                raise Invalid(f"“{name}” is missing")
            if not isinstance(value, str):
                raise Invalid(f"“{name}” is not a text in quotation marks")
            return rule(value)
        except Invalid as error:
            self.problem(error.message, name, error.remedy)
        return rule("announcement") if default is None else default

    def texts(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.problem(f"“{name}” is not a list of texts", name, f'write {name} = ["…"]')
            return ()
        if required and not value:
            self.problem(f"“{name}” is missing or empty", name, f'write {name} = ["…"]')
        return tuple(dict.fromkeys(value))

    def table(self, name: str) -> _Table:
        """A table within this one; empty if there is none."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            self.problem(f"“{name}” is not a table", name, f"write {name}.territories = […]")
            value = {}
        return replace(self, values=value)

    def tables(self, name: str) -> list[_Table]:
        """The tables under [[name]]."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.problem(f"“{name}” is not a list of tables", name, f"write [[{name}]]")
            return []
        header = re.compile(rf"\s*\[\[\s*{name}\s*\]\]")
        starts = [number for number, line in enumerate(self.lines) if header.match(line)]
        starts += [0] * (len(value) - len(starts))
        return [
            replace(self, values=one, begins=start)
            for one, start in zip(value, starts, strict=False)
        ]


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise Invalid(f"there is no kind “{text}”", remedy=f"known: {', '.join(Kind)}") from None


def _line(text: str) -> str:
    text = header_safe(text, "the text").strip()
    if not text:
        raise Invalid("the text is empty")
    return text


def _link(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise Invalid(f"“{text}” is not an address of the web", remedy="write https://…")
    return text


_START = {
    "fr": (
        "Objet de l’annonce",
        "Une phrase que la boîte de réception montre après l’objet.",
        """Écrivez ici ce que vous annoncez, en Markdown.

{% if member.territory == "Montréal" %}
Ce paragraphe n’est envoyé qu’aux membres de Montréal.
{% endif %}
""",
    ),
    "en": (
        "Subject of the announcement",
        "One sentence that the inbox shows after the subject.",
        """Write here what you announce, in Markdown.

{% if member.territory == "Cambridge" %}
This paragraph goes to members in Cambridge only.
{% endif %}
""",
    ),
}


def write(release: Release, folder: Path) -> None:
    """Begin a release's folder: what is empty gets a text to replace.

    Raises Problems for a name that `read` would not take, which also keeps every file inside the
    folder; Refused rather than write over a file.
    """
    problems = _misnamed(folder)
    problems += [
        FileInvalid(f"“{shown(one.language)}” is not the code of a language, as fr", file=folder)
        for one in release.editions
        if not _LANGUAGE.fullmatch(one.language)
    ]
    if problems:
        raise Problems(problems, "a release cannot begin like this")
    files = {COMMON: _toml(release)}
    for edition in release.editions:
        subject, preheader, body = _START.get(edition.language, _START["en"])
        files[f"{edition.language}.md"] = (
            f"{FENCE}\n"
            f"subject = {_quoted(edition.subject or subject)}\n"
            f"preheader = {_quoted(edition.preheader or preheader)}\n"
            f"{FENCE}\n\n"
            f"{edition.body or body}"
        )
    for name in files:
        if (folder / name).exists():
            raise Refused("there is already such a file", file=folder / name)
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
    if release.agreement:
        lines.append(
            f"agreement = {_quoted(release.agreement)}  # as in subscribers/agreements.toml"
        )
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
            lines.append('# only.territories = ["Montréal"]  # or only.sectors, only.kinds')
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a TOML basic string escapes as JSON does


def _list(texts: Collection[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
