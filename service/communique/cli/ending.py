"""How a command ends: every error that a person can mend, in a message and a non-zero exit."""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer
from typer._click.exceptions import ClickException

from communique.cli import speech
from communique.cli.exits import REFUSED, UNAVAILABLE
from communique.cli.speech import _
from communique.cli.top import app
from communique.errors import (
    AlreadyRunning,
    CommuniqueError,
    Problems,
    StoreUnavailable,
    TransportUnavailable,
)


def run() -> None:
    """Run a command to its end."""
    for stream in (sys.stdout, sys.stderr):
        # Not every terminal has every letter: what it cannot show is told by its number.
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.Abort:
        print(_("Aborted!"), file=sys.stderr)
        sys.exit(REFUSED)
    except ClickException as error:
        _not_understood(error)
        sys.exit(error.exit_code)
    except CommuniqueError as error:
        _complain(error)
        unavailable = (AlreadyRunning, StoreUnavailable, TransportUnavailable)
        sys.exit(UNAVAILABLE if isinstance(error, unavailable) else REFUSED)
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
        sys.exit(REFUSED)


def _not_understood(error: ClickException) -> None:
    if speech.french():
        from communique.cli.french import library

        library.complain(error)
    else:
        error.show()


def _complain(error: CommuniqueError) -> None:
    # Loaded here: they know all that can be shown, and most commands go well.
    from communique import views
    from communique.cli import show, words

    problems = error.problems if isinstance(error, Problems) else [error]
    if "--json" in sys.argv:
        document = views.document(**views.error(error, words.advice))
        print(show.in_json(document), file=sys.stderr)
        return
    several = len(problems) > 1
    if several:
        _tell(f"{_('error:')} {words.message(error)}")
    for one in problems:
        where = f"{one.where}: " if one.where else ""
        head = "  " if several else f"{_('error:')} "
        _tell(f"{head}{where}{words.message(one)}")
        if advice := words.advice(one):
            _tell(f"{' ' * len(head)}→ {advice}")


def _tell(line: str) -> None:
    from communique.telemetry import printable

    print(printable(line), file=sys.stderr)
