"""Templates and composition joined: frozen content becomes the bytes that a reader is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from communique import rendering
from communique.domain.mail import Marks, Reader
from communique.domain.release import Content, Edition
from communique.errors import Invalid, TemplateInvalid
from communique.ports import Composer
from communique.smtp.composing import Composition, Letterhead, plain_text, quoted_printable

ENCODING = rendering.Encoding(quoted_printable, plain_text)


@dataclass(frozen=True, slots=True)
class Composed:
    """A composer: renders a reader's pieces and makes them a message."""

    prepared: rendering.Prepared[bytes]
    composition: Composition

    def compose(self, reader: Reader, marks: Marks) -> bytes:
        """See `ports.Composer`."""
        one = self.prepared.render(reader, marks)
        try:
            return self.composition.compose(
                reader, marks, subject=one.subject, text=one.text, html=one.html
            )
        except Invalid as error:
            raise TemplateInvalid(error.message, remedy=error.remedy) from error


@dataclass(frozen=True, slots=True)
class Press:
    """See `ports.Press`: templates from a folder, messages from frozen content only."""

    folder: Path

    def templates(self, kind: str) -> Mapping[str, str]:
        """The template files that a kind can reach."""
        return rendering.templates(self.folder, kind)

    def check(self, content: Content, editions: tuple[Edition, ...]) -> Sequence[str]:
        """Warnings, or Problems."""
        return rendering.check(content, editions)

    def sample(self, kind: str, language: str) -> Reader:
        """The template's sample reader."""
        return rendering.sample(self.folder, kind, language)

    def composer(
        self, content: Content, association: str, language: str, date: datetime
    ) -> Composer:
        """Prepare what all readers share."""
        letterhead = Letterhead.read(content, association, language, date=date)
        prepared = rendering.prepare_encoded(content, association, language, date, ENCODING)
        return Composed(prepared, Composition(letterhead))
