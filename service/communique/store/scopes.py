"""Which rows a scope sees, as conditions of a query; none for the operator, who sees all (P6).

No query of the store asks for people, releases or agreements in any other way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, or_, select

from communique.domain.scope import Operator, Scope
from communique.store.tables import agreements, audiences, releases


def own(scope: Scope, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """The rows whose `column` names an association of the scope."""
    if isinstance(scope, Operator):
        return []
    return [column.in_(sorted(scope.associations))]


def releases_seen(scope: Scope) -> list[ColumnElement[bool]]:
    """The releases that one of the scope's is a party to, or whose members they go to."""
    if isinstance(scope, Operator):
        return []
    keys = sorted(scope.associations)
    hosted = select(audiences.c.release_id).where(audiences.c.association_key.in_(keys))
    return [or_(*_among(keys, releases.c.parties), releases.c.id.in_(hosted))]


def of_releases_seen(scope: Scope, column: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """The rows whose `column` is the number of a release that is seen."""
    if isinstance(scope, Operator):
        return []
    return [column.in_(select(releases.c.id).where(*releases_seen(scope)))]


def agreements_seen(scope: Scope) -> list[ColumnElement[bool]]:
    """The agreements that one of the scope's is a party to."""
    if isinstance(scope, Operator):
        return []
    parties = agreements.c.definition["parties"]
    return [or_(false(), *_among(sorted(scope.associations), parties))]


def _among(keys: Collection[str], listed: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
    for key in keys:  # as JSON has it, in a list of keys
        yield cast(listed, Text).contains(f'"{key}"', autoescape=True)
