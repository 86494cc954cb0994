"""`make bench` works and adds up. No figure is held against the clock: machines differ."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.desks import PATIENCE, interruptible, until

ROOT = Path(__file__).parents[2]
COUNT = 100


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """The benchmark as a process, small, with what it leaves behind all in one folder."""
    (folder / "tmp").mkdir(parents=True)
    small = ("--count", str(COUNT), "--sink", "builtin", "--results", str(folder))
    with interruptible():
        return subprocess.Popen(
            [sys.executable, "-m", "bench", *small, *words],
            cwd=ROOT,
            # Settings of whoever runs it must not reach the desk that is measured.
            env={
                **os.environ,
                "TMPDIR": str(folder / "tmp"),
                "COMMUNIQUE_DATABASE_URL": "sqlite+aiosqlite:////nowhere/at/all",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def children(process: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(one) for one in found.split()]


def alive(process: int) -> bool:
    """Whether there is still such a process."""
    return Path(f"/proc/{process}").exists()


def finished(folder: Path, *words: str) -> tuple[str, Any]:
    """What a whole benchmark printed, and its JSON."""
    with started(folder, *words) as bench:
        said, _ = bench.communicate(timeout=PATIENCE)
    assert bench.returncode == 0, said
    assert list((folder / "tmp").iterdir()) == []
    (file,) = folder.glob("*.json")
    return said, json.loads(file.read_text(encoding="utf-8"))


def by_contender(runs: list[Any]) -> dict[str, Any]:
    return {one["contender"]: one for one in runs}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any, Path]:
    """One small benchmark of everybody."""
    folder = tmp_path_factory.mktemp("bench") / "results"
    words = ["--connections", "4", "--naive-count", "20"]
    words += ["--far-count", "30", "--far-milliseconds", "4"]
    return (*finished(folder, *words), folder)


def test_everybody_in_a_benchmark_is_accounted_for(whole: tuple[str, Any, Path]) -> None:
    _, found, _ = whole
    near, far = by_contender(found["near"]), by_contender(found["far"])
    assert near["communique"]["states"] == {"sent": COUNT}
    assert near["communique"]["more"]["attempts"] == near["communique"]["messages"] == COUNT
    assert near["naive sender"]["messages"] == 20
    for contender in ("communique", "communique, pipelining off"):
        assert far[contender]["states"] == {"sent": 30}


def test_a_benchmarks_figures_follow_from_what_it_measured(whole: tuple[str, Any, Path]) -> None:
    _, found, _ = whole
    for one in [*found["near"], *found["far"]]:
        assert one["rate"] == pytest.approx(one["messages"] / one["seconds"])
        assert one["cpu_us_per_message"] == pytest.approx(
            one["cpu_seconds"] / one["messages"] * 1e6
        )
        assert one["peak_memory"] > 0
    near, far = by_contender(found["near"]), by_contender(found["far"])
    ours, more = near["communique"], near["communique"]["more"]
    assert found["ratios"]["near_to_naive"] == pytest.approx(
        ours["rate"] / near["naive sender"]["rate"]
    )
    assert found["ratios"]["far_to_pipelining_off"] == pytest.approx(
        far["communique"]["rate"] / far["communique, pipelining off"]["rate"]
    )
    assert 0 <= more["first_message_after"] <= more["last_message_after"]
    assert more["handing_over_seconds"] <= ours["seconds"]


def test_a_benchmarks_message_has_the_size_that_it_says(whole: tuple[str, Any, Path]) -> None:
    _, found, _ = whole
    conditions, octets = found["conditions"], found["octets_per_message"]
    assert 22_000 < conditions["html_octets"] < 24_000
    assert conditions["message_octets"] == octets["communique"] > conditions["html_octets"]
    # The naive sender must not be made slower, or faster, by another message.
    assert octets["naive sender"] == pytest.approx(octets["communique"], rel=0.1)


def test_a_benchmark_shows_itself_in_words_and_in_a_picture(
    whole: tuple[str, Any, Path],
) -> None:
    said, found, folder = whole
    for contender in ("communique", "naive sender", "msg/s", "conditions"):
        assert contender in said
    (picture,) = folder.glob("*.svg")
    drawn = ET.fromstring(picture.read_text(encoding="utf-8"))
    bars = [one for one in drawn.iter() if one.get("class") in ("bar", "ours")]
    assert len(bars) == 2 * len(found["near"]) + len(found["far"])


def test_ever_larger_releases_are_stopped_early_and_still_add_up(tmp_path: Path) -> None:
    _, found = finished(tmp_path / "results", "--million", "--count", "300")
    assert [sum(one["states"].values()) for one in found["scale"]] == [3, 30, 300]
    assert [one["messages"] for one in found["scale"]] == [3, 30, 300]
    assert found["ratios"]["memory_of_largest_to_smallest"] > 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_benchmark_that_is_interrupted_leaves_nothing_behind(
    tmp_path: Path, how: signal.Signals
) -> None:
    folder = tmp_path / "results"
    with started(folder, "--far-count", "0") as bench:
        # A sink and a service, at work.
        theirs = until(lambda: now if len(now := children(bench.pid)) > 1 else [])
        bench.send_signal(how)
        said, _ = bench.communicate(timeout=PATIENCE)
    assert bench.returncode not in (0, None), said
    assert not any(alive(one) for one in theirs)
    assert list((folder / "tmp").iterdir()) == []
