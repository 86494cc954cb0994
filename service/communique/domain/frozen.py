"""A release as it was frozen, read: what messages and pages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from communique.domain.association import Association
from communique.domain.release import Audience, Edition, Fields
from communique.errors import NotFound

FORMAT = 5  # of what is frozen from now on


@dataclass(frozen=True, slots=True)
class Frozen:
    """A release as it was frozen, whatever was edited, synced or upgraded since.

    Its associations are as they were declared then, without their people and their relay, which no
    reader ever sees.
    """

    key: str
    kind: str
    parties: tuple[str, ...]
    agreement: str | None
    link: str
    editions: tuple[Edition, ...]
    audiences: tuple[Audience, ...]
    associations: tuple[Association, ...]
    templates: Mapping[str, str]  # relative path to source
    fields: Fields = field(default_factory=dict, hash=False)
    newsroom: bool = False  # whether it becomes public where its parties have newsrooms
    public_from: datetime | None = None  # in UTC: before it nobody but the press may have it
    corrects: str = ""  # the release whose press it goes to, with the hour that they were told
    format: int = FORMAT  # says also how it becomes octets, which an upgrade may not change

    def association(self, key: str) -> Association:
        """A party or a host as it was declared. Raises NotFound."""
        for one in self.associations:
            if one.key == key:
                return one
        raise NotFound("content_without_association", release=self.key, association=key)

    def edition(self, language: str) -> Edition | None:
        """The edition in one language, if it was written."""
        return next((one for one in self.editions if one.language == language), None)
