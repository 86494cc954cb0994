"""Home: what needs somebody, what is going out, what is next, and what went wrong."""

from __future__ import annotations

from fastapi import Response

from communique.domain.actor import Permission
from communique.web.desk import showing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Door, Pages

pages = Pages()


@pages.get("/", Door.SIGNED_IN)
async def beginning(ask: Asking) -> Response:
    """Where the desk begins: at one's association, or at the choice of it."""
    return showing.page(ask, "associations.html")


@pages.get("/{association}/", Permission.READ)
async def home(ask: Asking) -> Response:
    """What one comes for."""
    return showing.page(ask, "home.html")
