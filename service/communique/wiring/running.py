"""Whether a service works at a desk: asked of its lock, which is let go at once.

Asking takes the lock for some microseconds where nobody holds it, shared with whoever else asks.
A service that starts in just these would be turned away: ask when somebody wants to know, not in a
loop.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from communique.settings import Settings

NOBODY = "no `communique serve` runs here: nothing goes until one is started"


def serve_runs(settings: Settings) -> bool | None:
    """Whether one does. None on PostgreSQL: no file tells whether another machine's does."""
    return _held(_lock(settings)) if settings.url().startswith("sqlite") else None


def require_alone(settings: Settings) -> None:
    """Raises AlreadyRunning, before anything is begun that two would quarrel about."""
    path = _lock(settings)
    if not _held(path):
        return
    from communique.engine.local import DeskLock  # noqa: PLC0415 - with it comes the scheduler

    lock = DeskLock(path)
    lock.acquire()  # says who holds it
    lock.release()  # it ended meanwhile


def _lock(settings: Settings) -> Path:
    return settings.data_folder / "serve.lock"


def _held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:  # none ever ran here; or it is not ours to see
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)  # lets go of it as well
    return False
