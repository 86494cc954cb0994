"""A newsroom as files, for an association's own site: the same pages, linked to each other.

Each file is there whole or as it was. Only what was written here before is replaced or removed:
which that was stands in a list beside the pages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from communique.desk import Desk
from communique.desk import newsroom as reading
from communique.domain.kind import Nature
from communique.domain.newsroom import Shelf
from communique.errors import NotAllowed
from communique.newsroom.addresses import Asked, Feed, Form, Front, List, Map, One
from communique.newsroom.making import Made, make
from communique.newsroom.site import Site

LISTED = ".communique-newsroom.json"  # the files that were written here


@dataclass(frozen=True, slots=True)
class Exported:
    """How many files there are now, and of them and those before, how many changed or went."""

    files: int
    written: int
    removed: int


async def export(desk: Desk, site: Site, folder: Path) -> Exported:
    """Write a newsroom into a folder, stories first, and remove what it has no more.

    Raises NotAllowed rather than write over a file that somebody else put there.
    """
    site = replace(site, here=replace(site.here, files=True))
    before = await asyncio.to_thread(_before, folder)
    everything = [asked async for asked in _all(desk, site)]
    names = {site.here.path(asked) for asked in everything}
    await asyncio.to_thread(_begin, folder, before, names)
    kept, written = set[str](), 0
    for asked in everything:
        if made := await make(desk, site, asked):  # or it was emptied since it was listed
            name = site.here.path(asked)
            written += await asyncio.to_thread(_write, folder, name, made)
            kept.add(name)
    removed = await asyncio.to_thread(_finish, folder, before, kept)
    return Exported(len(kept), written, removed)


async def _all(desk: Desk, site: Site) -> AsyncIterator[Asked]:
    """Everything, what links to others after what it links to."""
    room = site.room
    for language, year, key in await reading.places(desk, room):
        yield One(language, year, key)
    years = await reading.years(desk, room)
    shelves = [Shelf(), *(Shelf(nature=one) for one in (Nature.ANNOUNCEMENT, Nature.ACTIVITY))]
    for language in room.association.languages:
        for shelf in [*shelves, *(Shelf(year=one) for one in years)]:
            after: str | None = None
            while True:
                yield List(language, shelf, after)
                shown = await reading.shown(desk, room, language, shelf, after)
                if not shown.more:
                    break
                after = shown.headlines[-1].key
        for form in Form:
            yield Feed(language, form)
    for year in years:
        yield Map(year)
    yield Map()
    yield Front()


def _before(folder: Path) -> frozenset[str]:
    try:
        found = json.loads((folder / LISTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    names = found.get("files", ()) if isinstance(found, dict) else ()
    return frozenset(one for one in names if isinstance(one, str) and _within(folder, one))


def _within(folder: Path, name: str) -> bool:
    """Whether a name leads to no other place, not even by a link."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return False
    return (folder / path.parent).resolve().is_relative_to(folder.resolve())


def _begin(folder: Path, before: frozenset[str], names: Collection[str]) -> None:
    """See that nothing of anybody else's is in the way, and note what is going to be there."""
    for name in sorted(names):
        file = folder / name
        if not _within(folder, name) or file.is_symlink():
            raise NotAllowed("newsroom_file_outside", file=file)
        if name not in before and file.exists():
            raise NotAllowed("newsroom_file_not_ours", file=file)
    folder.mkdir(parents=True, exist_ok=True)
    _note(folder, before | set(names))


def _write(folder: Path, name: str, made: Made) -> bool:
    """Have a file hold what was made; whether it did not."""
    file = folder / name
    if file.exists() and file.read_bytes() == made.content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(made.content)
    fresh.replace(file)
    return True


def _finish(folder: Path, before: frozenset[str], kept: Collection[str]) -> int:
    """Remove what is no more, with folders that are empty then, and note what there is."""
    gone = before - set(kept)
    for name in sorted(gone):
        (folder / name).unlink(missing_ok=True)
        for above in (folder / name).parents:
            if above == folder or any(above.iterdir()):
                break
            above.rmdir()
    _note(folder, kept)
    return len(gone)


def _note(folder: Path, names: Collection[str]) -> None:
    fresh = folder / f"{LISTED}.new"
    fresh.write_text(json.dumps({"files": sorted(names)}, indent=1) + "\n", encoding="utf-8")
    fresh.replace(folder / LISTED)
