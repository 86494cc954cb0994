"""The French of all that the command line says: its sentences by their English, and how it writes.

Typed with plain spaces: where French has one that holds, `typography` puts it.
"""

from __future__ import annotations

from collections.abc import Mapping

from communique.cli.french import (
    advantages,
    advice,
    counted,
    desk,
    help_desk,
    help_people,
    help_releases,
    newsroom,
    people,
    releases,
    values,
)
from communique.wording.typography import french as held
from communique.wording.typography import nested

__all__ = ["PLURALS", "SENTENCES", "nested", "values"]

_TABLES = (
    *(advantages, advice, desk, newsroom, people, releases),
    *(help_desk, help_people, help_releases),
)

SENTENCES: Mapping[str, str] = {
    english: held(french) for table in _TABLES for english, french in table.SENTENCES.items()
}
PLURALS: Mapping[str, tuple[str, str]] = {
    english: (held(one), held(many)) for english, (one, many) in counted.PLURALS.items()
}
