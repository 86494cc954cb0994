"""How a command ends: every error that a person can mend, in a message and a non-zero exit."""

from __future__ import annotations

import json
import sys

from communique.cli import words
from communique.cli.top import app
from communique.errors import CommuniqueError, Problems


def run() -> None:
    """Run a command to its end."""
    try:
        app()
    except CommuniqueError as error:
        _complain(error)
        sys.exit(1)
    except OSError as error:  # a file named in a command that is not there, or not ours to use
        _complain(
            CommuniqueError(
                "file_unusable",
                message="cannot be used: {reason}",
                remedy="check that it exists and that you may read and write it",
                reason=error.strerror or str(error),
                file=error.filename,
            )
        )
        sys.exit(1)


def _complain(error: CommuniqueError) -> None:
    problems = error.problems if isinstance(error, Problems) else [error]
    if "--json" in sys.argv:
        # Loaded here: it knows all that can be shown, and most commands go well.
        from communique import views  # noqa: PLC0415

        document = views.document(**views.error(error, words.advice))
        print(json.dumps(document, ensure_ascii=False), file=sys.stderr)
        return
    several = len(problems) > 1
    if several:
        print(f"error: {error.message}", file=sys.stderr)
    for one in problems:
        where = f"{one.where}: " if one.where else ""
        head = "  " if several else "error: "
        print(f"{head}{where}{one.message}", file=sys.stderr)
        if advice := words.advice(one):
            print(f"{' ' * len(head)}→ {advice}", file=sys.stderr)
