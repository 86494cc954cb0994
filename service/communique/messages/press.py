"""What `ports.Press` asks for: messages and articles of what was frozen, letters of templates.

What makes them is loaded when one is made: most commands make none. A service loads it beforehand
(`messages.load`), so that its loop need not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from communique.domain.activity import Activity
from communique.domain.content import Article, Frozen, Variant
from communique.domain.kind import FILE, KindDefinition, Nature
from communique.domain.law import Asked
from communique.domain.letter import Letter
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.release import Edition
from communique.errors import CommuniqueError, Invalid, TemplateInvalid
from communique.ports import Composer

if TYPE_CHECKING:
    from communique.messages.headers import Composition
    from communique.messages.render import Prepared


@dataclass(frozen=True, slots=True)
class Composed:
    """A composer: renders a reader's pieces and makes them a message."""

    prepared: Prepared
    composition: Composition

    def compose(self, reader: Recipient, marks: MessageIdentity) -> bytes:
        """See `ports.Composer`."""
        rendered = self.prepared.render(reader, marks)
        try:
            return self.composition.compose(reader, marks, rendered)
        except Invalid as error:
            raise TemplateInvalid.of(error) from error


@dataclass(frozen=True, slots=True)
class Apart:
    """A composer where some lists are of the press: only they get what was rendered for them.

    What everybody else gets was made of values in which it is not.
    """

    everybody: Composed
    press: Composed
    lists: Collection[str]  # of the press

    def compose(self, reader: Recipient, marks: MessageIdentity) -> bytes:
        """See `ports.Composer`."""
        one = self.press if reader.list_key in self.lists else self.everybody
        return one.compose(reader, marks)


@dataclass(frozen=True, slots=True)
class Press:
    """See `ports.Press`: what is sent of a release comes from frozen content, never from a file."""

    folder: Path
    shipped: Traversable | None = None  # the package's own templates

    def templates(self, kind: str) -> Mapping[str, str]:
        """The template files that a kind can reach."""
        from communique.messages import catalog

        return catalog.templates(self.folder, kind)

    def kinds(self) -> Sequence[str]:
        """The keys of the kinds that there are."""
        from communique.messages import catalog

        return catalog.kinds(self.folder)

    def kind(self, key: str) -> KindDefinition:
        """What the kind declares."""
        from communique.messages import fields

        return fields.declared(self.templates(key), key)

    def check(
        self, content: Frozen, editions: tuple[Edition, ...], asks: Mapping[str, Asked]
    ) -> Sequence[CommuniqueError]:
        """Warnings, or Problems."""
        from communique.messages.checking import check

        return check(content, editions, asks)

    def activity(self, content: Frozen) -> Activity | None:
        """The activity that it announces."""
        from communique.messages import calendar

        return calendar.of(content)

    def addressed(self, content: Frozen, language: str) -> Collection[str]:
        """The names that its texts rest on."""
        from communique.messages.naming import addressed

        return addressed(content, language)

    def sample(self, kind: str, language: str) -> Recipient:
        """The template's sample reader."""
        from communique.messages import catalog

        return catalog.sample(self.folder, kind, language)

    def composer(self, variant: Variant) -> Composer:
        """Prepare what all readers share."""
        from communique.messages import calendar
        from communique.messages.embargo import marked
        from communique.messages.headers import Composition, HeaderSet
        from communique.messages.render import prepare

        composition = Composition(HeaderSet.of(variant), calendar.parts(variant))
        everybody = Composed(prepare(variant), composition)
        lists = variant.press_lists
        if not lists:
            return everybody
        press = marked(replace(variant, press=True))
        return Apart(everybody, Composed(prepare(press), composition), lists)

    def nature(self, content: Frozen) -> Nature:
        """The nature of its kind."""
        if f"{content.kind}/{FILE}" not in content.templates and content.kind in list(Nature):
            return Nature(content.kind)  # from before kinds declared anything
        from communique.messages import fields

        return fields.declared(content.templates, content.kind).nature

    def prose(self, text: str, language: str) -> str:
        """Clean HTML."""
        from communique.messages import markdown

        return markdown.to_html(text, lambda _: (), language)

    def article(self, variant: Variant) -> Article:
        """The words for a page."""
        from communique.messages.article import article

        return article(variant)

    def letter(self, letter: Letter) -> bytes:
        """One whole message that is no release."""
        from communique.messages import catalog, letters
        from communique.messages.headers import compose_letter

        shipped = self.shipped or self.folder
        files = catalog.letter_templates(self.folder, letter.purpose, shipped)
        return compose_letter(letter, letters.render(files, letter))
