"""The HTTP server of `communique serve`: uvicorn, but signals are ours."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import uvicorn

from communique import web
from communique.desk import Desk


class Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn's own way ends the process before the engine has ended."""

    PATIENCE = 3  # seconds that a stop waits for who is being answered, and no longer

    def __init__(self, desk: Desk, healthy: Callable[[], bool]) -> None:
        super().__init__(
            uvicorn.Config(
                web.build(desk, healthy),
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=self.PATIENCE,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
