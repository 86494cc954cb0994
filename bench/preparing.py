"""A desk to measure: made from the starter, filled with fictional people, a release approved.

All through the desk's own doors, in a temporary folder; nothing of it is timed.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import jinja2
from rich.progress import Progress
from tools.fictional_people import MASSBIO, people, write

from communique import declared, roster
from communique.declared import manuscript, starter
from communique.desk import Desk, approving, drafting, importing, previewing, scheduling, syncing
from communique.domain import when
from communique.domain.actor import OPERATOR
from communique.domain.association import Association
from communique.domain.member import Entry
from communique.domain.release import Release
from communique.settings import Settings
from communique.wiring import opened

RELEASE = "memorandum-2019"
PUBLIC_URL = "https://news.communique.example"
HTML = 22 * 1024  # octets of HTML in a message, as the reader's program decodes it
_UNTIL = MASSBIO.headings.index("Until")

# In the reader's own words now and then, as a real release is.
_PARAGRAPH = """

Point {number}: joint activities open to every member, with dates, places and the person to call,
so that nobody has to ask twice.{personal}"""
_PERSONAL = " A place is kept for {{ subscriber.given_name }} of {{ member.name }}."
_EVERY = 8  # one paragraph in so many is personal
_SAMPLE = 2 * _EVERY  # paragraphs from which the length of one is learned


@dataclass(frozen=True, slots=True)
class PreparedDesk:
    """A desk's folder, and what the release will be like."""

    home: Path
    recipients: int
    subject: str
    html: str  # of one reader, whole
    text: str
    reader: str  # that reader's given name
    style: str  # the style sheet, not yet inlined

    @property
    def database(self) -> Path:
        """Where its log is."""
        return self.home / "var" / "communique.sqlite"

    def configure(self, port: int, connections: int, *, pipelining: bool = True) -> None:
        """Send to a port of this machine from now on."""
        _configure(self.home, port, connections, self.recipients, pipelining=pipelining)

    def schedule(self, when: str) -> None:
        """Set the hour."""

        async def schedule() -> None:
            async with opened(_settings(self.home)) as desk:
                await scheduling.schedule(desk, OPERATOR, RELEASE, when)

        asyncio.run(schedule())


def _settings(home: Path) -> Settings:
    return Settings(_env_file=home / ".env")


def _configure(
    home: Path, port: int, connections: int, per_connection: int, *, pipelining: bool
) -> None:
    """Settings are where a desk has them, so that its service and we read the same."""
    relay = "COMMUNIQUE_TRANSPORTS__DEFAULT__"
    (home / ".env").write_text(
        f"""\
COMMUNIQUE_HOME='{home}'
COMMUNIQUE_PORT=0
COMMUNIQUE_PUBLIC_URL={PUBLIC_URL}
{relay}HOST=127.0.0.1
{relay}PORT={port}
{relay}TLS=none
{relay}CONNECTIONS={connections}
{relay}PER_CONNECTION={per_connection}
{relay}PIPELINING={str(pipelining).lower()}
""",
        encoding="utf-8",
    )


def prepare(home: Path, recipients: int, progress: Progress) -> PreparedDesk:
    """Make a desk whose release goes to so many people, and is approved by every party."""
    task = progress.add_task(f"a desk of {recipients:,}: people", total=recipients)
    starter.begin(home)
    _configure(home, 1, 1, 1, pipelining=True)  # no relay is needed yet
    spreadsheet = home / "people.csv"
    with spreadsheet.open("w", encoding=MASSBIO.encoding, newline="") as out:
        # A few more than wanted, since two companies may have coined the same name.
        write(MASSBIO, islice(_present(), recipients + recipients // 50 + 20), out)
    progress.update(task, description=f"a desk of {recipients:,}: import")
    prepared = asyncio.run(
        _fill(home, recipients, spreadsheet, lambda count: progress.update(task, completed=count))
    )
    spreadsheet.unlink()
    progress.update(task, description=f"a desk of {recipients:,}")
    return prepared


def _present() -> Iterator[list[str]]:
    """People whose company is still a member: nobody is to be left out of the snapshot."""
    return (row for row in people(MASSBIO) if not row[_UNTIL])


async def _fill(
    home: Path, recipients: int, spreadsheet: Path, progress: Callable[[int], None]
) -> PreparedDesk:
    roll = declared.load(home / "subscribers")
    host = next(one for one in roll.associations if one.key == MASSBIO.key)
    async with opened(_settings(home)) as desk:
        await syncing.sync(desk, OPERATOR, roll.associations, roll.agreements)
        first = await _import(desk, host, spreadsheet, recipients, progress)
        shown = await _announce(desk, home, str(first.subscriber.address))
        for association in roll.associations:
            speaker = next(one for one in association.people if one.approves)
            await approving.approve(desk, OPERATOR, RELEASE, association.key, speaker.name)
    sheet = (home / "templates" / "_base" / "style.css").read_text(encoding="utf-8")
    return PreparedDesk(
        home=home,
        recipients=recipients,
        subject=shown.subject,
        html=shown.html,
        text=shown.text,
        reader=shown.reader.given_name,
        style=jinja2.Template(sheet).render(brand=host.brand),
    )


async def _import(
    desk: Desk,
    host: Association,
    spreadsheet: Path,
    recipients: int,
    progress: Callable[[int], None],
) -> Entry:
    """Take in exactly so many; the first of them."""
    reading = roster.Reading(
        languages=host.languages,
        default_language=host.language,
        list_keys=[one.key for one in host.lists],
        today=when.day(desk.clock.now(), host.time_zone),
    )
    with roster.Spreadsheet(spreadsheet, reading) as sheet:
        entries = islice((one for one in sheet if isinstance(one, Entry)), recipients)
        first = next(entries)

        await importing.import_lines(
            desk,
            OPERATOR,
            host.key,
            ["members"],
            chain([first], entries),
            "benchmark",
            progress=lambda found: progress(found.done),
        )
    return first


async def _announce(desk: Desk, home: Path, address: str) -> previewing.Preview:
    """File the sample release at its length, for one association's members, and submit it."""
    written = manuscript.read(home / "releases" / RELEASE, home / "templates")
    host = tuple(one for one in written.audiences if one.association == MASSBIO.key)
    short = replace(written, audiences=host)

    async def shown(release: Release) -> previewing.Preview:
        await drafting.file(desk, OPERATOR, release)
        return await previewing.preview(desk, OPERATOR, RELEASE, MASSBIO.key, address=address)

    bare = len((await shown(short)).html.encode())
    longer = len((await shown(_lengthened(short, _SAMPLE))).html.encode())
    wanted = math.ceil((HTML - bare) * _SAMPLE / (longer - bare))
    preview = await shown(_lengthened(short, max(wanted, 0)))
    await drafting.submit(desk, OPERATOR, RELEASE)
    return preview


def _lengthened(release: Release, paragraphs: int) -> Release:
    more = "".join(
        _PARAGRAPH.format(number=number, personal="" if number % _EVERY else _PERSONAL)
        for number in range(1, paragraphs + 1)
    )
    return replace(
        release,
        editions=tuple(replace(one, body=one.body + more) for one in release.editions),
    )
