"""Settings become a desk to work at."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from communique import rendering
from communique.desk import Desk, Policy
from communique.domain.mail import Marks, Reader
from communique.domain.pacing import Rate
from communique.domain.release import Content, Edition
from communique.domain.token import Key, Keyring
from communique.errors import Invalid, SettingsInvalid, StoreUnavailable, TemplateInvalid
from communique.ports import Composer, Transport
from communique.settings import Settings, TransportSettings
from communique.smtp.composing import Composition, Letterhead, plain_text, quoted_printable
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store import REVISION, Database

DEFAULT = "default"
_ID = re.compile("[A-Za-z0-9]{1,8}")  # it stands in bounce addresses: 64 octets before the @

ENCODING = rendering.Encoding(quoted_printable, plain_text)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Composed:
    """A composer: renders a reader's pieces and makes them a message."""

    prepared: rendering.Prepared[bytes]
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
        prepared = rendering.prepare_encoded(content, association, language, date, ENCODING)
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
        if not (colon and _ID.fullmatch(name) and len(octets) >= 32):
            raise SettingsInvalid(
                "a signing key is not an id of 1 to 8 letters and digits, `:` "
                "and at least 64 hexadecimal digits",
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
    store = Database(url)
    try:
        revision = await store.revision()
    finally:
        await store.close()
    if revision is None:
        await asyncio.to_thread(upgrade, url)
    elif revision != REVISION:
        raise StoreUnavailable(
            f"the schema is at revision {revision}, not {REVISION}",
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
    desk = desk_over(settings, made)
    try:
        yield desk
    finally:
        for pool in made.values():
            await pool.close()
        await store_of(desk).close()


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database's schema up to date; the revisions before and after."""
    from communique.store import migrations  # noqa: PLC0415 - Alembic takes a quarter second

    _make_folder(url)
    return migrations.upgrade(url)


async def check(desk: Desk) -> list[tuple[str, bool, str]]:
    """What the service needs: each step's name, whether it is well, and a detail."""
    steps = [("database", True, await store_of(desk).check())]
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


def desk_over(settings: Settings, transports: Mapping[str, Transport]) -> Desk:
    return Desk(
        store=Database(settings.url()),
        press=Press(settings.templates),
        keyring=keyring(settings),
        clock=SystemClock(),
        transports=transports,
        policy=Policy(
            late_after=settings.late_after,
            batch_size=settings.batch_size,
            lease=settings.lease,
            public_url=settings.public_url,
        ),
    )


def store_of(desk: Desk) -> Database:
    assert isinstance(desk.store, Database)  # noqa: S101 - `desk_over` made it
    return desk.store
