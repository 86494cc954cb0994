"""What is one's own: language, light or dark, and where one is signed in."""

from __future__ import annotations

from fastapi import Response

from communique.desk import sessions
from communique.domain.account import Session
from communique.errors import NotFound
from communique.web.desk import showing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Door, Pages

pages = Pages()


@pages.get("/you", Door.SIGNED_IN)
async def you(ask: Asking) -> Response:
    """What one chose, and where one is signed in."""
    found = await sessions.listed(ask.desk, ask.actor)
    return showing.page(ask, "you.html", sessions=found, mine=_mine(ask).id)


@pages.post("/you/language", Door.SIGNED_IN)
async def language(ask: Asking) -> Response:
    """Speak another language, on the same page."""
    await sessions.choose(ask.desk, _mine(ask), language=ask.value("language"))
    return showing.go(ask.back)


@pages.post("/you/theme", Door.SIGNED_IN)
async def theme(ask: Asking) -> Response:
    """Light, dark, or as the system is; on the same page."""
    await sessions.choose(ask.desk, _mine(ask), theme=ask.value("theme"))
    return showing.go(ask.back)


@pages.post("/you/end", Door.SIGNED_IN)
async def end(ask: Asking) -> Response:
    """Sign out elsewhere: of one session, or of all but this."""
    mine = _mine(ask).id
    others = {one.id for one in await sessions.listed(ask.desk, ask.actor)} - {mine}
    asked = ask.value("session")
    wanted = {one for one in others if str(one) == asked} if asked else others
    if asked and not wanted:
        raise NotFound("session_unknown", session=0)
    ended = await sessions.revoke(ask.desk, ask.actor, wanted) if wanted else 0
    return showing.go("/desk/you", "you.said.ended", n=ended)


async def chosen(ask: Asking) -> Session | None:
    """Keep what a form that holds something typed was sent for: a language, or a theme.

    None where it was sent for something else. A theme that is empty is as the system is.
    """
    given = {one: ask.value(one) for one in ("language", "theme") if one in ask.fields}
    if not given or not isinstance(ask.session, Session):
        return None
    return await sessions.choose(ask.desk, ask.session, **given)


def _mine(ask: Asking) -> Session:
    """The session that this browser has."""
    session = ask.session
    if not isinstance(session, Session):  # one of a test, which keeps nothing
        raise NotFound("session_unknown", session=0)
    return session
