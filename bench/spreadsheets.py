"""What a line of a spreadsheet costs from file to database, beside `csv` and `executemany`.

    python -m bench.spreadsheets [--lines 1000000] [--workbook 200000]

Both are run one after the other, the plain one before and after, in the same process: compare their
ratio, never figures of two machines. CPU is that of this process and of the one that reads.
"""

from __future__ import annotations

import asyncio
import csv
import gc
import os
import platform
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from tools.fictional_people import MASSBIO

from communique import declared, roster
from communique.declared import starter
from communique.desk import importing, intending, syncing
from communique.domain.actor import OPERATOR
from communique.settings import Settings
from communique.wiring import opened

HEADING = "Company,Sector,First name,Last name,Email,Language,Member since,Job title"
COMPANIES = 3  # people of each

out = Console(highlight=False)


def rows(count: int) -> Iterator[list[str]]:
    """Distinct people with plain names, some of each company."""
    for n in range(count):
        company = f"Société {n // COMPANIES}"
        address = f"helene.roy{n}@labo{n % 500}.example"
        yield [company, "Vaccins", "Hélène", f"Roy {n}", address, "fr", "2019-06-03", "Directrice"]


def cpu(act: Callable[[], object]) -> float:
    """Seconds of CPU that something takes, here and in processes that it ends."""

    def spent() -> float:
        both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(one.ru_utime + one.ru_stime for one in both)

    before = spent()
    act()
    return spent() - before


def plainly(file: Path, database: Path) -> None:
    """What the standard library does, with no question asked."""
    with closing(sqlite3.connect(database)) as connection, file.open(encoding="utf-8") as lines:
        connection.execute("DROP TABLE IF EXISTS people")
        connection.execute("CREATE TABLE people (a, b, c, d, e, f, g, h)")
        connection.executemany(
            "INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?)", csv.reader(lines)
        )
        connection.commit()


async def take_in(home: Path, file: Path, *, only_read: bool = False) -> None:
    """Read a file as an import does, and take its people in."""
    roll = declared.load(home / "subscribers")
    async with opened(Settings(_env_file=home / ".env", home=home)) as desk:
        await syncing.sync(desk, OPERATOR, roll.associations, roll.agreements)
        wanted = await intending.wanted(desk, OPERATOR, MASSBIO.key, ["members"])
        reading = roster.Reading(
            languages=wanted.association.languages,
            default_language=wanted.association.language,
            list_keys=[one.key for one in wanted.association.lists],
            today=wanted.today,
        )
        with roster.Spreadsheet(file, reading) as sheet:
            if only_read:
                for _ in sheet.plain():
                    pass
            else:
                await importing.import_lines(
                    desk, OPERATOR, MASSBIO.key, ["members"], sheet.plain(), "benchmark"
                )


def workbook(path: Path, count: int) -> None:
    """The same as XLSX."""
    import openpyxl  # noqa: PLC0415 - of the development tools, and only for this

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Members")
    sheet.append(HEADING.split(","))
    for row in rows(count):
        sheet.append(row)
    book.save(path)


def most_memory(who: int) -> int:
    """Megabytes, of this process or of the largest that it ended."""
    return int(resource.getrusage(who).ru_maxrss / 1024)


def main(
    lines: Annotated[int, typer.Option(help="Lines of the CSV.")] = 1_000_000,
    cells: Annotated[int, typer.Option("--workbook", help="Lines of the XLSX.")] = 200_000,
) -> None:
    """Read and import a large file, and say what each line costs."""
    gc.set_threshold(50_000, 20, 50)  # as every command has it
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    out.print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores, load {load} before; {lines:,} lines, {COMPANIES} a company"
    )
    with tempfile.TemporaryDirectory(prefix="communique-spreadsheets-") as name:
        folder = Path(name)
        file, home = folder / "people.csv", folder / "desk"
        starter.begin(home)
        with file.open("w", encoding="utf-8", newline="") as to:
            to.write(HEADING + "\n")
            csv.writer(to, lineterminator="\n").writerows(rows(lines))
        before = cpu(lambda: plainly(file, folder / "plain.db"))
        reading = cpu(lambda: asyncio.run(take_in(home, file, only_read=True)))
        began = time.monotonic()
        whole = cpu(lambda: asyncio.run(take_in(home, file)))
        took = time.monotonic() - began
        after = cpu(lambda: plainly(file, folder / "plain.db"))
        plain = (before + after) / 2
        for what, seconds in (
            ("csv and executemany", plain),
            ("read and checked, in a process of its own", reading),
            ("imported, reading included", whole),
        ):
            out.print(
                f"{what}: {seconds / lines * 1e6:.1f} µs of CPU a line, {seconds / plain:.1f} ×"
            )
        out.print(
            f"{took:.0f} s in all; most memory: {most_memory(resource.RUSAGE_SELF)} MB, and "
            f"{most_memory(resource.RUSAGE_CHILDREN)} MB to read"
        )
        if cells:
            book = folder / "people.xlsx"
            workbook(book, cells)
            seconds = cpu(lambda: asyncio.run(take_in(home, book, only_read=True)))
            out.print(
                f"XLSX of {cells:,} lines read: {seconds / cells * 1e6:.1f} µs of CPU a line, "
                f"{most_memory(resource.RUSAGE_CHILDREN)} MB to read"
            )


if __name__ == "__main__":
    typer.run(main)
