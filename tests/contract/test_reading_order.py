"""How often whoever reads what happens to one recipient must turn from one file to another.

One message goes from its claim to the log, through the real worker, store and pool and a relay on
loopback, while each function of ours that is called is noted. What is counted is stays: calls in
one file until another's is called. And nowhere do imports go in a circle.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import grimp
from tests import smtpd
from tests.contract.desks import ALONE, office_at
from tests.smtpd import Server

import communique
from communique.desk import Policy
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay

PACKAGE = Path(communique.__file__).parent
FIRST, SECOND = "first@lichen.example", "second@lichen.example"
# How statements reach a database is another story, and the same for every one.
BELOW = {f"store/{name}.py" for name in ("database", "dialect", "sqlite", "tables")}


class Call(NamedTuple):
    """One that was made, where in the package."""

    file: str
    function: str


@contextmanager
def noted() -> Iterator[list[Call]]:
    """Each of our functions that is called in the block, in order; going on is no new call."""
    calls: list[Call] = []
    known: set[FrameType] = set()  # kept, so that none is taken for one that is gone

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or frame in known or not code.co_filename.startswith(f"{PACKAGE}/"):
            return
        known.add(frame)
        if not code.co_name.startswith(("<", "__")):  # parts of a function, and of making a value
            calls.append(Call(str(Path(code.co_filename).relative_to(PACKAGE)), code.co_name))

    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def stays(calls: Sequence[Call]) -> list[str]:
    return [file for file, _ in groupby(one.file for one in calls if one.file not in BELOW)]


async def test_what_happens_to_one_recipient_is_told_in_few_files(tmp_path: Path) -> None:
    """The second of a release: what all share is made, and a session open."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with (
        Server(smtpd.polite) as server,
        Pool(Relay(port=server.port, tls="none")) as pool,
        office_at(
            url, tmp_path / "desk", transports={"default": pool}, policy=Policy(batch_size=1)
        ) as office,
    ):
        await office.admit("harfang", FIRST, SECOND)
        first, second = await office.picked_up(ALONE)
        sender = office.sender()
        await sender.work(first)
        with noted() as calls:
            await sender.work(second)
        assert await office.stands() == {FIRST: "sent", SECOND: "sent"}
    assert [one.recipient for one in server.arrived] == [FIRST, SECOND]
    claim = calls.index(Call("store/claims.py", "claim"))
    log = calls.index(Call("store/results.py", "log_attempts"))
    told = stays(calls[claim : log + 1])
    times = Counter(told)
    assert Counter(stays(calls[claim:]))["desk/sending.py"] <= 2, "handing over, and settling"
    # Whether they may still be written to, a domain’s share and a database in doubt are looked
    # at on the way since decisions 0011, 0012 and 0015.
    assert times["desk/attempting.py"] <= 9, told
    assert len(times) <= 25, times
    assert len(told) <= 84, told  # 79, and more where replies come in pieces


def test_imports_go_in_no_circle() -> None:
    """Not even within a room, where import-linter's layers do not look."""
    graph = grimp.build_graph("communique", cache_dir=None)
    left = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    while free := {one for one, imported in left.items() if not imported & left.keys()}:
        left = {one: imported for one, imported in left.items() if one not in free}
    assert not left
