"""`communique subscribers audiences`: what associations keep by name, and whom it would reach."""

from __future__ import annotations

from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import completing, home, show, words
from communique.cli.show import Json, as_json, run, said, table
from communique.cli.speech import _, later, number
from communique.desk import addressing
from communique.desk.addressing import Counted
from communique.domain.actor import OPERATOR
from communique.domain.release import Audience, Filter

Whose = Annotated[
    str | None,
    typer.Option(
        "--association", "-a", help="Only this one's.", autocompletion=completing.associations
    ),
]


@run
async def audiences(association: Whose = None, json: Json = False) -> None:
    """Show the audiences that associations keep in lists.toml, each counted as it is now.

    A release uses one by its name: `use = "KEY"` under [[audience]] in its release.toml.
    """
    async with wiring.opened(home.load()) as desk:
        found = await addressing.saved(desk, OPERATOR, association)
    if json:
        as_json(views.document(audiences=[views.saved_audience(one) for one in found]))
        return
    if not found:
        said(_("no audience is kept yet: an [[audience]] in lists.toml declares one"))
        return
    table(
        ["association", "audience", "goes to", "#reaches", "#of", "left out"],
        [_row(one) for one in found],
    )
    for one in found:
        show.warned(map(words.fact, one.forecast.warnings))


def _row(one: Counted) -> tuple[str, ...]:
    seen, kept = one.forecast, one.audience
    return (
        one.association,
        kept.key,
        described(kept.of(one.association)),
        number(seen.goes),
        number(seen.listed),
        show.reasons(seen.left_out) if seen.left_out else "",
    )


def described(one: Audience) -> str:
    """Its lists, those that are left out, and its filter, in one line."""
    parts = [", ".join(one.lists)]
    if one.without:
        parts.append(_("without {lists}", lists=", ".join(one.without)))
    parts += [
        _("only {part}: {values}", part=_(part), values=", ".join(values))
        for part, values in filtered(one.only)
    ]
    return "; ".join(parts)


def filtered(one: Filter) -> list[tuple[str, tuple[str, ...]]]:
    """The parts of a filter that ask for something."""
    parts = [
        (later("sectors"), one.sectors),
        (later("territories"), one.territories),
        (later("kinds"), one.kinds),
        (later("languages"), one.languages),
        (later("since"), (one.since.isoformat(),) if one.since else ()),
    ]
    return [(name, values) for name, values in parts if values]
