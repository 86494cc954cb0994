"""What can go wrong that a caller must know of: a code, and the fields that its words are made of.

One base class; the words are in `wording`, by code. An error that a person can mend says where
(`file`, `line`) and how (`remedy`). It must never carry a secret, nor name a command, an option or
a variable: each door says for itself how a thing is done there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from communique.facts import Fact, Field, Words, worded
from communique.wording import ADVICE, WORDS, Remedy


class CommuniqueError(Exception):
    """Something went wrong."""

    def __init__(
        self,
        code: str | None = None,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        message: str | None = None,
        remedy: Remedy | str | None = None,
        **fields: Field,
    ) -> None:
        """What is wrong, by its code; without one, by its class. `remedy` is for one that depends.

        `message` is for a door's own, of a code that `wording` does not say.
        """
        self.code = code or _code(type(self))
        self.fields: dict[str, Any] = fields
        self.file = file
        self.line = line
        self.key: str | None = None  # in that file, where it is a value's
        self.remedy = remedy or ADVICE.get(self.code)
        self._own = message
        super().__init__(self.code)

    @classmethod
    def of(
        cls,
        error: CommuniqueError,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        key: str | None = None,
        remedy: Remedy | str | None = None,
    ) -> Self:
        """The same said as this kind of error, of a place that is known by now."""
        same = cls(error.code, file=file, line=line, message=error._own, **error.fields)
        same.key = key
        same.remedy = remedy or error.remedy
        return same

    def said(self, words: Words = WORDS, fields: Mapping[str, Field] | None = None) -> str:
        """What is wrong, in the words of a language: by its code, or by a door's own English.

        `fields` are its own, as that language writes what they hold.
        """
        text = words.get(self._own or self.code) or self._own or _first_line(self.__doc__)
        text = worded(text, self.fields if fields is None else fields, words)
        named = self.key is None or f"`{self.key}`" in text
        return text if named else f"`{self.key}`: {text}"

    @property
    def message(self) -> str:
        """The same in English."""
        return self.said()

    @property
    def fact(self) -> Fact:
        """What is wrong, and where, to be kept with something that happened because of it."""
        one = Fact(self.code, **self.fields)
        return Fact("told_of_file", where=self.where, problem=one) if self.where else one

    @property
    def advice(self) -> str | None:
        """The remedy in words that are true at every door."""
        if isinstance(self.remedy, Remedy):
            return worded(self.remedy.value, self.fields)
        return self.remedy and worded(self.remedy, self.fields)

    @property
    def where(self) -> str | None:
        """`file:line`, `file`, or None: the form that editors and terminals make clickable."""
        if self.file is None:
            return None
        return f"{self.file}:{self.line}" if self.line is not None else str(self.file)

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.advice:
            parts.append(self.advice)
        return " — ".join(parts)


def _code(kind: type[CommuniqueError]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]


class SettingsInvalid(CommuniqueError):
    """A setting has no valid value."""


class FileInvalid(CommuniqueError):
    """A file cannot be read as what it should be."""


class Invalid(CommuniqueError):
    """A value does not meet its rule."""


class NotFound(CommuniqueError):
    """There is no such thing here."""


class NotAllowed(CommuniqueError):
    """The rules do not allow this now."""


class ContentChanged(NotAllowed):
    """The content is no longer the content that was approved."""


class ContentUnreadable(ContentChanged):
    """The content cannot be read as what was approved."""


class TemplateInvalid(CommuniqueError):
    """A template, or an edition's body, cannot be rendered."""


class StoreUnavailable(CommuniqueError):
    """The database cannot be used."""


class DataRefused(CommuniqueError):
    """The database is well, and takes no such data."""


class TransportUnavailable(CommuniqueError):
    """The relay cannot be used."""


class AlreadyRunning(CommuniqueError):
    """Another service already works on this desk."""


class Problems(CommuniqueError):
    """Several things are wrong."""

    def __init__(
        self,
        problems: list[CommuniqueError],
        code: str = "problems_found",
        **fields: Any,
    ) -> None:
        self.problems = problems
        self.warnings: list[CommuniqueError] = []  # found with them, and in nobody's way
        super().__init__(code, count=len(problems), **fields)

    def beside(self, warnings: Iterable[CommuniqueError]) -> Self:
        """The same, with what was found besides."""
        self.warnings += warnings
        return self

    @property
    def fact(self) -> Fact:
        """All that is wrong."""
        return Fact("told_each", problem=super().fact, each=[one.fact for one in self.problems])

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])
