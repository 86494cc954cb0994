"""What an uploaded file would change, and then changes: sums, lines, doubts, one kind at a time."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from fastapi import Response
from fastapi.responses import StreamingResponse

from communique import facts, roster
from communique.domain import when
from communique.domain.actor import Permission
from communique.domain.finding import Finding, Kind
from communique.errors import FileInvalid
from communique.roster.uploads import Stage, Upload
from communique.web.desk import people, showing
from communique.web.desk.asking import Asking
from communique.web.desk.imports import columns_page
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS
from communique.web.desk.uploaded import (
    MOST,
    ONE,
    at,
    field_named,
    imports_of,
    kept_at,
    sentences,
    shown,
    uploads_of,
    why,
)

pages = Pages()

SHOWN = 50  # findings on a page
KINDS = tuple(Kind)


@pages.get(f"{ONE}/check", Permission.EDIT)
async def check(ask: Asking) -> Response:
    """How far it is; then what it would change, or what became of it."""
    kept = await kept_at(ask)
    if running := imports_of(ask).running(kept):
        return showing.page(ask, "import_progress.html", **shown(ask, kept), running=running)
    if ask.part == "progress":
        here = at(ask, kept, "/check")
        return Response(status_code=204, headers={**showing.HEADERS, "HX-Redirect": here})
    if kept.stage in (Stage.NEW, Stage.CHECKING):
        if kept.trouble:
            return await columns_page(ask, kept)
        return showing.go(at(ask, kept))
    return await _check_page(ask, kept)


@pages.post(f"{ONE}/take", Permission.EDIT)
async def take(ask: Asking) -> Response:
    """Take it in: what was shown, and only after what was asked for was said."""
    kept, t = await kept_at(ask), WORDS[ask.language]
    if kept.stage is Stage.DONE or imports_of(ask).running(kept):
        return showing.go(at(ask, kept, "/check"))
    if kept.stage not in (Stage.CHECKED, Stage.BROKEN) or not kept.found:
        return showing.go(at(ask, kept))
    leaving = sum(one["leaving"] for one in kept.found["matched"])
    if leaving:
        typed = "".join(one for one in ask.value("leaving") if one.isdecimal())
        if typed != str(leaving):
            wrong = {"leaving": str(t("imports.leave.wrong", n=leaving))}
            return await _check_page(ask, kept, errors=wrong, status=422)
    # No more leave a list than were shown of that very list: others may have joined it since.
    at_most = {one["list_key"]: one["leaving"] for one in kept.found["matched"]}
    answers = replace(kept.answers, revive=ask.value("revive") == "yes", at_most=at_most)
    going = replace(kept, answers=answers, stage=Stage.TAKING, trouble=None, by=ask.actor.name)
    await asyncio.to_thread(uploads_of(ask).write, going)
    imports_of(ask).start(ask.actor, going, earnest=True)
    return showing.go(at(ask, kept, "/check"))


@pages.post(f"{ONE}/again", Permission.EDIT, most=MOST, files=1)
async def again(ask: Asking) -> Response:
    """Take a corrected file in the place of this one; what was answered stays."""
    kept, file = await kept_at(ask), ask.file("file")
    if kept.stage is Stage.DONE or imports_of(ask).running(kept):
        return showing.go(at(ask, kept, "/check"))
    if file is None:
        wrong = {"file": str(WORDS[ask.language]("imports.file.none"))}
        return await _again_wrong(ask, kept, wrong)
    try:
        await asyncio.to_thread(uploads_of(ask).replace, kept, file.filename or "", file.file)
    except FileInvalid as error:
        return await _again_wrong(ask, kept, {"file": showing.told(ask, error)})
    return showing.go(at(ask, kept))


async def _again_wrong(ask: Asking, kept: Upload, errors: Mapping[str, str]) -> Response:
    show = _check_page if kept.found else columns_page
    return await show(ask, kept, errors=errors, status=422)


@pages.get(f"{ONE}/report", Permission.EDIT)
async def report(ask: Asking) -> Response:
    """All there is to tell of a file, as a CSV that Excel opens."""
    kept = await kept_at(ask)
    today = when.day(kept.at, ask.here.time_zone).isoformat()
    return StreamingResponse(
        _report(ask, kept),
        media_type="text/csv; charset=utf-8",
        headers={
            **showing.HEADERS,
            "Content-Disposition": f'attachment; filename="{ask.here.key}-import-{today}.csv"',
        },
    )


async def _report(ask: Asking, kept: Upload) -> AsyncIterator[bytes]:
    found = uploads_of(ask).noted(kept)
    first = True
    while True:
        group = await asyncio.to_thread(lambda: list(islice(found, 500)))
        if first or group:
            yield await asyncio.to_thread(_rows, ask, group, head=first)
        first = False
        if not group:
            return


def _rows(ask: Asking, group: Iterable[Finding], *, head: bool) -> bytes:
    t = WORDS[ask.language]
    out = io.StringIO()
    names = ("line", "whom", "reason", "kind", "field", "old", "new")
    heading = [str(t(f"imports.column.{one}")) for one in names]
    rows = roster.CsvWriter(out, heading, ";" if ask.language == "fr" else ",")
    rows.head() if head else None
    rows.count = 1  # the heading stands there, or above those before
    for one in group:
        kind = str(t(f"imports.kind.{one.kind.value}"))
        field = field_named(ask, one.field)
        rows.add((one.line or None, one.whom, why(ask, one), kind, field, one.old, one.new))
    return (("\ufeff" if head else "") + out.getvalue()).encode()


async def _check_page(
    ask: Asking, kept: Upload, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    found: Mapping[str, Any] = kept.found or {}
    counts: Mapping[str, int] = found.get("counts", {})
    there = [one for one in KINDS if counts.get(one.value)]
    kind = next((one for one in there if one.value == ask.query("kind")), None)
    kind = kind or (there[0] if there else None)
    after = people.number(ask.query("after")) or 0
    rows = (
        await asyncio.to_thread(lambda: list(uploads_of(ask).noted(kept, kind, after, SHOWN)))
        if kind
        else []
    )
    admitted: Mapping[str, int] = found.get("admitted", {})
    here = at(ask, kept, "/check")
    return showing.page(
        ask,
        "import_check.html",
        status=status,
        **shown(ask, kept),
        done=kept.stage is Stage.DONE,
        broken=kept.stage in (Stage.BROKEN, Stage.TAKING),
        found=found,
        admitted=admitted,
        counts=counts,
        lines=found.get("good", 0) + counts.get("bad", 0),
        kinds=[(one.value, f"{here}?kind={one.value}#lines", counts[one.value]) for one in there],
        kind=kind.value if kind else "",
        rows=[(one, why(ask, one), field_named(ask, one.field)) for one in rows],
        after=after,
        older=f"{here}?kind={kind.value}&after={after + SHOWN}#lines"
        if kind and after + SHOWN < counts[kind.value]
        else "",
        newer=f"{here}?kind={kind.value}&after={max(0, after - SHOWN)}#lines"
        if kind and after
        else "",
        changed=[(field_named(ask, name), count) for name, count in found.get("fields", ())],
        leaving=sum(one["leaving"] for one in found.get("matched", ())),
        matched=found.get("matched", ()),
        blocked=bool(kept.answers.match and counts.get("bad")),
        trouble=sentences(ask, facts.fact(kept.trouble)) if kept.trouble else "",
        errors=errors or {},
        typed=ask.value("leaving"),
        do=_do(ask, admitted),
    )


def _do(ask: Asking, admitted: Mapping[str, int]) -> str:
    """What the button says that it does: in numbers."""
    t = WORDS[ask.language]
    added, changed = admitted.get("added", 0), admitted.get("changed", 0)
    if added and changed:
        return str(t("imports.do.both", added=added, changed=changed))
    if added:
        return str(t("imports.do.added", n=added))
    if changed:
        return str(t("imports.do.changed", n=changed))
    if refused := admitted.get("refused", 0):
        return str(t("imports.do.refused", n=refused))
    return str(t("imports.do.nothing"))
