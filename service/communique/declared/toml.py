"""Reads TOML that people write, table by table, collecting every problem with its file and line.

It never stops at the first problem: a value that breaks its rule is noted and stood in for, so that
one reading shows a person all there is to mend. What it returns is only good if nothing was noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

from communique import files
from communique.domain.address import domain_name
from communique.domain.text import PRIVATE_USE, abbreviated, header_safe, seen
from communique.errors import CommuniqueError, FileInvalid, Invalid
from communique.facts import Fact

Rule = Callable[[str], str]  # gives the value to keep, or raises Invalid
Where = tuple[str | int, ...]  # the way to a value: table names, keys, positions in arrays

LAST_YEAR = 9999  # the last that there is; no day of it has one after it in every zone
MOST = 2**31 - 1  # of a whole number (RFC 5545 §3.3.8)

_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_WEB = re.compile(
    r"(https?://)(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(:[0-9]{1,5})?([/?#]\S*)?", re.IGNORECASE
)
_PLAIN_HOST = re.compile(r"[A-Za-z0-9._-]+|\[.*\]")
_PRIVATE = re.compile(f"[{PRIVATE_USE}]")
_IN_A_URL = "!#$%&'()*+,/:;=?@[]"  # besides letters, digits and -._~ (RFC 3986 §2)


def nearest(word: str, words: Collection[str]) -> Fact:
    """The nearest of `words` if one is near, else all of them."""
    close = get_close_matches(word, words, n=1)
    return Fact("hint_nearest", near=close[0]) if close else Fact("hint_known", known=sorted(words))


@dataclass
class Table:
    """One TOML table. Each reader below notes the key as known; `close` notes the others."""

    values: Mapping[str, Any]
    file: Path
    lines: Mapping[Where, int]
    problems: list[CommuniqueError]
    where: Where = ()
    known: set[str] = field(default_factory=set)
    missing: dict[str, tuple[str, str]] = field(default_factory=dict)  # a code and a name of each

    def problem(self, code: str, *at: str | int, **fields: Any) -> None:
        """Note that something is wrong with the key `at`, or with the table as a whole."""
        self.problems.append(
            FileInvalid(code, file=self.file, line=self._line((*self.where, *at)), **fields)
        )

    def wrong(self, error: Invalid, key: str) -> None:
        """Note what a rule found wrong with a value."""
        at = self._line((*self.where, key))
        self.problems.append(FileInvalid.of(error, file=self.file, line=at, key=key))

    def _line(self, at: Where) -> int | None:
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at)

    def text(self, key: str, rule: Rule | None = None, default: str | None = None) -> str:
        """A text of one line that may become a header; `rule` says more. No default: required."""
        value = self._take(key, default)
        if key not in self.values:
            return default or ""
        return self._checked(value, rule, key)

    def texts(
        self, key: str, rule: Rule | None = None, *, required: bool = True
    ) -> tuple[str, ...]:
        """One or more different texts; none if one of them breaks the rule."""
        value = self._take(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list) or not value:
            self.problem("value_not_texts", key, key=key)
            return ()
        texts = tuple(self._checked(one, rule, key) for one in value)
        if not all(texts):
            return ()
        if len(set(texts)) < len(texts):
            self.problem("value_repeated", key, key=key)
        return texts

    def by_language(self, key: str, languages: Collection[str]) -> dict[str, str]:
        """A text in each of `languages`, in their order. Written `key.fr = "…"`, `key.en = "…"`.

        Where the languages themselves are not known, nothing can be said of it.
        """
        value = self._take(key)
        if value is None or not languages:
            return {}
        if not isinstance(value, dict):
            self.problem("value_not_by_language", key, key=key, language=next(iter(languages)))
            return {}
        with self.table(key) as table:
            return {one: table.text(one) for one in languages}

    def flag(self, key: str, *, default: bool = False) -> bool:
        """`true` or `false`."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.problem("value_not_boolean", key, key=key)
        return value is True

    def day(self, key: str, *, required: bool = True) -> date | None:
        """A date with no time; None if it is not one."""
        value = self._take(key, required=required)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.problem("value_not_day", key, key=key)
        return None

    def moment(self, key: str, *, required: bool = True) -> datetime | date | None:
        """A local hour, or a day; None if it is neither. An offset is refused: it knows no place's
        law.

        TOML wants seconds, which nobody means: an hour may be text as well, "2019-10-03 18:00".
        """
        value = self._take(key, required=required)
        if isinstance(value, str):
            with suppress(ValueError):
                value = datetime.fromisoformat(value) if ":" in value else value
        if isinstance(value, datetime) and (value.tzinfo or value.second or value.microsecond):
            self.problem("value_not_moment", key, key=key)
            return None
        if isinstance(value, date):
            if not 1 < value.year < LAST_YEAR:  # in some zone it is in no calendar
                self.problem("hour_beyond_calendar", key, text=str(value))
                return None
            return value
        if value is not None:
            self.problem("value_not_moment", key, key=key)
        return None

    def instant(self, key: str) -> datetime | None:
        """An instant in UTC, written as an hour with its offset; None if there is none."""
        value = self._take(key, required=False)
        if isinstance(value, datetime) and value.tzinfo and 1 < value.year < LAST_YEAR:
            return value.astimezone(UTC)
        if value is not None:
            self.problem("value_not_instant", key, key=key)
        return None

    def number(self, key: str, *, required: bool = True) -> int | None:
        """A whole number that is not negative; None if it is not one."""
        value = self._take(key, required=required)
        if type(value) is int and 0 <= value <= MOST:
            return value
        if type(value) is int:
            self.problem("value_out_of_range", key, key=key, most=MOST)
            return None
        if value is not None:
            self.problem("value_not_number", key, key=key)
        return None

    def prose(self, key: str, rule: Rule | None = None, *, required: bool = True) -> str:
        """A text of one line or several. Empty if it is none."""
        value = self._take(key, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problem("value_not_text", key, key=key)
            return ""
        lines = value.strip().splitlines()
        noted = len(self.problems)
        kept = [self._checked(one, rule, key) if one.strip() else "" for one in lines or [" "]]
        if not lines:
            self.problem("value_empty", key, key=key)
        return "\n".join(kept) if len(self.problems) == noted else ""

    @contextmanager
    def table(self, key: str, *, required: bool = True) -> Iterator[Table]:
        """The table `[key]`. A missing one is one problem, not one for each of its keys."""
        value = self._take(key, required=required)
        if not isinstance(value, dict):
            if value is not None:
                self.problem("value_not_table", key, key=key)
            yield _inert(self.file)
            return
        table = self._below(value, key)
        yield table
        table.close()

    def tables(self, key: str, *, required: bool = True) -> Iterator[Table]:
        """Each table `[[key]]`, in order; at least one if `required`."""
        self.known.add(key)
        heading = ".".join(str(one) for one in (*self.where, key) if isinstance(one, str))
        if key not in self.values:
            if required:
                self.missing[key] = "tables_missing", heading
            return
        value = self.values[key]
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.problem("value_not_tables", key, key=key, heading=heading)
            return
        for position, one in enumerate(value):
            table = self._below(one, key, position)
            yield table
            table.close()

    def close(self) -> None:
        """Note the keys that nobody asked for, and those that are missing."""
        for key in sorted(self.values.keys() - self.known):
            close = get_close_matches(key, self.missing or self.known, n=1)
            for one in close:  # one slip of a finger is one problem, not two
                self.missing.pop(one, None)
            self.problem("key_unknown", key, key=abbreviated(key), hint=nearest(key, self.known))
        for key in sorted(self.missing):
            code, name = self.missing[key]
            self.problem(code, key=name)

    def _take(self, key: str, default: Any = None, *, required: bool = True) -> Any:
        self.known.add(key)
        if required and key not in self.values and default is None:
            self.missing[key] = "key_missing", key
        return self.values.get(key, default)

    def _below(self, values: Mapping[str, Any], *key: str | int) -> Table:
        return Table(values, self.file, self.lines, self.problems, (*self.where, *key))

    def _checked(self, value: object, rule: Rule | None, key: str) -> str:
        if not isinstance(value, str):
            self.problem("value_not_text", key, key=key)
            return ""
        try:
            text = header_safe(value, "the_value", key).strip()
            if private := _PRIVATE.search(text):
                raise Invalid(
                    "value_private_use",
                    key=key,
                    character=ord(private[0]),
                )
            if not seen(text):
                raise Invalid("value_empty", key=key)
            return rule(text) if rule else text
        except Invalid as error:
            self.wrong(error, key)
            return ""


def web_address(text: str) -> str:
    """The rule for an address of the web: kept in ASCII, as headers carry it (RFC 3986, RFC 5891).

    The host becomes A-labels, and whatever else is beyond ASCII is percent-encoded.
    """
    try:
        if (parts := _WEB.fullmatch(text)) is None:
            raise Invalid("web_address_without_host")
        scheme, host, port, rest = parts.groups("")
        host = host if _PLAIN_HOST.fullmatch(host) else domain_name(host)
    except Invalid:
        raise Invalid("web_address_invalid", text=abbreviated(text)) from None
    return f"{scheme}{host}{port}{quote(rest, safe=_IN_A_URL)}"


@contextmanager
def opened(file: Path, folder: Path, problems: list[CommuniqueError]) -> Iterator[Table]:
    """The whole of a TOML file in `folder` as a table. One that cannot be read is one problem."""
    source = read(file, folder, problems)
    if source is None:
        yield _inert(file)
        return
    with written(file, source, problems) as table:
        yield table


@contextmanager
def written(
    file: Path, source: str, problems: list[CommuniqueError], first: int = 1
) -> Iterator[Table]:
    """The TOML that begins at line `first` of a file."""
    try:
        table = Table(files.toml(source), file, _lines(source, first), problems)
    except files.NotToml as error:
        line = first - 1 + (error.line or source.count("\n") + 1)  # “at end of document”
        problems.append(FileInvalid("toml_unreadable", reason=error.reason, file=file, line=line))
        table = _inert(file)
    yield table
    table.close()


def read(file: Path, folder: Path, problems: list[CommuniqueError]) -> str | None:
    """The text of a file in `folder`; None, with a problem noted, if there is none to be had."""
    try:
        return files.text(file, folder, "utf-8-sig")  # Notepad puts a BOM in front
    except FileInvalid as problem:
        problems.append(problem)
        return None


def _inert(file: Path) -> Table:
    """Stands in for a table that is not there, and complains of nothing."""
    return Table({}, file, {}, problems=[])


def _lines(source: str, first: int) -> dict[Where, int]:
    """On which line each table and key stands: tomllib keeps that to itself."""
    lines: dict[Where, int] = {(): first}
    arrays: dict[Where, int] = {}
    here: Where = ()
    inside = False  # a text of several lines, whose content may look like a key
    for number, line in enumerate(source.splitlines(), start=first):
        if not inside:
            if header := _HEADER.match(line):
                *above, last = _parts(header[2])
                here = (*_latest(above, arrays), last)
                if header[1] == "[[":
                    arrays[here] = arrays.get(here, -1) + 1
                    lines.setdefault(here, number)
                    here = (*here, arrays[here])
                lines.setdefault(here, number)
            elif key := _KEY.match(line):
                parts = _parts(key[1])
                for depth in range(1, len(parts) + 1):
                    lines.setdefault((*here, *parts[:depth]), number)
        if (line.count('"""') + line.count("'''")) % 2:
            inside = not inside
    return lines


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _latest(names: list[str], arrays: Mapping[Where, int]) -> Where:
    where: Where = ()
    for name in names:
        where = (*where, name)
        if where in arrays:
            where = (*where, arrays[where])
    return where
