"""What another version of the command takes for the same, turn by turn with this one.

    python -m bench.versions OTHER/.venv/bin/communique [--lines 100000] [--turns 2]

Both import one file into a new desk, and once more, and answer `--version` and `status`. CPU is
that of their processes; what a file of one line takes is taken off. Compare ratios, within a turn.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.spreadsheets import HEADING, cpu, out, rows

OURS = Path(sys.executable).with_name("communique")


def write(path: Path, lines: int) -> Path:
    """So many people, in CSV."""
    with path.open("w", encoding="utf-8", newline="") as to:
        to.write(HEADING + "\n")
        csv.writer(to, lineterminator="\n").writerows(rows(lines))
    return path


def seconds(command: Path, *arguments: str, desk: Path) -> float:
    """CPU that a command takes in a desk."""
    line = [str(command), *arguments]
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return cpu(lambda: subprocess.run(line, cwd=desk, check=True, capture_output=True, env=own))


def took(command: Path, folder: Path, one: Path, many: Path, lines: int) -> list[float]:
    """Microseconds a line, first and again; seconds of `--version` and of `status`."""
    spent = []
    for name, file in (("one", one), ("first", many), ("again", many)):
        desk = folder / ("many" if file is many else name)
        if not desk.exists():
            seconds(command, "init", str(desk), desk=folder)
            seconds(command, "sync", desk=desk)
        line = ["subscribers", "import", str(file), "-a", "massbio", "-l", "members", "--json"]
        line += ["--yes"] if command == OURS else []  # or it looks first for what to ask about
        spent.append(seconds(command, *line, desk=desk))
    alone, first, again = spent
    each = [(one - alone) / lines * 1e6 for one in (first, again)]
    return [
        *each,
        *(seconds(command, one, desk=folder / "many") for one in ("--version", "status")),
    ]


def main(
    other: Annotated[Path, typer.Argument(help="The other version’s command.")],
    lines: Annotated[int, typer.Option(help="Lines of the CSV.")] = 100_000,
    turns: Annotated[int, typer.Option(help="How often each has its turn.")] = 2,
) -> None:
    """Let both do the same, one after the other."""
    for turn in range(turns):
        with tempfile.TemporaryDirectory(prefix="communique-versions-") as name:
            folder = Path(name)
            one, many = write(folder / "one.csv", 1), write(folder / "many.csv", lines)
            for command in (other.absolute(), OURS):
                (folder / "desks").mkdir()
                first, again, version, status = took(command, folder / "desks", one, many, lines)
                (folder / "desks").rename(folder / f"desks-{command == OURS}")
                out.print(
                    f"{turn + 1}: {command}: {first:.1f} µs of CPU a line at first, "
                    f"{again:.1f} again; --version {version:.2f} s, status {status:.2f} s; "
                    f"load {os.getloadavg()[0]:.1f}"
                )


if __name__ == "__main__":
    typer.run(main)
