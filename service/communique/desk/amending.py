"""Amending: what the desk corrects of a person stands, until a file says something new (P11).

What files said before is kept beside it, by field. A file that still says so has not changed: what
somebody did at the desk since is not its to undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from communique.desk import Desk
from communique.desk.stepping import report
from communique.domain.actor import Actor
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import Admission, Edited, KnownPerson
from communique.facts import Fact
from communique.ports import Transaction


def news(known: KnownPerson, stated: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """What a file says of somebody that it did not say before, and what stays corrected."""
    same = {key: old for key, old in known.corrected.items() if stated.get(key, old) == old}
    return {key: value for key, value in stated.items() if key not in same}, same


def corrected(before: Mapping[str, str], changes: Sequence[Edited]) -> dict[str, str]:
    """What files said of a person where the desk says something else, after these changes."""
    said = {**{one.field: one.before for one in changes}, **before}
    now = {one.field: one.after for one in changes}
    return {field: old for field, old in said.items() if now.get(field) != old}


async def tell(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: str,
    source: str,
    admissions: Iterable[Admission],
) -> None:
    """Write into each one's story which of their fields a file changed."""
    for one in admissions:
        if one.changed:
            subject = Subject(SubjectKind.SUBSCRIBER, id=one.id)
            why = Fact("fields_changed_by", fields=named(one.changed), source=source)
            await report(
                desk, transaction, subject, Verb.IMPORT, actor, association=association, why=why
            )


def named(fields: Iterable[str]) -> list[Fact]:
    """What these are called. Not what they say: history keeps no names."""
    return [_CALLED[one] for one in fields]


_CALLED = {
    "given_name": Fact("the_given_name"),
    "family_name": Fact("the_family_name"),
    "role": Fact("the_role"),
    "language": Fact("the_language"),
    "member": Fact("the_member"),
}
