"""What a host’s name or address says by itself: nobody is asked."""

from __future__ import annotations

from ipaddress import ip_address


def on_this_machine(host: str) -> bool:
    """Whether it is this machine itself, as its name says."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def here(host: str, port: int) -> str:
    """Where this machine reaches what listens there."""
    try:
        if ip_address(host).is_unspecified:
            host = "127.0.0.1" if ":" not in host else "::1"
    except ValueError:  # a name
        pass
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
