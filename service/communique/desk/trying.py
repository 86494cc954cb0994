"""Trying: the same steps in earnest or as a dry run, which is undone once it has told its tale."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from communique.desk import Desk
from communique.ports import Transaction


class _DryRun(Exception):
    """Undoes what a dry run wrote to learn what it would change."""


@asynccontextmanager
async def trying(desk: Desk, *, dry_run: bool) -> AsyncIterator[Transaction]:
    """A transaction that is committed at the end of the block, or undone there."""
    try:
        async with desk.store.begin() as transaction:
            yield transaction
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass


@asynccontextmanager
async def taking_in(desk: Desk, association: str, *, dry_run: bool) -> AsyncIterator[Transaction]:
    """A transaction in which nobody else takes people in there; in a dry run, one that only reads.

    Of two imports at once, the second sees whom the first added, and adds nobody twice.
    """
    begin = desk.store.read if dry_run else desk.store.begin
    async with begin() as transaction:
        if not dry_run:
            await transaction.subscribers.hold(association)
        yield transaction
