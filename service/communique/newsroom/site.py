"""A newsroom and where it is: all that its pages are made of besides their stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from communique.domain.association import Association
from communique.domain.newsroom import AT, Headline, Room, root
from communique.domain.text import in_language
from communique.newsroom.addresses import Addresses, Asked, List, One


def here(public_url: str, association: str) -> Addresses:
    """Where the desk itself shows a newsroom."""
    return Addresses(f"{public_url.rstrip('/')}/{AT}/{association}")


def home(public_url: str, room: Room) -> Addresses:
    """Where the world finds a newsroom: on its association's own site, if it says so."""
    own = room.association.newsroom
    return Addresses(root(public_url, room.association), files=bool(own and own.address))


@dataclass(frozen=True, slots=True)
class Site:
    """`here` is where its pages link to each other; `home` is where the world finds it."""

    room: Room
    here: Addresses
    home: Addresses
    now: datetime

    @property
    def association(self) -> Association:
        """Whose it is, as it is declared now."""
        return self.room.association

    def name(self, language: str) -> str:
        """What the association is called."""
        return in_language(self.association.names, language)

    def absolute(self, asked: Asked) -> str:
        """The whole address of anything."""
        return self.home.absolute(asked)

    def of(self, headline: Headline) -> One:
        """The page of a story."""
        return One(headline.language, headline.year, headline.key)

    def link(self, headline: Headline) -> str:
        """The whole address of a story."""
        return self.absolute(self.of(headline))

    def front(self, language: str) -> str:
        """The whole address of all news in a language."""
        return self.absolute(List(language))
