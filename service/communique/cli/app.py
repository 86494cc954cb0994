"""The top of the command line, and the commands that stand alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from communique import __version__, roster, settings, starter, wiring
from communique.cli import home, log, release, serving, standings, subscribers
from communique.cli.show import Json, as_json, out, run, said, table
from communique.desk import inspecting, subscribing

app = typer.Typer(
    name="communique",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
    help="""The release desk for associations that announce together.

A desk in five steps: `init` a folder, `sync` the associations it declares,
`subscribers import` their members, `release import` and `submit` an announcement that
every party then approves and somebody schedules; `serve` sends it. `log` and `status`
say what became of it.""",
)
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(release.app, name="release")
app.add_typer(log.app, name="log")
database = typer.Typer(no_args_is_help=True, help="The database's schema.")
app.add_typer(database, name="db")

app.command("serve")(serving.serve)
app.command("status")(serving.status)
app.command("check")(serving.check)
app.command("demo")(serving.demo)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version.")
    ] = False,
) -> None:
    """Options of every command."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the new desk goes; made if need be.")],
) -> None:
    """Start a new desk: templates, two associations, a sample release. Overwrites nothing."""
    written = starter.begin(folder)
    out.print(f"wrote {len(written)} files into {folder}", soft_wrap=True)
    said(f"next: cd {quote(str(folder))} && communique sync --dry-run")


@app.command("settings")
def explained() -> None:
    """Explain every setting: its variable, what it means, and what it is if unset."""
    typer.echo(settings.settings_reference(), nl=False)


@app.command()
@run
async def sync(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the difference; change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Take in the associations, lists and agreements that `subscribers/` declares.

    Every mistake in the files is named with its line, and then nothing is changed. Nothing is ever
    removed: what no file declares any more is kept, and said.
    """
    current = home.load()
    declared = await asyncio.to_thread(roster.load, current.subscribers)
    async with wiring.opened(current) as desk:
        before = await inspecting.changed(desk)
        changes = await subscribing.sync(
            desk, declared.associations, declared.agreements, dry_run=dry_run
        )
        after = await inspecting.changed(desk)
    voids = {key: differing for key, differing in after.items() if differing != before.get(key)}
    if json:
        as_json({"dry_run": dry_run, "changes": changes, "voids": voids})
        return
    if not changes:
        said("nothing to change: the desk is what the files say")
        return
    table(["", "what", ""], [(one.verb, one.what, one.detail) for one in changes])
    said("a dry run: nothing was changed" if dry_run else "synced")
    standings.voided(voids)


@app.command()
@run
async def associations(
    key: Annotated[str | None, typer.Argument(help="One association's key.")] = None,
    json: Json = False,
) -> None:
    """Show the associations here: their languages, lists, and who may approve for them."""
    async with wiring.opened(home.load()) as desk, desk.store.read() as transaction:
        found = [await transaction.associations.get(key)] if key else []
        found = found or list(await transaction.associations.all())
    if json:
        as_json(found[0] if key else found)
        return
    if not found:
        said("no associations yet: `communique sync` takes in what subscribers/ declares")
        return
    table(
        ["association", "name", "languages", "zone", "lists", "approve for it"],
        [
            (
                one.key,
                one.names[one.language],
                " ".join(one.languages),
                one.time_zone,
                " ".join(each.key for each in one.lists),
                ", ".join(person.name for person in one.people if person.approves),
            )
            for one in found
        ],
    )


@database.command("upgrade")
def upgrade(json: Json = False) -> None:
    """Bring the schema up to date. Safe to repeat; killed in its middle, nothing happened."""
    url = settings.load().url()
    before, after = wiring.upgrade(url)
    if json:
        as_json({"before": before, "after": after})
    elif before == after:
        said(f"the schema is up to date ({after})")
    else:
        said(f"the schema went from {before or 'nothing'} to {after}")
