"""Proving: a member's pass to an advantage, for its holder, and for whoever gives the advantage.

Two links, neither of which can be made of the other: the one in the message opens the pass, the
one in its code shows whether it is valid, and nothing else about anybody (P6). Each look asks the
store: who left is no member from that moment on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from communique.desk import Desk, lasting
from communique.domain import when
from communique.domain.actor import SERVICE, Actor
from communique.domain.advantage import Advantage
from communique.domain.association import Association
from communique.domain.content import Content
from communique.domain.frozen import Frozen
from communique.domain.kind import Nature
from communique.domain.passes import CompanyUses, Pass, Standing, Sum, Use, standing
from communique.domain.release import Filter
from communique.domain.scope import Operator
from communique.errors import ContentChanged, NotAllowed
from communique.ports import Press, Transaction

HOLDER, SCAN, USE = "pass", "scan", "use"  # what each name of ours is for


@dataclass(frozen=True, slots=True)
class Proof:
    """A pass as it stands. Whoever scans it may see `standing`, if that is valid, the association,
    the advantage, `used`, and `company`.
    """

    pass_: Pass
    standing: Standing
    association: Association
    content: Frozen
    advantage: Advantage
    scan: str  # the token in its code

    @property
    def is_valid(self) -> bool:
        """Whether it is, now."""
        return self.standing is Standing.VALID

    @property
    def used(self) -> int:
        """How often."""
        return self.pass_.used

    @property
    def company(self) -> str:
        """The member's name, where the holder has it shown."""
        return self.pass_.member.name if self.pass_.named else ""


async def held(desk: Desk, actor: Actor, token: str) -> Proof | None:
    """The pass that a message's link opens, valid or not; None if the link is not one of ours, or
    whoever it was for was erased. Changes nothing.
    """
    async with desk.store.read() as transaction:
        return await _proof(desk, transaction, desk.keyring.reveal(HOLDER, token))


async def scanned(desk: Desk, actor: Actor, token: str) -> Proof | None:
    """The pass that a code stands for, if it is valid; else None, whyever. Changes nothing."""
    async with desk.store.read() as transaction:
        return _valid(await _proof(desk, transaction, desk.keyring.reveal(SCAN, token)))


async def show_company(
    desk: Desk, actor: Actor, token: str, *, shown: bool, language: str, version: str
) -> Proof | None:
    """Have the company's name shown to whoever scans a pass, or no more, as its holder says.

    They said it by the words of that language and version. None as of `held`.
    """
    number = desk.keyring.reveal(HOLDER, token)
    if await held(desk, actor, token) is None:  # whoever guesses waits for nobody who writes (P7)
        return None
    async with desk.store.begin() as transaction:
        found = await _proof(desk, transaction, number)
        if found is None:
            return None
        at = desk.clock.now()
        await transaction.passes.name(
            found.pass_, shown=shown, language=language, version=version, at=at
        )
        return await _proof(desk, transaction, number)


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press on “used” came to; `mark` is what takes it back."""

    counted: bool  # False: it was counted already, within the last minute
    mark: str = ""  # only for whoever pressed first


async def use(desk: Desk, actor: Actor, token: str) -> Pressed | None:
    """Note that the advantage was given, for a pass that is valid; else None.

    A second time within a minute is the first one.
    """
    number = desk.keyring.reveal(SCAN, token)
    if await scanned(desk, actor, token) is None:  # nobody who guesses keeps the writer (P7)
        return None
    async with desk.store.begin() as transaction:
        await transaction.passes.hold(number or 0)
        found = _valid(await _proof(desk, transaction, number))
        if found is None:
            return None
        now, last = desk.clock.now(), found.pass_.last_use
        if last and last.stands_for(now):
            return Pressed(counted=False)
        day = when.day(now, found.association.time_zone)
        made = await transaction.passes.use(found.pass_, day, now)
        return Pressed(counted=True, mark=_mark(desk, made))


async def take_back(desk: Desk, actor: Actor, token: str, mark: str) -> bool | None:
    """Note that the use of that mark was none; False if it is too late, or another came since.

    None for a pass that is not valid.
    """
    number = desk.keyring.reveal(SCAN, token)
    if await scanned(desk, actor, token) is None:  # nobody who guesses keeps the writer (P7)
        return None
    async with desk.store.begin() as transaction:
        await transaction.passes.hold(number or 0)
        found = _valid(await _proof(desk, transaction, number))
        if found is None:
            return None
        last = revocable(desk, found, mark)
        if last:
            await transaction.passes.take_back(last, desk.clock.now())
        return last is not None


def revocable(desk: Desk, found: Proof, mark: str) -> Use | None:
    """The last use of a pass, if that is the mark's and may still be taken back."""
    last = found.pass_.last_use
    if last is None or not last.may_be_taken_back(desk.clock.now()):
        return None
    return last if mark in desk.keyring.marks(USE, last.id) else None


def _mark(desk: Desk, one: Use) -> str:
    """What tells a use to whoever pressed; its number would tell how many there are of others."""
    return desk.keyring.mark(USE, one.id)


def _valid(found: Proof | None) -> Proof | None:
    return found if found and found.is_valid else None


async def _proof(desk: Desk, transaction: Transaction, number: int | None) -> Proof | None:
    # Whoever holds the token sees no other pass: no other number is ever read for them. Where it is
    # none of ours, number 0 is asked for, which nobody has.
    one = await transaction.passes.get(SERVICE.scope, number or 0)
    if one is None:
        return None
    association = await transaction.associations.get(SERVICE.scope, one.association)
    try:
        kept = await transaction.releases.content(SERVICE.scope, one.content_hash)
    except ContentChanged:  # it is not what was approved, so it promises nothing (P4)
        return None
    content, advantage = await asyncio.to_thread(_promised, desk.press, kept)
    if advantage is None:
        return None
    today = when.day(desk.clock.now(), association.time_zone)
    in_force = await transaction.associations.in_force(one.agreement, today)
    stands = standing(one, advantage, _asked(content, one.association), today, in_force=in_force)
    scan = desk.keyring.conceal(SCAN, one.delivery)
    return Proof(one, stands, association, content, advantage, scan)


def _promised(press: Press, content: Content) -> tuple[Frozen, Advantage | None]:
    read = _read(content)
    return read, lasting.advantage(press, read)


@lru_cache(maxsize=8)
def _read(content: Content) -> Frozen:
    """What it says, remembered: passes to one advantage are looked at one after the other."""
    return content.read()


def _asked(content: Frozen, association: str) -> Filter:
    """What its audience asked of the members of an association."""
    theirs = (one.only for one in content.audiences if one.association == association)
    return next(theirs, Filter())


# How often it was used, for the associations that announced it.


@dataclass(frozen=True, slots=True)
class Report:
    """How often an advantage was used: by its own companies for an association, and a sum for its
    partners. `partners` has None where so few used it that a sum could be one person's.
    """

    release: str
    own: Mapping[str, Sequence[CompanyUses]]
    partners: Mapping[str, int | None]


async def report(desk: Desk, actor: Actor, key: str) -> Report:
    """How often an advantage was used. Raises NotFound, and NotAllowed for what is none.

    Of a partner's members, only `Sum.for_partner` is told (P6).
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        nature = None
        if release.content_hash:
            kept = await transaction.releases.content(SERVICE.scope, release.content_hash)
            nature = desk.press.nature(kept.read())
        if nature is not Nature.ADVANTAGE:
            raise NotAllowed("release_not_advantage", release=key)
        theirs = await transaction.passes.by_company(actor.scope, release.id)
        sums = await transaction.passes.sums(actor.scope, release.id)
    there = [one.association for one in release.audiences]
    scope = actor.scope
    own = [one for one in there if isinstance(scope, Operator) or one in scope.associations]
    return Report(
        key,
        {one: theirs.get(one, ()) for one in own},
        {one: sums.get(one, Sum(one, 0, 0)).for_partner for one in there if one not in own},
    )
