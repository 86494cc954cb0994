"""A release beside the files that it was written in: whether they say something else by now."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from communique.cli import home
from communique.declared import manuscript
from communique.domain.release import Edition, Release
from communique.errors import CommuniqueError, FileInvalid


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
        names = [
            f"{language}.md"
            for language in sorted(written.keys() | filed.keys())
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
