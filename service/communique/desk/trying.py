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
