"""One row of a roster as one line: an entry, or what is wrong with it.

A line is plain first, a tuple of texts and numbers: that is what comes from another process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

from communique.domain.member import BITS, BadLine, Entry
from communique.domain.plain import Plain, entry, told, written, written_noes
from communique.domain.text import abbreviated
from communique.errors import CommuniqueError, Invalid
from communique.facts import Fact, fact
from communique.roster import cells, days, refusals, stems
from communique.roster.records import Cell, Row

Line = Entry | BadLine
# As they come out of here and from another process: a good line's values in the order of `Plain`;
# of a bad one BAD, its number, what is wrong with it, its address, the facts of that, and the line
# that says its no, empty for none.
Values = tuple[Any, ...]
BAD = "bad"

_SLOTS = {field: place for place, field in enumerate(Plain._fields)} | {
    "member": Plain._fields.index("name")
}
_KEY, _LINE, _STATED, _ADDRESS, _NOES = (
    _SLOTS[one] for one in ("key", "line", "stated", "address", "noes")
)
_REFERENCE, _NAME, _SINCE, _UNTIL = (_SLOTS[one] for one in ("reference", "name", "since", "until"))
_NOTHING = Plain("", 0, 0, "", "", "", "", "", None, None, "", "", "", "", "", "", None, "", "", 0)
_TEXTS = {
    "sector": "the_sector",
    "territory": "the_territory",
    "kind": "the_kind",
    "given_name": "the_given_name",
    "family_name": "the_family_name",
    "role": "the_role",
}
_BESIDE = re.compile(r"[\s()<>\[\]\"]")  # an address without one has no remark beside it
_NAMES = ("given_name", "family_name", "member", "role")  # where a remark may stand
FEW = 25  # rows that are tried together once more where one of many is not plainly good
_CACHED = 1024  # different values of a column that are remembered: most columns have few

Read = Callable[[Cell], Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a roster is to be read: what its association has, and what somebody said of the file.

    `columns` names the columns that their headings do not give away: field to heading
    (`{"address": "Courriel 2"}`; the fields are `columns.HEADINGS`), `ignored` those to leave out.
    `remembered` is what the association's files are known to call a field: heading to field, for
    whatever file has such a heading.
    A person without a language gets `default_language`; a consent later than `today` is refused.
    `dates` is the order in which the file writes 03/06/2024, if that is known. Of the fields to
    `clear`, an empty cell means that there is none; elsewhere it says nothing.
    """

    languages: Sequence[str]
    default_language: str
    list_keys: Collection[str]
    today: date
    columns: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)
    ignored: Sequence[str] = ()
    dates: days.DayOrder | None = None
    encoding: str | None = None
    sheet: str | None = None
    clear: Collection[str] = ()
    name: str = ""  # what the file is called, which may say who is in it
    looking: bool = False  # only looked at: what is wrong with its columns is told, not raised


class Interpreter:
    """Makes lines of rows, by the positions of the fields."""

    def __init__(
        self,
        places: Mapping[str, int],
        reading: Reading,
        noes: Sequence[refusals.Column] = (),
        unused: Mapping[int, str] = MappingProxyType({}),
        named: str = "",
    ) -> None:
        readers = _readers(reading)
        self._readers = [
            (_SLOTS[field], position, readers[field], _bit(field))
            for field, position in sorted(places.items(), key=lambda one: _ORDER[one[0]])
            if field != "address"
        ]
        self._blank = _NOTHING._replace(
            stated=sum(map(_bit, set(reading.clear) & places.keys())),
            language=reading.default_language,
        )
        self._address = places["address"]
        self._noes = [(one.position, _refusals(one, reading)) for one in noes]
        self._named = named
        self._doubted: list[tuple[int, str, Callable[[str], bool]]] = [
            *((places[one], one, stems.in_a_name) for one in _NAMES if one in places),
            *((position, heading, _plainly()) for position, heading in unused.items()),
        ]
        # In these, where nobody was asked of them, a bare no may be one.
        self._of_mail = [
            (position, heading) for position, heading in unused.items() if refusals.of_mail(heading)
        ]
        self._clear: dict[int, set[str]] = {}  # by column, what is known to say no no
        self._least = max(*places.values(), *(one.position for one in noes), *unused, 0) + 1

    def many(self, rows: Sequence[Row]) -> Iterator[Values]:
        """The lines that rows are: together where there is nothing to say of any of them."""
        if (lines := self._together(rows)) is not None:
            yield from lines
        elif len(rows) > FEW:
            for start in range(0, len(rows), FEW):
                yield from self.many(rows[start : start + FEW])
        else:
            yield from map(self.one, rows)

    def _together(self, rows: Sequence[Row]) -> Iterable[Values] | None:
        """Of one row or more, if all are good and say no no, the lines; read column by column."""
        if self._named or any(row.problem for row in rows):
            return None
        columns = list(zip_longest(*(row.cells for row in rows), fillvalue=""))
        columns += [("",) * len(rows)] * (self._least - len(columns))
        lines: list[Sequence[Any]] = [[blank] * len(rows) for blank in self._blank]
        lines[_LINE] = [row.line for row in rows]
        stated, by_all = lines[_STATED], 0
        try:
            if any(said for position, read in self._noes for said in map(read, columns[position])):
                return None
            lines[_KEY], lines[_ADDRESS] = zip(
                *map(cells.address, columns[self._address]), strict=True
            )
            for slot, position, read, bit in self._readers:
                found = [cell if cell == "" else read(cell) for cell in columns[position]]
                if all(found):
                    lines[slot] = found
                    by_all |= bit
                elif any(found):
                    blank = self._blank[slot]
                    lines[slot] = [value or blank for value in found]
                    stated = [
                        sum_ | bit if value else sum_
                        for sum_, value in zip(stated, found, strict=True)
                    ]
        except Invalid:
            return None
        lines[_STATED] = [one | by_all for one in stated]
        periods = zip(lines[_SINCE], lines[_UNTIL], strict=True)
        if (
            any(map(cells.says_yes_or_no, set(lines[_NAME])))
            or any(since and until and until < since for since, until in periods)
            or self._doubtful(columns)
        ):
            return None
        return zip(*lines, strict=True)

    def _doubtful(self, columns: Sequence[Sequence[Cell]]) -> bool:
        """Whether one of them may say no in a remark; see `_doubt`."""
        where = list(map(str, columns[self._address]))
        if _BESIDE.search("".join(where)) and any(
            _BESIDE.search(one) and stems.beside_an_address(one) for one in where
        ):
            return True
        for position, _, says in self._doubted:
            cleared = self._clear.setdefault(position, set())
            if len(cleared) > _CACHED:
                cleared.clear()
            new = {one for one in columns[position] if type(one) is str and one} - cleared
            if new and stems.perhaps(new) and any(map(says, new)):
                return True
            cleared |= new
        return any(any(map(refusals.no_word, set(columns[one]))) for one, _ in self._of_mail)

    def one(self, row: Row) -> Values:
        """The line that a row is."""
        if row.problem:
            return BAD, row.line, row.problem.message, "", (row.problem.fact.plain(),), ()
        given = row.cells
        if len(given) < self._least:
            given = [*given, *[""] * (self._least - len(given))]
        line: list[Any] = list(self._blank)
        line[_LINE] = row.line
        try:
            line[_KEY], line[_ADDRESS] = cells.address(given[self._address])
            for slot, position, read, bit in self._readers:
                if (cell := given[position]) != "" and (value := read(cell)):
                    line[slot] = value
                    line[_STATED] |= bit
            if line[_NAME] and not line[_REFERENCE] and cells.says_yes_or_no(line[_NAME]):
                raise Invalid("company_yes_or_no", written=line[_NAME])
            noes = [no for position, read in self._noes for no in read(given[position])]
            if not noes:
                self._doubt(given)
        except Invalid as error:
            return self._bad(row.line, given, error)
        if line[_UNTIL] and line[_SINCE] and line[_UNTIL] < line[_SINCE]:
            return self._bad(row.line, given, _ends_first(line[_SINCE], line[_UNTIL]))
        line[_NOES] = written_noes(noes)
        return tuple(line)

    def _doubt(self, given: Sequence[Cell]) -> None:
        """Hold back who may have said no in a remark. Raises Invalid."""
        if self._named:  # `desabonnes.csv`: whoever its columns say no such thing of
            raise Invalid("line_may_be_no", column="file", written=abbreviated(self._named))
        where = str(given[self._address])
        if _BESIDE.search(where) and stems.beside_an_address(where):
            raise Invalid("line_may_be_no", column="address", written=abbreviated(where))
        for position, heading, says in self._doubted:
            cell = given[position]
            if type(cell) is str and cell and says(cell):
                raise Invalid("line_may_be_no", column=heading, written=abbreviated(cell))
        for position, heading in self._of_mail:
            if refusals.no_word(cell := given[position]):
                raise Invalid("line_may_be_no", column=heading, written=abbreviated(str(cell)))

    def _bad(self, number: int, given: Sequence[Cell], last: CommuniqueError) -> Values:
        """All that is wrong with a line, not only what was first."""
        troubles: list[CommuniqueError] = []
        for position, read in (
            (self._address, cells.address),
            *((position, read) for _, position, read, _ in self._readers),
        ):
            try:
                if given[position] != "" or position == self._address:
                    read(given[position])
            except Invalid as error:
                troubles.append(error)
        if not troubles:
            troubles.append(last)
        written = abbreviated(" ".join(str(given[self._address]).split()))
        reasons = "; ".join(one.message for one in troubles)
        facts = tuple(one.fact.plain() for one in troubles)
        return BAD, number, reasons, written, facts, self._heard(number, given)

    def _heard(self, number: int, given: Sequence[Cell]) -> Values:
        """Whose no a line says that is bad otherwise, and which: empty if it says none (P5)."""
        noes: list[Any] = []
        try:
            key, mailbox = cells.address(given[self._address])
        except Invalid:
            return ()
        for position, read in self._noes:
            with suppress(Invalid):
                noes += read(given[position])
        if not noes:
            return ()
        said = written_noes(noes)
        return tuple(_NOTHING._replace(key=key, line=number, address=mailbox, noes=said, mute=1))


# Of what is wrong with a line, what is told first.
_ORDER = {
    field: place
    for place, field in enumerate(
        (
            *("address", "member", "reference", "since", "until", "consent_since", "sector"),
            *("territory", "kind", "given_name", "family_name", "role", "language", "lists"),
        )
    )
}


def _bit(field: str) -> int:
    return BITS.get("name" if field == "member" else field, 0)


def _readers(reading: Reading) -> Mapping[str, Read]:
    """How each column is read, to plain values. A cell that says nothing is false."""
    languages, known = tuple(reading.languages), reading.list_keys
    horizon = _years_after(reading.today, days.YEARS_AHEAD)

    def since(cell: Cell) -> str | None:
        day = _day(cell, "the_start", reading.dates, days.Side.START)
        if day and day > horizon:
            raise Invalid("date_too_far", what=Fact("the_start"), written=str(day))
        return written(day)

    def until(cell: Cell) -> str | None:
        day = _day(cell, "the_end", reading.dates, days.Side.END)
        # `9999-12-31` is how programs say that there is no end.
        return written(day) if day and day <= horizon else None

    def consent_since(cell: Cell) -> str | None:
        day = _day(cell, "the_consent", reading.dates, days.Side.START)
        if day and day > reading.today:
            raise Invalid("consent_in_future", since=str(day))
        return written(day)

    def text(what: str) -> Read:
        return lambda cell: cells.text(cell, what)

    few: dict[str, Read] = {
        "member": cells.company,
        "since": since,
        "until": until,
        "consent_since": consent_since,
        "language": lambda cell: cells.language(cell, languages),
        "lists": lambda cell: " ".join(cells.lists(cell, known)),
        **{field: text(what) for field, what in _TEXTS.items()},
    }
    # 1, 1.0 and True are equal, and not read alike: so typed.
    readers: dict[str, Read] = {
        field: lru_cache(_CACHED, typed=True)(read) for field, read in few.items()
    }
    return readers | {"reference": cells.reference, "family_name": few["family_name"]}


def _plainly() -> Callable[[str], bool]:
    return lru_cache(_CACHED)(stems.plainly)


def _refusals(column: refusals.Column, reading: Reading) -> Callable[[Cell], Values]:
    """How a column of people's noes is read: plain values, each a no."""

    @lru_cache(_CACHED, typed=True)
    def read(cell: Cell) -> Values:
        return tuple(map(told, refusals.read(column, str(cell).strip(), reading.list_keys)))

    return read


def _day(cell: Cell, what: str, order: days.DayOrder | None, side: days.Side) -> date | None:
    if isinstance(cell, str) and (cell := cell.strip()) in cells.BLANKS:
        return None
    return days.day(cell, what, order, side)


def _ends_first(since: str, until: str) -> Invalid:
    return Invalid("membership_ends_before_start", since=since, until=until)


def _years_after(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28))


def good_or_bad(values: Values) -> Plain | BadLine:
    """What comes out of here, as values of the domain, a good line still plain."""
    if values[0] == BAD:
        _, number, reason, written, told, heard = values
        facts = tuple(map(fact, told))
        codes = tuple(one.code for one in facts)
        no = entry(Plain(*heard)) if heard else None
        return BadLine(number, reason, written, codes, no, facts)
    return Plain._make(values)


def line(values: Values) -> Line:
    """The line as a value of the domain."""
    one = good_or_bad(values)
    return one if isinstance(one, BadLine) else entry(one)
