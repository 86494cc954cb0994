"""The one place where objects meet: settings become a desk, and a desk a running service."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from communique import rendering
from communique.desk import Desk, Policy, scheduling
from communique.desk.sending import Sender
from communique.domain.delivery import Ticket
from communique.domain.mail import Marks, Reader
from communique.domain.pacing import Rate
from communique.domain.release import Content, Edition
from communique.domain.token import Key, Keyring
from communique.engine.local import DeskLock, LocalEngine
from communique.errors import Invalid, SettingsInvalid, StoreUnavailable, TemplateInvalid
from communique.ports import Composer, Transport
from communique.settings import Settings, TransportSettings
from communique.smtp.composing import Composition, Letterhead
from communique.smtp.mailbox import Mailbox
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store import Database, migrations

DEFAULT = "default"


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Composed:
    """A composer: renders a reader's pieces and makes them a message."""

    prepared: rendering.Prepared
    composition: Composition

    def compose(self, reader: Reader, marks: Marks) -> bytes:
        """See `ports.Composer`."""
        one = self.prepared.render(reader, marks)
        try:
            return self.composition.compose(
                reader, marks, subject=one.subject, text=one.text, html=one.html
            )
        except Invalid as error:
            raise TemplateInvalid(error.message, remedy=error.remedy) from error


@dataclass(frozen=True, slots=True)
class Press:
    """See `ports.Press`: templates from a folder, messages from frozen content only."""

    folder: Path

    def templates(self, kind: str) -> Mapping[str, str]:
        """The template files that a kind can reach."""
        return rendering.templates(self.folder, kind)

    def check(self, content: Content, editions: tuple[Edition, ...]) -> Sequence[str]:
        """Warnings, or Problems."""
        return rendering.check(content, editions)

    def sample(self, kind: str, language: str) -> Reader:
        """The template's sample reader."""
        return rendering.sample(self.folder, kind, language)

    def composer(
        self, content: Content, association: str, language: str, date: datetime
    ) -> Composer:
        """Prepare what all readers share."""
        document = content.load()
        declared = next(one for one in document["associations"] if one["key"] == association)
        letterhead = Letterhead.read(
            document, association, language, date=date, archive_url=declared["web"]
        )
        prepared = rendering.prepare(content, association, language, date)
        return Composed(prepared, Composition(letterhead))


def keyring(settings: Settings) -> Keyring:
    """The signing keys: from the settings, or from a file that is made at the first start."""
    if settings.keys is None:
        path = settings.data_folder / "keys"
        try:
            written = path.read_text(encoding="ascii")
        except FileNotFoundError:
            written = _first_key(path)
        except OSError as error:
            raise SettingsInvalid(f"cannot be read: {error.strerror}", file=path) from error
        source: Path | str = path
    else:
        written, source = settings.keys.get_secret_value(), "COMMUNIQUE_KEYS"
    keys = []
    for entry in written.split():
        name, colon, secret = entry.partition(":")
        try:
            octets = bytes.fromhex(secret)
        except ValueError:
            octets = b""
        if not (colon and name.isalnum() and len(octets) >= 32):
            raise SettingsInvalid(
                "a signing key is not `id:` and at least 64 hexadecimal digits",
                file=source,
                remedy="keep old keys: links in mail already sent are signed with them",
            )
        keys.append(Key(name, octets))
    if not keys:
        raise SettingsInvalid("there is no signing key", file=source)
    return Keyring(tuple(keys))


def _first_key(path: Path) -> str:
    entry = f"k{secrets.token_hex(2)}:{secrets.token_hex(32)}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Linked into place whole: of two who start at once, both use the one that was first.
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(entry, encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise SettingsInvalid(
            f"cannot keep the signing key: {error.strerror}",
            file=path,
            remedy="make its folder writable, or point COMMUNIQUE_DATA elsewhere",
        ) from error


def relay(name: str, settings: TransportSettings) -> Relay:
    """A transport's settings as the SMTP client takes them."""
    period = settings.rate_period.total_seconds()
    try:
        password = settings.secret()
    except OSError as error:
        raise SettingsInvalid(
            f"the password of transport “{name}” cannot be read: {error.strerror}",
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
        rate=Rate(settings.rate, period) if settings.rate else None,
        domain_rate=Rate(settings.domain_rate, period) if settings.domain_rate else None,
        pipelining=settings.pipelining,
    )


def pools(settings: Settings, mailbox_port: int | None = None) -> dict[str, Pool]:
    """A pool for every transport; `default` is the built-in mailbox unless a relay is set up."""
    made = {name: Pool(relay(name, one)) for name, one in settings.transports.items()}
    if settings.uses_mailbox:
        made[DEFAULT] = Pool(
            Relay(
                host=settings.mailbox_host,
                port=mailbox_port or settings.mailbox_port,
                tls="none",
                per_connection=10_000,
            )
        )
    return made


async def ready(settings: Settings) -> None:
    """See to it that the schema is the one this version needs.

    An empty database is made ready; one with people in it is for `communique db upgrade`.
    """
    url = settings.url()
    _make_folder(url)
    revision = await asyncio.to_thread(migrations.current, url)
    if revision is None:
        await asyncio.to_thread(migrations.upgrade, url)
    elif revision != migrations.newest():
        raise StoreUnavailable(
            f"the schema is at revision {revision}, not {migrations.newest()}",
            remedy="run `communique db upgrade`",
        )


def _make_folder(url: str) -> None:
    """SQLite makes its file, but not the folder."""
    if not url.startswith("sqlite"):
        return
    folder = Path(url.partition(":///")[2]).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"the folder of the database cannot be made: {error.strerror}",
            file=folder,
            remedy="point COMMUNIQUE_DATA to a folder that you may write in",
        ) from error


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Desk]:
    """A desk to work at: for one command, or for as long as a service runs."""
    await ready(settings)
    made = pools(settings)
    desk = _desk(settings, made)
    try:
        yield desk
    finally:
        for pool in made.values():
            await pool.close()
        await _store(desk).close()


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database's schema up to date; the revisions before and after."""
    _make_folder(url)
    return migrations.upgrade(url)


async def check(desk: Desk) -> list[tuple[str, bool, str]]:
    """What the service needs: each step's name, whether it is well, and a detail."""
    steps = [("database", True, await _store(desk).check())]
    async with desk.store.read() as transaction:
        associations = await transaction.associations.all()
    for one in associations:
        usable = one.transport in desk.transports
        detail = f"sends through “{one.transport}”" + ("" if usable else ", which is not set up")
        steps.append((f"association {one.key}", usable, detail))
    for name, transport in desk.transports.items():
        assert isinstance(transport, Pool)  # noqa: S101 - `pools` made it
        steps += [(f"{name}: {one.name}", one.ok, one.detail) for one in await transport.check()]
    return steps


def _desk(settings: Settings, transports: Mapping[str, Transport]) -> Desk:
    return Desk(
        store=Database(settings.url()),
        press=Press(settings.templates),
        keyring=keyring(settings),
        clock=SystemClock(),
        transports=transports,
        policy=Policy(
            late_after=settings.late_after,
            batch_size=settings.batch_size,
            chunk_size=settings.chunk_size,
            lease=settings.lease,
            public_url=settings.public_url,
        ),
    )


def _store(desk: Desk) -> Database:
    assert isinstance(desk.store, Database)  # noqa: S101 - `_desk` made it
    return desk.store


class Work:
    """What an engine runs, bound to one desk; see `engine.local.Work`."""

    RECOVERED = "the service ended before the relay's answer was known"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sender = Sender(desk)
        self.engine: LocalEngine | None = None

    async def recover(self, *, everything: bool) -> int:
        """Take back what a worker that is gone had in hand."""
        async with self._desk.store.begin() as transaction:
            return await transaction.deliveries.recover(
                self._desk.clock.now(), reason=self.RECOVERED, everything=everything
            )

    async def pick_up(self) -> list[str]:
        """Pick up what is due."""
        assert self.engine is not None, "wired before it starts"  # noqa: S101
        return await scheduling.pick_up(self._desk, self.engine)

    async def unfinished(self) -> Sequence[Ticket]:
        """The batches that are due."""
        async with self._desk.store.read() as transaction:
            return await transaction.deliveries.unfinished(self._desk.clock.now())

    async def work(self, ticket: Ticket) -> datetime | None:
        """Send what is due in one batch."""
        return await self._sender.work(ticket)

    def stop(self) -> None:
        """Hand nothing more over."""
        self._sender.stop()


class Service:
    """Scheduler, worker and mailbox in this process. Enter to run, leave to stop gracefully."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transports: dict[str, Transport] = {}
        self._stack = AsyncExitStack()
        self.desk = _desk(settings, self._transports)
        self._work = Work(self.desk)
        self._engine = LocalEngine(
            self._work,
            DeskLock(settings.data_folder / "serve.lock"),
            workers=settings.workers,
        )
        self._work.engine = self._engine
        self.mailbox_port: int | None = None

    def healthy(self) -> bool:
        """Whether it runs, and the store could be used just now."""
        return self._engine.healthy

    async def __aenter__(self) -> Self:
        """Start. Raises what says how to mend it, and has then started nothing."""
        async with AsyncExitStack() as stack:
            await ready(self._settings)
            stack.push_async_callback(_store(self.desk).close)
            if self._settings.uses_mailbox:
                mailbox = await stack.enter_async_context(
                    Mailbox(
                        self._settings.mailbox_host,
                        self._settings.mailbox_port,
                        self._settings.mailbox,
                    )
                )
                self.mailbox_port = mailbox.port
            for name, pool in pools(self._settings, self.mailbox_port).items():
                self._transports[name] = pool
                stack.push_async_callback(pool.close)
            await self._engine.start()
            stack.push_async_callback(self._engine.stop)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._stack.aclose()

    def halt(self) -> None:
        """Begin to stop at once: hand nothing more over."""
        self._work.stop()
