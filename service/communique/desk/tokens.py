"""Tokens: what opens the desk to somebody. Of none that was given away does the store keep more
than a digest; what a letter says is made of the desk's key when it goes, and kept nowhere.

So whoever reads the database, or a copy of it, opens nothing by what stands there.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from hashlib import blake2b

from communique.desk import Desk
from communique.domain.letter import Posted

SIGN_IN, INVITATION = "sign_in", "invitation"  # purposes of letters
OPEN = "open"  # where the operator's link leads
ACCEPT = "invitation"
LINK = "sign-in"


def new() -> str:
    """256 bits that nobody guesses, as they stand in a cookie or a link."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of one. It is long and random, so none is found by trying."""
    return blake2b(token.encode(), digest_size=32, person=b"token").hexdigest()


def csrf(token: str) -> str:
    """The secret that forms of a session carry: nobody knows it who has not that session."""
    return blake2b(token.encode(), digest_size=16, person=b"csrf").hexdigest()


def link(desk: Desk, asked: str) -> str:
    """What stands in the link of a letter; `asked` is the digest of the browser's that asked."""
    return desk.keyring.mark("sign-in-link", asked)


def code(desk: Desk, asked: str) -> str:
    """The six digits of the same letter."""
    return f"{int(desk.keyring.mark('sign-in-code', asked), 16) % 10**6:06}"


def same(one: str, other: str) -> bool:
    """Whether two are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def invitation(desk: Desk, key: str) -> str:
    """What stands in the link of an invitation."""
    return desk.keyring.sign("invitation", key)


def invited(desk: Desk, token: str) -> str | None:
    """The key of the invitation that a link names, if it is one of ours."""
    parts = desk.keyring.verify("invitation", token)
    return parts[0] if parts and len(parts) == 1 else None


def address(desk: Desk, *path: str) -> str:
    """Where a page of the desk is."""
    return "/".join((desk.policy.public_url.rstrip("/"), "desk", *path))


def given(desk: Desk, letter: Posted) -> Mapping[str, str]:
    """What opens something, of what a letter says: made now, of what is kept in its place."""
    match letter.purpose:
        case "sign_in":
            asked = letter.values["asked"]
            return {
                "link": address(desk, LINK, link(desk, asked)),
                "code": code(desk, asked),
            }
        case "invitation":
            return {"link": address(desk, ACCEPT, invitation(desk, letter.values["key"]))}
    return {}
