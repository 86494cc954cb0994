"""A worker's notes: what the next start may believe, and what must not go without a note (P3)."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from communique.domain.delivery import Claim, DeliveryState, Left, Result, Step
from communique.domain.mail import Reader
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Reply, Scope, Unknown
from communique.engine import journal as module
from communique.engine.journal import Journal
from communique.errors import StoreUnavailable

NOW = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)
OK = Accepted(Reply(250, "2.0.0", "queued"))
NOT_BELIEVED = Left(believed=False)

DIES = """
import os, pathlib, signal, sys
from communique.engine.journal import Journal
journal = Journal(pathlib.Path(sys.argv[1]))
journal.start()
journal.claimed(7, 1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def claim(delivery: int, token: int = 7) -> Claim:
    address = f"élodie.{delivery}@lichen.example"
    # What a result says of its reader: the address, for a suppression.
    return Claim(delivery, 3, "harfang", 40 + delivery, token, 1, 0, Reader(address, *[""] * 9))


def result(one: Claim, outcome: Outcome | None = OK) -> Result:
    return Result(one, Step(DeliveryState.SENT, None), outcome, "default", NOW, 0.25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    one = Journal(path)
    one.start()
    yield one
    one.close()


def left(path: Path) -> Left:
    """What the next worker would read."""
    return Journal(path).left()


@contextmanager
def disk_full_at(size: int) -> Iterator[None]:
    """No file of this process can grow beyond so many octets, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


# What is read back.


def test_without_a_file_there_is_nothing_to_believe(path: Path) -> None:
    assert left(path) == NOT_BELIEVED


def test_a_clean_page_is_believed_and_says_that_nothing_was_in_hand(
    journal: Journal, path: Path
) -> None:
    assert left(path) == Left(believed=True)


def test_what_was_claimed_begun_and_ended_is_told_apart(journal: Journal, path: Path) -> None:
    journal.claimed(7, 3)
    assert journal.begun(claim(1))
    assert journal.begun(claim(2))
    journal.ended(result(claim(2)))
    assert left(path) == Left(
        True, frozenset({7}), frozenset({(7, 1), (7, 2)}), (result(claim(2)),)
    )


def test_what_was_begun_is_told_by_the_claim_it_was_begun_under(
    journal: Journal, path: Path
) -> None:
    journal.claimed(7, 2)
    journal.begun(claim(1, 7))
    journal.forget([result(claim(1, 7), None)])  # put back, and claimed again
    journal.claimed(8, 1)
    assert left(path).begun == {(7, 1)}, "under the second claim, it was not begun"
    assert journal.begun(claim(1, 8))
    assert left(path).begun == {(7, 1), (8, 1)}


def test_once_the_store_has_a_whole_claim_nothing_is_said_of_it_any_more(
    journal: Journal, path: Path
) -> None:
    journal.claimed(7, 2)
    results = [result(claim(number)) for number in (1, 2)]
    for one in results:
        journal.begun(one.claim)
        journal.ended(one)
    journal.forget(results[:1])
    assert left(path).tokens == {7}
    assert set(left(path).ended) == set(results), "harmless: its claim stands no more"
    journal.forget(results[1:])
    assert left(path) == Left(believed=True)


@pytest.mark.parametrize(
    "outcome",
    [
        OK,
        Accepted(Reply(250, None, "")),
        Deferred("greylisted", Scope.RECIPIENT, Reply(451, "4.7.1", "come back")),
        Deferred("no route", Scope.SITE),
        Refused("550 5.1.1 nobody", Scope.RECIPIENT, Reply(550, "5.1.1", "nobody"), hard=True),
        Refused("552", Scope.MESSAGE, Reply(552, None, "trop gros"), hard=False),
        Unknown("the relay closed the connection after the final dot"),
    ],
)
@pytest.mark.parametrize(
    "step",
    [
        Step(DeliveryState.SENT, None),
        Step(DeliveryState.DEFERRED, NOW + timedelta(minutes=5), "“later”\nand a line"),
    ],
)
def test_a_result_reads_back_as_it_was(
    journal: Journal, path: Path, step: Step, outcome: Outcome
) -> None:
    journal.claimed(7, 1)
    ended = Result(claim(1), step, outcome, "default", NOW, 0.123456789)
    journal.ended(ended)
    assert left(path).ended == (ended,)


# What is not.


def test_a_last_line_that_was_torn_was_never_written(journal: Journal, path: Path) -> None:
    journal.claimed(7, 2)
    journal.begun(claim(1))
    whole = left(path)
    journal.ended(result(claim(1)))
    full = path.read_bytes().rstrip(b"\0")
    for cut in range(len(full) - 1, full.index(b"ended"), -1):
        path.write_bytes(full[:cut])
        assert left(path) == whole
        path.write_bytes(full[:cut].ljust(len(full) + 100, b"\0"))
        assert left(path) == whole


def test_a_last_line_of_which_only_the_end_was_copied_was_never_written(
    journal: Journal, path: Path
) -> None:
    journal.claimed(7, 2)
    whole = left(path)
    journal.begun(claim(1))
    path.write_bytes(path.read_bytes().replace(b"begun 7", b"\0" * 7))
    assert left(path) == whole


def test_notes_from_another_run_of_the_machine_are_not_believed(
    journal: Journal, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.claimed(7, 1)
    assert left(path).believed
    rebooted = tmp_path / "boot_id"
    rebooted.write_text("5ad7c2f0-0000-4000-8000-000000000000\n")
    monkeypatch.setattr(module, "BOOT", rebooted)
    assert left(path) == NOT_BELIEVED


def test_where_the_machine_cannot_tell_its_runs_apart_nothing_is_believed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BOOT", tmp_path / "nowhere")
    journal = Journal(path)
    journal.start()
    journal.claimed(7, 1)
    assert left(path) == NOT_BELIEVED
    journal.forget([result(claim(1))])
    journal.close()
    assert path.read_bytes().count(b"\n") == 1


@pytest.mark.parametrize(
    "damage",
    [
        b"begun 7\n",
        b"begun 7 x\n",
        b"ended [1]\n",
        b"ended {\n",
        b"sold 7 1\n",
        b"\n",
        b"\0\0\0\nover 7\n",
    ],
)
def test_damaged_notes_are_not_believed(
    journal: Journal, path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    journal.claimed(7, 1)
    path.write_bytes(path.read_bytes().rstrip(b"\0") + damage)
    assert left(path) == NOT_BELIEVED
    assert "damaged" in caplog.text


def test_notes_in_another_form_are_not_believed(journal: Journal, path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"journal 2", b"journal 1", 1))
    assert left(path) == NOT_BELIEVED


# The pages.


def test_a_start_begins_with_a_clean_page(journal: Journal, path: Path) -> None:
    journal.claimed(7, 1)
    second = Journal(path)
    second.start()
    assert left(path) == Left(believed=True)
    second.close()


def test_a_new_page_has_what_is_open_and_only_that(path: Path) -> None:
    journal = Journal(path)
    journal.PAGE = 2000
    journal.start()
    journal.claimed(7, 100)
    journal.begun(claim(1))
    journal.begun(claim(2))
    journal.ended(result(claim(2)))
    open_ = kept = left(path)
    pages = set()
    for number in range(3, 60):
        journal.begun(claim(number))
        journal.ended(result(claim(number)))
        journal.forget([result(claim(number))])
        pages.add(path.stat().st_ino)
        assert path.stat().st_size == 2000
        kept = left(path)
        assert open_.tokens == kept.tokens
        assert open_.begun <= kept.begun
        assert set(open_.ended) <= set(kept.ended)
    assert len(pages) > 1
    assert len(kept.begun) < 20
    journal.close()


def test_while_much_is_open_no_page_is_turned_for_every_line(path: Path) -> None:
    journal = Journal(path)
    journal.PAGE = 1000
    journal.start()
    journal.claimed(7, 1000)
    pages = set()
    for number in range(200):  # the store is away, so nothing is forgotten
        journal.begun(claim(number))
        journal.ended(result(claim(number)))
        pages.add(path.stat().st_size)
    assert len(left(path).ended) == 200
    assert len(pages) < 10
    journal.close()


def test_a_result_of_an_earlier_life_is_forgotten_without_ado(journal: Journal, path: Path) -> None:
    journal.claimed(7, 1)
    journal.forget([result(claim(1, 6)), result(claim(2, 6))])
    assert left(path).tokens == {7}


def test_closed_with_nothing_open_it_leaves_a_clean_page(journal: Journal, path: Path) -> None:
    journal.claimed(7, 1)
    journal.begun(claim(1))
    journal.ended(result(claim(1)))
    journal.forget([result(claim(1))])
    journal.close()
    assert left(path) == Left(believed=True)
    assert path.read_bytes().count(b"\n") == 1


def test_closed_with_a_claim_in_hand_it_leaves_it_to_the_next_start(
    journal: Journal, path: Path
) -> None:
    journal.claimed(7, 2)
    journal.forget([result(claim(1), None)])
    journal.close()
    assert left(path).tokens == {7}


def test_it_may_be_closed_twice_and_before_it_was_started(path: Path) -> None:
    journal = Journal(path)
    journal.close()
    journal.close()
    assert not path.exists()


# A full disk.


@pytest.fixture
def full(path: Path) -> Iterator[Journal]:
    """A journal whose page has no room for one more line."""
    journal = Journal(path)
    journal.PAGE = 300
    journal.start()
    journal.claimed(7, 100)
    number = 100
    while len(path.read_bytes().rstrip(b"\0")) + len(b"begun 7 100\n") <= 300:
        assert journal.begun(claim(number))
        number += 1
    yield journal
    journal.close()


def test_on_a_full_disk_no_mail_goes(full: Journal, path: Path) -> None:
    before = left(path)
    for room in (0, 100, 299, 600):  # however much of a new page still found a place
        with disk_full_at(room):
            assert not full.begun(claim(2))
        assert left(path) == before
    assert full.begun(claim(2)), "and when there is room again, it does"
    assert left(path).begun == before.begun | {(7, 2)}


def test_on_a_full_disk_nothing_is_claimed(full: Journal, path: Path) -> None:
    before = left(path)
    with disk_full_at(299), pytest.raises(StoreUnavailable, match="noted"):
        full.claimed(8, 2)
    assert left(path) == before


def test_an_end_that_finds_no_room_is_still_the_stores_to_have(full: Journal, path: Path) -> None:
    with disk_full_at(299):
        full.ended(result(claim(100)))
        full.forget([result(claim(100))])
    assert left(path).ended == ()
    assert left(path).tokens == {7}


def test_the_end_of_a_claim_that_finds_no_room_does_no_harm(path: Path) -> None:
    journal = Journal(path)
    journal.PAGE = len(path.name) + 80
    journal.start()
    journal.claimed(7, 1)
    with disk_full_at(10):
        journal.forget([result(claim(1))])
    assert left(path).tokens <= {7}
    journal.close()


def test_a_journal_that_is_not_open_lets_nothing_go(path: Path) -> None:
    journal = Journal(path)
    assert not journal.begun(claim(1))
    with pytest.raises(StoreUnavailable):
        journal.claimed(7, 1)


def test_what_is_written_outlives_the_process(path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", DIES, str(path)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert left(path) == Left(True, frozenset({7}))
