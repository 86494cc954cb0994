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
        upgrade,
    )
    from communique.wiring.running import require_alone, services
    from communique.wiring.spreadsheets import spreadsheet

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
_ELSEWHERE = {"require_alone": "running", "services": "running", "spreadsheet": "spreadsheets"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'desks')}"), name)
    globals()[name] = found
    return found
