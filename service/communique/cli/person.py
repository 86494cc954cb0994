"""`communique subscribers`, one person at a time: their story, and what can be put right in it."""

from __future__ import annotations

from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import completing, home, show, words
from communique.cli.show import Json, as_json, local, out, run, said, table, worded
from communique.cli.speech import _, later, number
from communique.desk import Desk, allowing, consenting, correcting, erasing, inspecting
from communique.desk.allowing import Yes
from communique.domain import dates
from communique.domain.actor import OPERATOR
from communique.domain.address import parse
from communique.domain.consent import ConsentEvent, Extent
from communique.domain.event import Event, Verb
from communique.domain.member import Cause, Reach
from communique.errors import Invalid

Address = Annotated[str, typer.Argument(help="Their address.")]
Whose = Annotated[
    str,
    typer.Option(
        "--association",
        "-a",
        help="Whose people: the association's key.",
        autocompletion=completing.associations,
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Say what would change; change it not.")
]
Yes_ = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Why = Annotated[str, typer.Option(help="How this came to the desk; kept with it.")]
OfList = Annotated[
    str | None, typer.Option("--list", "-l", help="One list.", autocompletion=completing.lists)
]
Joint = Annotated[bool, typer.Option("--joint", help="All joint releases.")]
All = Annotated[bool, typer.Option("--all", help="All that the association sends.")]


def reach(one: Reach) -> str:
    """How far a no or a suppression reaches, and why."""
    return show.labelled(_extent(one.scope, one.list_key), worded(one.reason))


def _extent(extent: Extent, list_key: str) -> str:
    return {
        Extent.LIST: _("list {key}", key=list_key),
        Extent.JOINT: _("joint releases"),
        Extent.ALL: _("all"),
    }[extent]


def _chosen(on: str | None, joint: bool, everything: bool) -> tuple[Extent, str] | None:
    chosen = [
        one
        for one, wanted in (
            ((Extent.LIST, on or ""), on),
            ((Extent.JOINT, ""), joint),
            ((Extent.ALL, ""), everything),
        )
        if wanted
    ]
    if len(chosen) > 1:
        raise Invalid(
            "reach_ambiguous", message="one of --list, --joint and --all", remedy="name only one"
        )
    return chosen[0] if chosen else None


@run
async def story(address: Address, association: Whose, json: Json = False) -> None:
    """Show one person's whole story: may they be written to, what was said, done and sent."""
    async with wiring.opened(home.load()) as desk:
        found = await inspecting.story(desk, OPERATOR, association, address)
        zone = (await inspecting.association(desk, OPERATOR, association)).time_zone
    if json:
        as_json(views.document(**views.story(found)))
        return
    one = found.contact
    out.print(
        _(
            "{name} <{address}>, {member}; reads {language}",
            name=one.name,
            address=show.address(one.address),
            member=one.member.name,
            language=one.language,
        ),
        markup=False,
        soft_wrap=True,
    )
    table(
        ["list", "may be written to", "since", "lapses on", "they said no to"],
        [
            (
                key,
                worded(why) if (why := found.why_not[key]) else _("yes"),
                show.day(place.since),
                show.day(place.lapses_on),
                ", ".join(_extent(each, key) for each in sorted(place.said_no)),
            )
            for key, place in found.places.items()
        ],
    )
    for bar in found.suppressions:
        said(
            _(
                "their address is suppressed: {cause}, {at}: {source}",
                cause=worded(bar.cause),
                at=local(bar.at, zone),
                source=words.kept(bar.source),
            )
        )
    rows = [(each.at, words.actor(each.actor), *_told(each)) for each in found.said]
    rows += [
        (each.at, words.actor(each.actor), worded(each.verb), _done(each))
        for each in found.events
        if each.verb not in TOLD_BY_LEDGER
    ]
    rows += [
        (each.at, _("the service"), each.state, show.labelled(each.release, worded(each.reason)))
        for each in found.lines
    ]
    table(
        ["when", "who", "what", "of what"],
        [(local(at, zone), *rest) for at, *rest in sorted(rows, key=lambda row: row[0])],
    )


TOLD_BY_LEDGER = frozenset({Verb.UNSUBSCRIBE, Verb.RESUBSCRIBE})


def _done(one: Event) -> str:
    """What was done to them; why their address was suppressed stands before by what."""
    cause, colon, source = str(one.detail).partition(": ")
    if one.verb is Verb.SUPPRESS and colon and cause in list(Cause):
        return show.labelled(worded(Cause(cause)), words.kept(source))
    return words.fact(one.detail)


def _told(one: ConsentEvent) -> tuple[str, str]:
    return worded(one.word), show.labelled(
        _extent(one.extent, one.list_key), words.kept(one.evidence.source)
    )


@run
async def edit(
    address: Address,
    association: Whose,
    given_name: Annotated[str | None, typer.Option(help="Given name.")] = None,
    family_name: Annotated[str | None, typer.Option(help="Family name.")] = None,
    role: Annotated[str | None, typer.Option(help="Role at the member.")] = None,
    language: Annotated[str | None, typer.Option(help="Language: fr, en.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Change a person's name, role or language. `""` empties a name or the role."""
    async with wiring.opened(home.load()) as desk:
        changes = await correcting.edit(
            desk,
            OPERATOR,
            association,
            address,
            dry_run=dry_run,
            given_name=given_name,
            family_name=family_name,
            role=role,
            language=language or None,
        )
    if not changes:
        said(_("nothing to change"))
        return
    would = later("would become") if dry_run else later("now")
    table(["field", "was", would], [(each.field, each.before, each.after) for each in changes])


@run
async def move(
    address: Address,
    to: Annotated[str, typer.Argument(help="Their new address.")],
    association: Whose,
    merge: Annotated[
        bool, typer.Option("--merge", help="The new address is another record of theirs.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Give a person their new address: consent, every no and links already sent stay theirs.

    That the old address bounced stays with it. With --merge two records of one person become one:
    the one at the new address stays, with the lists and the noes of both.
    """
    async with wiring.opened(home.load()) as desk:
        moved = await correcting.move(
            desk, OPERATOR, association, address, to, merge=merge, dry_run=dry_run
        )
    one = moved.contact
    did = _moved(merged=moved.merged, dry_run=dry_run)

    out.print(
        _(
            "{old} {did} {new}; lists: {lists}; waiting messages that go there: {waiting}",
            old=address,
            did=did,
            new=show.address(one.address),
            lists=" ".join(one.lists) or _("none"),
            waiting=number(moved.waiting),
        ),
        markup=False,
        soft_wrap=True,
    )
    for each in one.suppressions:
        said(_("not written to there: {reach}", reach=reach(each)))


def _moved(*, merged: bool, dry_run: bool) -> str:
    if merged:
        return _("would be merged with") if dry_run else _("merged with")
    return _("would move to") if dry_run else _("moved to")


async def named(desk: Desk, association: str, address: str) -> str:
    """An address as it was given, and the one that its owner has now, where they moved."""
    contact = await inspecting.subscriber(desk, OPERATOR, association, address)
    if contact is None or parse(contact.address).key == parse(address).key:
        return address
    return _("{old} (now {new})", old=address, new=show.address(contact.address))


@run
async def leave(
    address: Address,
    association: Whose,
    why: Why,
    on: OfList = None,
    joint: Joint = False,
    everything: All = False,
    dry_run: DryRun = False,
) -> None:
    """Say no for a person who asked the desk to: to one list, to joint releases, or to all.

    It is their own no: they take it back by the link in any message, and no import outweighs it.
    """
    chosen = _chosen(on, joint, everything)
    if chosen is None:
        raise Invalid(
            "reach_missing",
            message="it does not say what they leave",
            remedy="add --list LIST, --joint or --all",
        )
    async with wiring.opened(home.load()) as desk:
        new = await consenting.leave(
            desk, OPERATOR, association, address, why, *chosen, dry_run=dry_run
        )
        whom = await named(desk, association, address)
    text = _("{whom} had left already: {extent}", whom=whom, extent=_extent(*chosen))
    if new and dry_run:
        text = _("{whom} would leave {extent}", whom=whom, extent=_extent(*chosen))
    elif new:
        text = _("{whom} left {extent}", whom=whom, extent=_extent(*chosen))
    out.print(text, markup=False, soft_wrap=True)


@run
async def allow(
    address: Address,
    association: Whose,
    why: Why,
    said_yes: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="The day on which they said yes to the desk."),
    ] = None,
    on: OfList = None,
    joint: Joint = False,
    everything: All = False,
    dry_run: DryRun = False,
) -> None:
    """Let an address be written to again, as far as the desk may.

    The desk lifts a hard bounce, and what it suppressed itself. What a person said no to,
    complained of, or had erased takes a newer yes of theirs: its day, to what, and in --why how it
    came.
    """
    chosen = _chosen(on, joint, everything)
    yes = None
    if said_yes:
        if chosen is None:
            raise Invalid("yes_to_what")
        yes = Yes(dates.read(said_yes), *chosen)
    async with wiring.opened(home.load()) as desk:
        allowed = await allowing.allow(
            desk, OPERATOR, association, address, why, yes, dry_run=dry_run
        )
        zone = (await inspecting.association(desk, OPERATOR, association)).time_zone

    for each in allowed.lifted:
        since = f"{worded(each.cause)}, {local(each.at, zone)}"
        what = show.labelled(since, words.kept(each.source))
        lifted = (
            _("would be lifted: {what}", what=what) if dry_run else _("lifted: {what}", what=what)
        )
        out.print(lifted, markup=False, soft_wrap=True)
    if allowed.said_yes and chosen:
        extent = _extent(*chosen)
        written = _("written down: they said yes to {extent}", extent=extent)
        if dry_run:
            written = _("would be written down: they said yes to {extent}", extent=extent)
        out.print(written, markup=False)
    for reached in allowed.stands:
        said(_("still not written to them: {reach}", reach=reach(reached)))


@run
async def forget(
    address: Address, association: Whose, yes: Yes_ = False, dry_run: DryRun = False
) -> None:
    """Erase a person for good: their name and address, everywhere. Sums of releases stay.

    A hash stays that only this desk's signing keys can make, so that whoever is imported again at
    that address is not taken in. There is no way back; backups made before still hold them.
    """
    async with wiring.opened(home.load()) as desk:
        planned = await erasing.forget(desk, OPERATOR, association, address, dry_run=True)
        one = planned.contact
        whom = f"{one.name} <{show.address(one.address)}>, {one.member.name}".strip()
        rows = _(
            "{deliveries} {deliveries:line|lines} of the log and {words} of the consent ledger",
            deliveries=number(planned.erased.deliveries),
            words=number(planned.erased.words),
        )
        if dry_run:
            out.print(_("would be erased: {whom}", whom=whom), markup=False, soft_wrap=True)
            out.print(_("would become nobody's: {rows}", rows=rows), markup=False, soft_wrap=True)
            return
        if not yes:
            show.ask(
                _(
                    "Erase {whom} at {association} for good? {rows} become nobody's.",
                    whom=whom,
                    association=association,
                    rows=rows,
                ),
                err=False,
            )
        await erasing.forget(desk, OPERATOR, association, address)
    out.print(
        _("erased, and stays unwritten to; now nobody's: {rows}", rows=rows),
        markup=False,
        soft_wrap=True,
    )


def add_to(app: typer.Typer) -> None:
    """Have these commands among those of `communique subscribers`."""
    for name, command in (
        ("show", story),
        ("edit", edit),
        ("move", move),
        ("leave", leave),
        ("allow", allow),
        ("forget", forget),
    ):
        app.command(name)(command)
