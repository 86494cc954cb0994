"""Expanding: the snapshot of a release, made once, at pick-up, with a reason for each left out."""

from __future__ import annotations

from communique.desk import Desk
from communique.domain import when
from communique.domain.delivery import Plan, Ticket
from communique.domain.release import Release
from communique.errors import Refused
from communique.ports import Transaction


async def expand(desk: Desk, transaction: Transaction, release: Release) -> list[Ticket]:
    """Write the deliveries and batches of every audience; the tickets to work."""
    if release.schedule is None:
        raise Refused(f"“{release.key}” has no hour")
    tickets: list[Ticket] = []
    now = desk.clock.now()
    for audience in release.audiences:
        host = await transaction.associations.get(audience.association)
        editions = release.languages_for(host.languages)
        due_at = when.due(release.schedule, host.time_zone)
        today = when.day(max(due_at, now), host.time_zone)
        tickets += await transaction.deliveries.expand(
            release.id,
            audience,
            Plan(
                editions=editions,
                fallback=editions[0] if editions else None,
                joint=len(release.parties) > 1,
                in_force=await transaction.associations.in_force(release.agreement, today),
                today=today,
                now=now,
                due_at=due_at,
                batch_size=desk.policy.batch_size,
            ),
        )
    return tickets
