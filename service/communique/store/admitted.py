"""What an import makes of people, written: hundreds at a time, each kind of row by one statement.

A row that crosses to the database by itself costs more than all else that is done for a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Insert, Text, bindparam, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import ConsentEvent
from communique.domain.member import Admission, ListPlace, Newcomers
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
    admissions: Sequence[Admission],
    newcomers: Newcomers,
    said: ConsentEvent,
) -> None:
    """Write some people and their places; into the ledger, what was `said` of each new place.

    Whoever goes to another company may lose a place by it, so claims wait (P5).
    """
    if changed := {one.id: _values(one) for one in admissions if one.anew}:
        await hold_alone(connection, association)
        await change(connection, subscribers, association, changed)
    runs = await _add(connection, association, newcomers) if newcomers else []
    if runs or any(one.places for one in admissions):
        query = select(lists.c.key, lists.c.id).where(lists.c.association_key == association)
        known = {row.key: row.id for row in await connection.execute(query)}
        await _place_new(connection, known, runs, said)
        await _place(connection, known, admissions, said)


_Run = tuple[ListPlace, int, int]  # a place, and the first and the last number of whoever gets it


async def _add(
    connection: AsyncConnection, association: str, newcomers: Newcomers
) -> Sequence[_Run]:
    """Add people; who gets which place, as runs of numbers that are theirs alone."""
    count = sum(map(len, newcomers.values()))
    numbers = iter(await dialect.next_numbers(connection, subscribers, count))
    people = []
    runs = []
    for places, some in newcomers.items():
        theirs = list(islice(numbers, len(some)))
        for number, one in zip(theirs, some, strict=True):
            row = one if isinstance(one, str) else json.dumps(one)
            people.append(f"[{number},{row[1:]}")
        if places:
            each = list(_in_runs(theirs))
            runs += [(place, *ends) for place in places for ends in each]
    values = {"association": association, "people": f"[{','.join(people)}]"}
    await connection.execute(_ADD, values)
    return runs


def _in_runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of those that follow one another: between may be somebody else's."""
    first = last = numbers[0]
    if numbers[-1] - first == len(numbers) - 1:
        yield first, numbers[-1]
        return
    for number in chain(numbers[1:], [0]):
        if number != last + 1:
            yield first, last
            first = number
        last = number


async def _place_new(
    connection: AsyncConnection, known: Mapping[str, int], runs: Sequence[_Run], said: ConsentEvent
) -> None:
    """Give people who are new their places, and write down for each why it is theirs.

    Both are made of their rows, which are there already, so that none crosses once more.
    """
    if not runs:
        return
    rows = [
        [
            *(known[one.list_key], one.list_key, one.basis.value),
            *(written(one.since), written(one.lapses_on), first, last),
        ]
        for one, first, last in runs
    ]
    await connection.execute(_PLACE_NEW, {"runs": rows})
    await connection.execute(_SAY_NEW, {**ledger_row(said), "runs": rows})


async def _place(
    connection: AsyncConnection,
    known: Mapping[str, int],
    admissions: Sequence[Admission],
    said: ConsentEvent,
) -> None:
    places: list[list[object]] = []
    words: list[list[object]] = []
    for one in admissions:
        for place in one.places:
            key, since = place.list_key, place.since.isoformat()
            places.append([known[key], one.id, since, written(place.lapses_on)])
            if key in one.given:
                words.append([one.id, key, place.basis.value, since, one.subscriber.language])
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
    Text(),
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
_RUNS = given(
    "runs",
    [
        subscriptions.c.list_id,
        consents.c.list_key,
        consents.c.basis,
        subscriptions.c.since,
        subscriptions.c.lapses_on,
        subscribers.c.id.label("first"),
        subscribers.c.id.label("last"),
    ],
)
_IN_THEM = _RUNS.join(subscribers, subscribers.c.id.between(_RUNS.c.first, _RUNS.c.last))
_PLACE_NEW = insert(subscriptions).from_select(
    _PLACES.c.keys(),
    select(_RUNS.c.list_id, subscribers.c.id, _RUNS.c.since, _RUNS.c.lapses_on).select_from(
        _IN_THEM
    ),
)


def _say(words: Mapping[str, ColumnElement[Any]], rows: FromClause) -> Insert:
    """Write a word into the ledger for each of some rows; the rest of it is said once for all."""
    said = [bindparam(one.name, type_=one.type) for one in _SAID]
    return insert(consents).from_select(
        [*words, *(one.name for one in _SAID)],
        select(*words.values(), *said).select_from(rows),
    )


_SAY = _say(dict(_WORDS.c), _WORDS)
_SAY_NEW = _say(
    {
        "subscriber_id": subscribers.c.id,
        "list_key": _RUNS.c.list_key,
        "basis": _RUNS.c.basis,
        "since": _RUNS.c.since,
        "language": subscribers.c.language,
    },
    _IN_THEM,
)


@cache
def _put(kind: str) -> Insert:
    rows = select(_PLACES).where(text("true"))  # or SQLite takes ON CONFLICT for a join's ON
    statement = dialect.insert(kind, subscriptions).from_select(_PLACES.c.keys(), rows)
    return statement.on_conflict_do_update(
        index_elements=["list_id", "subscriber_id"],
        set_={"since": statement.excluded.since, "lapses_on": statement.excluded.lapses_on},
    )
