"""Facts: what is told, as a code and the fields that its words are made of.

What goes wrong, what is to be looked at twice, and why something was done: each is a fact below the
doors, and words at them. English is `wording`; another language is one more table, by the same
codes. A fact may be part of another, as the field of an error that says what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Union

from communique.wording import ADVICE, WORDS, Remedy

# Plain values, so that a program gets them as they are; facts, and of either several.
Field = Union[str, int, float, bool, Path, "Fact", None, Sequence[str], Sequence["Fact"]]
Why = Union[str, "Fact"]  # why something was done: in a person's own words, or what we found
Words = Mapping[str, str]
NONE = "none_named"  # what is said where a list is empty


class Fact:
    """A code, and the fields that its words are made of. Two that say the same are equal."""

    __slots__ = ("code", "fields")

    code: str
    fields: Mapping[str, Any]

    def __init__(self, code: str, /, **fields: Field) -> None:
        self.code = code
        self.fields = {name: _kept(value) for name, value in fields.items()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fact):
            return NotImplemented
        return (self.code, self.fields) == (other.code, other.fields)

    def __hash__(self) -> int:
        return hash((self.code, tuple(self.fields.items())))

    def __repr__(self) -> str:
        return "".join(
            (f"Fact({self.code!r}", *(f", {k}={v!r}" for k, v in self.fields.items()), ")")
        )

    def __str__(self) -> str:
        """Its English, for logs, with what to do about it."""
        return told(self)

    def plain(self) -> dict[str, Any]:
        """The same in plain values: what can be written down, or sent to another process."""
        return {"code": self.code, "fields": {k: plain(v) for k, v in self.fields.items()}}


def fact(of: Mapping[str, Any]) -> Fact:
    """The fact that `plain` wrote down."""
    return Fact(of["code"], **{name: unplain(value) for name, value in of["fields"].items()})


def plain(value: Any) -> Any:
    """A field in plain values."""
    match value:
        case Fact():
            return value.plain()
        case Enum():
            return value.value
        case bool() | int() | float() | None:
            return value
        case list() | tuple():
            return [plain(one) for one in value]
    return str(value)


def unplain(value: Any) -> Any:
    """The field that `plain` wrote down."""
    match value:
        case dict():
            return fact(value)
        case list():
            return [unplain(one) for one in value]
    return value


def _kept(value: Field) -> Field:
    return tuple(value) if isinstance(value, list) else value


def worded(text: str, fields: Mapping[str, Field], words: Words = WORDS) -> str:
    """Fill the `{blanks}` of some words. Of several values, all are said."""
    return text.format(**{name: _said(value, words) for name, value in fields.items()})


def told(one: Fact, words: Words = WORDS, advice: Mapping[str, str | Remedy] = ADVICE) -> str:
    """A fact in words, with what to do about it.

    One that nobody knows the words of, since a later version wrote it down, is said by its code.
    """
    text = worded(words.get(one.code, one.code), one.fields, words)
    more = advice.get(one.code)
    if more is None:
        return text
    more = more.value if isinstance(more, Remedy) else more
    return f"{text} — {worded(more, one.fields, words)}"


class _Several:
    """Values said one after the other: `{blank:or}` has an “or” before the last, `{blank:;}` parts,
    and `{blank:.}` lets each stand as the sentence that it is.

    Of none, that there is none.
    """

    def __init__(self, values: Sequence[object], words: Words) -> None:
        self._words = words
        self._each = [str(_said(one, words)) for one in values]

    def __format__(self, how: str) -> str:
        if not self._each:
            return self._words[NONE]
        if how == ".":
            return " ".join(self._each)
        if how in ("", ";"):
            return f"{how or ','} ".join(self._each)
        *before, last = self._each
        start = ", ".join(before)
        return f"{start}{self._words[f'joined_{how}']}{last}" if start else last


class Count(int):
    """A number in a sentence: `{count:one|many}` is the word that goes with so many."""

    def __format__(self, how: str) -> str:
        one, bar, many = how.partition("|")
        if not bar:
            return super().__format__(how)
        return one if self.is_one else many

    @property
    def is_one(self) -> bool:
        """Whether a language takes the word for one thing with it."""
        return self == 1


def _said(value: object, words: Words) -> object:
    """A field as its words have it. A state or verb is its own word, unless a language has one."""
    match value:
        case Fact():
            return told(value, words)
        case Enum():
            code = f"{type(value).__name__.lower()}_{value.value}"
            return words.get(code, str(value.value).replace("_", " "))
        case bool() | Count():
            return value
        case int():
            return Count(value)
        case list() | tuple():
            return _Several(value, words)
    return value
