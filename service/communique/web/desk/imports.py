"""Importing step by step: a file, what its columns are, what it would change, and only then it is.

Nothing is changed before the last step (`checking`). Files and answers wait for a week in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fastapi import Response

from communique import facts, roster
from communique.desk import headings
from communique.domain.actor import Permission
from communique.domain.member import OtherName
from communique.domain.text import in_language
from communique.errors import CommuniqueError, FileInvalid, NotAllowed
from communique.roster.uploads import LARGEST, Answers, Stage, Upload
from communique.web.desk import people, showing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS
from communique.web.desk.uploaded import (
    MOST,
    ONE,
    at,
    columns_of,
    form_named,
    imports_of,
    kept_at,
    sentences,
    shown,
    stage_named,
    told,
    uploads_of,
)

pages = Pages()

LEAVE_OUT = "-"  # a choice of a column: whatever it says, it is not read
ENCODINGS = ("utf-8", "windows-1252", "mac-roman", "iso-8859-15", "cp850")


@pages.get("/{association}/import", Permission.EDIT)
async def beginning(ask: Asking) -> Response:
    """Choose a file, and say what it is; or go on with one."""
    return await _begin_page(ask)


@pages.post("/{association}/import", Permission.EDIT, most=MOST, files=1)
async def upload(ask: Asking) -> Response:
    """Keep a file, and look at it."""
    t = WORDS[ask.language]
    file, chosen = ask.file("file"), tuple(ask.values("list"))
    known = {one.key for one in ask.here.lists}
    errors: dict[str, str] = {}
    if file is None:
        errors["file"] = str(t("imports.file.none"))
    if ask.value("what") not in ("add", "match"):
        errors["what"] = str(t("imports.what.none"))
    if not set(chosen) <= known or (ask.value("what") == "match" and not chosen):
        errors["list"] = str(t("imports.list.none"))
    if errors or file is None:
        return await _begin_page(ask, errors=errors, status=422)
    try:
        kept = await asyncio.to_thread(
            uploads_of(ask).keep,
            *(ask.here.key, file.filename or "", file.file, ask.actor.name, ask.now),
        )
    except (FileInvalid, NotAllowed) as error:
        return await _begin_page(ask, errors={"file": showing.told(ask, error)}, status=422)
    answers = Answers(chosen, ask.value("what") == "match")
    await asyncio.to_thread(uploads_of(ask).write, replace(kept, answers=answers))
    return showing.go(at(ask, kept))


async def _begin_page(
    ask: Asking, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    uploads = uploads_of(ask)
    await asyncio.to_thread(uploads.clean, ask.now)
    found = await asyncio.to_thread(uploads.all, ask.here.key)
    lists = [(one.key, in_language(one.names, ask.language), "") for one in ask.here.lists]
    only = [one for one, _, _ in lists] if len(lists) == 1 else []
    return showing.page(
        ask,
        "import.html",
        status=status,
        errors=errors or {},
        lists=lists,
        chosen=ask.values("list") or ([ask.query("list")] if ask.query("list") else only),
        what=ask.value("what") or "add",
        waiting=[one for one in found if one.stage is not Stage.DONE],
        reports=[one for one in found if one.stage is Stage.DONE],
        stage=lambda one: stage_named(ask, one),
        address=lambda one: at(ask, one, "" if one.stage is Stage.NEW else "/check"),
        most=LARGEST >> 20,
        around=people.tabs(ask),
    )


@pages.get(ONE, Permission.EDIT)
async def columns(ask: Asking) -> Response:
    """What the file was recognised as, column by column, to be put right."""
    kept = await kept_at(ask)
    if kept.stage is Stage.DONE or imports_of(ask).running(kept):
        return showing.go(at(ask, kept, "/check"))
    return await columns_page(ask, kept)


@pages.post(ONE, Permission.EDIT)
async def answer(ask: Asking) -> Response:
    """Take the answers about the columns, and find out what the file would change."""
    kept = await kept_at(ask)
    if kept.stage is Stage.DONE or imports_of(ask).running(kept):
        return showing.go(at(ask, kept, "/check"))
    layout = kept.layout or {}
    answers, named, errors = _answers(ask, kept)
    if errors:
        typed = [ask.value(f"column-{place}") for place in range(len(columns_of(layout)))]
        shown_ = replace(kept, answers=answers)
        return await columns_page(ask, shown_, typed=typed, errors=errors, status=422)
    changed = replace(kept, answers=answers, stage=Stage.NEW, found=None, trouble=None)
    if answers != kept.answers or not layout:
        changed = replace(changed, layout=None)
    await asyncio.to_thread(uploads_of(ask).write, changed)
    try:
        changed = await imports_of(ask).look(ask.actor, changed)
    except CommuniqueError as error:
        return await columns_page(
            ask, changed, errors={"file": told(ask, changed, error)}, status=422
        )
    if (changed.layout or {}).get("trouble") or ask.value("look"):
        return await columns_page(ask, changed, status=422 if not ask.value("look") else 200)
    if ask.value("remember") == "yes" and named:
        await headings.remember(ask.desk, ask.actor, ask.here.key, named)
    imports_of(ask).start(ask.actor, replace(changed, stage=Stage.CHECKING), earnest=False)
    return showing.go(at(ask, kept, "/check"))


@pages.post(f"{ONE}/discard", Permission.EDIT)
async def discard(ask: Asking) -> Response:
    """Forget a file that was not taken in."""
    kept = await kept_at(ask)
    if not imports_of(ask).running(kept):
        await asyncio.to_thread(uploads_of(ask).discard, kept)
    return showing.go(ask.at("import"), "imports.said.discarded")


async def columns_page(
    ask: Asking,
    kept: Upload,
    *,
    typed: Sequence[str] = (),
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The columns; each as it was taken for, or as it was `typed` where that cannot be."""
    errors = dict(errors or {})
    trouble = kept.trouble
    try:
        if not errors:
            kept = await imports_of(ask).look(ask.actor, kept)
    except CommuniqueError as error:  # a bomb, no spreadsheet, a file that is gone
        errors["file"], status = told(ask, kept, error), 422
    layout = kept.layout or {}
    trouble = trouble or layout.get("trouble")
    t, columns = WORDS[ask.language], columns_of(layout)
    fields = [(one, str(t(f"imports.field.{one}"))) for one in roster.HEADINGS]
    return showing.page(
        ask,
        "import_columns.html",
        status=status,
        **shown(ask, kept),
        layout=layout,
        form=form_named(ask, layout.get("form", "")),
        columns=list(zip(columns, typed or [field for _, field, _ in columns], strict=True)),
        fields=fields,
        trouble=sentences(ask, facts.fact(trouble)) if trouble else "",
        errors=errors,
        encodings=[("", str(t("imports.encoding.found")))] + [(one, one) for one in ENCODINGS],
        others=[("", str(t("imports.other_name.held")))]
        + [(one.value, str(t(f"imports.other_name.{one.value}"))) for one in OtherName],
        orders=[("", str(t("imports.dates.found")))]
        + [(one.value, str(t(f"imports.dates.{one.name.lower()}"))) for one in roster.DayOrder],
    )


def _answers(ask: Asking, kept: Upload) -> tuple[Answers, dict[str, str], dict[str, str]]:
    """What was answered; of it what to remember, heading to field; and what is wrong with it."""
    t = WORDS[ask.language]
    fields: dict[str, str] = {}
    named: dict[str, str] = {}
    ignored: list[str] = []
    errors: dict[str, str] = {}
    for place, (heading, field, _) in enumerate(columns_of(kept.layout or {})):
        chosen = ask.value(f"column-{place}")
        if chosen in roster.HEADINGS:
            if chosen in fields:
                wrong = t("imports.columns.twice", field=t(f"imports.field.{chosen}"))
                errors[f"column-{place}"] = str(wrong)
            fields[chosen] = heading
            if chosen != field and "#" not in heading:
                named[heading] = chosen
        elif chosen == LEAVE_OUT or (not chosen and field):
            ignored.append(heading)
    sheet = ask.value("sheet")
    moved = sheet != kept.answers.sheet or ask.value("encoding") != kept.answers.encoding
    answers = replace(
        kept.answers,
        columns={} if moved else fields,  # another sheet has other columns
        ignored=() if moved else tuple(ignored),
        sheet=sheet,
        encoding=ask.value("encoding") if ask.value("encoding") in ENCODINGS else "",
        dates=ask.value("dates") if ask.value("dates") in tuple(roster.DayOrder) else "",
        other_name=ask.value("other_name") if ask.value("other_name") in tuple(OtherName) else "",
        company="" if ask.value("alone") == "yes" else ask.value("company"),
        alone=ask.value("alone") == "yes",
    )
    return answers, named, errors
