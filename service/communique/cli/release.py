"""`communique release`: from a folder of Markdown to an approved, scheduled announcement."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from communique import declared, views, wiring
from communique.cli import (
    agreements,
    completing,
    embargoing,
    following,
    home,
    retrying,
    reviewing,
    seeing,
    show,
    speech,
    standings,
    stepping_back,
    words,
)
from communique.cli.reviewing import Key
from communique.cli.show import Json, as_json, err, run, said, table, worded
from communique.cli.speech import _, later, number
from communique.declared import kinds, manuscript, transcript
from communique.desk import Desk, drafting, inspecting, publishing, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.association import Association
from communique.domain.delivery import DeliveryState
from communique.domain.event import Verb
from communique.domain.release import Audience, Edition, Release, after
from communique.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="Releases, from draft to sent.")

STAYS = later(
    "it is public in the newsroom of {all}, and stays so until `communique newsroom withdraw {key}`"
)
DID = {one: one for one in (later("filed"), later("edited"), later("unchanged"))}


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; its name becomes the key.")],
    kind: Annotated[
        str, typer.Option(help="What it announces: a kind that this desk has `templates/` for.")
    ] = manuscript.ANNOUNCEMENT,
    language: Annotated[
        list[str] | None,
        typer.Option("--language", "-l", help="Repeat for several; else all that they write in."),
    ] = None,
    party: Annotated[
        list[str] | None,
        typer.Option(
            "--party",
            "-p",
            help="Repeat for several; else all in `subscribers/`.",
            autocompletion=completing.associations,
        ),
    ] = None,
    use: Annotated[
        str | None,
        typer.Option(help="An audience that its parties keep in lists.toml, by its key."),
    ] = None,
) -> None:
    """Begin a release: a folder with commented files to write in, one per language."""
    current = home.load()
    offered = kinds.known(current.templates)
    if kind not in offered:
        raise NotFound(
            "templates_missing",
            message="this desk has no templates for “{kind}”",
            remedy="it has some for: {known}",
            kind=kind,
            known=list(offered),
        )
    roll = declared.load(current.subscribers)
    known = {one.key: one for one in roll.associations}
    for key in party or ():
        if key not in known:
            raise NotFound("association_unknown", association=key, known=list(known))
    associations = [known[key] for key in dict.fromkeys(party or known)]
    spoken = dict.fromkeys(one for association in associations for one in association.languages)
    if use and not any(association.audience_named(use) for association in associations):
        kept = dict.fromkeys(one.key for each in associations for one in each.audiences)
        raise NotFound(
            "audience_name_unknown",
            association=", ".join(association.key for association in associations),
            audience=use,
            known=list(kept),
            remedy="declare it in lists.toml",
        )
    transcript.write(
        Release(
            key=folder.name,
            kind=kind,
            parties=tuple(association.key for association in associations),
            editions=tuple(Edition(one, "", "", "") for one in dict.fromkeys(language or spoken)),
            audiences=tuple(_audience(association, use) for association in associations),
            agreement=roll.agreement_of([association.key for association in associations]),
        ),
        folder,
        current.templates,
        speech.remarked,
        speech.language(),
    )
    for path in sorted(folder.iterdir()):
        show.wrote(path)
    said(_("next: write, then `communique release import {folder}`", folder=quote(str(folder))))


def _audience(association: Association, use: str | None) -> Audience:
    """The audience that it keeps by that name; without one, its first list."""
    kept = association.audience_named(use) if use else None
    return (
        kept.of(association.key) if kept else Audience(association.key, (association.lists[0].key,))
    )


@app.command("import")
@run
async def import_(
    folder: Annotated[Path, typer.Argument(help="Folder with release.toml and the editions.")],
    over_desk: Annotated[
        bool,
        typer.Option(
            "--over-desk",
            help="Replace what was written at the desk since, where the folder says something new "
            "as well.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """File a release from its folder, or edit the one with its key. An edit voids approvals."""
    current = home.load()
    written = await asyncio.to_thread(manuscript.read, folder, current.templates)
    async with wiring.opened(current) as desk:
        release, did = await drafting.file(desk, OPERATOR, written, over=over_desk)
        last = (await inspecting.standing(desk, OPERATOR, release.key)).history[-1]
    void = last.detail if did == "edited" else ""
    if json:
        as_json(views.document(did=did, void=str(void), release=views.release(release)))
        return
    said(
        _(
            "{did}: “{key}” is {state}",
            did=_(DID[did]),
            key=release.key,
            state=worded(release.state),
        )
        + (f"; {words.fact(void)}" if void else "")
    )
    if written.public_from is None:
        standings.embargo_unwritten(release)
    if did != "unchanged":
        association = release.audiences[0].association
        said(
            _(
                "next: `communique release preview {key} --association {association}`",
                key=release.key,
                association=association,
            )
        )
        said(_("then: `communique release submit {key}`", key=release.key))


@app.command("list")
@run
async def list_(json: Json = False) -> None:
    """Show every release, the newest first."""
    async with wiring.opened(home.load()) as desk:
        found = await inspecting.releases(desk, OPERATOR)
        while page := found and await inspecting.releases(desk, OPERATOR, after=found[-1][0].id):
            found += page
        changed = await inspecting.changed(desk, OPERATOR)
    if json:
        as_json(
            [
                views.document(
                    release=views.release(one),
                    summary=views.summary(summary),
                    changed=changed.get(one.key, []),
                )
                for one, summary in found
            ]
        )
        return
    if not found:
        said(_("no releases yet: `communique release new releases/first-release` begins one"))
        return
    table(
        ["release", "state", "goes at", "languages", "#snapshot", "#sent"],
        [
            (
                one.key,
                worded(one.state),
                standings.goes_at(one),
                " ".join(edition.language for edition in one.editions),
                number(summary.snapshot),
                number(summary.states.get(DeliveryState.SENT, 0)),
            )
            for one, summary in found
        ],
    )
    standings.voided(changed)


@app.command("show")
@run
async def show_(key: Key, json: Json = False) -> None:
    """Show one release: what it is, who approved it, what became of it."""
    async with wiring.opened(home.load()) as desk:
        standing = await inspecting.standing(desk, OPERATOR, key)
        changed = await inspecting.changed(desk, OPERATOR, [key])
        seen = await inspecting.forecast(desk, OPERATOR, key)
        lost = await inspecting.lost(desk, OPERATOR, [standing.release])
        zones = await _zones(desk)
    if json:
        told = {"changed": changed.get(key, []), "forecast": views.forecasts(seen)}
        as_json(views.document(**views.standing(standing), **told))
        return
    standings.tell(standing, changed.get(key, []), seen, zones)
    for line in retrying.lost(key, lost.get(key, ())):
        said(line)
    standings.voided(changed)


app.command()(seeing.preview)


for review in (reviewing.check, reviewing.submit, reviewing.approve, reviewing.reject):
    app.command()(review)


@app.command()
@run
async def schedule(
    key: Key,
    at: Annotated[
        str,
        typer.Option(
            help="`2027-06-03 09:00`, `tomorrow 9am`, `lundi 9h`, `9 h 30`, `in 10 minutes`, or "
            "ISO 8601 with an offset."
        ),
    ],
    zone: Annotated[
        str | None, typer.Option(help="Time zone of the hour; else the first party's.")
    ] = None,
    wall: Annotated[
        bool, typer.Option("--local-hour", help="At that hour in each association's own zone.")
    ] = False,
    deliver_by: Annotated[
        str | None, typer.Option(help="After this, nothing is tried any more.")
    ] = None,
    public_from: Annotated[
        str | None,
        typer.Option(
            help="Before this hour only lists of the press get it, marked with it, and no page "
            "shows it. Empty: no embargo."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Set the hour at which a release goes; a missed release goes at its new hour.

    An hour at which its agreement is not in force is asked about, or refused, as
    `COMMUNIQUE_BEYOND_TERM` says; when it comes, the day decides.
    """
    current = home.load()
    async with wiring.opened(current) as desk:
        release = await agreements.meant(
            partial(
                scheduling.schedule,
                *(desk, OPERATOR, key, at),
                zone=zone,
                wall=wall,
                deliver_by=deliver_by,
                public_from=public_from,
            ),
            yes=yes,
            ask=not json,
        )
        changed = await inspecting.changed(desk, OPERATOR, [key])
        seen = await inspecting.forecast(desk, OPERATOR, key)
        services = await wiring.services(desk)
        zones = await _zones(desk)
    if json:
        told = {"changed": changed.get(key, []), "forecast": views.forecasts(seen)}
        as_json(views.document(release=views.release(release), **told))
        return
    said(_("“{key}” goes at {hour}", key=key, hour=standings.goes_at(release)))
    for association, hour in standings.local_hours(release, zones):
        said(_("  at {association}: {hour}", association=association, hour=hour))
    standings.embargo(release)
    standings.voided(changed)
    standings.forecast(seen, err)
    standings.unapproved(release)
    if not services:
        said(_(words.NOBODY))


app.command()(embargoing.embargo)


@app.command()
@run
async def pause(
    key: Key,
    why: Annotated[str, typer.Option(help="Kept in its history.")] = "",
    json: Json = False,
) -> None:
    """Stop sending; nothing is lost. `resume` goes on where it stopped."""
    async with wiring.opened(home.load()) as desk:
        release = await scheduling.pause(desk, OPERATOR, key, why)
    _now(release, json=json)


@app.command()
@run
async def resume(key: Key, json: Json = False) -> None:
    """Go on sending where it was paused."""
    async with wiring.opened(home.load()) as desk:
        release = await scheduling.resume(desk, OPERATOR, key)
    _now(release, json=json)


@app.command()
@run
async def cancel(
    key: Key,
    why: Annotated[str, typer.Option(help="Kept in its history.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Call a release off for good. Who was not written to yet is not; nothing sent comes back.

    Where it is public in a newsroom already, it stays so until `newsroom withdraw` takes it out;
    where it was to become so, it does not.
    """
    async with wiring.opened(home.load()) as desk:
        there = await publishing.public(desk, OPERATOR, key)
        if not yes:
            now = await inspecting.standing(desk, OPERATOR, key)
            after(now.release.state, Verb.CANCEL)  # asks nobody what cannot be
            if there:
                said(_(STAYS, all=", ".join(there), key=key))
            show.ask(show.call_off(now.release, now.summary))
        release, summary = await scheduling.cancel(desk, OPERATOR, key, why)
    if json:
        sums = views.summary(summary)
        as_json(views.document(release=views.release(release), summary=sums, public=there))
        return
    _now(release, json=False)
    if summary.snapshot:
        show.summary(summary, release=release.key)
    if there and yes:
        said(_(STAYS, all=", ".join(there), key=key))


for step_back in (
    stepping_back.withdraw,
    stepping_back.unschedule,
    stepping_back.copy,
    stepping_back.delete,
):
    app.command()(step_back)


app.command()(retrying.retry)


app.command()(following.update)
app.command("call-off")(following.call_off)
app.command()(following.correct)
app.command("send-test")(seeing.send_test)


async def _zones(desk: Desk) -> dict[str, str]:
    """The time zone of each association."""
    return {one.key: one.time_zone for one in await inspecting.associations(desk, OPERATOR)}


def _now(release: Release, *, json: bool) -> None:
    if json:
        as_json(views.document(release=views.release(release)))
    else:
        said(_("“{key}” is {state}", key=release.key, state=worded(release.state)))
