"""A worker's notes: what the next start may believe, and what must not go without a note (P3)."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from communique.domain.delivery import Claim, DeliveryState, JournalRemains, NextStep, Result
from communique.domain.mail import Recipient
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Reply, Scope, Unknown
from communique.engine import journal as module
from communique.engine.journal import Journal
from communique.errors import StoreUnavailable

NOW = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)
OK = Accepted(Reply(250, "2.0.0", "queued"))
LATER = NextStep(DeliveryState.DEFERRED, NOW + timedelta(minutes=5), "later")  # said at length
NOT_BELIEVED = JournalRemains(believed=False)

DIES = """
import os, pathlib, signal, sys
from communique.engine.journal import Journal
journal = Journal(pathlib.Path(sys.argv[1]))
journal.open()
journal.start()
journal.claimed(7, 1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def claim(delivery: int, token: int = 7) -> Claim:
    address = f"élodie.{delivery}@lichen.example"
    # What a result says of its reader: the address, for a suppression.
    return Claim(delivery, 3, "harfang", 40 + delivery, token, 1, 0, Recipient(address, *[""] * 9))


def result(one: Claim, outcome: Outcome | None = OK) -> Result:
    return Result(one, NextStep(DeliveryState.SENT, None), outcome, "default", NOW, 0.25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal-1"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    one = opened(path)
    one.start()
    yield one
    one.close()


def opened(path: Path, size: int = Journal.SIZE) -> Journal:
    """A worker's, not started; where no other lives, its file is at `path`."""
    journal = Journal(path.parent)
    journal.SIZE = size
    journal.open()
    return journal


def left(path: Path) -> JournalRemains:
    """What the next worker would read."""
    return module.read(path)


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
    assert left(path) == JournalRemains(believed=True)


def test_what_was_claimed_begun_and_ended_is_told_apart(journal: Journal, path: Path) -> None:
    journal.claimed(7, 3)
    assert journal.begun(claim(1))
    assert journal.begun(claim(2))
    journal.ended(result(claim(2)))
    assert left(path) == JournalRemains(
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
    assert left(path) == JournalRemains(believed=True)


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
        NextStep(DeliveryState.SENT, None),
        NextStep(DeliveryState.DEFERRED, NOW + timedelta(minutes=5), "“later”\nand a line"),
    ],
)
def test_a_result_reads_back_as_it_was(
    journal: Journal, path: Path, step: NextStep, outcome: Outcome
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
    for cut in range(len(full) - 1, full.index(b"sent"), -1):
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
    journal = opened(path)
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
        b"sent (1, 2)\n",
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
    path.write_bytes(path.read_bytes().replace(b"journal 3", b"journal 1", 1))
    assert left(path) == NOT_BELIEVED


# The pages.


def test_a_start_begins_with_a_clean_page(journal: Journal, path: Path) -> None:
    journal.claimed(7, 1)
    journal.close()
    second = opened(path)
    second.start()
    assert left(path) == JournalRemains(believed=True)
    second.close()


def test_a_new_page_has_what_is_open_and_only_that(path: Path) -> None:
    journal = opened(path, 2000)
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
        assert path.stat().st_size <= 2000
        kept = left(path)
        assert open_.tokens == kept.tokens
        assert open_.begun <= kept.begun
        assert set(open_.ended) <= set(kept.ended)
    assert len(pages) > 1
    assert len(kept.begun) < 20
    journal.close()


def test_while_much_is_open_no_page_is_turned_for_every_line(path: Path) -> None:
    journal = opened(path, 1000)
    journal.start()
    journal.claimed(7, 1000)
    pages = []
    for number in range(200):  # the store is away, so nothing is forgotten
        journal.begun(claim(number))
        journal.ended(result(claim(number)))
        pages.append(path.stat().st_ino)
    assert len(left(path).ended) == 200
    assert sum(one != other for one, other in pairwise(pages)) < 10
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
    assert left(path) == JournalRemains(believed=True)
    assert path.read_bytes().count(b"\n") == 1


def test_closed_with_a_claim_in_hand_it_leaves_it_to_the_next_start(
    journal: Journal, path: Path
) -> None:
    journal.claimed(7, 2)
    journal.forget([result(claim(1), None)])
    journal.close()
    assert left(path).tokens == {7}


def test_it_may_be_closed_twice_and_before_it_was_started(path: Path) -> None:
    journal = Journal(path.parent)
    journal.close()
    journal.close()
    assert not path.exists()


# A full disk.


@pytest.fixture
def full(path: Path) -> Iterator[Journal]:
    """A journal whose page has no room for one more line."""
    journal = opened(path, 300)
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
    whole = path.stat().st_size + len(b"begun 7 2\n")
    for room in (0, 100, 299, whole - 1):  # however much of a new page still found a place
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
    journal = opened(path, len(path.name) + 80)
    journal.start()
    journal.claimed(7, 1)
    with disk_full_at(10):
        journal.forget([result(claim(1))])
    assert left(path).tokens <= {7}
    journal.close()


def test_after_a_line_that_was_cut_short_none_follows_it_in_the_same_file(path: Path) -> None:
    journal = opened(path)
    journal.start()
    journal.claimed(7, 100)
    before, size = left(path), path.stat().st_size
    for room in (3, 5):  # octets that the disk still has
        with disk_full_at(size + room):
            assert not journal.begun(claim(1))
            assert not journal.begun(claim(2)), "nor does a file with room for it"
        assert left(path) == before
    assert journal.begun(claim(3))
    assert left(path).begun == {(7, 3)}
    journal.close()


def test_a_journal_that_is_not_open_lets_nothing_go(path: Path) -> None:
    journal = opened(path)
    assert not journal.begun(claim(1))
    with pytest.raises(StoreUnavailable):
        journal.claimed(7, 1)


def test_what_is_written_outlives_the_process(path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", DIES, str(path.parent)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert left(path) == JournalRemains(True, frozenset({7}))


# What others do to it.


def spoil(path: Path, how: str) -> None:
    if how == "emptied":
        path.write_bytes(b"")
    elif how == "removed":
        path.unlink()
    else:
        path.rename(path.with_name("aside"))
        path.write_bytes(b"something else")


@pytest.mark.parametrize("how", ["emptied", "removed", "replaced"])
def test_what_somebody_does_to_its_file_ends_nothing(
    journal: Journal, path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It once was a page of memory, and the process died of SIGBUS."""
    journal.claimed(7, 2)
    journal.begun(claim(1))
    spoil(path, how)
    assert journal.begun(claim(2))
    journal.ended(result(claim(2)))
    assert left(path) == NOT_BELIEVED, "for the moment, less is known, and nothing false"
    journal.claimed(8, 1)
    assert left(path) == JournalRemains(
        True, frozenset({7, 8}), frozenset({(7, 1), (7, 2)}), (result(claim(2)),)
    )
    assert "begun anew" in caplog.text


@pytest.mark.parametrize("how", ["emptied", "removed", "replaced"])
def test_it_is_closed_whatever_somebody_did_to_its_file(path: Path, how: str) -> None:
    journal = opened(path)
    journal.start()
    spoil(path, how)
    journal.close()
    assert left(path) == NOT_BELIEVED


def test_a_place_that_another_worker_has_by_now_is_left_to_it(path: Path) -> None:
    first = opened(path)
    first.start()
    first.claimed(7, 1)
    path.unlink()
    second = opened(path)
    second.start()
    second.claimed(8, 1)
    with pytest.raises(StoreUnavailable, match="noted"):
        first.claimed(9, 1)
    assert left(path).tokens == {8}
    first.close()
    second.close()


# Several workers.


def test_each_worker_takes_the_first_place_that_no_living_one_has(path: Path) -> None:
    workers = [opened(path) for _ in range(3)]
    for token, worker in enumerate(workers):
        worker.start()
        worker.claimed(token, 1)
    assert [left(path.with_name(f"journal-{n}")).tokens for n in (1, 2, 3)] == [{0}, {1}, {2}]
    workers[1].close()
    again = Journal(path.parent)
    assert again.open() == JournalRemains(True, frozenset({1})), "what was left there"
    for one in (*workers, again):
        one.close()


def test_a_file_begun_anew_is_still_its_workers_own(path: Path) -> None:
    first = opened(path, 200)
    first.start()
    for token in range(50):
        first.claimed(token, 1)
        first.forget([result(claim(1, token), None)])
    second = opened(path)
    assert path.with_name("journal-2").exists()
    first.close()
    second.close()


def test_what_dead_workers_left_is_read_and_then_removed(path: Path) -> None:
    alive, dead, dying = (opened(path) for _ in range(3))
    for token, worker in enumerate((alive, dead, dying), start=7):
        worker.start()
        worker.claimed(token, 1)
    dead.close()
    with alive.others() as others:
        assert others == [JournalRemains(True, frozenset({8}))]
        assert left(path.with_name("journal-2")).tokens == {8}, "as long as it is not dealt with"
        assert [sorted(one.tokens) for one in alive.of({0})] == [[7], [9]], "8 is told already"
    assert not path.with_name("journal-2").exists()
    dying.close()
    with alive.others() as others:
        assert others == [JournalRemains(True, frozenset({9}))]
    with alive.others() as others:
        assert others == []
    assert left(path).tokens == {7}
    alive.close()


def test_a_journal_that_is_closed_to_us_stands_in_nobodys_way(path: Path) -> None:
    """Somebody ran a worker as another user. (To root, only a folder is closed.)"""
    alive = opened(path)
    path.with_name("journal-2").mkdir()
    assert alive.of({1}) == []
    with alive.others() as others:
        assert others == []
    assert path.with_name("journal-2").exists()
    alive.close()


def test_what_could_not_be_dealt_with_is_kept(path: Path) -> None:
    alive, dead = opened(path), opened(path)
    dead.start()
    dead.claimed(8, 1)
    dead.close()
    with pytest.raises(ZeroDivisionError), alive.others():
        raise ZeroDivisionError
    with alive.others() as others:
        assert others == [JournalRemains(True, frozenset({8}))]
    alive.close()


def test_the_page_of_a_version_before_is_read_and_removed(path: Path) -> None:
    """It had no number, was filled up with zeros, and named outcomes as classes are."""
    old = path.with_name("journal")
    journal = opened(path)
    journal.start()
    journal.claimed(7, 2)
    journal.ended(result(claim(1))._replace(step=LATER))
    journal.begun(claim(2))
    known = left(path)
    notes = path.read_bytes().replace(b"journal 3", b"journal 2").replace(b"accepted", b"Accepted")
    old.write_bytes(notes.ljust(4000, b"\0"))
    path.with_name("journal.txt").write_bytes(b"somebody's own")
    with journal.others() as others:
        assert others == [known]
    assert not old.exists()
    assert path.with_name("journal.txt").exists()
    journal.close()
