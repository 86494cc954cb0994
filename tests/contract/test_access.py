"""Whoever acts must be permitted to, at the association concerned: for every function of the desk.

A function that comes to take an actor has no rule here, and that fails.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import ALONE, HARFANG, Office, entry, office_at
from tests.contract.fakes import Tickets

import communique.desk
from communique.desk import (
    Desk,
    access,
    allowing,
    approving,
    auditing,
    consenting,
    correcting,
    custody,
    drafting,
    editing,
    embargoing,
    erasing,
    headings,
    importing,
    inviting,
    joining,
    noticing,
    previewing,
    publishing,
    reminding,
    retrying,
    scheduling,
    signing_in,
    staffing,
    syncing,
    writing,
)
from communique.desk.retrying import Wanted
from communique.domain.account import PERMITTED, permitted
from communique.domain.actor import OPERATOR, RECIPIENT, SERVICE, Actor, ActorKind, Permission
from communique.domain.association import Role
from communique.domain.consent import Extent
from communique.errors import CommuniqueError, NotAllowed

A = "a@lichen.example"
Call = Callable[[Desk, Actor], Awaitable[Any]]

# What each asks for at Harfang, and a way to ask for it.
RULES: dict[str, tuple[Permission, Call]] = {
    "allowing.allow": (
        Permission.EDIT,
        lambda desk, actor: allowing.allow(desk, actor, "harfang", A, "mended"),
    ),
    "approving.approve": (
        Permission.APPROVE,
        lambda desk, actor: approving.approve(desk, actor, "spring", "harfang"),
    ),
    "approving.reject": (
        Permission.APPROVE,
        lambda desk, actor: approving.reject(desk, actor, "spring", "harfang"),
    ),
    "approving.withdraw": (
        Permission.APPROVE,
        lambda desk, actor: approving.withdraw(desk, actor, "spring", "harfang"),
    ),
    "auditing.audit": (
        Permission.READ,
        lambda desk, actor: auditing.audit(desk, actor, "harfang"),
    ),
    "auditing.page": (
        Permission.READ,
        lambda desk, actor: auditing.page(desk, actor, "harfang"),
    ),
    "consenting.leave": (
        Permission.EDIT,
        lambda desk, actor: consenting.leave(desk, actor, "harfang", A, "said so", Extent.ALL),
    ),
    "consenting.suppress": (
        Permission.EDIT,
        lambda desk, actor: consenting.suppress(desk, actor, "harfang", A, "said so"),
    ),
    "correcting.edit": (
        Permission.EDIT,
        lambda desk, actor: correcting.edit(desk, actor, "harfang", A, given_name="Ada"),
    ),
    "correcting.move": (
        Permission.EDIT,
        lambda desk, actor: correcting.move(desk, actor, "harfang", A, "b@lichen.example"),
    ),
    "drafting.copy": (
        Permission.EDIT,
        lambda desk, actor: drafting.copy(desk, actor, "spring", replace(ALONE, key="copied")),
    ),
    "drafting.delete": (
        Permission.EDIT,
        lambda desk, actor: drafting.delete(desk, actor, "spring"),
    ),
    "drafting.file": (
        Permission.EDIT,
        lambda desk, actor: drafting.file(desk, actor, replace(ALONE, key="filed")),
    ),
    "drafting.submit": (
        Permission.EDIT,
        lambda desk, actor: drafting.submit(desk, actor, "spring"),
    ),
    "editing.begin": (
        Permission.EDIT,
        lambda desk, actor: editing.begin(desk, actor, replace(ALONE, key="begun")),
    ),
    "editing.reopen": (
        Permission.EDIT,
        lambda desk, actor: editing.reopen(desk, actor, "spring"),
    ),
    "editing.write": (
        Permission.EDIT,
        lambda desk, actor: editing.write(desk, actor, ALONE, {}),
    ),
    "embargoing.move": (
        Permission.EDIT,
        lambda desk, actor: embargoing.move(desk, actor, "spring", "tomorrow 9:00"),
    ),
    "erasing.forget": (
        Permission.MANAGE,
        lambda desk, actor: erasing.forget(desk, actor, "harfang", A),
    ),
    "headings.remember": (
        Permission.EDIT,
        lambda desk, actor: headings.remember(desk, actor, "harfang", {"Coord": "address"}),
    ),
    "importing.import_lines": (
        Permission.EDIT,
        lambda desk, actor: importing.import_lines(
            desk, actor, "harfang", [], [entry("c@lichen.example")], "people.csv"
        ),
    ),
    "inviting.again": (
        Permission.MANAGE,
        lambda desk, actor: inviting.again(desk, actor, "harfang", 1),
    ),
    "inviting.invite": (
        Permission.MANAGE,
        lambda desk, actor: inviting.invite(
            desk, actor, "harfang", "n@x.example", "N", [Role.EDITOR]
        ),
    ),
    "inviting.withdraw": (
        Permission.MANAGE,
        lambda desk, actor: inviting.withdraw(desk, actor, "harfang", 1),
    ),
    "noticing.seen": (
        Permission.READ,
        lambda desk, actor: noticing.seen(desk, actor, "harfang", "spring"),
    ),
    "previewing.send_test": (
        Permission.EDIT,
        lambda desk, actor: previewing.send_test(
            desk, actor, "spring", "harfang", "luc@harfang.example"
        ),
    ),
    "publishing.publish": (
        Permission.EDIT,
        lambda desk, actor: publishing.publish(desk, actor, "spring"),
    ),
    "publishing.withdraw": (
        Permission.EDIT,
        lambda desk, actor: publishing.withdraw(desk, actor, "spring", "wrong"),
    ),
    "retrying.retry": (
        Permission.EDIT,
        lambda desk, actor: retrying.retry(desk, actor, "spring", Wanted()),
    ),
    "scheduling.cancel": (
        Permission.EDIT,
        lambda desk, actor: scheduling.cancel(desk, actor, "spring"),
    ),
    "scheduling.pause": (
        Permission.EDIT,
        lambda desk, actor: scheduling.pause(desk, actor, "spring"),
    ),
    "scheduling.resume": (
        Permission.EDIT,
        lambda desk, actor: scheduling.resume(desk, actor, "spring"),
    ),
    "scheduling.schedule": (
        Permission.EDIT,
        lambda desk, actor: scheduling.schedule(desk, actor, "spring", "tomorrow 9:00"),
    ),
    "scheduling.unschedule": (
        Permission.EDIT,
        lambda desk, actor: scheduling.unschedule(desk, actor, "spring"),
    ),
    "staffing.assign": (
        Permission.MANAGE,
        lambda desk, actor: staffing.assign(desk, actor, "harfang", 99, [Role.EDITOR]),
    ),
    "staffing.dismiss": (
        Permission.MANAGE,
        lambda desk, actor: staffing.dismiss(desk, actor, "harfang", 99),
    ),
    "staffing.let_go": (
        Permission.MANAGE,
        lambda desk, actor: staffing.let_go(desk, actor, "harfang", "nobody@harfang.example"),
    ),
    "staffing.people": (
        Permission.READ,
        lambda desk, actor: staffing.people(desk, actor, "harfang"),
    ),
}
# Done at the machine, or by the service itself.
AT_MACHINE: dict[str, Call] = {
    "custody.adopt": lambda desk, actor: custody.adopt(desk, actor, dry_run=True),
    "joining.require_keys": joining.require_keys,
    "publishing.publish_due": publishing.publish_due,
    "reminding.remind": reminding.remind,
    "scheduling.pick_up": lambda desk, actor: scheduling.pick_up(desk, actor, Tickets()),
    "signing_in.forget": signing_in.forget,
    "signing_in.open_here": signing_in.open_here,
    "signing_in.write_due": signing_in.write_due,
    "syncing.sync": lambda desk, actor: syncing.sync(desk, actor, [HARFANG], []),
    "writing.send_due": writing.send_due,
}
# Opened by a token that was given to whoever does it.
BY_TOKEN = {
    "allowing.take_back",
    "consenting.unsubscribe",
    "proving.held",
    "proving.scanned",
    "proving.show_company",
    "proving.take_back",
    "proving.use",
}
# Changes nothing, and shows what the actor's scope holds.
READS = {
    *(f"agreeing.{name}" for name in ("agreements", "agreement", "check", "cut_off_by")),
    *(
        "addressing.saved",
        "drafting.check",
        "happening.follow_up",
        "happening.under_way",
        "intending.wanted",
    ),
    *("inspecting.standing", "inspecting.forecast", "inspecting.changed", "inspecting.releases"),
    *("inspecting.under_way", "inspecting.lines", "inspecting.delivery", "inspecting.newest"),
    *("inspecting.since", "inspecting.require", "inspecting.waiting_for", "inspecting.lost"),
    *("searching.page", "searching.everything", "inspecting.agreements"),
    *("searching.beside",),
    *("recounting.delivery", "recounting.message", "observing.fare"),
    *("inspecting.associations", "inspecting.association", "inspecting.subscribers"),
    *("seeking.lists", "seeking.people", "inspecting.story_of"),
    *("inspecting.subscriber", "inspecting.story", "inspecting.nodes", "inviting.waiting"),
    *("previewing.preview", "proving.report", "publishing.listed", "retrying.retriable"),
    *(
        "previewing.received",
        "previewing.drafted",
        "reviewing.asked",
        "reviewing.look",
        "reviewing.require",
    ),
    *("scheduling.foresee", "writing.troubled", "embargoing.known", "noticing.noticed"),
    *("publishing.public", "retelling.mistold"),
}
# Whoever it is, of their own only: `test_signing_in` has them.
OWN = {"sessions.listed", "sessions.revoke"}


def functions() -> dict[str, inspect.Signature]:
    """Every function of the desk that a door may call: it is given no transaction of another's."""
    found = {}
    for module in pkgutil.iter_modules(communique.desk.__path__):
        loaded = importlib.import_module(f"communique.desk.{module.name}")
        for name, one in vars(loaded).items():
            asked = inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one)
            own = asked and one.__module__ == loaded.__name__
            if own and not name.startswith("_") and loaded is not access:
                signature = inspect.signature(one)
                if list(signature.parameters)[:1] == ["desk"]:
                    found[f"{module.name}.{name}"] = signature
    return found


def test_every_function_that_takes_an_actor_has_a_rule_and_one_alone() -> None:
    taking = {
        name
        for name, signature in functions().items()
        # What is given a transaction, or what was gathered, is part of what another does.
        if "actor" in signature.parameters
        and not {"transaction", "gathering"} & {*signature.parameters}
    }
    ruled = [*RULES, *AT_MACHINE, *BY_TOKEN, *READS, *OWN]
    assert len(ruled) == len(set(ruled))
    assert taking == set(ruled)


@pytest.mark.parametrize("role", Role)
def test_roles_permit_what_they_are_called(role: Role) -> None:
    assert Permission.READ in PERMITTED[role]
    assert (Permission.EDIT in PERMITTED[role]) == (role in (Role.EDITOR, Role.OWNER))
    assert (Permission.APPROVE in PERMITTED[role]) == (role in (Role.APPROVER, Role.OWNER))
    assert (Permission.MANAGE in PERMITTED[role]) == (role is Role.OWNER)
    assert permitted([]) == {Permission.READ}
    assert permitted([Role.EDITOR, Role.APPROVER]) == set(Permission) - {Permission.MANAGE}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A)
        await drafting.file(office.desk, OPERATOR, ALONE)
        await drafting.submit(office.desk, OPERATOR, ALONE.key)
        yield office


def somebody(**grants: frozenset[Permission]) -> Actor:
    return Actor(ActorKind.PERSON, "Somebody", 7, grants)


async def code(act: Awaitable[Any]) -> str:
    """What it was refused for; nothing if it was done, or failed as what it is."""
    try:
        await act
    except CommuniqueError as error:
        return error.code
    return ""


REFUSALS = {"not_permitted", "actor_not_approver"}


async def test_whoever_lacks_what_it_asks_for_is_refused_and_who_has_it_alone_is_not(
    office: Office,
) -> None:
    everything = frozenset(Permission)
    for name, (needed, call) in RULES.items():
        lacking = somebody(harfang=everything - {needed})
        assert await code(call(office.desk, lacking)) in REFUSALS, name
        partner = somebody(massif=everything, harfang=everything - {needed})
        assert await code(call(office.desk, partner)) in REFUSALS, name
        # Of another association alone, they are told nothing but that there is no such thing.
        assert await code(call(office.desk, somebody(massif=everything))) in {
            *REFUSALS,
            *("release_unknown", "association_unknown", "release_names_unknown"),
        }, name
        assert await code(call(office.desk, RECIPIENT)), name
    async with office.database.read() as transaction:
        said = await transaction.events.since(OPERATOR.scope, 0, 1000)
    assert "Somebody" not in {one.actor.name for one in said}
    for name, (needed, call) in RULES.items():
        having = somebody(harfang=frozenset({needed}))
        assert await code(call(office.desk, having)) not in REFUSALS, name


async def test_what_is_done_at_the_machine_is_refused_to_whoever_signed_in(office: Office) -> None:
    owner = somebody(harfang=frozenset(Permission), massif=frozenset(Permission))
    for name, call in AT_MACHINE.items():
        for actor in (owner, RECIPIENT):
            assert await code(call(office.desk, actor)) == "not_at_machine", name
        assert await code(call(office.desk, SERVICE)) != "not_at_machine", name
        assert await code(call(office.desk, OPERATOR)) != "not_at_machine", name


async def test_nobody_edits_away_that_a_release_is_theirs(office: Office) -> None:
    """Nor makes one that is none of theirs theirs."""
    massif = somebody(massif=frozenset(Permission))
    taken = replace(ALONE, parties=("massif",))
    with pytest.raises(NotAllowed, match="may not write") as raised:
        await drafting.file(
            office.desk, somebody(harfang=frozenset(Permission)), replace(taken, key="other")
        )
    assert raised.value.code == "not_permitted"
    assert await code(drafting.file(office.desk, massif, ALONE))
    assert (await office.release()).parties == ("harfang",)
