"""How a command ends, as its exit status says it: beside 0, and the parser's 2."""

from __future__ import annotations

REFUSED = 1  # or wrong, or not there: the message says which
PARTLY = 3  # done, and some of it could not be
UNAVAILABLE = 4  # what is needed for it cannot be used: another time it may go
INTERRUPTED = 130  # as every shell says it of a command that Ctrl-C ended
