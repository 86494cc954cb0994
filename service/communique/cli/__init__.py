"""The command line: `communique`. Parses, calls the desk, prints; decides nothing."""

from __future__ import annotations

import gc
import sys

# How a command ends, beside 0 and the parser's 2.
REFUSED = 1  # or wrong, or not there: the message says which
PARTLY = 3  # done, and some of it could not be
UNAVAILABLE = 4  # what is needed for it cannot be used: another time it may go
INTERRUPTED = 130  # as every shell says it of a command that Ctrl-C ended


def main() -> None:
    """Run a command. Ctrl-C ends it quietly, whenever it comes."""
    # Loading makes hardly any garbage, and to look for it every few objects takes a seventh.
    gc.set_threshold(50_000, 20, 50)
    try:
        # Loaded here, and nothing before it: loading takes half a second of the time it may come.
        from communique.cli.ending import run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
