"""Until when each place on a list holds: reckoned anew for everybody whom a change reaches.

The rule is `domain.consent`'s and is never written again in SQL; here it is only applied.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import Basis, Longer, basis_of, lapses_on
from communique.store.tables import lists, members, subscribers, subscriptions

GROUP = 1000  # places read and written at a time, so that memory does not grow with a list (P9)


async def recompute_lapses(
    connection: AsyncConnection, reached: ColumnElement[bool], today: date = date.max
) -> Longer:
    """Reckon anew when consent lapses, for every place that `reached` tells.

    `reached` may speak of subscriptions, lists, subscribers and members. What is told is of those
    who said no no; what had lapsed is by `today`.
    """
    place = tuple_(subscriptions.c.list_id, subscriptions.c.subscriber_id)
    query = (
        select(
            subscriptions.c.list_id,
            subscriptions.c.subscriber_id,
            subscriptions.c.since,
            subscriptions.c.lapses_on,
            subscriptions.c.confirmed,
            subscriptions.c.no_since,
            lists.c.basis,
            members.c.until,
        )
        .join_from(subscriptions, lists, subscriptions.c.list_id == lists.c.id)
        .join(subscribers, subscriptions.c.subscriber_id == subscribers.c.id)
        .join(members, subscribers.c.member_id == members.c.id)
        .where(reached)
        .order_by(subscriptions.c.list_id, subscriptions.c.subscriber_id)
        .limit(GROUP)
    )
    correct = (
        update(subscriptions)
        .where(
            subscriptions.c.list_id == bindparam("on_list"),
            subscriptions.c.subscriber_id == bindparam("who"),
        )
        .values(lapses_on=bindparam("lapses"))
    )
    longer = Longer()
    rows = (await connection.execute(query)).all()
    while rows:
        changed = [
            {"on_list": row.list_id, "who": row.subscriber_id, "lapses": lapses}
            for row in rows
            if (
                lapses := lapses_on(
                    basis_of(Basis(row.basis), confirmed=row.confirmed), row.since, row.until
                )
            )
            != row.lapses_on
        ]
        if changed:
            await connection.execute(correct, changed)
        until = {(one["on_list"], one["who"]): one["lapses"] for one in changed}
        for row in rows:
            if row.lapses_on and not row.no_since:
                new = until.get((row.list_id, row.subscriber_id), row.lapses_on)
                if new is None or new > row.lapses_on:
                    again = row.lapses_on <= today and (new is None or new > today)
                    longer += Longer(1, int(again))
        last = (rows[-1].list_id, rows[-1].subscriber_id)
        rows = (await connection.execute(query.where(place > last))).all()
    return longer
