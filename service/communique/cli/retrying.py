"""`communique release retry`: what failed, or was left unknown, once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import completing, home, show, words
from communique.cli.reviewing import Key
from communique.cli.show import Json, as_json, out, run, said, table
from communique.cli.speech import _, ngettext, number
from communique.desk import retrying
from communique.desk.retrying import Wanted
from communique.domain.actor import OPERATOR
from communique.domain.delivery import DeliveryState, Retriable
from communique.domain.log import LOST, Lost, Waiting
from communique.domain.outcome import is_policy
from communique.telemetry import printable


@run
async def retry(
    key: Key,
    association: Annotated[
        str | None,
        typer.Option(
            "--association",
            "-a",
            help="Only whose members.",
            autocompletion=completing.associations,
        ),
    ] = None,
    state: Annotated[
        list[DeliveryState] | None,
        typer.Option("--state", help="`failed` or `unknown`; else both."),
    ] = None,
    reason: Annotated[
        list[str] | None,
        typer.Option(
            "--reason", help="Only who ended for this, as it is listed; repeat for several."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Try again what failed, or of which nobody knows whether it arrived.

    The same content that every party approved goes again. Nobody is written to who said no, or was
    left out; where it is unknown whether it arrived, a reader may get a second copy, which their
    mail program can tell by its Message-ID and the log owns up to.

        communique release retry spring --dry-run
        communique release retry spring --state failed --reason "550 5.7.1 at RCPT TO"
    """
    if other := [one for one in state or () if one not in LOST]:
        raise typer.BadParameter(
            _("{other} is not tried again; `failed` and `unknown` can be", other=other[0])
        )
    wanted = Wanted(association, tuple(state or ()), tuple(reason or ()))
    async with wiring.opened(home.load()) as desk:
        release, found = await retrying.retriable(desk, OPERATOR, key, wanted)
        if not any(one.goes for one in found):
            raise retrying.nobody(key, found)
        if not json:
            _tell(found)
        if not dry_run:
            if not yes:
                show.ask(_question(key, found))
            release, found = await retrying.retry(desk, OPERATOR, key, wanted)
        services = dry_run or await wiring.services(desk)
    if json:
        again = [views.retriable(one) for one in found]
        as_json(views.document(release=views.release(release), again=again, dry_run=dry_run))
        return
    if dry_run:
        said(_("nothing was changed"))
        return
    said(_("“{key}” is {state}", key=key, state=show.worded(release.state)))
    if not services:
        said(_(words.NOBODY))


def _tell(found: Iterable[Retriable]) -> None:
    table(
        ["association", "state", "#again", "reason"],
        [
            (one.association, state, number(count), cause)
            for one in found
            for (state, cause), count in one.again.items()
        ],
    )
    for one in found:
        if one.left_out:
            out.print(
                _(
                    "not again at {association}: {left_out}",
                    association=one.association,
                    left_out=show.reasons(one.left_out),
                )
            )


def _question(key: str, found: Iterable[Retriable]) -> str:
    goes = sum(one.goes for one in found)
    unknown = sum(one.of(DeliveryState.UNKNOWN) for one in found)
    text = _("“{key}” is sent again to {goes}.", key=key, goes=number(goes))
    if unknown:
        text += " " + ngettext(
            "One of them may get a second copy.", "{count} of them may get a second copy.", unknown
        )
    return f"{text} {_('Go on?')}"


def lost(key: str, several: Iterable[Lost]) -> list[str]:
    """What readers of a release failed for or were left unknown, and what to type."""
    told = list(several)
    lines = [
        _(
            "{count} {state} at {association}: {cause}",
            count=number(one.count),
            state=show.several(one.state, one.count),
            association=one.association,
            cause=printable(words.kept(one.cause)),
        )
        for one in told
    ]
    bounced: dict[str, int] = {}
    for one in told:
        bounced[one.association] = bounced.get(one.association, 0) + one.bounced
    for association, count in bounced.items():
        if count:
            lines.append(
                _(
                    "{count} of them at {association} are not written to again, for their "
                    "address failed for good: `communique log -r {key} -a {association} -s "
                    "failed`. If one is good after all: `communique subscribers allow ADDRESS "
                    "-a {association} --why …`, then retry",
                    count=number(count),
                    association=association,
                    key=key,
                )
            )
    if left := sum(one.count - one.bounced for one in told):
        text = _(
            "try them ({left}) again with `communique release retry {key}`, which counts and asks",
            left=number(left),
            key=key,
        )
        if any(bounced.values()):
            text = _(
                "try the others ({left}) again with `communique release retry {key}`, which "
                "counts and asks",
                left=number(left),
                key=key,
            )
        lines.append(text)
    return lines


def refused(key: str, waiting: Iterable[Waiting], lost: Iterable[Lost]) -> list[str]:
    """Warnings of what somebody has to mend: we are refused, and no reader is to blame."""
    causes = Counter[str]()
    both: list[Waiting | Lost] = [*waiting, *lost]
    for each in both:
        causes[each.cause] += each.count
    return [
        _(
            "{key}: mail to {count} {count:reader|readers} is refused for our reputation, "
            "authentication or policy ({cause}); ask whoever runs the relay",
            key=key,
            count=number(count),
            cause=printable(cause),
        )
        for cause, count in causes.most_common()
        if is_policy(cause)
    ]
