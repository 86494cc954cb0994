"""The one place where objects meet: settings become a desk, and a desk a running service.

`wiring.service` is imported by whoever runs a service: a command that only looks need not wait for
the scheduler to be loaded.
"""

from communique.wiring.desks import SystemClock, check, kept_here, opened, upgrade

__all__ = ["SystemClock", "check", "kept_here", "opened", "upgrade"]
