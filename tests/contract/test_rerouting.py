"""Mail leaves by the way that it left by when it was agreed to, or a person is asked (P11)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.desks import ALONE, MASSIF, NOW, Office, Service, office_at
from tests.contract.fakes import Machine
from tests.contract.test_custody import began, turn

from communique.desk import custody, inspecting, rerouting, scheduling
from communique.desk.joining import DISTRIBUTED
from communique.domain.actor import OPERATOR
from communique.domain.lineage import Doubt
from communique.domain.release import State
from communique.domain.route import MAILBOX, Rerouted
from communique.errors import NotAllowed

A = "a@lichen.example"
RELAY, OTHER = "smtp.relay.example", "smtp.other.example"
LATER = "2027-06-03 12:00"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A)
        yield office


def leading(office: Office, host: str, **others: str) -> Office:
    """The same desk, once its settings say that its transport leads there."""
    desk = replace(office.desk, routes={"default": host, **others})
    return replace(office, desk=desk)


async def served(office: Office, host: str) -> Office:
    """A desk that was served and sent a release by that relay, and is not served any more."""
    office = leading(office, host)
    service = await began(office)
    await office.approved(ALONE)
    await turn(office, service)
    assert len(office.transport.mails) == 1
    await service.work.end()
    return office


async def routes(office: Office) -> Mapping[str, str]:
    async with office.database.read() as transaction:
        return await transaction.routes.all()


async def begins(office: Office, host: str) -> tuple[Office, Service]:
    office = leading(office, host)
    return office, await began(office)


async def test_a_desk_without_its_relay_sends_nothing_until_somebody_agrees(
    office: Office,
) -> None:
    await served(office, RELAY)
    office, service = await begins(office, MAILBOX)
    assert service.custody.doubt is Doubt.REROUTED
    gone = Rerouted("default", ("harfang", "massif"), RELAY, MAILBOX)
    assert list(service.custody.rerouted) == [gone]
    assert await rerouting.asking(office.desk) == [gone]
    await office.approved(replace(ALONE, key="again"))
    await turn(office, service)
    assert len(office.transport.mails) == 1
    assert await office.state("again") is State.APPROVED
    with pytest.raises(NotAllowed) as refused:
        await custody.adopt(office.desk, OPERATOR)
    assert refused.value.code == "mail_rerouted"
    seen = await custody.adopt(office.desk, OPERATOR, dry_run=True)
    assert await routes(office) == {"default": RELAY}
    await custody.adopt(office.desk, OPERATOR, rerouted=seen.rerouted)
    await turn(office, service)
    assert not service.custody.rerouted
    assert await office.state("again") is State.SENT, "nothing of it is a copy's"
    assert await routes(office) == {"default": MAILBOX}
    await service.work.end()
    assert (await began(office)).custody.doubt is None, "it is said once"


async def test_it_is_said_also_of_a_database_that_is_in_doubt_already(office: Office) -> None:
    """As when a backup was restored, which holds no relay's settings."""
    await served(office, RELAY)
    async with office.database.begin() as transaction:
        await transaction.lineages.doubt(Doubt.RESTORED, NOW)
    office, service = await begins(office, MAILBOX)
    assert service.custody.doubt is Doubt.RESTORED
    with pytest.raises(NotAllowed):
        await custody.adopt(office.desk, OPERATOR)
    assert await custody.doubted(office.desk)
    # Its settings are put back: then there is nothing else to agree to.
    await service.work.end()
    office, service = await begins(office, RELAY)
    await custody.adopt(office.desk, OPERATOR)
    await turn(office, service)
    assert service.custody.doubt is None


async def test_a_relay_changed_while_nothing_waits_is_no_matter(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await served(office, MAILBOX)
    for host in (RELAY, OTHER):
        caplog.clear()
        office, service = await begins(office, host)
        assert service.custody.doubt is None
        assert [vars(one)["now"] for one in caplog.records if "another way" in one.message] == [
            host
        ]
        assert await routes(office) == {"default": host}
        await service.work.end()


@pytest.mark.parametrize("before", [MAILBOX, RELAY])
async def test_what_was_approved_goes_by_the_relay_that_was_named_or_it_asks(
    office: Office, before: str
) -> None:
    office = await served(office, before)
    await office.approved(replace(ALONE, key="again"), LATER)
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "again")
    assert (seen.through, seen.warnings) == (before, ())
    office, service = await begins(office, OTHER)
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "again")
    assert seen.through == OTHER
    assert any("otherwise than before" in str(one) for one in seen.warnings)
    assert [one.now for one in service.custody.rerouted] == [OTHER]
    # Nothing is left that somebody agreed to: nobody has to be asked.
    await scheduling.cancel(office.desk, OPERATOR, "again")
    await turn(office, service)
    assert service.custody.doubt is None
    assert await routes(office) == {"default": OTHER}


async def test_a_relay_that_nobody_sends_through_is_no_matter(office: Office) -> None:
    await served(leading(office, RELAY), RELAY)
    office = leading(office, RELAY, idle=RELAY)
    await (await began(office)).work.end()
    office = leading(office, RELAY, idle=MAILBOX)
    assert (await began(office)).custody.doubt is None


async def test_only_whose_mail_it_is_is_named(office: Office) -> None:
    await office.sync(replace(MASSIF, transport="own"))
    await (await began(leading(office, RELAY, own=OTHER))).work.end()
    service = await began(leading(office, MAILBOX, own=OTHER))
    assert [one.associations for one in service.custody.rerouted] == [("harfang",)]


async def test_several_services_each_have_their_way_out(office: Office) -> None:
    """The relay of each machine, say; only who begins alone speaks for all."""
    runs: set[int] = set()
    first = leading(office, RELAY).service(Machine(1, runs=runs), DISTRIBUTED)
    await first.work.begin()
    await office.approved(ALONE, LATER)
    second = leading(office, OTHER).service(Machine(2, runs=runs), DISTRIBUTED)
    await second.work.begin()
    assert second.custody.doubt is None
    assert await routes(office) == {"default": RELAY}
