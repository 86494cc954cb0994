"""Writes a release into files as its authors would: begun anew, or as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from communique.declared import fields, kinds, manuscript
from communique.declared.fields import quoted
from communique.declared.manuscript import COMMON, FENCE
from communique.domain.kind import Each, KindDefinition
from communique.domain.release import Release
from communique.domain.skeleton import skeleton
from communique.domain.text import abbreviated, is_language
from communique.errors import FileInvalid, NotAllowed, Problems

_ONLY = ("sectors", "territories", "kinds", "languages")


def write(
    release: Release,
    folder: Path,
    templates: Path,
    remarked: Callable[[str], str] = str,
    language: str = "en",
) -> list[Path]:
    """Begin a release's folder: an edition without a body gets a text to replace. What was written.

    Fields that a release of its kind must have and has not get a value to replace; of the others
    it says that there are. `remarked` has its remarks said in another `language`. Raises Problems
    for a name that `read` would not take, which also keeps every file inside the folder;
    NotAllowed rather than write over a file.
    """
    problems = manuscript.misnamed(folder)
    problems += [
        FileInvalid("language_unknown", language=abbreviated(one.language), file=folder)
        for one in release.editions
        if not is_language(one.language)
    ]
    kind = kinds.read(templates, release.kind, problems)
    if problems:
        raise Problems(problems, "release_folder_not_begun")
    files = {COMMON: remarked(_toml(release, kind, kinds.known(templates), language))}
    for edition in release.editions:
        said = edition
        if not edition.body:
            subject, foretaste, body = skeleton(edition.language)
            said = replace(edition, subject=subject, preheader=foretaste, body=body)
        matter = [FENCE, f"subject = {quoted(said.subject)}"]
        if said.preheader:
            matter.append(f"preheader = {quoted(said.preheader)}")
        matter += fields.written(kind, Each.EDITION, said.fields, said.language)
        files[f"{edition.language}.md"] = "\n".join([*matter, FENCE, "", said.body])
    for name in files:
        if (folder / name).exists():
            raise NotAllowed("file_exists", file=folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in sorted(files)]


def unwrite(written: Sequence[Path]) -> None:
    """Take back what `write` has just written, and the folder if there is nothing else in it."""
    for path in written:
        path.unlink(missing_ok=True)
    with suppress(OSError):
        written[0].parent.rmdir()


def _toml(release: Release, kind: KindDefinition, known: Collection[str], language: str) -> str:
    lines = [
        "# What the editions of this release have in common. Each language has its own file beside",
        "# this one: fr.md, en.md, …",
        "",
        f"kind = {quoted(release.kind)}  # {', '.join(known)}",
        f"parties = {_texts(release.parties)}  # who announces together: each must approve",
    ]
    where = "as in subscribers/agreements.toml"
    if release.agreement:
        lines.append(f"agreement = {quoted(release.agreement)}  # {where}")
    elif len(release.parties) > 1:
        lines.append(f'# agreement = "…"  # if it rests on one: its key, {where}')
    if release.link:
        lines.append(f"link = {quoted(release.link)}")
    else:
        lines.append('# link = "https://…"  # where to read more')
    lines += _public(release)
    if once := fields.written(kind, Each.RELEASE, release.fields, language):
        lines += ["", "[fields]", *once]
    for audience in release.audiences:
        lines += [
            "",
            "[[audience]]",
            f"association = {quoted(audience.association)}",
        ]
        if audience.use:
            lines.append(f"use = {quoted(audience.use)}  # as its lists.toml keeps it")
            continue
        lines.append(f"lists = {_texts(audience.lists)}")
        if audience.without:
            lines.append(f"without = {_texts(audience.without)}")
        only = audience.only
        chosen = {name: getattr(only, name) for name in _ONLY}
        lines += [f"only.{name} = {_texts(values)}" for name, values in chosen.items() if values]
        if only.since:
            lines.append(f"only.since = {only.since.isoformat()}")
        if not any(chosen.values()) and not only.since:
            known_as = "as your members have them; or only.sectors, only.kinds"
            lines.append(f'# only.territories = ["…"]  # {known_as}')
    return "\n".join([*lines, ""])


def _public(release: Release) -> Iterator[str]:
    """From when whom it may reach, where that is not everybody at its hour."""
    if release.public_from:
        yield f"public_from = {release.public_from.isoformat()}"
    if release.corrects:
        which = "the release whose press was told another hour"
        yield f"corrects = {quoted(release.corrects)}  # {which}: it goes to them alone"
    if not release.newsroom:
        yield "newsroom = false  # it stays with whoever it goes to"


def _texts(texts: Collection[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"
