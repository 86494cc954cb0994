"""The command line: `communique`. Parses, calls the desk, prints; decides nothing."""

from __future__ import annotations

import atexit
import gc
import os
import sys

from communique.cli.exits import INTERRUPTED


def main() -> None:
    """Run a command. Ctrl-C ends it quietly, whenever it comes."""
    # Loading makes hardly any garbage, and to look for it every few objects takes a seventh. At
    # the end all goes at once: to look through it once more first takes a quarter.
    gc.set_threshold(200_000, 20, 50)
    atexit.register(gc.freeze)
    try:
        # Loaded here, and nothing before it: loading takes half a second of the time it may come.
        from communique.cli import speech
        from communique.cli.ending import run

        with speech.spoken(speech.chosen(sys.argv, os.environ)):
            run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
