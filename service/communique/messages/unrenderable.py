"""What ends the rendering of a text, where we say it and no library does."""

from __future__ import annotations

from communique.facts import Fact


class Unrenderable(Exception):
    """A text cannot be rendered, for what `fact` tells."""

    fact: Fact
