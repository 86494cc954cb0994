"""Naming: before a release goes that greets by name, those are counted who have none (P11)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from communique.desk import Desk
from communique.desk.comparing import Reading, frozen
from communique.domain.delivery import Forecast
from communique.errors import CommuniqueError
from communique.facts import Fact

NAMES = {  # that a text may address its readers by, and what each is called
    "given_name": Fact("the_given_name"),
    "family_name": Fact("the_family_name"),
    "name": Fact("the_name"),
}


async def told(desk: Desk, reading: Reading, forecasts: Sequence[Forecast]) -> tuple[Forecast, ...]:
    """The forecasts of a release, each with what its readers lack that the text names.

    It parses the texts: in a thread, and in no transaction.
    """
    if not any(one.nameless for one in forecasts):
        return tuple(forecasts)
    addressed = await asyncio.to_thread(_addressed, desk, reading)
    return tuple(
        replace(one, warnings=(*one.warnings, *_doubts(one, addressed))) for one in forecasts
    )


def _addressed(desk: Desk, reading: Reading) -> Mapping[str, frozenset[str]]:
    """The names that texts rest on, by language. Of what cannot be read, nothing is known yet."""
    release, found = reading.release, {}
    try:
        templates = desk.press.templates(release.kind)
        content = frozen(release, reading.associations, templates).read()
        for one in release.editions:
            found[one.language] = frozenset(desk.press.addressed(content, one.language))
    except CommuniqueError:  # whoever submits it is told
        pass
    return found


def _doubts(seen: Forecast, addressed: Mapping[str, frozenset[str]]) -> Iterator[Fact]:
    for (language, name), count in sorted(seen.nameless.items()):
        if name in addressed.get(language, ()):
            yield Fact(
                "readers_without_name",
                association=seen.association,
                language=language,
                count=count,
                what=NAMES[name],
            )
