"""Following: a line with an address that somebody moved from is theirs, and nobody new (P11).

It becomes a line of the address that they have now before any of the file is taken in, so that
what it says, their no too, is said of them, and they are written to once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain

from communique.desk import Desk
from communique.desk.piecemeal import in_a_thread
from communique.domain.actor import Actor
from communique.domain.finding import finding
from communique.domain.imported import Imported
from communique.domain.member import Followed
from communique.domain.plain import Plain, moved
from communique.ports import Gathering

PAGE = 500  # moves that are looked for in the file at once: they are far fewer than lines


async def follow(
    desk: Desk, actor: Actor, association: str, gathering: Gathering, found: Imported
) -> None:
    """Give each such line to its owner; `found` and `gathering` keep that to tell it."""
    last = ""
    while True:
        async with desk.store.read() as transaction:
            moves = await transaction.subscribers.moves(actor.scope, association, last, PAGE)
        if not moves:
            return
        last = moves[-1][0]
        followed = await in_a_thread(partial(gathering.follow, moves))
        for one in followed:
            found.followed.add(one)
        await in_a_thread(partial(gathering.note, [finding(one) for one in followed]))


def overtaken(
    moves: Mapping[str, str], people: Sequence[Sequence[Plain]]
) -> tuple[Sequence[Sequence[Plain]], list[Followed]]:
    """The same people, and which of their lines are by now of somebody who moved since `follow`.

    A question may have stood open meanwhile. Whoever asks the store has the turn in which people
    are taken in, and in which they move.
    """
    if not moves:
        return people, []
    found: dict[str, list[Plain]] = {}
    followed = []
    for one in chain.from_iterable(people):
        now = moves.get(one.key)
        line = moved(one, now) if now else one
        found.setdefault(line.key, []).append(line)
        if now:
            followed.append(Followed(one.line, one.address, now))
    return [sorted(lines, key=lambda one: one.line) for lines in found.values()], followed
