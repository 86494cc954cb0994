"""The editor of a release: both languages, its kind's fields, whom it goes to, and what stops it.

What is typed is saved by a button, or by itself while one types; by the same form either way.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Response
from markupsafe import Markup

from communique.desk import drafting, editing, inspecting
from communique.desk.reviewing import Look
from communique.domain import draft
from communique.domain.actor import Permission
from communique.domain.event import Verb
from communique.domain.kind import Each
from communique.domain.release import Release, State, after
from communique.domain.text import in_language
from communique.errors import CommuniqueError, NotAllowed, Problems
from communique.web.desk import drafts, entries, preview, showing, standing, you
from communique.web.desk.asking import Asking
from communique.web.desk.releases import ONE, at, key_of, looked, shown
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

MARKS = "marks"  # the part of the page that a save by itself answers with
LARGEST = 1024 * 1024  # octets of all that is typed


@pages.get(f"{ONE}/edit", Permission.EDIT)
async def edit(ask: Asking) -> Response:
    """The draft, to be written. What was handed in is taken back first, and that is asked."""
    look = await looked(ask)
    release = look.standing.release
    if release.state is State.DRAFT:
        return await _page(ask, look, release, draft.parts(release))
    after(release.state, Verb.EDIT)  # asks nobody what cannot be
    return showing.page(
        ask,
        "edit_open.html",
        **shown(ask, look),
        approved=standing.named(ask, look.associations, _approved(look)),
        hour=standing.goes(ask, release),
    )


@pages.post(f"{ONE}/edit/open", Permission.EDIT)
async def reopen(ask: Asking) -> Response:
    """Take it back, to be written."""
    await editing.reopen(ask.desk, ask.actor, await key_of(ask))
    return showing.go(at(ask, "/edit"), "edit.said.opened")


@pages.post(f"{ONE}/edit", Permission.EDIT, most=LARGEST)
async def save(ask: Asking) -> Response:
    """Save what was typed; then do what the button says that was pressed."""
    look = await looked(ask)
    now, seen = look.standing.release, drafts.seen(ask)
    wanted = drafts.chosen(ask, now, drafts.typed(ask, look))
    try:
        saved = await editing.write(ask.desk, ask.actor, wanted, seen)
    except NotAllowed as error:
        parts = error.fields.get("parts", [])
        found = tuple(drafts.conflicts(ask, now, wanted, parts))
        wrong = "" if parts else showing.told(ask, error)
        return await _page(ask, look, wanted, seen, conflicts=found, wrong=wrong, status=409)
    except Problems as error:
        wrong = " ".join(showing.told(ask, one) for one in error.problems)
        return await _page(ask, look, wanted, seen, wrong=wrong, status=422)
    if ask.part == MARKS:
        marks = drafts.still_seen(seen, wanted, saved)
        told = WORDS[ask.language]("edit.saved", hour=ask.hours.clock(ask.now))
        return showing.page(ask, "edit.html", seen=marks, state="saved", told=told)
    return await _then(ask, saved)


async def _then(ask: Asking, saved: Release) -> Response:
    """Where a button leads, once all is saved."""
    if await you.chosen(ask):
        return showing.go(at(ask, "/edit"))
    if ask.value("do") != "ask":
        asked = {"checks": "yes", "show": ask.value("show")}
        query = urlencode({name: value for name, value in asked.items() if value})
        answer = showing.go(at(ask, f"/edit?{query}"), "edit.said.saved")
        if anchor := ask.value("add") or ("preview" if ask.value("show") else ""):
            answer.headers["Location"] += f"#{quote(anchor)}"
        return answer
    try:
        await drafting.submit(ask.desk, ask.actor, saved.key)
    except Problems:
        return showing.go(at(ask, "/edit?checks=yes&stopped=yes#checks"))
    return showing.go(at(ask, "/review"), "edit.said.asked")


async def _page(
    ask: Asking,
    look: Look,
    release: Release,
    seen: dict[str, str],
    *,
    conflicts: tuple[drafts.Conflict, ...] = (),
    wrong: str = "",
    status: int = 200,
) -> Response:
    checks, forecasts = None, {}
    if ask.query("checks") or ask.part == "checks-body":
        checks = await _checked(ask, look)
    if ask.query("checks") or ask.part == "counted":
        counted = await inspecting.forecast(ask.desk, ask.actor, release.key)
        forecasts = {one.association: one for one in counted}
    t, who = WORDS[ask.language], _other(ask, look)
    capital = who[:1].upper() + who[1:]
    short = t("edit.conflict.short", who=capital) if conflicts else wrong
    return showing.page(
        ask,
        "edit.html",
        status=status,
        **{**shown(ask, look), "release": release},
        keeps=("edit", at(ask, "/edit")),
        texts=list(drafts.texts(ask, look, release)),
        beside=preview.beside(ask, look, release),
        ways=preview.WAYS,
        missing=drafts.missing(ask, look, release),
        common=list(
            entries.entries(ask, look.kind, Each.RELEASE, release.fields, look.associations)
        ),
        audience=drafts.audience(release, ask.here),
        kept=drafts.kept_audiences(ask),
        partners=standing.others(ask, release),
        seen=seen,
        conflicts=conflicts,
        who=who,
        capital=capital,
        state="refused" if short else "saved",
        told=short,
        nonce=secrets.token_urlsafe(16),
        wrong=wrong,
        why=standing.fact(ask, release.reason, look.associations),
        checks=checks,
        forecasts=forecasts,
    )


def _other(ask: Asking, look: Look) -> Markup:
    """Whoever else wrote on it last; oneself, where nobody else did."""
    for one in reversed(look.standing.history):
        if one.verb in (Verb.FILE, Verb.EDIT) and one.actor != ask.actor:
            return standing.who(ask, one.actor)
    return WORDS[ask.language]("edit.conflict.own_window")


def _approved(look: Look) -> list[str]:
    """The parties whose approval would be void."""
    return [one.association for one in look.standing.counting if one.word.value == "approved"]


async def _checked(ask: Asking, look: Look) -> dict[str, Any]:
    """What stops it, and what is worth a look: each with the field that it is about."""
    release = look.standing.release
    hard: list[CommuniqueError] = []
    soft: list[CommuniqueError] = []
    try:
        _, warnings = await drafting.check(ask.desk, ask.actor, release.key)
        soft = list(warnings)
    except Problems as error:
        hard, soft = list(error.problems), error.warnings
    return {
        "hard": [(_told(ask, look, one), *_place(release, one)) for one in hard],
        "soft": [(_told(ask, look, one), *_place(release, one)) for one in soft],
    }


def _told(ask: Asking, look: Look, error: CommuniqueError) -> str:
    """An error with the field's name as the form has it."""
    said = showing.told(ask, error)
    for one in look.kind.fields:
        if one.key == error.key and one.labels:
            label = in_language(one.labels, ask.language)
            quoted = f"«\u00a0{label}\u00a0»" if ask.language == "fr" else f"“{label}”"
            return said.replace(f"`{one.key}`", quoted)
    return said


ABOUT = {
    "release_without_audience": "lists",
    "audience_without_edition": "lists",
    "audience_not_party": "lists",
    "nobody_written_to": "lists",
    "release_without_edition": "languages",
}


def _place(release: Release, error: CommuniqueError) -> tuple[str, str, int]:
    """The field that an error is about, as an id; its language; the line in it. Else nothing."""
    file, _, part = str(error.file or "").partition(", ")
    for one in release.editions:
        if file not in {one.source, f"edition {one.language}"} - {""}:
            continue
        if error.key:
            return entries.name(error.key, one.language), one.language, 0
        wrong = part or ("subject" if "subject" in error.code else "body")
        line = error.line - one.first_line + 1 if error.line and not part else 0
        return f"{one.language}-{wrong}", one.language, line
    if error.key:
        return entries.name(error.key), "", 0
    return ABOUT.get(error.code, ""), "", 0
