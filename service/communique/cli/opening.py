"""`communique desk`: opening its pages, and who works at it."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from communique import views, wiring
from communique.cli import completing, home, staff
from communique.cli.show import Json, as_json, out, run, said
from communique.cli.speech import _
from communique.desk import signing_in, tokens
from communique.domain.account import LANGUAGES
from communique.domain.actor import OPERATOR
from communique.errors import Invalid
from communique.telemetry import printable

if TYPE_CHECKING:
    from communique.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The desk's pages, and who works at them.")

app.command("people")(staff.people)
app.command("invite")(staff.invite)
app.command("dismiss")(staff.dismiss)
app.command("sessions")(staff.list_sessions)
app.command("revoke")(staff.revoke)

ANSWERS = 1.0  # seconds that whoever serves the pages has, to be found


@app.command("open")
@run
async def open_(
    association: Annotated[
        str | None,
        typer.Option(
            help="The association to begin with.",
            autocompletion=completing.associations,
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="fr|en", help="What the pages speak; else as the browser asks.")
    ] = "",
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the link; open no browser.")
    ] = False,
    json: Json = False,
) -> None:
    """Open the desk's pages as the operator at this machine: by a link that works once.

    It works for five minutes, in one browser, once the button there is pressed. Whoever has it
    until then is the operator: give it to nobody.
    """
    if language and language not in LANGUAGES:
        raise Invalid(
            "language_unspoken",
            message="the pages speak {known:or}, not “{language}”",
            known=list(LANGUAGES),
            language=language,
        )
    current = home.load()
    async with wiring.opened(current) as desk:
        token = await signing_in.open_here(desk, OPERATOR, association, language)
        link = tokens.address(desk, tokens.OPEN, token)
    answers = await _answers(current)
    if json:
        as_json(views.document(link=link, minutes=5, served=answers))
        return
    out.print(printable(link), markup=False, soft_wrap=True)
    if not answers:
        said(_("nothing serves the pages yet: start `communique serve`, then open the link"))
    elif not only_print and _has_browser():
        await asyncio.to_thread(webbrowser.open, link)
    said(_("it works once, for {minutes} minutes; give it to nobody", minutes=5))


async def _answers(current: Settings) -> bool:
    """Whether anything listens where the pages are."""
    public = urlsplit(current.public_url)
    port = public.port or (443 if public.scheme == "https" else 80)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWERS):
            _, writer = await asyncio.open_connection(public.hostname or current.host, port)
        writer.close()
        return True
    return False


def _has_browser() -> bool:
    """Whether somebody sits here who sees a browser: a terminal's own would be in the way."""
    if not sys.stdout.isatty():
        return False
    try:
        return type(webbrowser.get()) is not webbrowser.GenericBrowser
    except webbrowser.Error:
        return False
