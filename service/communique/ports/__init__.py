"""What `desk` needs of the world, and nothing more. Adapters fit these; `wiring` joins them."""

from communique.ports.carrying import Journal, JournalKept, Outgoing, SharedTransport, Transport
from communique.ports.gathering import Gathering
from communique.ports.letters import Letters
from communique.ports.machine import Clock, Machine
from communique.ports.memory import Memory
from communique.ports.newsroom import Newsroom
from communique.ports.passes import Passes
from communique.ports.people import Consents, Members, Subscribers, Suppressions
from communique.ports.press import Composer, Press
from communique.ports.store import (
    Associations,
    Batches,
    Chores,
    Claims,
    Deliveries,
    Events,
    Failures,
    Keys,
    Lineages,
    Log,
    Nodes,
    Paces,
    Releases,
    Rests,
    Results,
    Retries,
    Routes,
    Snapshot,
    Store,
    Transaction,
)
from communique.ports.work import Chore, Engine, Work

__all__ = [
    "Associations",
    "Batches",
    "Chore",
    "Chores",
    "Claims",
    "Clock",
    "Composer",
    "Consents",
    "Deliveries",
    "Engine",
    "Events",
    "Failures",
    "Gathering",
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
    "SharedTransport",
    "Snapshot",
    "Store",
    "Subscribers",
    "Suppressions",
    "Transaction",
    "Transport",
    "Work",
]
