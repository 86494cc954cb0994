"""Settings become a desk to work at."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from communique.declared import starter
from communique.desk import Desk, Policy, inspecting
from communique.domain.actor import SERVICE
from communique.domain.address import domain_name
from communique.domain.pacing import Rate
from communique.domain.route import MAILBOX
from communique.errors import CommuniqueError, Invalid, SettingsInvalid, StoreUnavailable
from communique.facts import Fact
from communique.messages.press import Press
from communique.ports import Transport
from communique.settings import Engine, Settings, TransportSettings
from communique.smtp.relay import Relay
from communique.store import REVISION, Database
from communique.wiring.keys import keyring
from communique.wiring.running import services

if TYPE_CHECKING:
    from communique.smtp.pool import Pool

DEFAULT = "default"

# What was looked at, whether it is well (None: a warning), and a detail or what is wrong.
Step = tuple[str, bool | None, str | Fact | CommuniqueError]


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


def relay(
    name: str, settings: TransportSettings, *, alone: bool = True, ehlo: str | None = None
) -> Relay:
    """A transport's settings as the SMTP client takes them; `ehlo` where they name none.

    One that is not `alone` sends at a pace that the store keeps for all.
    """
    period = settings.rate_period.total_seconds()
    try:
        password = settings.secret()
    except OSError as error:
        raise SettingsInvalid(
            "password_unreadable",
            transport=name,
            reason=error.strerror,
            file=settings.password_file,
        ) from error
    return Relay(
        host=settings.host,
        port=settings.port,
        tls=settings.tls.value,
        username=settings.username,
        password=password,
        client_certificate=settings.client_certificate,
        client_key=settings.client_key,
        ca_file=settings.ca_file,
        connections=settings.connections,
        per_connection=settings.per_connection,
        rate=rate(settings) if alone else None,
        domain_rate=Rate(settings.domain_rate, period) if settings.domain_rate else None,
        pipelining=settings.pipelining,
        local_hostname=settings.ehlo or ehlo,
    )


def ehlo_name(public_url: str) -> str | None:
    """The domain that a public address stands under; None if it is no domain (RFC 5321 §4.1.4)."""
    try:
        name = domain_name(urlsplit(public_url).hostname or "")
    except (Invalid, ValueError):
        return None
    return name if re.search(r"\.[a-z]", name) else None


def pools(settings: Settings, mailbox_port: int | None = None) -> dict[str, Pool]:
    """A pool for every transport; `default` is the built-in mailbox unless a relay is set up."""
    from communique.smtp.pool import Pool  # noqa: PLC0415 - see `Pools`

    alone, ehlo = settings.engine is Engine.LOCAL, ehlo_name(settings.public_url)
    made = {
        name: Pool(relay(name, one, alone=alone, ehlo=ehlo))
        for name, one in settings.transports.items()
    }
    if settings.uses_mailbox:
        made[DEFAULT] = Pool(
            Relay(
                host=settings.mailbox_host,
                port=mailbox_port or settings.mailbox_port,
                tls="none",
                per_connection=10_000,
                local_hostname=ehlo,
            )
        )
    return made


class Pools(Mapping[str, Transport]):
    """The same, made when the first is asked for: most commands send nothing, and need not wait
    until what talks to relays is loaded.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        for name, one in settings.transports.items():
            relay(name, one)  # what cannot be used is told at once

    @cached_property
    def _made(self) -> dict[str, Pool]:
        return pools(self._settings)

    def __getitem__(self, name: str) -> Pool:
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in routes(self._settings)

    def __iter__(self) -> Iterator[str]:
        return iter(routes(self._settings))

    def __len__(self) -> int:
        return len(routes(self._settings))

    async def close(self) -> None:
        """Close those that were made."""
        for pool in self.__dict__.get("_made", {}).values():
            await pool.close()


def routes(settings: Settings) -> dict[str, str]:
    """The host that each transport leads to."""
    made = {name: one.host.lower() for name, one in settings.transports.items()}
    return made | ({DEFAULT: MAILBOX} if settings.uses_mailbox else {})


def rate(settings: TransportSettings) -> Rate | None:
    """How fast a transport may be sent through, if that is bounded."""
    period = settings.rate_period.total_seconds()
    return Rate(settings.rate, period) if settings.rate else None


def rates(settings: Settings) -> dict[str, Rate]:
    """The bounded ones, by the transport's name."""
    return {name: found for name, one in settings.transports.items() if (found := rate(one))}


async def ready(settings: Settings, store: Database) -> None:
    """See to it that the schema is the one this version needs.

    An empty database is made ready; one with people in it is for `communique db upgrade`.
    """
    url = settings.url()
    _make_folder(store)
    revision = await store.revision()
    if revision is None:
        await store.close()
        await asyncio.to_thread(upgrade, url)
        await _begin_life(url)
    elif revision != REVISION:
        raise StoreUnavailable("schema_outdated", revision=revision, needed=REVISION)


async def _begin_life(url: str) -> None:
    """Note where a database was made, so that a copy of it is known for one (P3)."""
    store = Database(url)
    try:
        async with store.begin() as transaction:
            if not (await transaction.lineages.evidence(hold=True)).lineages:
                await transaction.lineages.begin(secrets.token_hex(8), SystemClock().now())
    finally:
        await store.close()


def _make_folder(store: Database) -> None:
    """SQLite makes its file, but not the folder."""
    if store.file is None:
        return
    folder = store.file.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            "database_folder_not_made", reason=error.strerror, file=folder
        ) from error


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Desk]:
    """A desk to work at, for one command. Where the database fails it after something was kept,
    StoreUnavailable says so: it must not look as if nothing had happened.
    """
    store = Database(settings.url())
    made: Pools | None = None
    try:
        await ready(settings, store)
        made = Pools(settings)
        yield desk_over(settings, made, store)
    except StoreUnavailable as error:
        if not store.changes:
            raise
        raise StoreUnavailable("database_lost_later", reason=error.message) from error
    finally:
        if made:
            await made.close()
        await store.close()


async def kept_here(desk: Desk) -> tuple[list[str], list[str]]:
    """The associations whose mail the built-in mailbox gets where it is set up, and the others."""
    associations = await inspecting.associations(desk, SERVICE)
    kept = [one.key for one in associations if one.transport == DEFAULT]
    return kept, [one.key for one in associations if one.key not in kept]


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database's schema up to date; the revisions before and after."""
    from communique.store import migrations  # noqa: PLC0415 - Alembic takes a quarter second

    _make_folder(Database(url))
    return migrations.upgrade(url)


def check_files(settings: Settings) -> list[Step]:
    """The keys, and each relay whose password cannot be read: no desk is opened without them."""
    try:
        keys = keyring(settings).keys
        steps: list[Step] = [("signing keys", True, Fact("keys_known", count=len(keys)))]
    except SettingsInvalid as error:
        steps = [("signing keys", False, error)]
    for name, one in settings.transports.items():
        try:
            relay(name, one)
        except SettingsInvalid as error:
            steps.append((f"relay {name}", False, error))
    return steps


async def check_database(settings: Settings) -> str:
    """Which database it is. Raises StoreUnavailable."""
    store = Database(settings.url())
    try:
        await ready(settings, store)
        return await store.check()
    finally:
        await store.close()


async def check(desk: Desk, settings: Settings) -> list[Step]:
    """What the service needs, step by step."""
    steps: list[Step] = [
        ("database", True, await store_of(desk).check()),
    ]
    associations = await inspecting.associations(desk, SERVICE)
    for one in associations:
        usable = one.transport in desk.transports
        code = "sends_through" if usable else "sends_through_nothing"
        if one.transport == DEFAULT and settings.uses_mailbox:
            code = "sends_into_mailbox"
        steps.append((f"association {one.key}", usable, Fact(code, transport=one.transport)))
        if not one.aligned:
            why = Fact("never_aligned", domain=one.list_domain, address=one.sender.address)
            steps.append((f"lists of {one.key}", None, why))
    idle = set(settings.transports) - {one.transport for one in associations}
    if associations:
        steps += [(f"relay {one}", None, Fact("relay_idle")) for one in sorted(idle)]
    if not settings.uses_mailbox and (doubt := await _unreachable(settings.public_url)):
        steps.append(("public pages", None, doubt))
    from communique.smtp.pool import Pool  # noqa: PLC0415 - see `Pools`

    for name, transport in desk.transports.items():
        if name == DEFAULT and settings.uses_mailbox and not await services(desk):
            steps.append((f"relay {name}", None, Fact("mailbox_without_service")))
            continue
        assert isinstance(transport, Pool)  # noqa: S101 - `pools` made it
        steps += [(f"{name}: {one.name}", one.ok, one.detail) for one in await transport.check()]
    return steps


async def _unreachable(public_url: str) -> Fact | None:
    """Why no reader comes to the public pages by a link, as far as this machine can tell."""
    host = urlsplit(public_url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or Fact("name_is_none")
        return Fact("links_lead_nowhere", host=host, reason=reason)
    if all(ip_address(str(one[4][0]).partition("%")[0]).is_loopback for one in found):
        return Fact("links_lead_here", host=host)
    return None


def desk_over(
    settings: Settings, transports: Mapping[str, Transport], store: Database | None = None
) -> Desk:
    return Desk(
        store=store or Database(settings.url()),
        press=Press(settings.templates, starter.templates()),
        keyring=keyring(settings),
        clock=SystemClock(),
        transports=transports,
        routes=routes(settings),
        policy=Policy(
            late_after=settings.late_after,
            batch_size=settings.batch_size,
            lease=settings.lease,
            reply_within=settings.stop_within.total_seconds() * 3 / 4,
            public_url=settings.public_url,
            beyond_term=settings.beyond_term,
            session_idle=settings.session_idle,
            session_lifetime=settings.session_lifetime,
        ),
    )


def store_of(desk: Desk) -> Database:
    assert isinstance(desk.store, Database)  # noqa: S101 - `desk_over` made it
    return desk.store
