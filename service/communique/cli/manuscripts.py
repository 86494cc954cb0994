"""A release and its files: begun from another, or saying something else by now than was filed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from shlex import quote

from communique import views
from communique.cli import home, show, speech
from communique.cli.show import as_json, said, worded
from communique.cli.speech import _
from communique.declared import manuscript, transcript
from communique.desk import Desk, drafting
from communique.domain.actor import OPERATOR
from communique.domain.release import Edition, Release
from communique.errors import CommuniqueError, FileInvalid


async def begin(desk: Desk, key: str, draft: Release, folder: Path) -> Release:
    """Write a draft that was made of the release `key` into a folder to make, and file it."""
    templates = home.load().templates
    await drafting.require_free(desk, folder.name)
    spoken = speech.language()
    await asyncio.to_thread(transcript.write, draft, folder, templates, speech.remarked, spoken)
    written = await asyncio.to_thread(manuscript.read, folder, templates)
    return await drafting.copy(desk, OPERATOR, key, written)


def tell_begun(release: Release, folder: Path, json: bool) -> None:
    """Say which files there are now, and what comes next."""
    files = sorted(folder.iterdir())
    if json:
        shown = [str(path) for path in files]
        as_json(views.document(release=views.release(release), files=shown))
        return
    for path in files:
        show.wrote(path)
    said(_("filed: “{key}” is {state}", key=release.key, state=worded(release.state)))
    typed = quote(str(show.near(folder)))
    said(_("next: write, then `communique release import {folder}`", folder=typed))


def stale(release: Release) -> list[FileInvalid]:
    """Warnings of editions that were edited on disk and not imported since."""
    templates = home.load().templates
    folders = {Path(one.source).parent for one in release.editions if one.source}
    warnings: list[FileInvalid] = []
    for folder in sorted(folders):
        if not folder.is_dir():  # imported elsewhere, or moved: nobody can tell
            continue
        try:
            written = {one.language: one for one in manuscript.read(folder, templates).editions}
        except CommuniqueError as error:
            warnings.append(
                FileInvalid(
                    "release_folder_unreadable_by_now",
                    message="{folder} cannot be read by now; its text is as imported: {problem}",
                    folder=folder,
                    problem=error.fact,
                )
            )
            continue
        filed = {one.language: one for one in release.editions if one.source}
        here = {one.language for one in release.editions if not one.source}  # the desk wrote them
        names = [
            f"{language}.md"
            for language in sorted((written.keys() | filed.keys()) - here)
            if _text(written.get(language)) != _text(filed.get(language))
        ]
        if names:
            warnings.append(
                FileInvalid(
                    "editions_changed_on_disk",
                    message="{names} changed on disk since the import, this is the text before: "
                    "`communique release import {folder}` takes it in",
                    names=names,
                    folder=quote(str(folder)),
                )
            )
    return warnings


def _text(edition: Edition | None) -> tuple[object, ...] | None:
    return (edition.subject, edition.preheader, edition.body, edition.fields) if edition else None
