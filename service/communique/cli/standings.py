"""Where a release stands, told to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console

from communique.cli import show, words
from communique.cli.audiences import filtered
from communique.cli.show import local, out, said, table, worded
from communique.cli.speech import _, number
from communique.desk import naming
from communique.desk.inspecting import Standing
from communique.domain import when
from communique.domain.actor import ActorKind
from communique.domain.approval import Approval
from communique.domain.delivery import Forecast
from communique.domain.release import Release, State
from communique.telemetry import printable


def tell(
    standing: Standing,
    changed: Sequence[str],
    forecasts: Iterable[Forecast],
    zones: Mapping[str, str],
) -> None:
    """One release: what it is, who approved it, whom it would go to, what became of it.

    All its times are told in one zone: that of its hour, else its first party's.
    """
    one = standing.release
    zone = one.schedule.zone if one.schedule else zones.get(one.parties[0])
    rows: list[tuple[str, object]] = [
        (_("release"), one.key),
        (_("state"), worded(one.state)),
        (_("kind"), worded(one.kind)),
        (_("parties"), ", ".join(one.parties)),
        (_("agreement"), one.agreement or "—"),
        (_("goes at"), goes_at(one)),
        *((_("  at {key}", key=key), hour) for key, hour in local_hours(one, zones)),
        *([(_("embargo until"), local(one.public_from, zone))] if one.public_from else []),
        *([(_("not after"), local(by_, zone))] if (by_ := deliver_by(one)) else []),
        (_("content"), one.content_hash or _("not submitted")),
    ]
    if one.reason:
        rows.insert(2, (_("because"), words.fact(one.reason)))
    if changed:
        rows.append((_("changed since"), ", ".join(changed)))
    rows += [
        (_("edition {language}", language=each.language), each.subject) for each in one.editions
    ]
    for each in one.audiences:
        rows.append(
            (_("audience {association}", association=each.association), ", ".join(each.lists))
        )
        rows += [(_("  kept as"), each.use)] if each.use else []
        rows += [(_("  without"), ", ".join(each.without))] if each.without else []
        rows += [
            (_("  only {part}", part=_(part)), ", ".join(values))
            for part, values in filtered(each.only)
        ]
    table(["", ""], rows)
    out.print()
    if standing.approvals:
        table(
            ["approvals", "by", "word", "when", "counts"],
            [
                (
                    each.association,
                    by(each),
                    _word(each, zone),
                    local(each.at, zone),
                    _("yes") if each in standing.counting and not changed else _("no: void"),
                )
                for each in standing.approvals
            ],
        )
    if standing.missing and one.state is State.IN_REVIEW:
        out.print(_("still to approve: {missing}", missing=", ".join(standing.missing)))
    forecast(forecasts, out)
    for event in standing.history:
        detail = f" ({words.fact(event.detail)})" if event.detail else ""
        did = f"{worded(event.verb)} → {worded(event.state)}, {words.actor(event.actor)}{detail}"
        out.print(f"{local(event.at, zone)}  {printable(did)}", markup=False, soft_wrap=True)
    if standing.summary.snapshot:
        out.print()
        show.summary(standing.summary, release=one.key)


def by(approval: Approval) -> str:
    """Whose word it is, and who gave it where that is somebody else (P10)."""
    if approval.actor.kind is ActorKind.PERSON:
        return approval.person
    return _("{person}, given by {name}", person=approval.person, name=words.actor(approval.actor))


def _word(approval: Approval, zone: str | None) -> str:
    """What was said; of an hour, which."""
    word = worded(approval.word)
    if approval.public_from is None:
        return word
    hour = local(approval.public_from, zone)
    return _("{word}, public from {hour} on", word=word, hour=hour)


def voided(changed: Mapping[str, Sequence[str]]) -> None:
    """Warn of releases that are no longer what the parties were asked about."""
    show.warned(
        _(
            "“{key}” is no longer what was submitted, so it will not be sent: "
            "{differing} changed; reject it, submit it again, and have every party "
            "approve it again",
            key=key,
            differing=", ".join(differing),
        )
        for key, differing in changed.items()
    )


def forecast(forecasts: Iterable[Forecast], console: Console) -> None:
    """Whom a release would go to at each association, who is left out why, and what to look at."""
    for one in forecasts:
        line = _(
            "goes to {goes} of {listed} at {association}",
            goes=number(one.goes),
            listed=number(one.listed),
            association=one.association,
        )
        if one.through is not None:
            line += f", {words.way(one.through)}"
        if one.left_out:
            line += _("; left out: {left_out}", left_out=show.reasons(one.left_out))
        console.print(line, markup=False, soft_wrap=True)
        show.warned(map(words.fact, one.warnings))
        lacked = [
            each.fields["what"] for each in one.warnings if each.code == "readers_without_name"
        ]
        for name in (name for name, called in naming.NAMES.items() if called in lacked):
            typed = f"communique subscribers list -a {one.association} --without {name}"
            told = _("  who of all its people lacks it: `{words}`", words=typed)
            console.print(told, markup=False, soft_wrap=True)


def local_hours(release: Release, zones: Mapping[str, str]) -> list[tuple[str, str]]:
    """When it goes at each association, where that is at its own local hour."""
    at = release.schedule
    if at is None or not at.wall:
        return []
    associations = [(one.association, zones[one.association]) for one in release.audiences]
    return [(key, local(when.due(at, zone), zone)) for key, zone in associations]


def deliver_by(release: Release) -> datetime | None:
    """After which nothing is tried any more, if that was said."""
    return release.schedule.deliver_by if release.schedule else None


def goes_at(release: Release) -> str:
    """Its hour, as it was meant."""
    if release.schedule is None:
        return "—"
    hour = local(release.schedule.send_at, release.schedule.zone)
    return _("{hour}, each at its local hour", hour=hour) if release.schedule.wall else hour


def embargo(release: Release) -> None:
    """Say until when only the press has a release, if it is to be so."""
    goes = release.schedule.send_at if release.schedule else datetime.now(UTC)
    if release.public_from and release.public_from > goes:
        hour = local(release.public_from, release.schedule.zone if release.schedule else None)
        said(_("before {hour}, only lists of the press get it, and no page shows it", hour=hour))


def embargo_unwritten(release: Release) -> None:
    """Say that a release keeps an embargo of which its file says nothing."""
    if release.public_from:
        embargo(release)
        said(
            _(
                "release.toml says nothing of this embargo, which takes nothing away; "
                '`communique release schedule {key} --at HOUR --public-from ""` does',
                key=release.key,
            )
        )


def unapproved(release: Release) -> None:
    """Say what the hour of a release takes that not every party has approved."""
    if release.state not in (State.DRAFT, State.IN_REVIEW) or release.schedule is None:
        return
    state = worded(release.state)
    if release.schedule.send_at <= datetime.now(UTC):
        said(
            _(
                "it is {state}, and cannot go at that hour, before every party has approved it: "
                "set one that is to come",
                state=state,
            )
        )
    else:
        said(_("it is {state}: it goes only if every party has approved it by then", state=state))
