"""`communique release preview` and `send-test`: a release seen before anybody else sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import completing, home, manuscripts, show, words
from communique.cli.reviewing import Key
from communique.cli.show import Json, as_json, out, run, said
from communique.cli.speech import _
from communique.desk import inspecting, previewing
from communique.domain.actor import OPERATOR


@run
async def preview(
    key: Key,
    association: Annotated[
        str,
        typer.Option(
            "--association",
            "-a",
            help="Whose members see it.",
            autocompletion=completing.associations,
        ),
    ],
    language: Annotated[str | None, typer.Option("--language", "-l", help="Which edition.")] = None,
    to: Annotated[
        str | None, typer.Option(help="Address of a subscriber; else a sample reader.")
    ] = None,
    list_key: Annotated[
        str | None,
        typer.Option(
            "--list", help="By which of its lists; one of the press gets what others do not."
        ),
    ] = None,
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path(
        "preview"
    ),
    json: Json = False,
) -> None:
    """Write what a subscriber would receive: HTML, text, and the whole message as .eml."""
    async with wiring.opened(home.load()) as desk:
        seen = await previewing.preview(
            desk,
            OPERATOR,
            key,
            association,
            language=language,
            address=to,
            list_key=list_key,
        )
        release = (await inspecting.standing(desk, OPERATOR, key)).release
        show.warned(map(words.told, manuscripts.stale(release)))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    apart = filter(None, (list_key, seen.reader.address if to else None))  # each beside the others
    name = ".".join((key, association, seen.reader.language, *apart))
    written = {
        folder / f"{name}.html": seen.html.encode(),
        folder / f"{name}.txt": seen.text.encode(),
        folder / f"{name}.eml": seen.content,
    }
    for path, octets in written.items():
        show.keep(path, octets)
    if json:
        files = [str(path) for path in written]
        as_json(views.document(subject=seen.subject, to=seen.reader.address, files=files))
        return
    whose = f"{seen.reader.name} <{show.address(seen.reader.address)}>"
    out.print(_("To: {whose}", whose=whose), markup=False)
    out.print(_("Subject: {subject}", subject=seen.subject), markup=False)
    for path in written:
        show.wrote(path)


@run
async def send_test(
    key: Key,
    association: Annotated[
        str,
        typer.Option(
            "--association", "-a", help="Who sends it.", autocompletion=completing.associations
        ),
    ],
    to: Annotated[str, typer.Option(help="A person whom the association declares.")],
    language: Annotated[str | None, typer.Option("--language", "-l", help="Which edition.")] = None,
    json: Json = False,
) -> None:
    """Send the release, marked as a test, to one of the association's own people."""
    current = home.load()
    async with wiring.opened(current) as desk:
        outcome = await previewing.send_test(
            desk, OPERATOR, key, association, to, language=language
        )
    if json:
        as_json(views.document(**views.answer(outcome)))
    else:
        said(show.labelled(show.worded(outcome.name), show.outcome(outcome)))
    if not previewing.accepted(outcome):
        if current.uses_mailbox and not json:
            said(_("the built-in mailbox listens only while `communique serve` runs"))
        raise typer.Exit(1)
