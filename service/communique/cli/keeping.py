"""`communique backup` and `communique restore`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import Annotated, BinaryIO

import typer

from communique import settings, views, wiring
from communique.cli import home, show, words
from communique.cli.show import Json, as_json, bar, run, said
from communique.cli.speech import _
from communique.desk import rerouting
from communique.domain.route import Rerouted
from communique.errors import NotAllowed, StoreUnavailable
from communique.settings import Settings
from communique.wiring import backup as backups

STDOUT = Path("-")


def backup(
    file: Annotated[Path, typer.Argument(help="Where it goes, a new file; `-` is a pipe.")],
    json: Json = False,
) -> None:
    """Back the desk up: its database, its keys, and what `subscribers/` and the like hold.

    All of one moment, while the service runs. Whoever can read it can read everybody's address and
    sign links, so only you may (mode 0600). `.env` is not in it, nor are passwords of relays. Of a
    database on PostgreSQL it takes pg_dump, of the server's version or a newer one.

    What is restored sends nothing until somebody says that it may: `communique db adopt`.
    """
    current = home.load()
    with _new(file) as to, bar() as progress:
        task = progress.add_task(_("database"), total=None)
        made = backups.make(
            current, to, lambda done, of: progress.update(task, completed=done, total=of)
        )
    if json and file != STDOUT:
        as_json(views.document(file=str(file), **_shown(made)))
    elif file != STDOUT:
        show.wrote(file)


@contextlib.contextmanager
def _new(file: Path) -> Iterator[BinaryIO]:
    if file == STDOUT:
        yield sys.stdout.buffer
        return
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise NotAllowed(
            "backup_not_begun",
            message="it cannot be written: {reason}",
            reason=error.strerror,
            file=file,
            remedy="name a new file, in a folder that you may write in",
        ) from error
    try:
        with os.fdopen(number, "wb") as out:
            yield out
            out.flush()
            os.fsync(number)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


@run
async def restore(
    file: Annotated[Path, typer.Argument(help="A file that `communique backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Move aside what is here already; lose nothing.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Restore a desk from a backup, here or in COMMUNIQUE_HOME. No service may run.

    What is here already stays, unless you say `--replace`: then it is moved aside, beside its old
    place. The restored desk sends nothing until somebody says that it may. On PostgreSQL it takes
    pg_restore and psql, and a database that is there already.

        communique restore desk-2026-11-26.tar --dry-run
        communique restore desk-2026-11-26.tar
        communique db adopt
    """
    current = settings.load()
    found = backups.read(file)
    there = backups.in_the_way(current, found)
    await wiring.require_alone(current)
    moved = {}
    if not dry_run:
        moved = backups.restore(current, file, replace=replace)
    changes = () if dry_run else await _rerouted(current)
    if json:
        aside = {name: str(path) for name, path in moved.items()}
        shown = _shown(found) | {"in_the_way": list(there), "moved": aside}
        shown["rerouted"] = [views.rerouted(one) for one in changes]
        as_json(views.document(dry_run=dry_run, file=str(file), **shown))
        return
    said(
        _(
            "made {made_at} by version {version}: {parts}",
            made_at=show.local(found.made_at),
            version=found.version,
            parts=", ".join(found.parts),
        )
    )
    for name, path in there.items():
        to = moved.get(name, path.with_name(path.name + ".before-…"))
        if moved:
            said(_("{name} is here already: it was moved aside, to {aside}", name=name, aside=to))
        else:
            said(
                _(
                    "{name} is here already: it would be moved aside, to {aside}",
                    name=name,
                    aside=to,
                )
            )
    if dry_run:
        said(_("a dry run: nothing was changed"))
        if there:
            said(_("next: communique restore {file} --replace", file=quote(str(file))))
        return
    for one in changes:
        show.warned(
            [
                _(
                    "{rerouted}: a backup holds no `.env`; put yours back first",
                    rerouted=words.rerouted(one),
                )
            ]
        )
    said(_("restored; it sends nothing until somebody says that it may: `communique db adopt`"))


async def _rerouted(current: Settings) -> Sequence[Rerouted]:
    """What mail would leave otherwise than from the desk that was backed up."""
    try:
        async with wiring.opened(current) as desk:
            return await rerouting.seen(desk)
    except StoreUnavailable:  # of an older schema: who is told to upgrade is told that afterwards
        return ()


def _shown(one: backups.Backup) -> dict[str, object]:
    return {
        "made_at": one.made_at.isoformat(),
        "made_by": one.version,
        "revision": one.revision,
        "parts": list(one.parts),
    }
