"""The command line: `communique`. Parses, calls the desk, prints; decides nothing."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # as every shell says it of a command that Ctrl-C ended


def main() -> None:
    """Run a command. Ctrl-C ends it quietly, whenever it comes."""
    try:
        # Loaded here, and nothing before it: loading takes half a second of the time it may come.
        from communique.cli.ending import run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
