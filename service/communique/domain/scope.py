"""Whose eyes something is read for: every reading of the store says so (P6).

What a scope may not see is not there for it: no count, no error and no hint tells the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mine:
    """What belongs to these associations, and the releases and agreements they are a party to."""

    associations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Operator:
    """All there is: for the operator at the machine, and for the service itself."""


Scope = Mine | Operator


def narrowed(scope: Scope, association: str) -> Scope:
    """What that scope sees of one association's; nothing, where it is not the scope's own."""
    if isinstance(scope, Mine) and association not in scope.associations:
        return Mine(frozenset())
    return Mine(frozenset({association}))
