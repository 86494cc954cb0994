"""What can go wrong that a caller must know of: a code, and the fields that its words are made of.

One base class; the words are in `wording`, by code. An error that a person can mend says where
(`file`, `line`) and how (`remedy`). It must never carry a secret, nor name a command, an option or
a variable: each door says for itself how a thing is done there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from communique.wording import ADVICE, WORDS, Remedy

# Plain values, so that a program gets them as they are.
Field = str | int | float | bool | Path | None | Sequence[str]


def worded(words: str, fields: Mapping[str, Field]) -> str:
    """Fill the `{blanks}` of some words. Of several values, all are said; of none, `none`."""
    return words.format(**{name: _said(value) for name, value in fields.items()})


def _said(value: Field) -> Field:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value) or "none"
    return value


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
        """What is wrong, by its code; without one, by its class.

        `message` and `remedy` are for what `wording` does not say of that code.
        """
        self.code = code or _code(type(self))
        self.fields: dict[str, Any] = fields
        self.message = worded(message or WORDS.get(self.code) or _first_line(self.__doc__), fields)
        self.file = file
        self.line = line
        advice = remedy or ADVICE.get(self.code)
        self.remedy = worded(advice, fields) if isinstance(advice, str) else advice
        super().__init__(self.message)

    @classmethod
    def of(
        cls,
        error: CommuniqueError,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> Self:
        """The same said as this kind of error, of a place that is known by now."""
        same = cls(error.code, file=file, line=line, **error.fields)
        same.message = error.message
        same.remedy = remedy or error.remedy
        return same

    @property
    def advice(self) -> str | None:
        """The remedy in words that are true at every door."""
        if isinstance(self.remedy, Remedy):
            return worded(self.remedy.value, self.fields)
        return self.remedy

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
        super().__init__(code, count=len(problems), **fields)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])
