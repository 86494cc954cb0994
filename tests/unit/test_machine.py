"""What this machine tells of processes, and what it does not know."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from communique.wiring import machine
from communique.wiring.machine import Machine


def test_a_process_is_told_from_one_that_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        asked = [os.getpid(), other.pid]
        running = Machine().starts(asked)
        assert set(running) == set(asked)
        other.kill()
        other.wait()
        assert set(Machine().starts(asked)) == {os.getpid()}
    this = Machine().process
    assert this.runs(this, Machine().starts([this.pid]))


def test_of_a_process_that_may_not_be_seen_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`hidepid` closes /proc to other users: to be unseen is not to be dead (P3)."""
    this = Machine().process
    monkeypatch.setattr(machine, "PROC", tmp_path)
    assert Machine().starts([this.pid]) == {this.pid: None}
    assert this.runs(this, Machine().starts([this.pid])) is None
