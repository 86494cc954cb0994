"""What the companies of a spreadsheet become here, decided over the whole of it.

A company is found by its number or, without one, by its exact name. What the lines do not state
stays as it is; where they contradict each other, so it does too, and that is told. An end that is
put off makes nobody writable whose consent has lapsed, unless that was asked for (P11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from communique.desk.admitting import Rules
from communique.desk.piecemeal import in_a_thread
from communique.domain.actor import Actor
from communique.domain.consent import Basis, lapses_on
from communique.domain.member import (
    OF_MEMBER,
    Company,
    Difference,
    KnownMember,
    Member,
    Statement,
)
from communique.domain.merging import Contradiction, of_company, settled, unlike, written
from communique.domain.reference import is_made_up, made_up, made_up_apart, shortened
from communique.errors import Invalid
from communique.facts import Fact
from communique.ports import Gathering, Transaction

NO_END = 2100  # whoever writes that a membership ends in this year or later means that it does not


class Settle(Protocol):
    """What companies of one kind become: `numbered` or `unnumbered`."""

    async def __call__(
        self,
        transaction: Transaction,
        actor: Actor,
        gathering: Gathering,
        group: Sequence[Sequence[Statement]],
        rules: Rules,
    ) -> Decided: ...


@dataclass(slots=True)
class Decided:
    """What some companies become, to be written; and what is to be told of it."""

    added: dict[str, Member] = field(default_factory=dict)  # by key
    changed: dict[str, KnownMember] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    revived: list[Difference] = field(default_factory=list)  # or held back, if nobody asked
    doubts: list[Contradiction] = field(default_factory=list)

    def trouble(self, key: str, error: Invalid) -> None:
        """A company whose lines are bad."""
        self.companies[key] = troubled(error)


async def name_numbers(
    transaction: Transaction, actor: Actor, association: str, group: Sequence[Sequence[Statement]]
) -> list[tuple[str, str]]:
    """The (name, number) of each company that the file numbers and does not contradict."""
    named = []
    nameless = []
    for statements in group:
        number = statements[0].member.reference
        names = _names(statements)
        if not names:
            nameless.append(number)
        elif not unlike(names):
            named += [(name, number) for name in names]
    if nameless:
        known = await transaction.members.called(actor.scope, association, nameless, [])
        named += [(one.member.name, one.member.reference) for one in known]
    return named


def _by_name(known: Iterable[KnownMember]) -> dict[str, list[KnownMember]]:
    found: dict[str, list[KnownMember]] = {}
    for one in known:
        found.setdefault(one.member.name, []).append(one)
    return found


async def numbered(
    transaction: Transaction,
    actor: Actor,
    gathering: Gathering,
    group: Sequence[Sequence[Statement]],
    rules: Rules,
) -> Decided:
    """What companies with a number become."""
    names = {one.member.name for statements in group for one in statements if one.member.name}
    numbers = [statements[0].member.reference for statements in group]
    in_file = await in_a_thread(partial(gathering.numbers_of, names))
    known = await transaction.members.called(actor.scope, rules.association.key, numbers, names)
    by_number = {one.member.reference: one for one in known}
    by_name = _by_name(known)
    decided = Decided()
    for statements in group:
        number = statements[0].member.reference
        key = f"#{number}"
        said = _names(statements)
        here = by_number.get(number)
        if unlike(said):
            told = [Fact("said_on_line", said=name, at=line) for name, line in sorted(said.items())]
            decided.trouble(key, Invalid("number_of_several", number=number, said=told))
            continue
        if shortened(number):
            decided.trouble(key, Invalid("number_shortened", number=number))
            continue
        if here is None and len(said) == 1:  # known by its name so far, with no number of its own
            (name,) = said
            namesakes = by_name.get(name, [])
            if in_file.get(name) == [number] and len(namesakes) == 1:
                only = namesakes[0]
                here = only if is_made_up(only.member.reference, name) else None
        if here is None and not said:
            decided.trouble(key, Invalid("number_without_name", number=number))
            continue
        _settle(decided, key, number, statements, here)
    await _hold_back(transaction, actor, rules, decided)
    return decided


async def unnumbered(
    transaction: Transaction,
    actor: Actor,
    gathering: Gathering,
    group: Sequence[Sequence[Statement]],
    rules: Rules,
) -> Decided:
    """What companies that are only named become."""
    names = [statements[0].member.name for statements in group]
    in_file = await in_a_thread(partial(gathering.numbers_of, names))
    known = await transaction.members.called(actor.scope, rules.association.key, [], names)
    references = [one.member.reference for one in known]
    renamed = await in_a_thread(partial(gathering.named, references))
    by_name = _by_name(
        one
        for one in known
        if one.member.name in renamed.get(one.member.reference, [one.member.name])
    )
    free = await _free_references(
        transaction,
        actor,
        rules.association.key,
        [name for name in names if name not in by_name],
    )
    decided = Decided()
    for statements in group:
        name = statements[0].member.name
        key = f"={name}"
        namesakes = by_name.get(name, [])
        if len(in_file.get(name, [])) > 1 or len(namesakes) > 1:
            numbers = in_file.get(name) or [one.member.reference for one in namesakes]
            decided.trouble(key, _of_several(name, numbers))
        else:
            here = namesakes[0] if namesakes else None
            reference = here.member.reference if here else free[name]
            _settle(decided, key, reference, statements, here)
    await _hold_back(transaction, actor, rules, decided)
    return decided


async def by_name(
    transaction: Transaction, actor: Actor, association: str, names: Sequence[str]
) -> tuple[dict[str, Company], dict[str, Member]]:
    """Companies of exactly these names: those that are here, and those to be added.

    Which of several is meant, nobody knows: that is the trouble with them (P11).
    """
    known = _by_name(await transaction.members.called(actor.scope, association, [], names))
    found = {}
    for name, namesakes in known.items():
        only, *others = namesakes
        if others:
            found[name] = troubled(_of_several(name, [one.member.reference for one in namesakes]))
        else:
            found[name] = company(only.id, only.member)
    missing = [name for name in names if name not in known]
    references = await _free_references(transaction, actor, association, missing)
    return found, {name: Member(references[name], name) for name in missing}


def _of_several(name: str, numbers: Sequence[str]) -> Invalid:
    return Invalid("name_of_several", name=name, numbers=numbers)


async def _free_references(
    transaction: Transaction, actor: Actor, association: str, names: Sequence[str]
) -> Mapping[str, str]:
    """A reference for each of these new companies that no other has."""
    wanted = [made_up(name) for name in names]
    known = await transaction.members.called(actor.scope, association, wanted, [])
    taken = {one.member.reference for one in known}
    free: dict[str, str] = {}
    for name, reference in zip(names, wanted, strict=True):
        free[name] = made_up_apart(name) if reference in taken else reference
        taken.add(free[name])
    return free


def _names(statements: Sequence[Statement]) -> dict[str, int]:
    """The names that lines give one company, each with the first line that does."""
    names: dict[str, int] = {}
    for one in statements:
        if one.member.name:
            names[one.member.name] = min(names.get(one.member.name, one.line), one.line)
    return names


def _settle(
    decided: Decided,
    key: str,
    reference: str,
    statements: Sequence[Statement],
    here: KnownMember | None,
) -> None:
    if len(statements) == 1 and _plain(decided, key, reference, statements[0], here):
        return
    whom = statements[0].member.name or (here.member.name if here else reference)
    known = {name: getattr(here.member, name) for name in OF_MEMBER} if here else {}
    values, doubts = settled(whom, of_company(statements), known)
    if (end := values.get("until")) and end.year >= NO_END:
        values["until"] = None
    decided.doubts += doubts
    if here is None:
        decided.added[key] = Member(reference, **{"name": whom, **values})
        return
    now = replace(here.member, reference=reference, **values)
    if now != here.member:
        decided.changed[key] = KnownMember(here.id, now)
        decided.differences += [
            Difference(here.member.name, name, written(old), written(new))
            for name in ("reference", *OF_MEMBER)
            if (old := getattr(here.member, name)) != (new := getattr(now, name))
        ]
    else:
        decided.companies[key] = company(here.id, now)


def _plain(
    decided: Decided, key: str, reference: str, one: Statement, here: KnownMember | None
) -> bool:
    """Whether lines that all say the same leave nothing to weigh, as nearly all do: then it is
    decided what they say.
    """
    said, stated = one.member, one.stated
    end = said.until if "until" in stated and said.until and said.until.year < NO_END else None
    if here is None:
        decided.added[key] = Member(
            reference,
            said.name or reference,
            said.sector if "sector" in stated else "",
            said.territory if "territory" in stated else "",
            said.kind if "kind" in stated else "",
            said.since if "since" in stated else None,
            end,
        )
        return True
    if here.member.reference != reference or not all(
        getattr(here.member, name) == (end if name == "until" else getattr(said, name))
        for name in OF_MEMBER
        if name in stated
    ):
        return False
    decided.companies[key] = company(here.id, here.member)
    return True


async def _hold_back(
    transaction: Transaction, actor: Actor, rules: Rules, decided: Decided
) -> None:
    """Let no end of membership change by which consent that has lapsed would hold again."""
    later = {
        key: one
        for key, one in decided.changed.items()
        if (lapse := lapses_on(Basis.MEMBERSHIP, rules.today, one.member.until)) is None
        or lapse > rules.today
    }
    if not later:
        return
    before = await transaction.members.by_id(
        actor.scope, rules.association.key, [one.id for one in later.values()]
    )
    lapsed = await transaction.members.lapsed(
        actor.scope, rules.association.key, list(before), rules.today
    )
    for key, one in later.items():
        was = before[one.id].member
        if one.id not in lapsed or was.until == one.member.until:
            continue
        end = Difference(was.name, "until", written(was.until), written(one.member.until))
        decided.revived.append(end)
        if not rules.revive:
            decided.differences.remove(end)
            decided.changed[key] = KnownMember(one.id, replace(one.member, until=was.until))
            if decided.changed[key] == before[one.id]:
                del decided.changed[key]
                decided.companies[key] = company(one.id, was)


async def write(transaction: Transaction, association: str, decided: Decided) -> None:
    """Add and change the companies, and know their numbers here."""
    ids = await transaction.members.add(association, list(decided.added.values()))
    await transaction.members.change(association, list(decided.changed.values()))
    foresee(decided, ids)


def foresee(decided: Decided, ids: Mapping[str, int]) -> None:
    """What each company is here once that is written; `ids` by reference."""
    for key, one in decided.added.items():
        decided.companies[key] = company(ids[one.reference], one)
    for key, known in decided.changed.items():
        decided.companies[key] = company(known.id, known.member)._replace(changed=True)


def troubled(error: Invalid) -> Company:
    """A company whose lines are bad, for this reason."""
    return Company(None, code=error.code, trouble=error.message, why=error.fact)


def company(number: int, member: Member) -> Company:
    """A company as it is here."""
    return Company(number, member.name, member.since, member.until)
