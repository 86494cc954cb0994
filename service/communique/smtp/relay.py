"""A relay: where mail is handed over, under which name, and how much of it at once.

A value only. It never prints its password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from communique.domain.pacing import Rate
from communique.smtp.meanings import Phase

TlsMode = Literal["starttls", "implicit", "none"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for each step (RFC 5321 §4.5.3.2); `connect` and `leave` are our own."""

    connect: float = 30.0
    greeting: float = 300.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    final: float = 600.0
    leave: float = 5.0

    def by_phase(self) -> Mapping[Phase, float]:
        """How long each phase of a transaction may go without a reply or progress."""
        return MappingProxyType(
            {
                Phase.MAIL: self.command,
                Phase.RCPT: self.command,
                Phase.DATA: self.data,
                Phase.CONTENT: self.block,
                Phase.FINAL: self.final,
                Phase.RSET: self.command,
            }
        )


@dataclass(frozen=True, slots=True)
class Relay:
    """One relay and our standing with it. `rate` and `domain_rate` are messages per period."""

    host: str = "127.0.0.1"
    port: int = 2525
    tls: TlsMode = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_certificate: Path | None = None
    client_key: Path | None = None
    ca_file: Path | None = None
    connections: int = 10
    per_connection: int = 100
    rate: Rate | None = None
    domain_rate: Rate | None = None
    pipelining: bool = True
    local_hostname: str | None = None  # None: the address literal of our end (RFC 5321 §4.1.3)
    idle: float = 20.0  # seconds a connection may wait for its next message
    first_rest: float = 5.0  # seconds the first rest after trouble lasts; each next is twice that
    timeouts: Timeouts = Timeouts()
