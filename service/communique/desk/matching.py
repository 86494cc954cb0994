"""Matching: a list is made to be what a file says, so whoever is on it and not in the file leaves.

Who that is is known once the whole file is read, and before anything is changed: then it is told,
and refused where the file may be the wrong one. Being left out of a file is no word of a person's:
what they said stays, and a later file may put them on the list again (P11).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from communique.desk import Desk, consenting
from communique.desk.admitting import Rules
from communique.desk.piecemeal import in_a_thread, in_groups, to_its_end
from communique.domain.actor import Actor
from communique.domain.finding import finding
from communique.domain.imported import Imported, Matched
from communique.domain.member import Leaver
from communique.errors import NotAllowed
from communique.ports import Gathering

PAGE = 500  # people of a list that are looked for in the file at once
GROUP = 50  # people who leave in one transaction: each ends what is open for them
SHARE = 3  # one in so many may leave a list, if nobody says how many may


async def foresee(
    desk: Desk,
    actor: Actor,
    rules: Rules,
    gathering: Gathering,
    found: Imported,
    at_most: int | Mapping[str, int] | None,
    *,
    dry_run: bool,
) -> None:
    """Find who is to leave; `found` and `gathering` keep it. Changes nothing.

    Raises NotAllowed if lines could not be read, for these may be of people who then would leave,
    or if more than `at_most` are to leave a list; a dry run only notes the latter.
    """
    for list_key in dict.fromkeys(rules.lists):
        found.matched.append(await _compare(desk, actor, rules, gathering, found, list_key))
    for one in found.matched:
        most = at_most.get(one.list_key) if isinstance(at_most, Mapping) else at_most
        one.too_many = one.leaving > (one.on // SHARE if most is None else most)
    if dry_run:
        return
    if found.bad.count:
        lines = [str(one.line) for one in found.bad.first[:5]]
        raise NotAllowed("match_with_bad_lines", bad=found.bad.count, lines=lines)
    for one in found.matched:
        if one.too_many:
            raise NotAllowed(
                "match_too_many",
                association=rules.association.key,
                list=one.list_key,
                on=one.on,
                leaving=one.leaving,
            )


async def _compare(
    desk: Desk,
    actor: Actor,
    rules: Rules,
    gathering: Gathering,
    found: Imported,
    list_key: str,
) -> Matched:
    matched = Matched(list_key, 0, 0)
    last = 0
    while True:
        async with desk.store.read() as transaction:
            page = await transaction.subscribers.on_list(
                actor.scope, rules.association.key, list_key, last, PAGE
            )
        if not page:
            return matched
        last = page[-1].id
        keys = {one.address_key: one for one in page}
        absent = await in_a_thread(partial(gathering.absent, list_key, keys))
        leavers = [one for key, one in keys.items() if key in absent]
        matched.on += len(page)
        matched.leaving += len(leavers)
        for one in leavers:
            found.leavers.add(one)
        await in_a_thread(partial(_keep, gathering, leavers))


def _keep(gathering: Gathering, leavers: list[Leaver]) -> None:
    gathering.leave(leavers)
    gathering.note(map(finding, leavers))


async def take_off(
    desk: Desk,
    actor: Actor,
    rules: Rules,
    gathering: Gathering,
    found: Imported,
    source: str,
) -> None:
    """Take everybody off whom `foresee` found, if they are still on the list by then."""
    matched = {one.list_key: one for one in found.matched}

    async def step(group: list[Leaver]) -> None:
        async with desk.store.begin() as transaction:
            left = [
                one
                for one in group
                if await consenting.take_off(
                    desk, transaction, actor, rules.association, one, source
                )
            ]
        for one in left:
            matched[one.list_key].left += 1

    async for group in in_groups(gathering.leaving(), GROUP):
        await to_its_end(step(group))
