"""Writes a further term of an agreement into its file, and the release that announces it.

The file stays as people wrote it, comments and all, but for the lines of the new term.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

import tomlkit
from babel.dates import format_date
from babel.lists import format_list
from tomlkit.items import AoT, Comment, Table, Whitespace

from communique import files
from communique.declared.associations import AGREEMENTS
from communique.domain.association import Agreement, Association, Term
from communique.domain.release import Audience, Edition, Release
from communique.domain.skeleton import skeleton
from communique.domain.text import in_language
from communique.errors import FileInvalid, NotAllowed

ANNOUNCEMENT = "announcement"

# The facts, as an edition tells them, by language. What they mean is for people to write.
_TOLD: Mapping[str, tuple[str, str, str]] = {
    "fr": (
        "{name} : reconduction jusqu’au {ends}",
        "{parties} poursuivent leur coopération, du {starts} au {ends}.",
        "{parties} reconduisent « {name} » pour une nouvelle période, du {starts} au {ends}.",
    ),
    "en": (
        "{name}: renewed until {ends}",
        "{parties} go on working together, from {starts} to {ends}.",
        "{parties} renew “{name}” for a further term, from {starts} to {ends}.",
    ),
}


class Renewal:
    """The file of agreements as it would be with one more term. Nothing is written until `keep`."""

    def __init__(self, folder: Path, key: str, term: Term) -> None:
        """Raises FileInvalid for a file in which a term cannot be put so that all else stays."""
        self.file = folder / AGREEMENTS
        self._folder = folder
        self._before = files.text(self.file, folder)
        self._now = _with(self._before, key, term, self.file)

    @property
    def difference(self) -> Sequence[str]:
        """What changes in the file, line by line."""
        before, now = (text.splitlines() for text in (self._before, self._now))
        name = f"subscribers/{self.file.name}"
        return list(unified_diff(before, now, name, name, lineterm=""))

    def keep(self) -> None:
        """Put it in the file's place, whole or not at all.

        Raises NotAllowed where somebody changed the file since it was read.
        """
        real = self.file.resolve()
        handle, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
        try:
            with open(handle, "w", encoding="utf-8", newline="") as out:
                out.write(self._now)
                out.flush()
                os.fsync(out.fileno())
            os.chmod(name, real.stat().st_mode & 0o777)
            if files.text(self.file, self._folder) != self._before:
                raise NotAllowed("file_changed_meanwhile", file=self.file)
            os.replace(name, real)
        except BaseException:
            os.unlink(name)
            raise


def _with(source: str, key: str, term: Term, file: Path) -> str:
    """The text with a term below the last one of an agreement."""
    mark = "\ufeff" if source.startswith("\ufeff") else ""
    plain = source.removeprefix(mark).replace("\r\n", "\n")
    document = tomlkit.parse(plain)
    agreement = next(one for one in document["agreement"] if one["key"] == key)
    terms = agreement["term"]
    if isinstance(terms, AoT):
        _append(terms, term)
    else:
        inline = tomlkit.inline_table()
        inline.update(_days(term))
        terms.append(inline)
    written = tomlkit.dumps(document)
    expected = tomllib.loads(plain)
    next(one for one in expected["agreement"] if one["key"] == key)["term"].append(_days(term))
    try:
        placed = tomllib.loads(written) == expected
    except tomllib.TOMLDecodeError:  # a list of terms over several lines that ends in a remark
        placed = False
    if not placed:  # and then nothing is written
        raise FileInvalid("term_not_placed", agreement=key, file=file)
    return mark + _as_before(source.removeprefix(mark), written)


def _as_before(source: str, written: str) -> str:
    """What was written, each line that was there with the end that it had, and new ones with that
    of the line above.
    """
    before = source.splitlines(keepends=True)
    now = written.splitlines(keepends=True)
    plain = [one.replace("\r\n", "\n") for one in before]
    lines: list[str] = []
    for tag, first, last, start, stop in SequenceMatcher(
        None, plain, now, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            lines += before[first:last]
            continue
        ends = "\r\n" if lines and lines[-1].endswith("\r\n") else "\n"
        lines += [one.replace("\n", ends) for one in now[start:stop]]
    return "".join(lines)


def _append(terms: AoT, term: Term) -> None:
    """Below the last one, and above what stands after a blank line: that is of what follows."""
    last = terms[-1]
    assert isinstance(last, Table)  # noqa: S101 - such an array has no others
    after = _taken_off(last)
    new = tomlkit.table()
    new.update(_days(term))
    last.add(tomlkit.nl())
    for one in after:
        new.add(one)
    terms.append(new)


def _taken_off(last: Table) -> list[Comment | Whitespace]:
    """What stands below the values of a table, from the first blank line on: without it there."""
    body = last.value.body
    begins = len(body)
    while begins and body[begins - 1][0] is None:
        begins -= 1
    blank = next(
        (n for n in range(begins, len(body)) if not body[n][1].as_string().strip()), len(body)
    )
    after = [item for _, item in body[blank:] if isinstance(item, Comment | Whitespace)]
    del body[blank:]
    return after


def _days(term: Term) -> dict[str, date]:
    return {"starts": term.starts, "ends": term.ends}


def announcing(
    agreement: Agreement, term: Term, parties: Sequence[Association], key: str
) -> Release:
    """The release that tells of a further term, with the facts and a place to write the rest."""
    spoken = dict.fromkeys(language for one in parties for language in one.languages)
    return Release(
        key=key,
        kind=ANNOUNCEMENT,
        parties=tuple(one.key for one in parties),
        editions=tuple(_edition(one, agreement, term, parties) for one in spoken),
        audiences=tuple(
            Audience(one.key, tuple(each.key for each in one.lists[:1])) for one in parties
        ),
        agreement=agreement.key,
    )


def _edition(
    language: str, agreement: Agreement, term: Term, parties: Sequence[Association]
) -> Edition:
    if language not in _TOLD:
        return Edition(language, "", "", "")
    told = {
        "name": in_language(agreement.names, language),
        "parties": format_list(
            [in_language(one.names, language) for one in parties], locale=language
        ),
        "starts": _day(term.starts, language),
        "ends": _day(term.ends, language),
    }
    subject, foretaste, facts = (one.format(**told) for one in _TOLD[language])
    return Edition(language, subject, foretaste, f"{facts}\n\n{skeleton(language).body}")


def _day(day: date, language: str) -> str:
    shown = format_date(day, "long", locale=language)
    return f"1er{shown[1:]}" if language == "fr" and day.day == 1 else shown
