"""Whether a database is the one that was last served here: a judgement of two sides (P3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from communique.domain.lineage import Doubt, Evidence, Lineage, Recollection, judge, moved

NOW = datetime(2027, 6, 3, tzinfo=UTC)
FIRST, SECOND = Lineage("first", "file 7", NOW), Lineage("second", "file 7", NOW)
SERVED = Evidence((FIRST,), "file 7", {"a": 50}, 9)
MEMORY = Recollection("first", "a", (50,), 9, "boot")


@pytest.mark.parametrize(
    ("memory", "found", "doubt"),
    [
        (MEMORY, SERVED, None),
        (None, replace(SERVED, marks={}), None),  # made here, and never served
        (None, replace(SERVED, lineages=()), None),  # by a version that kept none
        (replace(MEMORY, marks=(40, 50)), SERVED, None),  # killed before it was told of the commit
        (replace(MEMORY, marks=(50, 60)), SERVED, None),  # or before the commit
        (replace(MEMORY, event=8), SERVED, None),
        (MEMORY, replace(SERVED, whereabouts="file 8"), Doubt.ELSEWHERE),
        (None, replace(SERVED, marks={}, whereabouts="file 8"), Doubt.ELSEWHERE),
        (MEMORY, replace(SERVED, marks={"a": 49}), Doubt.OLDER),
        (MEMORY, replace(SERVED, marks={}), Doubt.OLDER),
        (MEMORY, replace(SERVED, event=8), Doubt.OLDER),  # somebody's no is not in it
        (MEMORY, replace(SERVED, lineages=()), Doubt.OLDER),
        (replace(MEMORY, marks=(40, 60)), SERVED, Doubt.OLDER),  # what was neither
        (replace(MEMORY, lineage="later"), SERVED, Doubt.OLDER),
        (None, SERVED, Doubt.FOREIGN),
        (replace(MEMORY, marks=(40,)), SERVED, Doubt.FOREIGN),
        (replace(MEMORY, marks=(40,), boot="before"), SERVED, None),  # the power went
        (replace(MEMORY, marks=(60,), boot="before"), SERVED, Doubt.OLDER),
        # A person has said go on, here or from another folder.
        (MEMORY, replace(SERVED, lineages=(FIRST, SECOND), marks={}), None),
        (MEMORY, replace(SERVED, lineages=(FIRST, SECOND), marks={"b": 3}), None),
        (replace(MEMORY, lineage="gone"), replace(SERVED, marks={}), None),  # made anew
    ],
)  # fmt: skip
def test_each_case_is_told_apart(
    memory: Recollection | None, found: Evidence, doubt: Doubt | None
) -> None:
    assert judge(memory, found, boot="boot", must_remember=True) is doubt


def test_who_serves_beside_others_need_not_remember() -> None:
    assert judge(None, SERVED, boot="boot", must_remember=False) is None


def test_a_doubt_stays_whatever_is_remembered() -> None:
    doubted = replace(FIRST, doubt=Doubt.RESTORED, doubted_at=NOW)
    found = replace(SERVED, lineages=(doubted,))
    assert judge(MEMORY, found, boot="boot", must_remember=True) is Doubt.RESTORED


def test_marks_are_kept_until_a_later_one_is_certain() -> None:
    one = MEMORY.noting(60).noting(70)
    assert one.marks == (50, 60, 70)
    assert one.certain(60).marks == (60, 70)
    assert one.certain(70).marks == (70,)
    assert one.certain(70).certain(60).marks == (70,), "told in another order"
    for mark in range(100, 200):
        one = one.noting(mark)
    assert one.marks[0] == 50
    assert len(one.marks) <= Recollection.MOST + 2


@pytest.mark.parametrize(
    ("before", "now", "other"),
    [
        ("file 7", "file 7", False),
        ("file 7", "file 8", True),
        ("", "file 8", False),  # noted by a version that did not
        ("nowhere", "file 8", False),
        ("server 1 database 5", "server 1 database 6", True),
        ("server 1 database 5", "server 2 database 5", True),
        ("server  database 5", "server 2 database 5", False),  # one of them may not ask
        ("server  database 5", "server 2 database 6", True),
    ],
)
def test_a_database_is_another_only_where_that_is_certain(
    before: str, now: str, other: bool
) -> None:
    assert moved(before, now) is other
