"""What a shell may complete: the keys of a desk’s releases, associations, lists and agreements.

Says nothing where there is no desk, or none that can be read just now, and makes none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from communique.domain.actor import OPERATOR
from communique.errors import CommuniqueError

if TYPE_CHECKING:
    from communique.desk import Desk
    from communique.domain.association import Association


def releases(incomplete: str) -> list[str]:
    """Keys of the newest releases."""
    return _beginning(incomplete, _releases)


def associations(incomplete: str) -> list[str]:
    """Keys of associations."""
    return _beginning(incomplete, _associations)


def lists(incomplete: str) -> list[str]:
    """Keys of lists, of whichever association."""
    return _beginning(incomplete, _lists)


def agreements(incomplete: str) -> list[str]:
    """Keys of agreements."""
    return _beginning(incomplete, _agreements)


async def _releases(desk: Desk) -> list[str]:
    from communique.desk import inspecting

    return [one.key for one, _ in await inspecting.releases(desk, OPERATOR)]


async def _known(desk: Desk) -> list[Association]:
    from communique.desk import inspecting

    return list(await inspecting.associations(desk, OPERATOR))


async def _associations(desk: Desk) -> list[str]:
    return [one.key for one in await _known(desk)]


async def _lists(desk: Desk) -> list[str]:
    return sorted({each.key for one in await _known(desk) for each in one.lists})


async def _agreements(desk: Desk) -> list[str]:
    from communique.desk import agreeing

    return [one.agreement.key for one in await agreeing.agreements(desk, OPERATOR)]


def _beginning(incomplete: str, look: Callable[[Desk], Awaitable[list[str]]]) -> list[str]:
    try:
        found = asyncio.run(_looked(look))
    except (CommuniqueError, OSError):
        return []
    return [one for one in found if one.startswith(incomplete)]


async def _looked(look: Callable[[Desk], Awaitable[list[str]]]) -> list[str]:
    from communique import wiring
    from communique.cli import home

    current = home.load()
    if current.own_database and not current.own_database.is_file():
        return []  # to look would make it
    async with wiring.opened(current) as desk:
        return await look(desk)
