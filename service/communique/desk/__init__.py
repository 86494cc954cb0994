"""What the service does, as readable steps. A release goes through these modules in order:

drafting → approving → scheduling → expanding → sending. There, `attempting` is one message on its
way, and `recording` writes down what came of it. Beside: `syncing`, `importing`, `consenting`,
`allowing`, `correcting` and `erasing` of people; `previewing` and `inspecting`; and `comparing`,
whether a release is what was submitted. Who may do what is `access`; who is asking, `signing_in`
and `sessions`.
They decide and call ports; they never import a library for SQL, SMTP, templates or HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from communique.domain.agreement import Beyond
from communique.domain.association import Association
from communique.domain.release import Imprint
from communique.domain.token import Keyring
from communique.errors import TransportUnavailable
from communique.ports import Clock, Press, Store, Transport


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers that steer the desk; see `settings` for their meaning and units."""

    late_after: timedelta = timedelta(hours=1)
    batch_size: int = 500
    lease: timedelta = timedelta(minutes=15)
    reply_within: float = 6.0  # seconds that a stop leaves to what is being handed over
    public_url: str = "http://127.0.0.1:8025"
    beyond_term: Beyond = Beyond.ASK
    session_idle: timedelta = timedelta(hours=12)
    session_lifetime: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a step needs of the world."""

    store: Store
    press: Press
    keyring: Keyring
    clock: Clock
    transports: Mapping[str, Transport] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)  # the host that each of them leads to
    policy: Policy = Policy()

    @property
    def imprint(self) -> Imprint:
        """What the settings of now give a release that is picked up."""
        return Imprint(self.policy.public_url, self.keyring.keys[0].id)

    def transport(self, association: Association) -> Transport:
        """The relay that an association sends through. Raises TransportUnavailable."""
        if association.transport not in self.transports:
            raise TransportUnavailable(
                "transport_not_set_up",
                association=association.key,
                transport=association.transport,
            )
        return self.transports[association.transport]
