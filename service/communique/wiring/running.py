"""Which services work at a desk's database, as far as this machine can tell."""

from __future__ import annotations

from communique.desk import Desk, inspecting
from communique.domain.actor import SERVICE
from communique.domain.watching import Node
from communique.errors import AlreadyRunning, StoreUnavailable
from communique.settings import Engine, Settings
from communique.store import REVISION, Database
from communique.wiring.machine import Machine


async def services(desk: Desk) -> tuple[Node, ...]:
    """Those that schedule or send; of one elsewhere, only that it did not take its leave."""
    nodes = await inspecting.nodes(desk, SERVICE)
    return tuple(one for one in nodes if _runs(one) is not False)


async def require_alone(settings: Settings) -> None:
    """Raises AlreadyRunning, before anything is begun that two would quarrel about."""
    if settings.engine is not Engine.LOCAL:
        return
    store = Database(settings.url())
    try:
        if await store.revision() != REVISION:
            return
        async with store.read() as transaction:
            nodes = await transaction.nodes.all()
            elsewhere = await transaction.nodes.elsewhere()
    except StoreUnavailable:
        return  # whoever starts is told in a moment
    finally:
        await store.close()
    for one in nodes:
        if one.id not in elsewhere and _runs(one):
            raise AlreadyRunning("service_running", process=one.process.pid, host=one.process.host)


def _runs(node: Node) -> bool | None:
    machine = Machine()
    return node.process.runs(machine.process, machine.starts([node.process.pid]))
