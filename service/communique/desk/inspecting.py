"""Inspecting: what the log says, in sum, line by line, and attempt by attempt. Changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from communique.desk import Desk, drafting, expanding
from communique.desk.approving import missing_parties
from communique.desk.sending import PUT_BACK
from communique.domain.approval import Approval
from communique.domain.delivery import Forecast
from communique.domain.log import AttemptLine, Line, LogFilter, Summary, Waiting
from communique.domain.release import Release, ReleaseEvent, State
from communique.errors import CommuniqueError
from communique.ports import Transaction

# The states from which a release can still be picked up.
AHEAD = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.MISSED)

# The states in which a release is to be sent as it was submitted.
SUBMITTED = (State.IN_REVIEW, State.APPROVED, State.MISSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A release and where it stands."""

    release: Release
    summary: Summary
    by_association: dict[str, Summary]
    approvals: tuple[Approval, ...]
    counting: tuple[Approval, ...]  # those that are not void
    missing: tuple[str, ...]
    history: tuple[ReleaseEvent, ...]


async def standing(desk: Desk, key: str) -> Standing:
    """Everything about one release, in one consistent view."""
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(key)
        return Standing(
            release=release,
            summary=await transaction.log.summary(release.id),
            by_association={
                one.association: await transaction.log.summary(release.id, one.association)
                for one in release.audiences
            },
            approvals=await transaction.releases.approvals(release.id),
            counting=await drafting.words(transaction, release),
            missing=await missing_parties(transaction, release),
            history=await transaction.releases.history(release.id),
        )


async def forecast(desk: Desk, key: str) -> tuple[Forecast, ...]:
    """Whom a release would go to, for each association; nothing once its snapshot is made.

    It counts everybody on the lists, so it is for whoever asks and not for whoever watches.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(key)
        if release.state not in AHEAD:
            return ()
        return await expanding.forecast(desk, transaction, release)


async def changed(desk: Desk, keys: Collection[str] = ()) -> dict[str, list[str]]:
    """The releases that are no longer what was submitted, and what differs; all, or of these only.

    At its hour such a release is not sent (P4). What cannot be read at all differs, too.
    """
    found = {}
    async with desk.store.read() as transaction:
        for release in await transaction.releases.all():
            if release.state not in SUBMITTED or (keys and release.key not in keys):
                continue
            try:
                differing = await drafting.changed(desk, transaction, release)
            except CommuniqueError as error:
                differing = [str(error)]
            if differing:
                found[release.key] = differing
    return found


async def releases(desk: Desk) -> list[tuple[Release, Summary]]:
    """Every release with its sums, the newest first."""
    return await _summed(desk, tuple(State))


async def under_way(desk: Desk) -> list[tuple[Release, Summary]]:
    """The releases that are being sent, paused, or about to be."""
    return await _summed(desk, (State.APPROVED, State.SENDING, State.PAUSED, State.MISSED))


async def _summed(desk: Desk, stands: Collection[State]) -> list[tuple[Release, Summary]]:
    async with desk.store.read() as transaction:
        return [
            (one, await transaction.log.summary(one.id))
            for one in await transaction.releases.all()
            if one.state in stands  # first: a sum counts every delivery
        ]


async def lines(desk: Desk, only: LogFilter, limit: int | None = None) -> AsyncIterator[Line]:
    """Deliveries, streamed. Raises NotFound for a release or an association that is not there."""
    async with desk.store.read() as transaction:
        await _require(transaction, only)
        async for line in transaction.log.lines(only, limit=limit):
            yield line


async def delivery(desk: Desk, delivery_id: int) -> tuple[Line, tuple[AttemptLine, ...]]:
    """One delivery with every attempt."""
    async with desk.store.read() as transaction:
        line = await transaction.log.line(delivery_id)
        return line, await transaction.log.attempts(delivery_id)


async def newest(desk: Desk) -> int:
    """Where following the log starts."""
    async with desk.store.read() as transaction:
        return await transaction.log.last_attempt()


async def since(desk: Desk, attempt: int, only: LogFilter) -> tuple[tuple[int, Line], ...]:
    """Attempts after the one of that number."""
    async with desk.store.read() as transaction:
        return await transaction.log.attempted_after(attempt, only)


async def require(desk: Desk, only: LogFilter) -> None:
    """Raises NotFound for a release or an association that is not there."""
    async with desk.store.read() as transaction:
        await _require(transaction, only)


async def _require(transaction: Transaction, only: LogFilter) -> None:
    if only.release:
        await transaction.releases.get(only.release)
    if only.association:
        await transaction.associations.get(only.association)


async def waiting_for(desk: Desk, release: Release) -> Waiting | None:
    """Why most of those wait who are to be tried again; None if nobody does."""
    async with desk.store.read() as transaction:
        reasons = await transaction.log.waiting_for(release.id)
    # What was claimed and put back was not tried: it waits for its turn, and for nothing else.
    return next((one for one in reasons if one.reason != PUT_BACK.reason), None)
