"""Headings: what an association's spreadsheets call a field, where nobody would know, remembered.

What its folder declares of a field outweighs what somebody said on a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from communique.desk import Desk, access
from communique.domain.actor import Actor, Permission
from communique.domain.association import Association
from communique.ports import Transaction


async def known(transaction: Transaction, actor: Actor, association: Association) -> Association:
    """The association with all that is known of its columns: declared and remembered."""
    kept = await transaction.columns.of(actor.scope, association.key)
    declared = set(association.columns.values())
    more = {heading: field for heading, field in kept.items() if field not in declared}
    return replace(association, columns={**more, **association.columns})


async def remember(desk: Desk, actor: Actor, association: str, columns: Mapping[str, str]) -> None:
    """Keep what its spreadsheets call a field (heading to field), for whichever comes next."""
    async with desk.store.begin() as transaction:
        await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.EDIT, association)
        await transaction.columns.remember(association, columns)
