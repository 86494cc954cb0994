"""All that a spreadsheet says, put in order on this machine's disk before any of it is taken in.

Neither the order of lines nor where a group of them ends may decide what becomes of people (P11),
so the whole file is heard first. Memory does not grow with it (P9): it waits in a private SQLite
file, which is gone with the process.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from communique.domain.finding import Finding, Kind
from communique.domain.member import (
    OF_MEMBER,
    Company,
    Followed,
    Leaver,
    Member,
    Statement,
    fields,
    mask,
)
from communique.domain.plain import Page, Plain, Single, day, moved, noes_of, written
from communique.errors import StoreUnavailable
from communique.facts import Fact, fact

MEMBERS = mask(frozenset(OF_MEMBER))
KINDS = tuple(Kind)
RANKS = {kind: rank for rank, kind in enumerate(KINDS)}
READ = 1000  # rows fetched at once
CACHE = 8_000  # KiB of it that are in memory: companies are looked for in any order
MOST = 1000  # lines of one person that are weighed against each other
_INDEX = "CREATE INDEX IF NOT EXISTS keys ON lines (key)"
_NOTED = "SELECT * FROM findings ORDER BY kind, line, rowid"

_SCHEMA = """
CREATE TABLE statements (
  id INTEGER PRIMARY KEY, stated INTEGER,
  reference TEXT, name TEXT, sector TEXT, territory TEXT, kind TEXT, since TEXT, until TEXT,
  lines INTEGER, line INTEGER
);
CREATE TABLE lines (
  key TEXT, line INTEGER, stated INTEGER, statement INTEGER,
  address TEXT, given_name TEXT, family_name TEXT, language TEXT, role TEXT,
  lists TEXT, consent_since TEXT, noes TEXT, former TEXT, mute INTEGER
);
CREATE TABLE named (name TEXT, reference TEXT, PRIMARY KEY (name, reference)) WITHOUT ROWID;
CREATE TABLE findings (
  kind INTEGER, line INTEGER, whom TEXT, field TEXT, old TEXT, new TEXT, reason TEXT,
  facts TEXT
);
CREATE INDEX names ON named (reference);
CREATE TABLE companies (
  key TEXT PRIMARY KEY, id INTEGER, name TEXT, since TEXT, until TEXT, changed INTEGER,
  code TEXT, trouble TEXT, why TEXT
) WITHOUT ROWID;
CREATE TABLE belongs (statement INTEGER PRIMARY KEY, company INTEGER, since TEXT, until TEXT);
CREATE TABLE leavers (
  list_key TEXT, id INTEGER, address_key TEXT, address TEXT, language TEXT
);
CREATE INDEX ids ON companies (id);
"""
_STATEMENTS = f"""
SELECT reference, name, sector, territory, kind, since, until, stated & {MEMBERS},
  sum(lines), min(line)
FROM statements WHERE reference {{}} AND name || reference <> '' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2
"""  # noqa: S608 - a number of our own
_NUMBER = """
UPDATE statements SET reference = (SELECT reference FROM named WHERE named.name = statements.name)
WHERE EXISTS (SELECT * FROM named) AND reference = ''
  AND (SELECT count(*) FROM named WHERE named.name = statements.name) = 1
"""
_PLAIN = f"""
SELECT {", ".join(f"lines.{one}" if one in ("line", "stated") else one for one in Plain._fields)}
FROM lines JOIN statements ON statements.id = lines.statement
"""  # noqa: S608 - names of our own
_LINES = f"{_PLAIN} WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key, 2"  # noqa: S608
# Whose company is here, and stays as it is.
_BELONG = """
INSERT INTO belongs
SELECT statements.id, companies.id, companies.since, companies.until
FROM statements JOIN companies ON companies.key =
  CASE reference WHEN '' THEN '=' || statements.name ELSE '#' || reference END
WHERE companies.id IS NOT NULL AND NOT companies.changed
"""
_PEOPLE = """
SELECT key, line,
  json_array(key, company, address, given_name, family_name, language, role),
  lists, consent_since, company, since, until,
  company IS NULL OR noes <> '' OR former <> '' OR mute
FROM lines LEFT JOIN belongs USING (statement) ORDER BY key, line
"""
_MOVED = "UPDATE lines SET key = ?, address = ?, noes = ?, former = ? WHERE rowid = ?"


class Gathering:
    """See `ports.Gathering`. One thread at a time may use it, whichever that is."""

    def __init__(self) -> None:
        with _translated():
            self._scratch = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._scratch.executescript(_SCHEMA)
            self._scratch.execute("PRAGMA journal_mode = OFF")
            self._scratch.execute(f"PRAGMA cache_size = -{CACHE}")
            self._scratch.execute("BEGIN")
        self._said = 0  # statements so far

    def add(self, lines: Iterable[Plain]) -> None:
        """Keep what some lines say; what they say alike of a company, once."""
        said: dict[
            tuple[object, ...], list[int]
        ] = {}  # its number here, how many say it, the first
        rows = []
        for one in lines:
            what = one[2:10]
            if (alike := said.get(what)) is None:
                self._said += 1
                alike = said[what] = [self._said, 0, one[1]]
            alike[1] += 1
            alike[2] = min(alike[2], one[1])
            rows.append((*one[:3], alike[0], *one[10:]))
        statements = [(number, *what, *count) for what, (number, *count) in said.items()]
        with _translated():
            self._scratch.executemany(
                "INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", statements
            )
            self._scratch.executemany(
                "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )

    def numbered(self) -> Iterator[list[Statement]]:
        """What is said of each company that has a number, by number."""
        return self._companies("<> ''", 0)

    def unnumbered(self) -> Iterator[list[Statement]]:
        """What is said of each company by its name alone, by name."""
        return self._companies("= ''", 1)

    def name(self, named: Iterable[tuple[str, str]]) -> None:
        """Keep which (name, number) a company has."""
        with _translated():
            self._scratch.executemany("INSERT OR IGNORE INTO named VALUES (?, ?)", named)

    def number(self) -> None:
        """Give lines without a number that of the one company of their name, if it is one."""
        with _translated():
            self._scratch.execute(_NUMBER)

    def numbers_of(self, names: Collection[str]) -> Mapping[str, list[str]]:
        """The numbers that companies of these names have."""
        found: dict[str, list[str]] = {}
        for name, number in self._among("SELECT name, reference FROM named WHERE name", names):
            found.setdefault(str(name), []).append(str(number))
        return found

    def named(self, references: Collection[str]) -> Mapping[str, list[str]]:
        """The names that companies of these numbers have in the file."""
        found: dict[str, list[str]] = {}
        query = "SELECT name, reference FROM named WHERE reference"
        for name, number in self._among(query, references):
            found.setdefault(str(number), []).append(str(name))
        return found

    def found(self, companies: Iterable[tuple[str, Company]]) -> None:
        """Keep what each company of the file is here; its key is its `#number` or its `=name`."""
        with _translated():
            self._scratch.executemany(
                "INSERT OR REPLACE INTO companies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                map(_company_row, companies),
            )

    def companies(self, keys: Collection[str]) -> Mapping[str, Company]:
        """What `found` was told of these."""
        rows = self._among("SELECT * FROM companies WHERE key", keys)
        return {row[0]: _company(row) for row in rows}

    def settled(self, ids: Collection[int]) -> Mapping[int, Company]:
        """What `found` was told of those that have these numbers here."""
        rows = self._among("SELECT * FROM companies WHERE id", ids)
        return {row[1]: _company(row) for row in rows}

    def people(self, size: int) -> Iterator[Page]:
        """All people, by their address, so many at a time."""
        with _translated():
            self._scratch.execute("DELETE FROM belongs")  # of a trial
            self._scratch.execute(_BELONG)
            found = self._scratch.execute(_PEOPLE)
        last: Any = None
        page = Page([], [])
        while rows := self._fetch(found, size + (last is None)):
            for row in rows:
                if last and last[0] == row[0]:
                    last = (*last[:-1], True)  # there is more than one
                    continue
                if last:
                    _put(page, last)
                last = row
            if len(rows) >= size and (page.singles or page.others):
                yield page
                page = Page([], [])
        if last:
            _put(page, last)
            yield page

    def lines(self, keys: Collection[str], *, noting: bool) -> tuple[list[list[Plain]], int]:
        """The lines of each of these, and how many there are beyond the first of them (P9).

        Beyond these nothing is heard but a no; that they are repeated is noted, if asked for.
        """
        found: list[list[Plain]] = []
        beyond = 0
        if not keys:
            return found, beyond
        with _translated():
            self._scratch.execute(_INDEX)
            rows = self._scratch.execute(_LINES, (json.dumps(list(keys)),))
        for _, each in groupby(self._rows(rows), itemgetter(0)):
            lines = [Plain._make(one) for one in islice(each, MOST)]
            beyond += self._hear(lines, map(Plain._make, each), noting=noting)
            found.append(lines)
        return found, beyond

    def _hear(self, lines: list[Plain], beyond: Iterator[Plain], *, noting: bool) -> int:
        """Add one line for each no beyond some lines, and note the others; how many these are."""
        first = next((one.line for one in lines if not one.mute), lines[0].line)
        heard = {no[1:] for one in lines for no in noes_of(one)}
        count = 0
        for one in beyond:
            noes = {no[1:] for no in noes_of(one)} - heard
            if noes:
                heard |= noes
                lines.append(one._replace(mute=True))
            if not one.mute:
                count += 1
                if noting:
                    self.note([Finding(Kind.REPEATED, one.line, one.address, old=str(first))])
        return count

    def absent(self, list_key: str | None, keys: Collection[str]) -> Collection[str]:
        """Those of these address keys that no line puts on this list, or has at all."""
        query = """
        SELECT key FROM lines WHERE
          (?1 IS NULL OR lists = '' OR instr(' ' || lists || ' ', ' ' || ?1 || ' ')) AND key"""
        with _translated():
            self._scratch.execute(_INDEX)
        return set(keys) - {row[0] for row in self._among(query, keys, list_key)}

    def follow(self, moves: Iterable[tuple[str, str]]) -> list[Followed]:
        """Have lines with an address key that somebody moved from be theirs, at their address."""
        followed = []
        with _translated():
            self._scratch.execute(_INDEX)
            for key, address in moves:
                query = _PLAIN.replace("SELECT", "SELECT lines.rowid,", 1) + "WHERE key = ?"
                for row, *values in self._scratch.execute(query, (key,)).fetchall():
                    old = Plain._make(values)
                    now = moved(old, address)
                    self._scratch.execute(_MOVED, (now.key, now.address, now.noes, now.former, row))
                    followed.append(Followed(old.line, old.address, address))
        return followed

    def alone(self) -> Iterator[Plain]:
        """Each line that alone names that person of that company."""
        query = """
        WHERE given_name <> '' AND family_name <> '' AND reference || name <> ''
        GROUP BY reference, name, given_name, family_name HAVING count(*) = 1 ORDER BY 2"""
        return map(Plain._make, self._select(_PLAIN + query))

    def leave(self, leavers: Iterable[Leaver]) -> None:
        """Keep who is to leave a list."""
        rows = (
            (one.list_key, one.id, one.address_key, one.address, one.language) for one in leavers
        )
        with _translated():
            self._scratch.executemany("INSERT INTO leavers VALUES (?, ?, ?, ?, ?)", rows)

    def leaving(self) -> Iterator[Leaver]:
        """All of these."""
        return (Leaver(*row) for row in self._select("SELECT * FROM leavers"))

    def note(self, findings: Iterable[Finding]) -> None:
        """Keep what is to be told."""
        with _translated():
            self._scratch.executemany(
                "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                map(_finding_row, findings),
            )

    def noted(self) -> Iterator[Finding]:
        """All of that, by kind and line."""
        for rank, line, whom, field, old, new, reason, facts in self._select(_NOTED):
            yield Finding(KINDS[rank], line, whom, field, old, new, reason, _facts(facts))

    def close(self) -> None:
        """Let go of it all."""
        self._scratch.close()

    def _among(
        self, query: str, values: Collection[str] | Collection[int], *before: str | None
    ) -> list[Any]:
        among = f"{query} IN (SELECT value FROM json_each(?))"  # noqa: S608 - a query of our own
        with _translated():
            return self._scratch.execute(among, (*before, json.dumps(list(values)))).fetchall()

    def _select(self, query: str) -> Iterator[Any]:
        with _translated():
            found = self._scratch.execute(query)
        return self._rows(found)

    def _rows(self, found: sqlite3.Cursor) -> Iterator[Any]:
        while rows := self._fetch(found):
            yield from rows

    def _fetch(self, found: sqlite3.Cursor, count: int = READ) -> list[Any]:
        with _translated():
            return found.fetchmany(count)

    def _companies(self, which: str, by: int) -> Iterator[list[Statement]]:
        rows = self._select(_STATEMENTS.format(which))
        for _, statements in groupby(rows, itemgetter(by)):
            yield [
                Statement(
                    _member(row[:7]),
                    fields(row[7]),
                    row[8],
                    row[9],
                )
                for row in statements
            ]


def _put(page: Page, row: tuple[Any, ...]) -> None:
    *values, other = row
    if other:
        page.others.append(row[0])
    else:
        page.singles.append(Single._make(values))


def _member(row: Any) -> Member:
    reference, name, sector, territory, kind, since, until = row
    return Member(reference, name, sector, territory, kind, day(since), day(until))


def _finding_row(one: Finding) -> tuple[object, ...]:
    told = (one.line, one.whom, one.field, one.old, one.new, one.reason)
    return RANKS[one.kind], *told, _written(one.facts)


def _company(row: Any) -> Company:
    _, number, name, since, until, changed, code, trouble, facts = row
    why = next(iter(_facts(facts)), None)
    return Company(number, name, day(since), day(until), bool(changed), code, trouble, why)


def _company_row(keyed: tuple[str, Company]) -> tuple[object, ...]:
    key, one = keyed
    since, until = written(one.since), written(one.until)
    why = _written([one.why] if one.why else [])
    return (key, one.id, one.name, since, until, one.changed, one.code, one.trouble, why)


def _written(facts: Collection[Fact]) -> str:
    return json.dumps([one.plain() for one in facts]) if facts else ""


def _facts(text: str) -> tuple[Fact, ...]:
    return tuple(map(fact, json.loads(text))) if text else ()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable("scratch_failed", reason=str(error)) from error
