"""What an import makes of people, written: hundreds at a time, each kind of row by one statement.

A row that crosses to the database by itself costs more than all else that is done for a person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import Insert, bindparam, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import ConsentEvent
from communique.domain.member import Admission, ListPlace, Newcomer
from communique.domain.plain import written
from communique.store import dialect
from communique.store.consent_tables import consents
from communique.store.consents import ledger_row
from communique.store.dialect import change, given
from communique.store.locks import hold_alone
from communique.store.tables import lists, subscribers, subscriptions


async def write(
    connection: AsyncConnection,
    association: str,
    admissions: Sequence[Admission | Newcomer],
    said: ConsentEvent,
) -> None:
    """Write some people and their places; into the ledger, what was `said` of each new place.

    Whoever goes to another company may lose a place by it, so claims wait (P5).
    """
    here = [one for one in admissions if isinstance(one, Admission)]
    new = [one for one in admissions if isinstance(one, Newcomer)]
    if changed := {one.id: _values(one) for one in here if one.anew}:
        await hold_alone(connection, association)
        await change(connection, subscribers, association, changed)
    numbers = await _add(connection, association, new) if new else ()
    await _place(
        connection,
        [
            *((one.id, one.subscriber.language, one.places, one.given) for one in here),
            *(
                (number, one.language, one.places, None)
                for number, one in zip(numbers, new, strict=True)
            ),
        ],
        said,
    )


async def _add(
    connection: AsyncConnection, association: str, new: Sequence[Newcomer]
) -> Sequence[int]:
    """Add people; the number of each."""
    numbers = await dialect.next_numbers(connection, subscribers, len(new))
    people = [[number, *one[:-1]] for number, one in zip(numbers, new, strict=True)]
    await connection.execute(_ADD, {"association": association, "people": people})
    return numbers


# A person's number and language, their places, and on which lists these are new; None: on each.
_Placed = tuple[int, str, Sequence[ListPlace], Collection[str] | None]


async def _place(
    connection: AsyncConnection, people: Sequence[_Placed], said: ConsentEvent
) -> None:
    query = select(lists.c.key, lists.c.id).where(lists.c.association_key == said.association)
    known = {row.key: row.id for row in await connection.execute(query)}
    places: list[list[object]] = []
    words: list[list[object]] = []
    for number, language, theirs, new in people:
        for place in theirs:
            key, since = place.list_key, place.since.isoformat()
            places.append([known[key], number, since, written(place.lapses_on)])
            if new is None or key in new:
                words.append([number, key, place.basis.value, since, language])
    if places:
        await connection.execute(_put(connection.dialect.name), {"places": places})
    if words:
        await connection.execute(_SAY, {**ledger_row(said), "words": words})


def _values(one: Admission) -> dict[str, object]:
    person = one.subscriber
    return {
        "member_id": one.member_id,
        "address": str(person.address),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "language": person.language,
        "role": person.role,
        "corrected": dict(one.corrected),
    }


# Built once, for they run for every group.

_PEOPLE = given(
    "people",
    [
        subscribers.c.id,
        subscribers.c.address_key,
        subscribers.c.member_id,
        subscribers.c.address,
        subscribers.c.given_name,
        subscribers.c.family_name,
        subscribers.c.language,
        subscribers.c.role,
    ],
)
_ADD = insert(subscribers).from_select(
    ["association_key", *_PEOPLE.c.keys()],
    select(bindparam("association", type_=subscribers.c.association_key.type), *_PEOPLE.c),
)
_PLACES = given(
    "places",
    [
        subscriptions.c.list_id,
        subscriptions.c.subscriber_id,
        subscriptions.c.since,
        subscriptions.c.lapses_on,
    ],
)
_WORDS = given(
    "words",
    [
        consents.c.subscriber_id,
        consents.c.list_key,
        consents.c.basis,
        consents.c.since,
        consents.c.language,
    ],
)
_SAID = [one for one in consents.c if one.name != "id" and one.name not in _WORDS.c]
_SAY = insert(consents).from_select(
    [*_WORDS.c.keys(), *(one.name for one in _SAID)],
    select(*_WORDS.c, *(bindparam(one.name, type_=one.type) for one in _SAID)),
)


@cache
def _put(kind: str) -> Insert:
    rows = select(_PLACES).where(text("true"))  # or SQLite takes ON CONFLICT for a join's ON
    statement = dialect.insert(kind, subscriptions).from_select(_PLACES.c.keys(), rows)
    return statement.on_conflict_do_update(
        index_elements=["list_id", "subscriber_id"],
        set_={"since": statement.excluded.since, "lapses_on": statement.excluded.lapses_on},
    )
