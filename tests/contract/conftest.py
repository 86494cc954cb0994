"""What the contract tests share beside their offices, which are in `desks`."""

from __future__ import annotations

import pytest
from tests.contract import desks

# Who asks for one of these changes what the code does, or looks at what it says on its way.
WATCHING = {"monkeypatch", "caplog", "capsys", "time_machine", "recwarn"}


@pytest.fixture(autouse=True)
def _follow(request: pytest.FixtureRequest) -> None:
    """Have each step of such a test walked, not only its end put there; see `kept`."""
    desks.FOLLOWING = not WATCHING & set(request.fixturenames)
