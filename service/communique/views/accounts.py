"""Who works at the desk, and where they are signed in, as programs are shown it."""

from __future__ import annotations

from communique.domain.account import Account, Duty, Invitation, Session
from communique.views.form import View, instant
from communique.views.releases import actor


def worker(one: Account, duty: Duty) -> View:
    """Somebody, and what they do for an association."""
    return {
        "name": duty.name,
        "address": one.address,
        "roles": [each.value for each in duty.roles],
        "declared": duty.declared,
        "language": duty.language or None,
        "seen_at": instant(one.seen_at),
    }


def invitation(one: Invitation) -> View:
    """What somebody was invited to, and by whom."""
    return {
        "number": one.id,
        "association": one.association,
        "name": one.name,
        "address": one.address,
        "roles": [each.value for each in one.roles],
        "invited_by": actor(one.invited_by),
        "invited_at": instant(one.invited_at),
        "expires_at": instant(one.expires_at),
    }


def session(one: Session) -> View:
    """Where somebody is signed in. What opens it is shown nowhere."""
    return {
        "session": one.id,
        "created_at": instant(one.created_at),
        "seen_at": instant(one.seen_at),
        "expires_at": instant(one.expires_at),
        "browser": one.browser,
        "origin": one.origin,
    }
