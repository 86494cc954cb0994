"""What is received: the messages of a release, its article, and letters. Never reads the database.

`catalog` finds templates on disk; `checking` says before approval what could fail; `render` renders
what is common, once, and then what is personal, for each reader; `headers` and `mime` make that a
message. `press` is the door: what `ports.Press` asks for.
"""

from communique.messages.names import load
from communique.messages.press import Composed, Press

__all__ = ["Composed", "Press", "load"]
