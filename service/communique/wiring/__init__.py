"""The one place where objects meet: settings become a desk, and a desk a running service.

Each of these is loaded when it is first asked for: a command that only explains itself need not
wait for a database's driver. `wiring.service` is imported by whoever runs a service.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from communique.wiring.desks import (
        Step,
        SystemClock,
        check,
        check_database,
        check_files,
        kept_here,
        opened,
        spreadsheet,
        upgrade,
    )
    from communique.wiring.running import require_alone, services

__all__ = [
    "Step",
    "SystemClock",
    "check",
    "check_database",
    "check_files",
    "kept_here",
    "opened",
    "require_alone",
    "services",
    "spreadsheet",
    "upgrade",
]
_RUNNING = ("require_alone", "services")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    where = "running" if name in _RUNNING else "desks"
    found = getattr(import_module(f"{__name__}.{where}"), name)
    globals()[name] = found
    return found
