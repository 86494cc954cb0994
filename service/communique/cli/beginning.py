"""Commands that begin a desk and bring it up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from communique import declared, settings, views, wiring
from communique.cli import completing, home, show, speech, standings, words
from communique.cli.show import Json, as_json, out, run, said, table
from communique.cli.speech import _, ngettext
from communique.declared import starter
from communique.desk import custody, inspecting, syncing
from communique.domain.actor import OPERATOR
from communique.domain.association import Association
from communique.settings import reference

database = typer.Typer(no_args_is_help=True, help="The database's schema.")


def init(
    folder: Annotated[Path, typer.Argument(help="Where the new desk goes; made if need be.")],
) -> None:
    """Start a new desk: templates, two associations, a sample release. Overwrites nothing."""
    written = starter.begin(folder, speech.remarked)
    out.print(
        ngettext(
            "wrote one file into {folder}",
            "wrote {count} files into {folder}",
            len(written),
            folder=folder,
        ),
        soft_wrap=True,
    )
    said(
        _(
            "it begins with two associations to look at; for yours, put its folder in place of "
            "theirs "
            "in subscribers/ before the first `communique sync`, which never takes one away again"
        )
    )
    said(_("next: cd {folder} && communique sync --dry-run", folder=quote(str(folder))))


def explained() -> None:
    """Explain every setting: its variable, what it means, and what it is if unset."""
    words_of = reference.Words()
    if speech.french():
        from communique.cli.french import settings as french

        words_of = reference.Words(french.PAGE, french.HEADING, french.MEANINGS)
    typer.echo(reference.settings_reference(words_of), nl=False)


@run
async def sync(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the difference; change nothing.")
    ] = False,
    revive: Annotated[
        bool,
        typer.Option(
            "--revive",
            help="Let consent that has lapsed hold again where a list's new basis says so.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Take in the associations, lists and agreements that `subscribers/` declares.

    Every mistake in the files is named with its line, and then nothing is changed. Nothing is ever
    removed: what no file declares any more is kept, and said.
    """
    current = home.load()
    roll = await asyncio.to_thread(declared.load, current.subscribers)
    async with wiring.opened(current) as desk:
        synced = await syncing.sync(
            *(desk, OPERATOR, roll.associations, roll.agreements),
            dry_run=dry_run,
            revive=revive,
        )
    show.warned(
        _(
            "{key}: list_domain {list_domain} can never align with {address}, as DMARC "
            "asks: choose one under the domain of [sender] address",
            key=one.key,
            list_domain=one.list_domain,
            address=one.sender.address,
        )
        for one in roll.associations
        if not one.aligned
    )
    if json:
        done = [views.change(one) for one in synced.changes]
        told = {
            "voids": views.voids(synced.voids),
            "cuts": [views.problem(one, words.advice(one)) for one in synced.cuts],
        }
        as_json(views.document(dry_run=dry_run, changes=done, **told))
        return
    if not synced.changes:
        said(_("nothing to change: the desk is what the files say"))
        return
    table(
        ["", "what", ""],
        [
            (show.worded(one.verb), words.fact(one.what), words.fact(one.detail))
            for one in synced.changes
        ],
    )
    said(_("a dry run: nothing was changed") if dry_run else _("synced"))
    standings.voided(synced.voids)
    show.warned(map(words.told, synced.cuts))


@run
async def associations(
    key: Annotated[
        str | None,
        typer.Argument(help="One association's key.", autocompletion=completing.associations),
    ] = None,
    json: Json = False,
) -> None:
    """Show the associations here: their languages, lists, and who may approve for them."""
    async with wiring.opened(home.load()) as desk:
        if key:
            found: Sequence[Association] = [await inspecting.association(desk, OPERATOR, key)]
        else:
            found = await inspecting.associations(desk, OPERATOR)
    if json:
        shown = [views.document(**views.association(one)) for one in found]
        as_json(shown[0] if key else shown)
        return
    if not found:
        said(_("no associations yet: `communique sync` takes in what subscribers/ declares"))
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
        as_json(views.document(before=before, after=after))
    elif before == after:
        said(_("the schema is up to date ({after})", after=after))
    else:
        said(
            _(
                "the schema went from {before} to {after}",
                before=before or _("nothing"),
                after=after,
            )
        )


@database.command("adopt")
@run
async def adopt(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would wait; change nothing.")
    ] = False,
    as_set: Annotated[
        bool,
        typer.Option("--as-set", help="Mail may leave as it is set now, though it left otherwise."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Say that this database is the one to go on with, and may send.

    A database that was restored, copied or moved sends nothing until somebody says this: whoever
    was written to since its copy was made would be written to again. What is under way in it is
    paused, and what came due is missed, so that each release asks whether it still may go:

        communique db adopt --dry-run
        communique db adopt
        communique release resume KEY
        communique release schedule KEY --at now

    First see to it that no other service sends from the database that this one is a copy of.

    Nothing is sent either where mail would leave otherwise than before, as it would from a restored
    desk that lacks its `.env`: into the built-in mailbox. That is shown here, and `--yes` does not
    answer it; `--as-set` does:

        communique db adopt --as-set
    """
    async with wiring.opened(home.load()) as desk:
        seen = await custody.adopt(desk, OPERATOR, dry_run=True)
        lineage = await custody.doubted(desk)
        if not json:
            if lineage and lineage.doubt:
                said(_(words.DOUBTS[lineage.doubt]))
            elif not seen.rerouted:
                said(_(words.NO_DOUBT))
            show.warned(map(words.rerouted, seen.rerouted))
            for key in seen.paused:
                said(
                    _(
                        "{key}: is paused; then `communique release resume {key}`, or `cancel` it",
                        key=key,
                    )
                )
            for key in seen.missed:
                said(
                    _(
                        "{key}: is missed; then `communique release schedule {key} --at now`",
                        key=key,
                    )
                )
        if not (dry_run or yes):
            show.ask(_may_it(seen, doubted=lineage is not None))
        if not dry_run:
            agreed = seen.rerouted if as_set or not yes else ()
            seen = await custody.adopt(desk, OPERATOR, rerouted=agreed)
    if json:
        shown = {
            "paused": list(seen.paused),
            "missed": list(seen.missed),
            "rerouted": [views.rerouted(one) for one in seen.rerouted],
        }
        as_json(views.document(dry_run=dry_run, **shown))
    elif dry_run:
        said(_("a dry run: nothing was changed"))
    else:
        said(_("this database may send"))


def _may_it(seen: custody.Adopted, *, doubted: bool) -> str:
    """What is asked, once it is shown what would come of it."""
    if not seen.rerouted:
        return _("May this database send? No other may.")
    if not doubted:
        return _("May mail leave as it is set now?")
    return _("May this database send, as mail is set to leave now? No other may.")
