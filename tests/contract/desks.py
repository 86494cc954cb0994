"""A desk over a real store and real templates, on a clock that the test sets, and its people.

Two associations announce together: Harfang (Toronto, French first, French required) and Massif
(Vancouver, English). Nothing here knows what any test expects.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import tempfile
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Table, create_mock_engine, func, make_url, select, text
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from tests.contract.fakes import Clock, Machine, Scripted, Tickets
from tests.contract.kept import Beginning, Kept, content, find, keep, kind, put
from tests.postgres import LENT

from communique.declared import starter
from communique.desk import (
    Desk,
    Policy,
    approving,
    consenting,
    drafting,
    importing,
    scheduling,
    syncing,
)
from communique.desk.custody import Custody
from communique.desk.joining import LOCAL, Place
from communique.desk.sending import BatchWorker
from communique.desk.sharing import Sharing
from communique.desk.working import Working
from communique.domain.actor import OPERATOR, RECIPIENT, SERVICE
from communique.domain.address import parse
from communique.domain.association import (
    Agreement,
    Association,
    Brand,
    ListDefinition,
    Person,
    Role,
    Term,
)
from communique.domain.association import (
    Sender as From,
)
from communique.domain.consent import Basis, Evidence, Extent, Word
from communique.domain.content import Frozen, Variant
from communique.domain.delivery import Claim, Plan, Ticket
from communique.domain.law import Asked
from communique.domain.log import Line, LogFilter, Summary
from communique.domain.member import Contact, Entry, Member, Subscriber
from communique.domain.release import Audience, Edition, Release, State
from communique.domain.scope import Operator
from communique.domain.token import Key, Keyring
from communique.engine.journal import Journal
from communique.engine.memory import Memory
from communique.errors import CommuniqueError
from communique.messages.press import Press
from communique.ports import Composer, Engine, Transport
from communique.store import Database
from communique.store.migrations import upgrade
from communique.store.tables import metadata

T = TypeVar("T")

NOW = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)  # 9 in the morning in Toronto
TODAY = date(2027, 6, 3)
ALL = Operator()  # whose eyes a test reads with
FOLLOWING = True  # whether steps need not be walked; a test that changes the code has them walked
KEYRING = Keyring((Key("a", b"k" * 32),))
LISTS = (
    ListDefinition(
        "members",
        {"fr": "Avis aux membres", "en": "Member notices"},
        {"fr": "Ce qui concerne les membres.", "en": "What concerns members."},
        Basis.MEMBERSHIP,
    ),
    ListDefinition(
        "partners",
        {"fr": "Nouvelles des partenaires", "en": "News from partners"},
        {"fr": "Sur demande.", "en": "For those who asked."},
        Basis.EXPRESS,
    ),
)
HARFANG = Association(
    key="harfang",
    names={"fr": "Harfang", "en": "Snowy Owl"},
    sender=From({"fr": "Harfang", "en": "Harfang"}, "avis@harfang.example", "info@harfang.example"),
    list_domain="avis.harfang.example",
    postal_address="1, rue du Nord, Québec (Québec)",
    phone="+1 418 555-0100",
    web="https://www.harfang.example",
    contact="info@harfang.example",
    time_zone="America/Toronto",
    languages=("fr", "en"),
    jurisdiction="CA-QC",
    brand=Brand("#12395b", "#1f8a70", wordmark="Harfang"),
    people=(
        Person("Aude Roy", "aude@harfang.example", roles=(Role.APPROVER,)),
        Person("Luc Bé", "luc@harfang.example"),
    ),
    lists=LISTS,
    requires_french=True,
)
MASSIF = replace(
    HARFANG,
    key="massif",
    names={"en": "Massif"},
    sender=From({"en": "Massif"}, "news@massif.example", "info@massif.example"),
    list_domain="news.massif.example",
    web="https://www.massif.example",
    contact="info@massif.example",
    time_zone="America/Vancouver",
    languages=("en",),
    jurisdiction="US-MA",
    brand=Brand("#102030", "#405060", wordmark="Massif"),
    people=(Person("Hope Ames", "hope@massif.example", roles=(Role.APPROVER,)),),
    requires_french=False,
)
APPROVERS = {"harfang": "Aude Roy", "massif": "Hope Ames"}
PACT = Agreement(
    "pact",
    {"fr": "Protocole", "en": "Memorandum"},
    ("harfang", "massif"),
    (Term(date(2024, 6, 3), date(2027, 6, 3)),),
)
LICHEN = Member("17", "Lichen & Cie", "therapeutics", "QC", "company", since=date(2020, 1, 1))
FRENCH = Edition("fr", "Trois ans de plus", "Un avant-goût", "Bonjour {{ subscriber.name }}.\n")
ENGLISH = Edition("en", "Three more years", "A foretaste", "Hello {{ subscriber.name }}.\n")
SPRING = Release(
    key="spring",
    kind="announcement",
    parties=("harfang", "massif"),
    editions=(FRENCH, ENGLISH),
    audiences=(Audience("harfang", ("members",)), Audience("massif", ("members",))),
    link="https://www.harfang.example/spring",
)
ALONE = replace(SPRING, parties=("harfang",), audiences=SPRING.audiences[:1])


def in_words(draft: Release) -> Release:
    """A draft that was begun from another, as its authors finish it."""
    return replace(
        draft,
        editions=tuple(
            # Words that a newsroom can tell, too: they address nobody.
            replace(one, preheader="", body="Ce qui change.\n")
            for one in draft.editions
        ),
    )


PLAN = Plan(
    editions=("fr", "en"),
    fallback="fr",
    joint=True,
    in_force=True,
    today=TODAY,
    now=NOW,
    due_at=NOW,
    batch_size=100,
)


def entry(
    address: str,
    *lists: str,
    language: str = "fr",
    member: Member = LICHEN,
    name: str = "",
    since: date | None = None,
) -> Entry:
    """A line of a roster; without `lists`, for the members' list."""
    given = name or address.partition("@")[0].title()
    person = Subscriber(parse(address), given, "Roy", language)
    return Entry(2, member, person, lists or ("members",), since)


PIDS = count(100)


@dataclass(frozen=True, slots=True)
class Service:
    """What a process that schedules and sends has of the desk's."""

    work: Working
    place: Place
    worker: BatchWorker
    custody: Custody


@dataclass(frozen=True, slots=True)
class Office:
    """A desk, and all around it that a test looks at or turns."""

    desk: Desk
    database: Database
    clock: Clock
    transport: Scripted
    engine: Tickets
    home: Path
    journals: list[Journal]
    memories: list[Memory] = field(default_factory=list)
    sleepers: list[Memory] = field(default_factory=list)  # of services that are only asleep

    # Who is there.

    async def step(self, walk: Callable[[], Awaitable[T]], *told: Any) -> T:
        """Take a step that leads from where the database is to what `told` says, and nowhere else.

        It is walked where anything around the desk is a test's own, which may see or change it.
        """
        desk, database = self.desk, self.database
        if (
            not FOLLOWING
            or not isinstance(database, Beginning)
            or desk.store is not database
            or type(desk.press) is not KeptPress
            or type(self.engine) is not Tickets
        ):
            return await walk()
        world = desk.clock.now(), desk.policy, desk.keyring, dict(desk.routes), set(desk.transports)
        told = (*told, world, texts(self.home / "templates"))
        return await database.step(pickle.dumps(told), self.engine, walk)

    def settle(self) -> None:
        """Have the database be where steps have led, for whoever comes to it by another way."""
        if isinstance(self.database, Beginning):
            self.database.settle()

    async def sync(self, *associations: Association, agreements: Iterable[Agreement] = ()) -> None:
        """Declare associations, as files would; the others stay as they are declared."""
        agreed = list(agreements)

        async def walk() -> None:
            async with self.database.read() as transaction:
                known = {one.key: one for one in await transaction.associations.all(ALL)}
            known |= {one.key: one for one in associations}
            await syncing.sync(self.desk, OPERATOR, list(known.values()), agreed, revive=True)

        await self.step(walk, "sync", associations, agreed)

    async def admit(self, association: str, *entries: Entry | str) -> None:
        """Take people in; a bare address is for the members' list."""
        made = [entry(one) if isinstance(one, str) else one for one in entries]

        async def walk() -> None:
            await importing.import_lines(self.desk, OPERATOR, association, [], made, "roster.csv")

        await self.step(walk, "admit", association, made)

    async def contact(self, association: str, address: str) -> Contact:
        """One subscriber, who must be there."""
        async with self.database.read() as transaction:
            found = await transaction.subscribers.by_address(ALL, association, address)
        assert found is not None
        return found

    async def say_no(
        self,
        address: str,
        extent: Extent = Extent.ALL,
        list_key: str = "",
        association: str = "harfang",
        word: Word = Word.WITHDRAWN,
    ) -> None:
        """Write a person's word into the ledger, straight at the store; it skips nothing."""
        contact = await self.contact(association, address)
        async with self.database.begin() as transaction:
            host = await transaction.associations.get(ALL, association)
            evidence = Evidence("page", contact.language)
            event = consenting.said(
                self.desk, word, contact, host, RECIPIENT, evidence, extent, list_key
            )
            await transaction.consents.append(event)

    async def token(self, association: str, address: str, list_key: str = "members") -> str:
        """What stands in a person's unsubscribe link."""
        contact = await self.contact(association, address)
        return self.desk.keyring.sign("unsubscribe", association, list_key, contact.id)

    # A release's way.

    async def approved(self, release: Release = SPRING, send_at: str = "now") -> Release:
        """File, submit, schedule and have every party approve."""

        async def walk() -> Release:
            await drafting.file(self.desk, OPERATOR, release)
            await drafting.submit(self.desk, OPERATOR, release.key)
            await scheduling.schedule(self.desk, OPERATOR, release.key, send_at, beyond_term=True)
            for party in release.parties:
                await approving.approve(self.desk, OPERATOR, release.key, party, APPROVERS[party])
            return await self.release(release.key)

        return await self.step(walk, "approved", release, send_at)

    async def picked_up(self, release: Release = SPRING) -> list[Ticket]:
        """Bring a release as far as its snapshot; the tickets to work."""

        async def walk() -> list[Ticket]:
            await self.approved(release)
            await self.pick_up()
            stands = (await self.release(release.key)).id
            return [one for one in self.engine.submitted if one.release_id == stands]

        return list(await self.step(walk, "picked up", release))

    async def pick_up(self) -> list[str]:
        """Pick up what is due."""
        return await scheduling.pick_up(self.desk, SERVICE, self.engine)

    def sender(self) -> BatchWorker:
        """A worker, as at the start of a service."""
        journal = Journal(self.home)
        journal.open()
        journal.start()
        self.journals.append(journal)
        return BatchWorker(self.desk, journal)

    def service(
        self,
        machine: Machine | None = None,
        kind: str = LOCAL,
        *,
        engine: Engine | None = None,
        sharing: Sharing | None = None,
        roles: Collection[str] = ("scheduler", "worker"),
        asleep: bool = False,
    ) -> Service:
        """One that has not begun; without a `machine`, those before it are gone.

        Or the last of them is only `asleep`, on a machine of its own, and keeps what it remembers.
        """
        place = Place(self.desk, machine or Machine(next(PIDS)), kind, roles)
        journal = Journal(self.home)
        self.journals.append(journal)
        if asleep:
            self.sleepers.append(self.memories.pop())
        elif kind == LOCAL:  # whoever was alone here before is gone, or about to notice
            for one in self.memories:
                one.close()
        memory = Memory(self.home)
        self.memories.append(memory)
        custody = Custody(self.desk, memory, alone=self.database.single and not asleep)
        worker = BatchWorker(
            self.desk, journal, seat=lambda: place.seat, sharing=sharing, custody=custody
        )
        work = Working(
            self.desk,
            engine or self.engine,
            place,
            worker,
            journal,
            custody,
            workers=2,
            in_hand=12,
            sharing=sharing,
        )
        return Service(work, place, worker, custody)

    async def work(self, sender: BatchWorker | None = None) -> None:
        """Work every batch that is due, once."""
        sender = sender or self.sender()
        async with self.database.read() as transaction:
            tickets = await transaction.batches.unfinished(self.clock.now())
        for ticket in tickets:
            await sender.work(ticket)

    # What became of it.

    async def release(self, key: str = "spring") -> Release:
        """A release as it stands."""
        async with self.database.read() as transaction:
            return await transaction.releases.get(ALL, key)

    async def state(self, key: str = "spring") -> State:
        """Where a release stands."""
        return (await self.release(key)).state

    async def summary(self, key: str = "spring") -> Summary:
        """Its sums."""
        release = await self.release(key)
        async with self.database.read() as transaction:
            return await transaction.log.summary(ALL, release.id)

    async def lines(self, only: LogFilter | None = None) -> dict[str, Line]:
        """The log by address."""
        async with self.database.read() as transaction:
            return {
                one.address: one async for one in transaction.log.lines(ALL, only or LogFilter())
            }

    async def stands(self, key: str = "spring") -> dict[str, str]:
        """Each person's delivery as `state`, or `skipped: reason`."""
        return {
            address: f"skipped: {line.reason}" if line.state == "skipped" else line.state.value
            for address, line in (await self.lines(LogFilter(release=key))).items()
        }

    async def count(self, table: Table) -> int:
        """How many rows a table has."""
        async with self.database.read() as transaction:
            found = await transaction.connection.execute(select(func.count()).select_from(table))
            return found.scalar_one()

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """Every row of a table."""
        async with self.database.read() as transaction:
            found = await transaction.connection.execute(select(table))
            return [dict(row) for row in found.mappings()]

    # Straight at the store.

    async def queued(self, *addresses: str, release: Release = ALONE, **plan: Any) -> Release:
        """Admit people at Harfang and expand a release to them, which is then being sent."""

        async def walk() -> Release:
            await self.admit("harfang", *addresses)
            async with self.database.begin() as transaction:
                saved = await transaction.releases.add(replace(release, state=State.SENDING), NOW)
                await transaction.snapshot.expand(
                    saved.id,
                    release.audiences[0],
                    replace(PLAN, joint=len(release.parties) > 1, **plan),
                )
            return saved

        return await self.step(walk, "queued", addresses, release, plan)

    async def claim(self, ticket: Ticket, token: int = 7, **changes: Any) -> list[Claim]:
        """Claim from a batch in a transaction of its own."""
        async with self.database.begin() as transaction:
            return await claimed(transaction, ticket, token, **changes)


async def claimed(transaction: Any, ticket: Ticket, token: int = 7, **changes: Any) -> list[Claim]:
    """Claim from a batch, as a sender does."""
    policy = Policy()
    asked = {
        "now": NOW,
        "today": TODAY,
        "in_force": True,
        "joint": False,
        "limit": policy.batch_size,
        "lease": policy.lease,
    }
    return list(await transaction.claims.claim(ticket, token, **{**asked, **changes}))


OFFICES = "offices"  # the schema, and both associations with their agreement
Fill = Callable[[Office], Awaitable[object]]


async def nothing(_: Office) -> None:
    """Add nothing to what every office begins with."""


async def beginning(url: str, state: str = OFFICES, fill: Fill = nothing) -> Kept:
    """What every office begins with, and what `fill` adds; made once for a `state`, and kept."""

    async def filled(url: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            begin(Path(folder))
            async with office_over(url, Path(folder)) as office:
                await fill(office)

    offices = await once(url, OFFICES, open_offices)
    return offices if fill is nothing else await once(url, state, filled, offices)


async def open_offices(url: str) -> None:
    """Give the empty database at `url` the schema, and both associations with their agreement."""
    if url.startswith("sqlite"):
        upgrade(url)
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(_postgresql_schema())
    with tempfile.TemporaryDirectory() as folder:
        begin(Path(folder))
        async with office_over(url, Path(folder)) as office:
            await office.sync(HARFANG, MASSIF, agreements=[PACT])


async def once(
    url: str, state: str, make: Callable[[str], Awaitable[None]], like: Kept | None = None
) -> Kept:
    """A state of a database such as that at `url`, kept; `make` makes it of one that is `like`."""
    if found := find(url, (state,)):
        return found
    if url.startswith("sqlite"):
        with tempfile.TemporaryDirectory() as folder:
            model = f"sqlite+aiosqlite:///{Path(folder) / 'model.sqlite'}"
            if like:
                put(model, like.content)
            await make(model)
            kept = Kept((state,), content(model))
    else:
        server = LENT[str(make_url(url).database)]
        name, model = server.lend() if like else server.create()
        if like:
            put(model, like.content)
        await make(model)
        kept = Kept((state,), server.state(name))
        if like:
            server.take_back(name)
    keep(url, kept)
    return kept


def begin(home: Path) -> None:
    """Give a desk its templates, as `starter.begin` does; nobody here looks at the rest of it."""
    for folder in sorted({path.rpartition("/")[0] for path in _templates()}):
        os.makedirs(home / folder, exist_ok=True)
    for path, template in _templates().items():
        with open(f"{home}/{path}", "wb") as file:
            file.write(template)
            file.flush()
            os.utime(file.fileno(), (0, 0))  # the same in every test; see `texts`


@cache
def _templates() -> Mapping[str, bytes]:
    files = starter.files().items()
    return {path: file.read_bytes() for path, file in files if path.startswith("templates/")}


def texts(folder: Path) -> list[tuple[str, int, int]]:
    """Whatever shows that somebody has changed a file in that folder."""
    found: list[tuple[str, int, int]] = []
    if not folder.exists():  # an office that only looks needs none
        return found
    for one in os.scandir(folder):
        if one.is_dir():
            found += texts(Path(one.path))
        else:
            about = one.stat()
            found.append((one.name, about.st_size, about.st_mtime_ns))
    return sorted(found)


@cache
def _postgresql_schema() -> bytes:
    """The schema that migrations make (`test_migrations` holds them equal)."""
    said: list[str] = []
    dialect = psycopg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types

    def keep(ddl: Any, *_: object) -> None:
        said.append(str(ddl.compile(dialect=dialect)))

    engine = create_mock_engine("postgresql+psycopg://", keep)
    metadata.create_all(engine, checkfirst=False)
    return ";".join(said).encode()


class Compiled(dict[Any, Any]):
    """SQL of statements, for every database of a kind: a tenth of a test's time is to write it.

    Each engine has a dialect of its own, which the keys begin with.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), value)


COMPILED = Compiled()


class KeptPress(Press):
    """A press that makes anything once: hundreds of tests send the same few texts."""

    def check(
        self, content: Frozen, editions: tuple[Edition, ...], asks: Mapping[str, Asked]
    ) -> Sequence[CommuniqueError]:
        # Nothing that it finds is about what a release is called, and that differs most often.
        return _checked(pickle.dumps((replace(content, key="any"), editions, dict(asks))))

    def composer(self, variant: Variant) -> Composer:
        return _composer(pickle.dumps(variant))


FROM_CONTENT_ALONE = Press(Path("nowhere"))


@cache
def _checked(pickled: bytes) -> Sequence[CommuniqueError]:
    return FROM_CONTENT_ALONE.check(*pickle.loads(pickled))


@cache
def _composer(pickled: bytes) -> Composer:
    return FROM_CONTENT_ALONE.composer(pickle.loads(pickled))


@asynccontextmanager
async def office_at(
    url: str,
    home: Path,
    *,
    transports: Mapping[str, Transport] | None = None,
    policy: Policy | None = None,
    state: str = OFFICES,
    fill: Fill = nothing,
) -> AsyncIterator[Office]:
    """A desk over the empty database at `url`, with both associations synced.

    Where many tests begin with more, `fill` does it for all that name its `state`.
    """
    begin(home)
    place = await beginning(url, state, fill) if kind(url) else None
    if not place:  # it is a test's own, as few are
        await open_offices(url)
    async with office_over(url, home, transports=transports, policy=policy, place=place) as office:
        if not place:
            await fill(office)
        yield office


@asynccontextmanager
async def office_over(
    url: str,
    home: Path,
    *,
    transports: Mapping[str, Transport] | None = None,
    policy: Policy | None = None,
    keyring: Keyring = KEYRING,
    place: Kept | None = None,
) -> AsyncIterator[Office]:
    """A desk over templates that are there already, and a database that is so, or at a `place`."""
    database, clock, transport = Beginning(url, place), Clock(NOW), Scripted()
    for engine in (database._writing, database._reading):
        engine.update_execution_options(compiled_cache=COMPILED)
    desk = Desk(
        store=database,
        press=KeptPress(home / "templates"),
        keyring=keyring,
        clock=clock,
        transports=transports or {"default": transport},
        policy=policy or Policy(),
    )
    office = Office(desk, database, clock, transport, Tickets(), home, [])
    try:
        yield office
    finally:
        for journal in office.journals:
            journal.close()
        for memory in (*office.memories, *office.sleepers):
            memory.close()
        await database.close()


async def settled_or_blocked(database: Database, act: Awaitable[T]) -> asyncio.Task[T]:
    """Begin `act`, and return once it is done or waits for another transaction of this test."""
    task = asyncio.ensure_future(act)
    assert isinstance(task, asyncio.Task)
    if database.url.get_backend_name() == "sqlite":
        for _ in range(20):  # it waits for the one writer in this process, which nothing shows
            await asyncio.sleep(0)
        return task
    waits = text("select count(*) from pg_locks where not granted")
    while not task.done():
        async with database.read() as transaction:
            if (await transaction.connection.execute(waits)).scalar_one():
                return task
    return task
