"""Where a command is: the desk's settings, once there is a desk. Never makes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique.errors import NotFound

if TYPE_CHECKING:
    from communique.settings import Settings


def load() -> Settings:
    """The settings of the desk here. Raises NotFound in a folder that is no desk."""
    from communique import settings  # a help need not wait for pydantic

    current = settings.load()
    if not current.subscribers.is_dir():
        raise NotFound(
            "desk_missing",
            file=current.home.resolve(),
            message="there is no desk here: it has no folder `subscribers`",
            remedy="cd into a desk, set COMMUNIQUE_HOME to one, or begin one: "
            "`communique init desk`",
        )
    return current
