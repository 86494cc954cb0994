"""What can go wrong that a caller must know of.

One base class; each docstring is the default message. An error that a person can mend says where
(`file`, `line`) and how (`remedy`). It must never carry a secret.
"""

from __future__ import annotations

from pathlib import Path


class CommuniqueError(Exception):
    """Something went wrong."""

    def __init__(
        self,
        message: str | None = None,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message or (self.__doc__ or "").splitlines()[0]
        self.file = file
        self.line = line
        self.remedy = remedy
        super().__init__(self.message)

    @property
    def where(self) -> str | None:
        """`file:line`, `file`, or None: the form that editors and terminals make clickable."""
        if self.file is None:
            return None
        return f"{self.file}:{self.line}" if self.line is not None else str(self.file)

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.remedy:
            parts.append(self.remedy)
        return " — ".join(parts)


class SettingsInvalid(CommuniqueError):
    """A setting has no valid value."""


class FileInvalid(CommuniqueError):
    """A file cannot be read as what it should be."""


class Invalid(CommuniqueError):
    """A value does not meet its rule."""


class NotFound(CommuniqueError):
    """There is no such thing here."""


class Refused(CommuniqueError):
    """The rules do not allow this now."""


class ContentChanged(Refused):
    """The content is no longer the content that was approved."""


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

    def __init__(self, problems: list[CommuniqueError], message: str | None = None) -> None:
        self.problems = problems
        super().__init__(message or f"{len(problems)} things are wrong")

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])
