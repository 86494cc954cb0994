"""When a release goes: setting the hour, picking up what is due, pausing, resuming, calling off.

Only an approved release with an hour is ever picked up (P4), and one that is too late asks (P8).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from communique.desk import Desk
from communique.desk.approving import missing_parties
from communique.desk.drafting import require_unchanged
from communique.desk.expanding import expand, forecast
from communique.domain import when
from communique.domain.association import Association
from communique.domain.log import Summary
from communique.domain.release import Release, Schedule, State, after
from communique.errors import CommuniqueError, Refused
from communique.ports import Engine, Transaction

REFUSE = "refuse to send"

log = logging.getLogger(__name__)


async def schedule(
    desk: Desk,
    key: str,
    send_at: str,
    *,
    zone: str | None = None,
    wall: bool = False,
    deliver_by: str | None = None,
) -> Release:
    """Set the hour of a release that is not under way. `zone` defaults to the first party's.

    With `wall`, it goes at that local hour in each association's own zone. A release that was
    missed is approved still, and with a new hour goes again.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(key, hold=True)
        host = await transaction.associations.get(release.parties[0])
        zone = zone or host.time_zone
        now = desk.clock.now()
        wanted = Schedule(
            when.read(send_at, zone, now),
            zone,
            wall,
            when.read(deliver_by, zone, now) if deliver_by else None,
        )
        hosts = [await transaction.associations.get(one.association) for one in release.audiences]
        if wall:
            wanted = _earliest(hosts, wanted)
        if wanted.send_at < now:
            raise Refused(f"{when.told(wanted)} is past", remedy="choose an hour to come")
        _require_in_time(hosts or [host], wanted)
        hour = when.told(wanted)
        if release.state in (State.DRAFT, State.IN_REVIEW):
            await transaction.releases.note(release.id, "schedule", release.state, now, hour)
        else:
            to = after(release.state, "reschedule")
            await transaction.releases.move(release, to, verb="schedule", at=now, detail=hour)
        await transaction.releases.schedule(release.id, wanted)
        return await transaction.releases.get(key)


def _earliest(hosts: Sequence[Association], wanted: Schedule) -> Schedule:
    """The schedule told from the zone where its local hour comes first: pick-up is then."""
    zones = [one.time_zone for one in hosts] or [wanted.zone]
    first = min(zones, key=lambda zone: when.due(wanted, zone))
    return replace(wanted, send_at=when.due(wanted, first), zone=first)


def _require_in_time(hosts: Sequence[Association], wanted: Schedule) -> None:
    """Raise Refused if deliver-by comes before anybody's hour: they would all fail untried."""
    last = max(hosts, key=lambda one: when.due(wanted, one.time_zone))
    due = when.due(wanted, last.time_zone)
    if wanted.deliver_by and wanted.deliver_by <= due:
        there = Schedule(due, last.time_zone)
        raise Refused(
            f"deliver-by is not after the hour of {last.key}, {when.told(there)}",
            remedy="choose a later deliver-by, or an earlier hour",
        )


async def pick_up(desk: Desk, engine: Engine) -> list[str]:
    """Pick up every release that is due, each in a transaction of its own; the keys picked up.

    A release that cannot go says why in its history; it keeps no other from going (P7).
    """
    async with desk.store.read() as transaction:
        waiting = await transaction.releases.due(desk.clock.now())
    picked_up = []
    for release in waiting:
        try:
            if await _pick_up(desk, engine, release.id):
                picked_up.append(release.key)
        except CommuniqueError:
            log.exception("release not picked up", extra={"release": release.key})
    return picked_up


async def _pick_up(desk: Desk, engine: Engine, release_id: int) -> bool:
    try:
        return await _set_out(desk, engine, release_id)
    except _Nobody:
        await _refuse_empty(desk, release_id)
        return False


class _Nobody(CommuniqueError):
    """A snapshot without anybody to write to. Raised in its transaction, it takes it back."""


async def _set_out(desk: Desk, engine: Engine, release_id: int) -> bool:
    async with desk.store.begin() as transaction:
        now = desk.clock.now()
        release = await transaction.releases.by_id(release_id, hold=True)
        planned = release.schedule
        if release.state is not State.APPROVED or planned is None or planned.send_at > now:
            return False  # somebody else was faster, or moved the hour
        if too_late := _too_late(desk, planned, now):
            to = after(release.state, "miss")
            await transaction.releases.move(release, to, verb="miss", at=now, detail=too_late)
            tell(transaction, release, "missed", why=too_late)
            return False
        try:
            await require_unchanged(desk, transaction, release)
            if missing := await missing_parties(transaction, release):
                raise Refused(f"not approved by {', '.join(missing)}")
        except Refused as reason:
            to = after(release.state, "void")
            await transaction.releases.move(release, to, verb=REFUSE, at=now, detail=str(reason))
            tell(transaction, release, "refused to send", why=str(reason))
            return False
        to = after(release.state, "pick_up")
        await transaction.releases.move(release, to, verb="pick up", at=now, picked_up_at=now)
        tickets = await expand(desk, transaction, release)
        if not tickets:
            raise _Nobody("there is nobody to write to")
        tell(transaction, release, "picked up", await transaction.log.summary(release.id))
        engine.submit(transaction, tickets)
        return True


async def _refuse_empty(desk: Desk, release_id: int) -> None:
    """Send a release to nobody back to its authors: `sent` would be for good, and untrue."""
    async with desk.store.begin() as transaction:
        release = await transaction.releases.by_id(release_id, hold=True)
        seen = await forecast(desk, transaction, release)
        if release.state is not State.APPROVED or any(one.goes for one in seen):
            return  # changed meanwhile: the next tick looks again
        doubts = "; ".join(each for one in seen for each in one.warnings)
        why, now = f"there is nobody to write to: {doubts}", desk.clock.now()
        to = after(release.state, "void")
        await transaction.releases.move(release, to, verb=REFUSE, at=now, detail=why)
        tell(transaction, release, "refused to send", why=why)


async def hold_overdue(desk: Desk, transaction: Transaction) -> None:
    """Pause what should have gone on while nothing ran, so that somebody says if it still may (P8).

    A machine that was off, or yesterday's copy of the database: neither is to send at night what
    was meant for the morning.
    """
    now = desk.clock.now()
    for release_id in await transaction.batches.overdue(now - desk.policy.late_after):
        release = await transaction.releases.by_id(release_id, hold=True)
        why = "nothing ran to send it when it was due; resume it if it may still go"
        to = after(release.state, "pause")
        await transaction.releases.move(release, to, verb="pause", at=now, detail=why)
        tell(transaction, release, "paused", why=why)


def _too_late(desk: Desk, planned: Schedule, now: datetime) -> str:
    if planned.deliver_by and now >= planned.deliver_by:
        return f"its deliver-by, {planned.deliver_by:%Y-%m-%d %H:%M} UTC, has passed"
    if now > planned.send_at + desk.policy.late_after:
        return f"it was due at {planned.send_at:%Y-%m-%d %H:%M} UTC and nothing ran to send it"
    return ""


async def finish(transaction: Transaction, release_id: int, now: datetime) -> None:
    """Call a release sent once nothing of it is open (P1). Whoever calls this holds it."""
    if not await transaction.batches.nothing_open(release_id):
        return
    release = await transaction.releases.by_id(release_id)
    if release.state in (State.SENDING, State.PAUSED):
        to = after(release.state, "finish")
        await transaction.releases.move(release, to, verb="finish", at=now)
        tell(transaction, release, "finished", await transaction.log.summary(release_id))


def tell(
    transaction: Transaction,
    release: Release,
    what: str,
    sums: Summary | None = None,
    *,
    why: str = "",
) -> None:
    """Log a step of a release for whoever watches the service: once it is committed, or never."""
    more: dict[str, object] = {"release": release.key}
    if sums:
        more |= {"snapshot": sums.snapshot} | {one.value: n for one, n in sums.states.items()}
    if why:
        more["why"] = why
    level = logging.WARNING if why else logging.INFO
    transaction.after_commit(lambda: log.log(level, what, extra=more))


async def pause(desk: Desk, key: str, why: str = "") -> Release:
    """Stop claiming; what is past DATA ends by itself."""
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(key, hold=True)
        if release.state is State.APPROVED:
            raise Refused(
                "cannot pause a release that is approved: nothing of it is being sent yet",
                remedy=f"move its hour with `communique release schedule {key} --at HOUR`, or send "
                f"it back with `communique release reject {key} --as PARTY --by NAME`",
            )
        to = after(release.state, "pause")
        await transaction.releases.move(release, to, verb="pause", at=desk.clock.now(), detail=why)
        return await transaction.releases.get(key)


async def resume(desk: Desk, key: str) -> Release:
    """Go on where it stopped: the engine finds the unfinished batches by itself."""
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(key, hold=True)
        to = after(release.state, "resume")
        await transaction.releases.move(release, to, verb="resume", at=desk.clock.now())
        return await transaction.releases.get(key)


async def cancel(desk: Desk, key: str, why: str = "") -> tuple[Release, Summary]:
    """Call a release off. Who was not written to yet is not; nothing sent comes back."""
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(key, hold=True)
        to = after(release.state, "cancel")
        now = desk.clock.now()
        await transaction.releases.move(release, to, verb="cancel", at=now, detail=why)
        await transaction.deliveries.cancel(release.id, now)
        summary = await transaction.log.summary(release.id)
        return await transaction.releases.get(key), summary
