"""How frozen content becomes messages, letters and articles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from communique.domain.activity import Activity
from communique.domain.content import Article, Frozen, Variant
from communique.domain.kind import KindDefinition, Nature
from communique.domain.law import Asked
from communique.domain.letter import Letter
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.release import Edition
from communique.errors import CommuniqueError


class Composer(Protocol):
    """Makes the messages of one release for one association in one language."""

    def compose(self, reader: Recipient, marks: MessageIdentity) -> bytes:
        """The whole message, as `Message.content` is. Raises TemplateInvalid for this reader."""


class Press(Protocol):
    """Turns frozen content into messages and pages, and templates into letters."""

    def templates(self, kind: str) -> Mapping[str, str]:
        """Every template file that a release of this kind can reach: relative path to source."""

    def kinds(self) -> Sequence[str]:
        """The keys of the kinds that there are templates of."""

    def kind(self, key: str) -> KindDefinition:
        """What a kind declares: its names, and its fields. Raises TemplateInvalid, and NotFound."""

    def check(
        self, content: Frozen, editions: tuple[Edition, ...], asks: Mapping[str, Asked]
    ) -> Sequence[CommuniqueError]:
        """Warnings. Raises Problems if anything could fail at sending, or is not lawful.

        `editions` tell only which file and line a text came from. `asks` has what is asked of each
        association's messages; of one that is not there, all that any law asks.
        """

    def activity(self, content: Frozen) -> Activity | None:
        """The activity that it announces, if it does. Raises TemplateInvalid for fields that do not
        tell when it is.
        """

    def addressed(self, content: Frozen, language: str) -> Collection[str]:
        """By which names its texts in a language address a reader, with nothing in the place of
        one that is missing: of `given_name`, `family_name` and `name`. Raises TemplateInvalid.
        """

    def sample(self, kind: str, language: str) -> Recipient:
        """The reader that a preview shows when no subscriber is named."""

    def composer(self, variant: Variant) -> Composer:
        """Prepare what all readers share. Its date becomes the Date header of every message."""

    def nature(self, content: Frozen) -> Nature:
        """What its kind announces, as it was frozen. Raises TemplateInvalid."""

    def prose(self, text: str, language: str) -> str:
        """A field of prose, Markdown that addresses nobody, as clean HTML."""

    def article(self, variant: Variant) -> Article:
        """The words of a release for a page that anybody may read: no reader, nothing personal.

        A section for some readers only is left out. Raises TemplateInvalid, with the line, where
        the words would have a hole without a reader.
        """

    def letter(self, letter: Letter) -> bytes:
        """One message that is no release, ready for `Mail.content`. Raises TemplateInvalid,
        Invalid for a name or an address that cannot stand in a header, and Problems that name
        each template that is missing.
        """
