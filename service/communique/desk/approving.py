"""Approving: one party's word on one exact content. Every party must say yes; an edit voids it."""

from __future__ import annotations

import re

from communique.desk import Desk
from communique.desk.drafting import require_unchanged
from communique.domain.approval import Approval, Word, still_missing
from communique.domain.association import Person
from communique.domain.release import Release, State, after
from communique.errors import Refused
from communique.ports import Transaction

TOO_LATE = "its hour passed before everybody approved: set a new one"


async def approve(
    desk: Desk,
    key: str,
    association: str,
    person: str,
    comment: str = "",
    *,
    content: str | None = None,
) -> tuple[Release, tuple[str, ...]]:
    """Say yes for a party. The release, and the parties still missing.

    `content` names what the person read, by at least the first eight digits of its hash. Raises
    Refused if that is not under review, if the content is not the one that was submitted any more,
    or if the person may not speak for the association.

    With the last yes the release is approved; or missed, if its hour has passed, for nobody means
    it to go at whatever moment the last party finds (P8).
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(key, hold=True)
        if release.state is not State.IN_REVIEW:
            after(release.state, "approve")  # says why not
        if content is not None:
            _require_named(release, content)
        approver = await _speaker(transaction, release, association, person)
        await require_unchanged(desk, transaction, release)
        await _say(desk, transaction, release, association, approver, Word.APPROVED, comment)
        missing = await missing_parties(transaction, release)
        now = desk.clock.now()
        detail = f"{approver.name} for {association}"
        if missing:
            await transaction.releases.note(release.id, "approve", release.state, now, detail)
        elif release.schedule and release.schedule.send_at < now:
            await transaction.releases.note(release.id, "approve", release.state, now, detail)
            to = after(release.state, "miss")
            await transaction.releases.move(release, to, verb="miss", at=now, detail=TOO_LATE)
        else:
            to = after(release.state, "approve")
            await transaction.releases.move(release, to, verb="approve", at=now, detail=detail)
        return await transaction.releases.get(key), missing


async def reject(desk: Desk, key: str, association: str, person: str, comment: str = "") -> Release:
    """Say no for a party: the release goes back to its authors."""
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(key, hold=True)
        to = after(release.state, "reject")
        approver = await _speaker(transaction, release, association, person)
        await _say(desk, transaction, release, association, approver, Word.REJECTED, comment)
        detail = f"{approver.name} for {association}" + (f": {comment}" if comment else "")
        now = desk.clock.now()
        await transaction.releases.move(release, to, verb="reject", at=now, detail=detail)
        return await transaction.releases.get(key)


async def missing_parties(transaction: Transaction, release: Release) -> tuple[str, ...]:
    """The parties that have not approved exactly what is under review."""
    history = await transaction.releases.history(release.id)
    submitted = [one.at for one in history if one.verb == "submit"]
    if release.content_hash is None or not submitted:
        return release.parties
    said = await transaction.releases.approvals(release.id)
    return still_missing(release.parties, said, release.content_hash, submitted[-1])


def _require_named(release: Release, content: str) -> None:
    """Raise Refused unless `content` names what is under review."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", content, re.IGNORECASE):
        raise Refused(
            f"“{content}” names no content",
            remedy="give at least the first eight digits of its hash, as the review shows them",
        )
    under_review = release.content_hash or ""
    if not under_review.startswith(content.lower()):
        raise Refused(
            f"the content {content} of “{release.key}” is not the one under review, "
            f"which is {under_review[:12]}",
            remedy="read it as it stands now, and approve that",
        )


async def _speaker(
    transaction: Transaction, release: Release, association: str, person: str
) -> Person:
    if association not in release.parties:
        raise Refused(
            f"{association} is no party to “{release.key}”",
            remedy=f"its parties are {', '.join(release.parties)}",
        )
    declared = await transaction.associations.get(association)
    if approver := declared.approver(person):
        return approver
    names = ", ".join(one.name for one in declared.people if one.approves) or "nobody"
    raise Refused(
        f"“{person}” may not approve for {association}",
        remedy=f"who may: {names} (declared in subscribers/{association}/association.toml)",
    )


async def _say(
    desk: Desk,
    transaction: Transaction,
    release: Release,
    association: str,
    person: Person,
    word: Word,
    comment: str,
) -> None:
    if release.content_hash is None:
        raise Refused(f"“{release.key}” has not been submitted")
    approval = Approval(
        association, person.name, word, release.content_hash, desk.clock.now(), comment
    )
    await transaction.releases.approve(release.id, approval)
