"""The one place where objects meet: settings become a desk, and a desk a running service.

`wiring.service` is imported by whoever runs a service: a command that only looks need not wait for
the scheduler to be loaded.
"""

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
