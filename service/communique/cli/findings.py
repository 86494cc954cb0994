"""All that there is to tell of a spreadsheet: on the terminal, and in the report."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from communique import roster
from communique.cli import show, words
from communique.cli.show import number, said, table, warned
from communique.domain.finding import Finding, Kind
from communique.domain.imported import Found, Imported, Some
from communique.domain.member import Difference
from communique.domain.merging import Contradiction

SHOWN = 20  # of each kind of finding, on a terminal


@contextmanager
def reported(path: Path | None) -> Iterator[roster.CsvWriter | None]:
    """The report; begun first, so that nothing is imported if it cannot be written."""
    if path is None:
        yield None
        return
    heading = ["line", "address", "reason", "kind", "field", "old", "new"]
    with roster.whole(path, bom=True) as opened, roster.table(opened, heading) as rows:
        yield rows


def add(rows: roster.CsvWriter | None, one: Finding) -> None:
    if rows:
        old = "" if one.kind is Kind.REPEATED else one.old
        reason = f"is on line {one.old} already" if one.kind is Kind.REPEATED else one.reason
        rows.add((one.line or None, one.whom, reason, one.kind.value, one.field, old, one.new))


def tell(found: Imported, *, dry_run: bool, revive: bool, report: Path | None) -> None:
    admitted, bad, duplicates = found.admitted, found.bad, found.duplicates
    would = "would be " if dry_run else ""
    table(
        ["subscribers", "#"],
        [
            (f"{would}added", number(admitted.added)),
            (f"{would}changed", number(admitted.changed)),
            ("unchanged", number(admitted.unchanged)),
            ("of these not to be written to, and staying so", number(admitted.suppressed)),
            *(
                [("erased at their wish, and not taken in", number(admitted.erased))]
                if admitted.erased
                else []
            ),
            ("of these lapsed, and staying so", number(admitted.lapsed)),
            ("newly said no, by this file", number(admitted.refused)),
            ("said no elsewhere", number(found.refusals.count)),
            *(
                [("lines of whoever moved from that address", number(found.followed.count))]
                if found.followed.count
                else []
            ),
            ("repeated in the file", number(duplicates.count)),
            ("contradictions", number(found.doubts.count)),
            ("bad lines", number(bad.count)),
            *((f"left {one.list_key}", number(one.left)) for one in found.matched if not dry_run),
        ],
    )
    if dry_run and found.differences.count:
        table(
            ["address or company", "field", "old", "new"],
            [(one.whom, one.field, one.old, one.new) for one in found.differences.first[:SHOWN]],
        )
        more(found.differences, "changes", report)
    if bad.count:
        table(
            ["#line", "address", "reason"],
            [(one.line, one.address, one.reason) for one in bad.first[:SHOWN]],
        )
        if report:
            said(f"all of them, with their reasons: {report}")
        elif bad.count > SHOWN:
            more(bad, "bad lines", None)
        if any("date_order_unknown" in one.codes for one in bad.first):
            said(words.ADVICE_ON_DATES)
    if found.refusals.count:
        _tell_refusals(found, report)
    for moved in found.followed.first[:SHOWN]:
        said(f"line {moved.line}: {moved.old} moved to {show.address(moved.new)}, whose line it is")
    more(found.followed, "who moved", report)
    for doubt in found.doubts.first[:SHOWN]:
        said(_contradiction(doubt))
    more(found.doubts, "contradictions", report)
    for one in duplicates.first[:SHOWN]:
        said(f"line {one.line}: {one.address} is on line {one.first} already")
    more(duplicates, "repeated", report)
    if found.revived.count:
        _tell_revived(found.revived, dry_run=dry_run, revive=revive, report=report)


def _tell_revived(
    revived: Some[Difference], *, dry_run: bool, revive: bool, report: Path | None
) -> None:
    """Said louder than all else: whom this makes writable again, or would if it were asked for."""
    if revive:
        does = "would hold" if dry_run else "holds"
        warned([f"consent that had lapsed, or was to, {does} again or longer, by --revive:"])
    else:
        why = "by this, consent that lapsed, or is to, would hold again or longer: it was left"
        warned([f"{why}; --revive lets it:"])
    for one in revived.first[:SHOWN]:
        said(f"  {one.whom}: {one.field}: {one.old or 'none'} → {one.new or 'none'}")
    more(revived, "of these", report)


def _tell_refusals(found: Imported, report: Path | None) -> None:
    """Say who said no elsewhere, by which column, and that nobody else may be in the file."""
    if found.refusals.count == found.good:
        warned(["everybody in this file said no elsewhere: nobody becomes writable by it"])
    elif found.refusals.count:
        lines = number(found.refusals.count)
        warned([f"{lines} lines say no, or may: a no for now; --ignore COLUMN reads it as none"])
    for one in found.refusals.first[:SHOWN]:
        said(f"line {one.line}: {one.address} said no ({one.said})")
    more(found.refusals, "who said no", report)


def _contradiction(one: Contradiction) -> str:
    return f"{one.whom}: its lines differ in “{one.field}”: {one.told}; “{one.holds}” holds"


def more(some: Some[Found], what: str, report: Path | None) -> None:
    if some.count > SHOWN:
        where = f"in {report}" if report else "see them all with --report FILE.csv"
        said(f"… and {number(some.count - SHOWN)} more {what}: {where}")


def tell_movers(found: Imported, association: str, report: Path | None) -> None:
    """Who may only have another address: their no does not come along unless they are moved."""
    for one in found.movers.first[:SHOWN]:
        words = ["communique", "subscribers", "move", one.old, one.new, "-a", association]
        old, new = show.address(one.old), show.address(one.new)
        warned([f"line {one.line}: it looks like {one.whom} changed address from {old} to {new}"])
        said(f"  if so, say it before this import: `{shlex.join(words)}`")
    more(found.movers, "who may have moved", report)


def tell_leavers(found: Imported, *, dry_run: bool, report: Path | None) -> None:
    """Who is to leave a list that is made to match a file: how many, and then who."""
    for one in found.matched:
        share = f"{number(one.leaving)} of the {number(one.on)} on the list {one.list_key}"
        warned([f"{share} are not in the file, and {'would' if dry_run else 'are to'} leave it"])
        if dry_run and one.too_many:
            said(f"  too many to leave unless that is said: --at-most {one.leaving}")
    if dry_run and found.leavers.count and found.bad.count:
        said("  nobody leaves while the file has lines that cannot be read")
    for each in found.leavers.first[:SHOWN]:
        said(f"  leaves {each.list_key}: {show.address(each.address)}")
    more(found.leavers, "who leave", report)
