"""What `desk` needs of the world, and nothing more. Adapters fit these; `wiring` joins them."""

from communique.ports.accounts import Accounts, Invitations, Sessions, SignIns
from communique.ports.carrying import Journal, JournalKept, Outgoing, SharedTransport, Transport
from communique.ports.embargoes import Embargoes
from communique.ports.gathering import Gathering
from communique.ports.letters import Letters
from communique.ports.machine import Clock, Machine
from communique.ports.memory import Memory
from communique.ports.newsroom import Newsroom
from communique.ports.passes import Passes
from communique.ports.people import Consents, EarlyNoes, Members, Subscribers, Suppressions
from communique.ports.press import Composer, Press
from communique.ports.sharing import Chores, Failures, Nodes, Paces, Rests
from communique.ports.store import (
    Associations,
    Batches,
    Claims,
    Deliveries,
    Events,
    Keys,
    Lineages,
    Log,
    Releases,
    Results,
    Retries,
    Routes,
    Snapshot,
    Store,
    Transaction,
)
from communique.ports.work import Chore, Engine, Work

__all__ = [
    "Accounts",
    "Associations",
    "Batches",
    "Chore",
    "Chores",
    "Claims",
    "Clock",
    "Composer",
    "Consents",
    "Deliveries",
    "EarlyNoes",
    "Embargoes",
    "Engine",
    "Events",
    "Failures",
    "Gathering",
    "Invitations",
    "Journal",
    "JournalKept",
    "Keys",
    "Letters",
    "Lineages",
    "Log",
    "Machine",
    "Members",
    "Memory",
    "Newsroom",
    "Nodes",
    "Outgoing",
    "Paces",
    "Passes",
    "Press",
    "Releases",
    "Rests",
    "Results",
    "Retries",
    "Routes",
    "Sessions",
    "SharedTransport",
    "SignIns",
    "Snapshot",
    "Store",
    "Subscribers",
    "Suppressions",
    "Transaction",
    "Transport",
    "Work",
]
