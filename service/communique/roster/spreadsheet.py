"""Reads the spreadsheet that an association already has: good lines, and what is wrong with others.

Every line that is not blank comes out, as an Entry or a BadLine, as it is read: memory does not
grow with the file (P9).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from communique.domain import address
from communique.domain.member import (
    EVERYTHING,
    BadLine,
    Entry,
    Member,
    Subscriber,
)
from communique.domain.text import abbreviated
from communique.errors import FileInvalid, Invalid
from communique.roster import cells, columns, refusals
from communique.roster.rows import Cell, Row, open_rows

Value = TypeVar("Value")


class Sheet:
    """An open spreadsheet, with its header understood. Iterate to read it, from the top each time.

    `chosen` names the columns that their headings do not give away: field to heading
    (`{"address": "Courriel 2"}`; the fields are `columns.HEADINGS`). A person without a language
    gets `default_language`; a consent later than `today` is refused. `dates` is the order in which
    the file writes 03/06/2024, if that is known. Columns that are `ignored`, by their headings, are
    for nothing; of the fields to `clear`, an empty cell means that there is none (elsewhere it says
    nothing). Raises FileInvalid.
    """

    def __init__(
        self,
        path: Path,
        *,
        languages: Collection[str],
        default_language: str,
        list_keys: Collection[str],
        today: date,
        chosen: Mapping[str, str] | None = None,
        dates: cells.DayOrder | None = None,
        ignored: Collection[str] = (),
        clear: Collection[str] = (),
    ) -> None:
        self.path = path
        self._clear = frozenset(clear)
        self._dates = dates
        self._languages = languages
        self._default_language = default_language
        self._list_keys = list_keys
        self._today = today
        self._rows = open_rows(path)
        self._header = Row(1, ())
        try:
            self._header = self._find_header()
            self._headings = [cells.text(cell, "a heading") for cell in self._header.cells]
            self._places = columns.place(self._headings, chosen or {}, ignored)
            left_out = columns.positions(self._headings, ignored)
            self._noes = refusals.found(self._headings, {*self._places.values(), *left_out})
        except Invalid as error:
            self._rows.close()
            raise FileInvalid.of(error, file=path, line=self._header.line) from error

    def _find_header(self) -> Row:
        for row in self._rows:
            if row.problem:
                raise Invalid("line_unreadable", reason=row.problem)
            if not _blank(row):
                return row
        raise Invalid("spreadsheet_empty")

    @property
    def form(self) -> str:
        """What the file was saved as: encoding and delimiter, or XLSX."""
        return self._rows.form

    @property
    def columns(self) -> dict[str, str]:
        """Which heading is taken for which field."""
        return {field: self._headings[position] for field, position in self._places.items()}

    @property
    def noes(self) -> tuple[str, ...]:
        """The headings under which people are found who said no elsewhere."""
        return tuple(one.heading for one in self._noes)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The headings that are taken for nothing."""
        taken = {*self._places.values(), *(one.position for one in self._noes)}
        return tuple(h for position, h in enumerate(self._headings) if h and position not in taken)

    @property
    def size(self) -> int:
        """How far `position` goes: octets of a CSV, rows of a workbook."""
        return self._rows.size

    @property
    def position(self) -> int:
        """How much of `size` was read so far."""
        return self._rows.position

    def __iter__(self) -> Iterator[Entry | BadLine]:
        for row in self._rows:
            if row.line > self._header.line and not _blank(row):
                yield self._read(row)

    def _read(self, row: Row) -> Entry | BadLine:
        if row.problem:
            return BadLine(row.line, row.problem, codes=("line_unreadable",))
        reasons: list[Invalid] = []
        stated = {
            field
            for field, position in self._places.items()
            if field in self._clear
            or (position < len(row.cells) and str(row.cells[position]).strip())
        }

        def given(field: str) -> Cell:
            position = self._places.get(field)
            return "" if position is None or position >= len(row.cells) else row.cells[position]

        def noted(read: Callable[[], Value], instead: Value) -> Value:
            try:
                return read()
            except Invalid as error:
                reasons.append(error)
                return instead

        def text(field: str, what: str) -> str:
            return noted(lambda: cells.text(given(field), what), "")

        def day(field: str, what: str) -> date | None:
            return noted(lambda: cells.day(given(field), what, self._dates), None)

        written = str(given("address")).strip()
        mailbox = noted(lambda: address.parse(cells.unprotected(written)), None)
        name = noted(lambda: cells.company(given("member"), numbered="reference" in stated), "")
        since, until = day("since", "the start"), day("until", "the end")
        if since and until and until < since:
            reasons.append(
                Invalid("membership_ends_before_start", since=str(since), until=str(until))
            )
        consent_since = day("consent_since", "the consent")
        if consent_since and consent_since > self._today:
            reasons.append(Invalid("consent_in_future", since=str(consent_since)))
        entry = Entry(
            line=row.line,
            member=Member(
                reference=text("reference", "the reference"),
                name=name,
                sector=text("sector", "the sector"),
                territory=text("territory", "the territory"),
                kind=text("kind", "the kind"),
                since=since,
                until=until,
            ),
            subscriber=Subscriber(
                address=mailbox or address.Address("", ""),
                given_name=text("given_name", "the given name"),
                family_name=text("family_name", "the family name"),
                language=noted(lambda: cells.language(given("language"), self._languages), "")
                or self._default_language,
                role=text("role", "the role"),
            ),
            lists=noted(lambda: cells.lists(given("lists"), self._list_keys), ()),
            consent_since=consent_since,
            noes=tuple(
                no
                for one in self._noes
                if one.position < len(row.cells)
                for no in refusals.read(one, str(row.cells[one.position]).strip(), self._list_keys)
            ),
            stated=EVERYTHING & {"name" if field == "member" else field for field in stated},
        )
        if not reasons:
            return entry
        said, codes = "; ".join(one.message for one in reasons), (one.code for one in reasons)
        return BadLine(row.line, said, abbreviated(written), tuple(codes))

    def close(self) -> None:
        """Close the file."""
        self._rows.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _blank(row: Row) -> bool:
    return not row.problem and not any(str(cell).strip() for cell in row.cells)
