"""Uploaded files on their way in: looked at, checked, taken in, in tasks that nobody waits for.

Reading is done by another process, as for the command (`wiring.spreadsheet`), and two files at most
are read at once: what a browser asks for delays no message and nobody's no (P7).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from communique import roster, views, wiring
from communique.desk import Desk, importing, intending
from communique.desk.importing import Choices
from communique.desk.intending import Wanted
from communique.domain.actor import Actor
from communique.domain.finding import Kind
from communique.domain.imported import Imported
from communique.domain.member import OtherName
from communique.errors import CommuniqueError
from communique.facts import Fact
from communique.roster.uploads import Stage, Upload, Uploads

log = logging.getLogger(__name__)

AT_ONCE = 2


@dataclass(slots=True)
class Running:
    """One that is being worked on, and how far it is."""

    task: asyncio.Task[None] | None = None
    found: Imported = field(default_factory=Imported)
    read: int = 0  # of `size`, as its reader counts
    size: int = 0


class Imports:
    """The files of a desk, and those that are being worked on in this process."""

    def __init__(self, desk: Desk, uploads: Uploads) -> None:
        self.uploads = uploads
        self._desk = desk
        self._running: dict[str, Running] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    def running(self, upload: Upload) -> Running | None:
        """How far one is that is being worked on."""
        return self._running.get(upload.key)

    async def look(self, actor: Actor, upload: Upload) -> Upload:
        """What it is and what its columns are taken for, with its answers. Raises FileInvalid."""
        if upload.layout is not None:
            return upload
        wanted = await self._wanted(actor, upload)
        reading = replace(self._reading(wanted, upload), looking=True)
        async with self._turn:
            layout = await asyncio.to_thread(self._open, upload, reading)
        looked = replace(upload, layout=layout.plain())
        await asyncio.to_thread(self.uploads.write, looked)
        return looked

    def _open(self, upload: Upload, reading: roster.Reading) -> roster.Layout:
        with wiring.spreadsheet(self.uploads.file(upload), reading) as lines:
            return lines.open()

    def start(self, actor: Actor, upload: Upload, *, earnest: bool) -> None:
        """Check it, or take it in. Nothing, if it is being worked on."""
        if upload.key in self._running:
            return
        running = self._running[upload.key] = Running()
        running.task = asyncio.create_task(self._work(actor, upload, running, earnest=earnest))

    async def _work(self, actor: Actor, upload: Upload, running: Running, *, earnest: bool) -> None:
        after = Stage.BROKEN if earnest else Stage.NEW
        found, trouble = None, None
        try:
            async with self._turn:
                found = await self._take(actor, upload, running, earnest=earnest)
            after = Stage.DONE if earnest else Stage.CHECKED
        except CommuniqueError as error:
            trouble = Fact(error.code, **error.fields).plain()
        except Exception:
            log.exception("an import failed")
            trouble = Fact("import_failed").plain()
        finally:
            so_far = summed(found or running.found)
            ended = replace(upload, stage=after, found=so_far, trouble=trouble)
            try:
                await asyncio.shield(asyncio.to_thread(self._end, ended))
            finally:
                self._running.pop(upload.key, None)

    def _end(self, ended: Upload) -> None:
        self.uploads.write(ended)
        if ended.stage is Stage.DONE:
            self.uploads.let_go(ended)

    async def _take(
        self, actor: Actor, upload: Upload, running: Running, *, earnest: bool
    ) -> Imported:
        wanted, answers = await self._wanted(actor, upload), upload.answers
        lines = wiring.spreadsheet(self.uploads.file(upload), self._reading(wanted, upload))
        try:
            layout = await asyncio.to_thread(lines.open)
            running.size = layout.size

            def on(found: Imported) -> None:
                running.found, running.read = found, lines.position

            with self.uploads.noting(upload) as note:
                return await importing.import_lines(
                    self._desk,
                    actor,
                    upload.association,
                    intending.onto(wanted, said=layout.exported and not answers.match),
                    lines.plain(),
                    f"import of {upload.name}",
                    Choices(
                        revive=answers.revive,
                        company=answers.company,
                        alone=answers.alone,
                        match=answers.match,
                        other_name=OtherName(answers.other_name) if answers.other_name else None,
                        at_most=answers.at_most,
                    ),
                    dry_run=not earnest,
                    findings=note,
                    progress=on,
                )
        finally:
            await asyncio.to_thread(lines.close)

    async def _wanted(self, actor: Actor, upload: Upload) -> Wanted:
        return await intending.wanted(self._desk, actor, upload.association, upload.answers.lists)

    def _reading(self, wanted: Wanted, upload: Upload) -> roster.Reading:
        owner, answers = wanted.association, upload.answers
        return roster.Reading(
            languages=owner.languages,
            default_language=owner.language,
            list_keys=[one.key for one in owner.lists],
            today=wanted.today,
            columns=answers.columns,
            remembered=owner.columns,
            ignored=answers.ignored,
            dates=roster.DayOrder(answers.dates) if answers.dates else None,
            encoding=answers.encoding or None,
            sheet=answers.sheet or None,
            name=upload.name,
        )


def summed(found: Imported) -> Mapping[str, Any]:
    """The sums of an import in plain values: all but the findings, which are kept apart."""
    counts = {
        Kind.BAD: found.bad.count,
        Kind.NO: found.refusals.count,
        Kind.CONTRADICTION: found.doubts.count,
        Kind.LAPSED: found.revived.count,
        Kind.MOVES: found.movers.count,
        Kind.MOVED: found.followed.count,
        Kind.LEAVES: found.leavers.count,
        Kind.REPEATED: found.duplicates.count,
        Kind.CHANGE: found.differences.count,
    }
    return {
        "admitted": views.admitted(found.admitted),
        "counts": {kind.value: count for kind, count in counts.items()},
        "matched": [views.matched(one) for one in found.matched],
        "good": found.good,
        "done": found.done,
        "fields": fields(found),
    }


def fields(found: Imported) -> list[list[object]]:
    """Which fields are changed, and how often among the first of them."""
    counted: dict[str, int] = {}
    for one in found.differences.first:
        counted[one.field] = counted.get(one.field, 0) + 1
    return [[name, count] for name, count in sorted(counted.items(), key=lambda one: -one[1])]
