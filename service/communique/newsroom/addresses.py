"""Addresses of a newsroom: people can read, guess and shorten them, and they stay what they are.

`fr/`, `fr/2026/`, `fr/2026/memorandum-2026`, `fr/activites/`, `fr/atom.xml`, `sitemap.xml`; as
files of a site of one's own, the same names with `index.html` and `.html`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from communique.domain.kind import Nature
from communique.domain.newsroom import Shelf

# What a part of the list is called in an address, in the language of the page.
SHELVES: Mapping[str, Mapping[str, Nature]] = {
    "fr": {"annonces": Nature.ANNOUNCEMENT, "activites": Nature.ACTIVITY},
    "en": {"announcements": Nature.ANNOUNCEMENT, "activities": Nature.ACTIVITY},
}
ALL = Shelf()
_AFTER = "after"
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_YEAR = re.compile(r"[0-9]{4}")
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")  # of a release
_MAP = re.compile(r"sitemap(?:-([0-9]{4}))?\.xml")


class Form(StrEnum):
    """The form of a feed; its value is its file's name."""

    ATOM = "atom.xml"
    RSS = "rss.xml"
    JSON = "feed.json"
    CALENDAR = "calendar.ics"


@dataclass(frozen=True, slots=True)
class Front:
    """A newsroom in no language yet."""


@dataclass(frozen=True, slots=True)
class List:
    """A list of headlines: the newest, or those before the story `after`."""

    language: str
    shelf: Shelf = ALL
    after: str | None = None


@dataclass(frozen=True, slots=True)
class One:
    """One story."""

    language: str
    year: int
    key: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What programs read of one language."""

    language: str
    form: Form


@dataclass(frozen=True, slots=True)
class Map:
    """All addresses of a year, or which years there are (sitemaps.org)."""

    year: int | None = None


Asked: TypeAlias = Front | List | One | Feed | Map


def parse(path: str) -> Asked | None:
    """What is asked for under a newsroom's address. None if nothing can be there."""
    match path.split("/"):
        case [""]:
            return Front()
        case [name] if found := _MAP.fullmatch(name):
            return Map(int(found[1]) if found[1] else None)
        case [language, *rest] if _LANGUAGE.fullmatch(language):
            return _within(language, rest)
    return None


def _within(language: str, rest: list[str]) -> Asked | None:
    match rest:
        case [name] if name in list(Form):
            return Feed(language, Form(name))
        case [year, key] if _YEAR.fullmatch(year) and _KEY.fullmatch(key):
            return One(language, int(year), key)
        case [*shelf, ""]:
            found = _shelf(language, shelf)
            return List(language, found) if found else None
        case [*shelf, part, key] if part == _AFTER and _KEY.fullmatch(key):
            found = _shelf(language, shelf)
            return List(language, found, key) if found else None
    return None


def _shelf(language: str, parts: list[str]) -> Shelf | None:
    match parts:
        case []:
            return Shelf()
        case [year] if _YEAR.fullmatch(year):
            return Shelf(year=int(year))
        case [name] if name in _names(language):
            return Shelf(nature=_names(language)[name])
    return None


def _names(language: str) -> Mapping[str, Nature]:
    return SHELVES.get(language, SHELVES["en"])


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything of one newsroom is. `root` is absolute, and is all that is told of a host;
    `files` are those of a site of one's own.
    """

    root: str
    files: bool = False

    def path(self, asked: Asked) -> str:
        """The address under the root."""
        match asked:
            case Front():
                return self._folder("")
            case List(language, shelf, None):
                return self._folder(_folder(language, shelf))
            case List(language, shelf, after):
                return self._page(f"{_folder(language, shelf)}{_AFTER}/{after}")
            case One(language, year, key):
                return self._page(f"{language}/{year}/{key}")
            case Feed(language, form):
                return f"{language}/{form}"
            case Map(None):
                return "sitemap.xml"
            case Map(year):
                return f"sitemap-{year}.xml"

    def absolute(self, asked: Asked) -> str:
        """The whole address; of a folder's page, the folder's."""
        folder, _, name = self.path(asked).rpartition("/")
        file = "" if name == "index.html" else name  # a story's name may end so, too
        return "/".join(filter(None, (self.root.rstrip("/"), folder))) + f"/{file}"

    def between(self, here: Asked, there: Asked) -> str:
        """The address of a page as another one's link has it, wherever they stand."""
        start, end = posixpath.dirname(self.path(here)), self.path(there)
        found = posixpath.relpath(end or ".", start or ".")
        return f"{found}/" if end.endswith("/") or not end else found

    def _folder(self, path: str) -> str:
        return f"{path}index.html" if self.files else path

    def _page(self, path: str) -> str:
        if not self.files:
            return path
        # A folder's own file is `index.html`; no key ends so.
        return f"{path}-.html" if path.endswith("/index") else f"{path}.html"


def _folder(language: str, shelf: Shelf) -> str:
    if shelf.year is not None:
        return f"{language}/{shelf.year}/"
    if shelf.nature is not None:
        name = next(name for name, one in _names(language).items() if one == shelf.nature)
        return f"{language}/{name}/"
    return f"{language}/"
