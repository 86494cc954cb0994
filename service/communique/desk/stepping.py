"""Stepping: the one place where a release moves and history is written, each time by somebody.

Others decide that something may happen; here it does, all or nothing: guarded move, event, and,
once it is committed, word of it to whoever watches. Nothing else moves a release.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from communique.desk import Desk
from communique.domain.actor import SERVICE, Actor, ActorKind
from communique.domain.event import Event, Subject, SubjectKind, Verb
from communique.domain.release import OFF_THE_WAY, Release, State, after, require_noted
from communique.domain.text import one_line
from communique.errors import NotAllowed
from communique.facts import Fact, Why
from communique.ports import Transaction

log = logging.getLogger(__name__)

# How the service says in its log what it did by itself.
SAID = MappingProxyType(
    {
        Verb.PICK_UP: "picked up",
        Verb.MISS: "missed",
        Verb.VOID: "refused to send",
        Verb.PAUSE: "paused",
        Verb.FINISH: "finished",
    }
)
SUMMED = frozenset({Verb.PICK_UP, Verb.FINISH})  # said with the sums


async def step(
    desk: Desk,
    transaction: Transaction,
    release: Release,
    verb: Verb,
    actor: Actor,
    *,
    why: Why = "",
    **changes: Any,
) -> Release:
    """Walk an arrow; the release as it stands then.

    `why` goes into its history, and is the reason that shows while it stands off its way. `changes`
    are fields of the release that go with the move. Raises NotAllowed where no arrow is drawn, and
    where somebody else changed the release since it was read.
    """
    to, why = after(release.state, verb), _kept(why)
    fields = {"state": to, "reason": why or None if to in OFF_THE_WAY else None, **changes}
    moved = await transaction.releases.move(release, replace(release, **fields))
    await _append(desk, transaction, moved, verb, actor, why)
    await _tell(transaction, moved, verb, actor, why)
    return moved


async def note(
    desk: Desk,
    transaction: Transaction,
    release: Release,
    verb: Verb,
    actor: Actor,
    *,
    why: Why = "",
    **changes: Any,
) -> Release:
    """Write into a release's history what moves nothing; the release, with `changes` made to it.

    Raises NotAllowed where the verb is no mere note in that state, and as `step` does.
    """
    require_noted(release.state, verb)
    if changes:
        release = await transaction.releases.move(release, replace(release, **changes))
    await _append(desk, transaction, release, verb, actor, _kept(why))
    return release


async def go_on(
    transaction: Transaction, release: Release, event: Event, actor: Actor, **changes: Any
) -> Release:
    """Go on with the edit that `event` already tells of: the same person's, of the same draft.

    Raises NotAllowed where it is another's, and as `step` does.
    """
    require_noted(release.state, Verb.FILE)
    if event.actor != actor or event.verb not in (Verb.FILE, Verb.EDIT):
        raise NotAllowed("release_edited_meanwhile", release=release.key)
    return await transaction.releases.move(release, replace(release, **changes))


async def report(
    desk: Desk,
    transaction: Transaction,
    subject: Subject,
    verb: Verb,
    actor: Actor,
    *,
    association: str | None,
    why: Why = "",
) -> None:
    """Write down what was done to anything but a release; `association` is whose audit shows it."""
    now = desk.clock.now()
    event = Event(subject, verb, actor, now, association, _kept(why))
    await transaction.events.append(event)


async def hold(
    desk: Desk, transaction: Transaction, release_id: int, why: Why, actor: Actor
) -> None:
    """Pause a release whose sending met trouble, unless it is not being sent any more.

    Any number of workers may meet the same trouble: it is said once.
    """
    release = await transaction.releases.by_id(SERVICE.scope, release_id, hold=True)
    if release.state is State.SENDING:
        await step(desk, transaction, release, Verb.PAUSE, actor, why=why)


async def finish(desk: Desk, transaction: Transaction, release_id: int, actor: Actor) -> None:
    """Call a release sent once nothing of it is open (P1). Whoever calls this holds it."""
    if not await transaction.batches.nothing_open(release_id):
        return
    release = await transaction.releases.by_id(SERVICE.scope, release_id)
    if release.state in (State.SENDING, State.PAUSED):
        await step(desk, transaction, release, Verb.FINISH, actor)


def _kept(why: Why) -> Why:
    """As a line of history: what is quoted in a fact is nobody's forgery either (P10)."""
    if isinstance(why, Fact):
        return Fact(why.code, **{name: _line(value) for name, value in why.fields.items()})
    return one_line(why)


def _line(value: Any) -> Any:
    match value:
        case str() | Fact():
            return _kept(value)
        case tuple():
            return tuple(map(_line, value))
        case Path():
            return _kept(str(value))
    return value


async def _append(
    desk: Desk, transaction: Transaction, release: Release, verb: Verb, actor: Actor, why: Why
) -> None:
    subject = Subject(SubjectKind.RELEASE, release.key, release.id)
    now = desk.clock.now()
    await transaction.events.append(
        Event(subject, verb, actor, now, None, why, release.state.value)
    )


async def _tell(
    transaction: Transaction, release: Release, verb: Verb, actor: Actor, why: Why
) -> None:
    """Log a step that the service takes by itself: once it is committed, or never."""
    if actor.kind is not ActorKind.SERVICE:
        return
    sums = await transaction.log.summary(SERVICE.scope, release.id) if verb in SUMMED else None
    more: dict[str, object] = {"release": release.key}
    if sums:
        more |= {"snapshot": sums.snapshot} | {one.value: n for one, n in sums.states.items()}
    if why:
        more["why"] = str(why)
    level = logging.WARNING if why else logging.INFO
    transaction.after_commit(lambda: log.log(level, SAID[verb], extra=more))
