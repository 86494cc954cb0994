"""Who may have another address is told before an import writes, and nothing is done about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import LICHEN, Office, entry, office_at

from communique.desk import importing
from communique.domain.actor import OPERATOR
from communique.domain.finding import Finding, Kind
from communique.domain.imported import Imported
from communique.domain.member import Mover

OLD, NEW, OTHER = "june@old.example", "june@new.example", "other@old.example"
ANOTHER = replace(LICHEN, reference="18", name="Basalte")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def take_in(office: Office, *lines: Any, **options: Any) -> Imported:
    return await importing.import_lines(
        *(office.desk, OPERATOR, "harfang", ["members"], lines, "roster.csv"), **options
    )


async def test_who_may_have_moved_is_told_before_anything_is_written(office: Office) -> None:
    await office.admit("harfang", entry(OLD, name="June"), OTHER)
    mover = Mover(2, "June Roy", OLD, NEW)
    told: list[list[Mover]] = []
    heard: list[Finding] = []

    def foreseen(found: Imported) -> None:
        told.append(list(found.movers.first))
        assert found.admitted.added == 0

    new = entry(NEW, name="June")
    unnumbered = replace(new, member=replace(LICHEN, reference=""))
    for line in (new, unnumbered):
        await take_in(office, line, dry_run=True, foreseen=foreseen, findings=heard.append)
    await take_in(office, new, foreseen=foreseen)
    assert told == [[mover]] * 3
    moved = [one for one in heard if one.kind is Kind.MOVES]
    assert [(one.line, one.whom, one.old, one.new) for one in moved] == [
        (2, "June Roy", OLD, NEW)
    ] * 2
    assert (await office.contact("harfang", OLD)).lists == ("members",)  # nothing is done about it
    assert (await take_in(office, new)).movers.count == 0  # by now they are two


async def test_no_doubt_where_more_than_one_could_be_meant(office: Office) -> None:
    await office.admit("harfang", entry(OLD, name="June"))
    new = entry(NEW, name="June")
    for lines in (
        (new, entry(OLD, name="June")),  # the old address is in the file
        (new, replace(entry(OTHER, name="June"), line=3)),  # two lines of that name
        (replace(new, member=ANOTHER),),  # of another company
        (entry(NEW, name="Juno"),),
    ):
        assert (await take_in(office, *lines, dry_run=True)).movers.count == 0
    await office.admit("harfang", entry(OTHER, name="June"))  # two people of that name
    assert (await take_in(office, new, dry_run=True)).movers.count == 0
