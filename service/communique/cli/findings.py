"""All that there is to tell of a spreadsheet: on the terminal, and in the report."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from communique import roster
from communique.cli import show, words
from communique.cli.show import said, table, warned
from communique.cli.speech import _, number
from communique.domain.finding import Finding, Kind
from communique.domain.imported import Found, Imported, Some
from communique.domain.member import Difference
from communique.domain.merging import Contradiction

SHOWN = 20  # of each kind of finding, on a terminal


# Of the report; a program tells its columns by their order.
HEADING = ("line", "address", "reason", "kind", "field", "old", "new")


@contextmanager
def reported(path: Path | None) -> Iterator[roster.CsvWriter | None]:
    """The report; begun first, so that nothing is imported if it cannot be written."""
    if path is None:
        yield None
        return
    heading = [_(one) for one in HEADING]

    with roster.whole(path, bom=True) as opened, roster.table(opened, heading) as rows:
        yield rows


def add(rows: roster.CsvWriter | None, one: Finding) -> None:
    if rows:
        old = "" if one.kind is Kind.REPEATED else one.old
        reason = words.reason(one.facts, one.reason)
        if one.kind is Kind.REPEATED:
            reason = _("is on line {old} already", old=one.old)
        kind = show.worded(one.kind)
        rows.add((one.line or None, one.whom, reason, kind, one.field, old, one.new))


def tell(
    found: Imported, *, dry_run: bool, revive: bool, report: Path | None, told: bool = False
) -> None:
    """What came of it, or would. Of contradictions that were `told` already, only how many."""
    admitted, bad, duplicates = found.admitted, found.bad, found.duplicates

    table(
        ["subscribers", "#"],
        [
            (_("would be added") if dry_run else _("added"), number(admitted.added)),
            (_("would be changed") if dry_run else _("changed"), number(admitted.changed)),
            (_("unchanged"), number(admitted.unchanged)),
            (_("of these not to be written to, and staying so"), number(admitted.suppressed)),
            *(
                [(_("erased at their wish, and not taken in"), number(admitted.erased))]
                if admitted.erased
                else []
            ),
            (_("of these lapsed, and staying so"), number(admitted.lapsed)),
            (_("newly said no, by this file"), number(admitted.refused)),
            (_("said no elsewhere"), number(found.refusals.count)),
            *(
                [(_("lines of whoever moved from that address"), number(found.followed.count))]
                if found.followed.count
                else []
            ),
            (_("repeated in the file"), number(duplicates.count)),
            (_("contradictions"), number(found.doubts.count)),
            (_("bad lines"), number(bad.count)),
            *(
                (_("left {list_key}", list_key=one.list_key), number(one.left))
                for one in found.matched
                if not dry_run
            ),
        ],
    )
    if found.differences.count:
        table(
            ["address or company", "field", "old", "new"],
            [(one.whom, one.field, one.old, one.new) for one in found.differences.first[:SHOWN]],
        )
        more(found.differences, _("changes"), report)
    if bad.count:
        table(
            ["#line", "address", "reason"],
            [
                (one.line, one.address, words.reason(one.facts, one.reason))
                for one in bad.first[:SHOWN]
            ],
        )
        if report:
            said(_("all of them, with their reasons: {report}", report=report))
        elif bad.count > SHOWN:
            more(bad, _("bad lines"), None)
        if any("date_order_unknown" in one.codes for one in bad.first):
            said(_(words.ADVICE_ON_DATES))
        if any("address_of_another" in one.codes for one in bad.first):
            said(_(words.ADVICE_ON_NAMES))
    if found.refusals.count:
        _tell_refusals(found, report)
    for moved in found.followed.first[:SHOWN]:
        said(
            _(
                "line {line}: {old} moved to {new}, whose line it is",
                line=moved.line,
                old=moved.old,
                new=show.address(moved.new),
            )
        )
    more(found.followed, _("who moved"), report)
    if not told:
        tell_doubts(found, report)
    for one in duplicates.first[:SHOWN]:
        said(
            _(
                "line {line}: {address} is on line {first} already",
                line=one.line,
                address=one.address,
                first=one.first,
            )
        )
    more(duplicates, _("repeated"), report)
    if found.revived.count:
        _tell_revived(found.revived, dry_run=dry_run, revive=revive, report=report)


def _tell_revived(
    revived: Some[Difference], *, dry_run: bool, revive: bool, report: Path | None
) -> None:
    """Said louder than all else: whom this makes writable again, or would if it were asked for."""
    if revive:
        why = _("consent that had lapsed, or was to, holds again or longer, by --revive:")
        if dry_run:
            why = _("consent that had lapsed, or was to, would hold again or longer, by --revive:")
        warned([why])
    else:
        why = _(
            "by this, consent that lapsed, or is to, would hold again or longer: it was left; "
            "--revive lets it:"
        )
        warned([why])
    for one in revived.first[:SHOWN]:
        said(f"  {one.whom}: {one.field}: {one.old or _('none')} → {one.new or _('none')}")
    more(revived, _("of these"), report)


def _tell_refusals(found: Imported, report: Path | None) -> None:
    """Say who said no elsewhere, by which column, and that nobody else may be in the file."""
    if found.refusals.count == found.good:
        warned([_("everybody in this file said no elsewhere: nobody becomes writable by it")])
    elif found.refusals.count:
        lines = number(found.refusals.count)
        warned(
            [
                _(
                    "{lines} {lines:line says|lines say} no, or may: a no for now; --ignore COLUMN "
                    "reads it as none",
                    lines=lines,
                )
            ]
        )
    for one in found.refusals.first[:SHOWN]:
        text = _("line {line}: {address} said no ({said})")
        if one.lapse:
            text = _("line {line}: {address} is a member no more ({said}), until a file says so")
        said(text.format(line=one.line, address=one.address, said=one.said))
    more(found.refusals, _("who said no"), report)


def _contradiction(one: Contradiction) -> str:
    return _(
        "{whom}: its lines differ in “{field}”: {told}; “{holds}” holds",
        whom=one.whom,
        field=one.field,
        told=one.told,
        holds=one.holds,
    )


def tell_doubts(found: Imported, report: Path | None) -> None:
    """In what lines contradict each other, with their numbers, and what holds nevertheless."""
    for doubt in found.doubts.first[:SHOWN]:
        said(_contradiction(doubt))
    more(found.doubts, _("contradictions"), report)


def more(some: Some[Found], what: str, report: Path | None) -> None:
    if some.count > SHOWN:
        where = (
            _("in {report}", report=report) if report else _("see them all with --report FILE.csv")
        )
        said(
            _(
                "… and {count} more {what}: {where}",
                count=number(some.count - SHOWN),
                what=what,
                where=where,
            )
        )


def before(
    found: Imported, association: str, report: Path | None, *, dry_run: bool, ask: bool
) -> None:
    """What is to be told before anything is changed; and the question, where one is to be asked.

    Ends the command where somebody says no.
    """
    tell_movers(found, association, report)
    tell_leavers(found, dry_run=dry_run, report=report)
    if ask:
        tell_doubts(found, report)
        if found.leavers.count:
            show.ask(_("Let them leave, and take the file in?"))
        elif found.movers.count or found.doubts.count:
            show.ask(_("Take the file in nevertheless?"))


def tell_movers(found: Imported, association: str, report: Path | None) -> None:
    """Who may only have another address: their no does not come along unless they are moved."""
    for one in found.movers.first[:SHOWN]:
        words = ["communique", "subscribers", "move", one.old, one.new, "-a", association]
        old, new = show.address(one.old), show.address(one.new)
        warned(
            [
                _(
                    "line {line}: it looks like {whom} changed address from {old} to {new}",
                    line=one.line,
                    whom=one.whom,
                    old=old,
                    new=new,
                )
            ]
        )
        said(_("  if so, say it before this import: `{words}`", words=shlex.join(words)))
    more(found.movers, _("who may have moved"), report)


def tell_leavers(found: Imported, *, dry_run: bool, report: Path | None) -> None:
    """Who is to leave a list that is made to match a file: how many, and then who."""
    for one in found.matched:
        share = number(one.leaving)
        text = _(
            "{share} of the {on} on the list {key} {share:is|are} not in the file, and "
            "{share:is|are} to leave it",
            share=share,
            on=number(one.on),
            key=one.list_key,
        )
        if dry_run:
            text = _(
                "{share} of the {on} on the list {key} {share:is|are} not in the file, and would "
                "leave it",
                share=share,
                on=number(one.on),
                key=one.list_key,
            )
        warned([text])
        if dry_run and one.too_many:
            said(
                _(
                    "  too many to leave unless that is said: --at-most {leaving}",
                    leaving=one.leaving,
                )
            )
    if dry_run and found.leavers.count and found.bad.count:
        said(_("  nobody leaves while the file has lines that cannot be read"))
    for each in found.leavers.first[:SHOWN]:
        said(
            _(
                "  leaves {list_key}: {address}",
                list_key=each.list_key,
                address=show.address(each.address),
            )
        )
    more(found.leavers, _("who leave"), report)
