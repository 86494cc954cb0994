"""What changed between two texts: the paragraphs that did, and the words struck and added in them.

Pure. It may take a tenth of a second for a long text, so it is not for the sending loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

ALIKE = 0.4  # paragraphs that share less were not changed into each other, but replaced

_BREAK = re.compile(r"\n\s*\n")
# A number is one word, however it is written: 1 650 $.
_WORD = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+\S*\s*|\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a paragraph: `was` in the text before, `stays` in the text now, or both."""

    text: str
    was: bool
    stays: bool


Paragraph = tuple[Piece, ...]


def changed(before: str, now: str) -> tuple[Paragraph, ...]:
    """The paragraphs that differ, in their order; none if only the space between them does."""
    old, new = _paragraphs(before), _paragraphs(now)
    return tuple(one for one in _paired(old, new) if any(each.was != each.stays for each in one))


def _paragraphs(text: str) -> list[str]:
    return [one.strip() for one in _BREAK.split(text) if one.strip()]


def _paired(old: Sequence[str], new: Sequence[str]) -> Iterator[Paragraph]:
    for how, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            continue
        for was, stays in zip_longest(old[a:b], new[c:d], fillvalue=""):
            yield _words(was, stays)


def _words(was: str, stays: str) -> Paragraph:
    old, new = _WORD.findall(was), _WORD.findall(stays)
    matcher = SequenceMatcher(None, [one.strip() for one in old], [one.strip() for one in new])
    if not old or not new or matcher.ratio() < ALIKE:
        struck, added = Piece(was, was=True, stays=False), Piece(stays, was=False, stays=True)
        return tuple(one for one in (struck, added) if one.text)
    found: list[Piece] = []
    for how, a, b, c, d in matcher.get_opcodes():
        if how == "equal":
            found.append(Piece("".join(new[c:d]), was=True, stays=True))
            continue
        if a < b:
            found.append(Piece("".join(old[a:b]), was=True, stays=False))
        if c < d:
            found.append(Piece("".join(new[c:d]), was=False, stays=True))
    return tuple(found)
