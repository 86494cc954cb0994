"""What is received: the messages of a release, its article, and letters. Never reads the database.

`catalog` finds templates on disk; `checking` says before approval what could fail; `render` renders
what is common, once, and then what is personal, for each reader; `headers` and `mime` make that a
message. `press` is the door: what `ports.Press` asks for.
"""

from collections.abc import Iterable

from communique.messages.press import Composed, Press

__all__ = ["Composed", "Press", "load"]


def load(languages: Iterable[str]) -> None:
    """Have all at hand that a first message, article or letter would otherwise wait for."""
    from communique.messages import article, checking, headers, letters, names, naming, render

    names.load(languages)
