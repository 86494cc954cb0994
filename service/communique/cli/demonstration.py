"""The demo: a desk begun, filled and run with the very commands that a person would type."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import typer

from communique import settings
from communique.cli import rehearsing, show
from communique.cli.show import err, out
from communique.cli.speech import _
from communique.errors import CommuniqueError, NotAllowed

RELEASE = "memorandum-2019"
RELEASES = (RELEASE, rehearsing.EVENING, rehearsing.WELCOME)
MARK = ".communique-demo"  # only a folder with this in it is ever made anew; it says what was there


class Demo:
    """One run in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **settings.surroundings(),
            "COMMUNIQUE_HOME": str(folder),
            "COMMUNIQUE_PORT": str(_free_port()),
            "COMMUNIQUE_MAILBOX_PORT": str(_free_port()),
        }

    def begin(self) -> None:
        """Make the folder anew. Raises NotAllowed if it holds anything but an earlier demo.

        Whoever worked in an earlier demo, as its last lines invite to, is asked first.
        """
        if self._folder.exists():
            if not (self._folder / MARK).is_file():
                raise NotAllowed(
                    "folder_not_a_demo",
                    file=self._folder,
                    message="this folder is not an earlier demo's",
                    remedy="name another with --folder",
                )
            if not self.untouched() and not _sure(self._folder):
                raise NotAllowed(
                    "demo_worked_in",
                    file=self._folder,
                    message="this demo was worked in since it ended, and is left as it is",
                    remedy="name another with --folder, or remove this one first",
                )
            shutil.rmtree(self._folder)
        self.run("init", str(self._folder))
        rehearsing.write(self._folder, date.today())  # noqa: DTZ011 - the day of who looks on
        (self._folder / MARK).touch()

    def settle(self) -> None:
        """Keep what the folder holds, to tell later whether somebody worked in it."""
        (self._folder / MARK).write_text(self._holds(), encoding="ascii")

    def untouched(self) -> bool:
        """Whether nothing was changed since the demo ended; looking at it changes nothing."""
        return (self._folder / MARK).read_text(encoding="utf-8") == self._holds()

    def _holds(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and path.name != MARK:
                with path.open("rb") as content:
                    one = hashlib.file_digest(content, "sha256").hexdigest()
                digest.update(f"{path.relative_to(self._folder)}\0{one}\n".encode())
        return digest.hexdigest()

    def fill(self) -> None:
        """Declare the associations, import their members."""
        self.run("sync")
        for association in ("bioquebec", "massbio"):
            self.run(
                *("subscribers", "import", self._path(f"subscribers/{association}/members.csv")),
                *("--association", association, "--list", "members"),
            )

    def announce(self) -> None:
        """File the releases, approve each as both parties, set the hour."""
        for key in RELEASES:
            self.run("release", "import", self._path(f"releases/{key}"))
            self.run("release", "submit", key)
        approvers = self._approvers()
        for key in RELEASES:
            for association, person in approvers.items():
                self.run("release", "approve", key, "--as", association, "--by", person)
            self.run("release", "schedule", key, "--at", "in 3 seconds")

    def send(self) -> None:
        """Run the service until everything has ended, watching it."""
        _say("serve")
        log = self._folder / "serve.log"
        with log.open("wb") as output:
            service = subprocess.Popen(
                _command("serve"), env=self._environment, stdout=output, stderr=output
            )
            try:
                self.run("status", "--watch")
            finally:
                service.send_signal(signal.SIGTERM)
                code = service.wait(timeout=30)
        if code:
            raise CommuniqueError(
                "service_failed", message="the service ended with {status}", status=code, file=log
            )

    def tell(self) -> None:
        """Show the sums, three entries of the log, and where the samples are."""
        self.run("log", "summary", RELEASE)
        for delivery in self._three():
            self.run("log", "show", str(delivery))
        for association, language in (("bioquebec", "fr"), ("massbio", "en")):
            self.run(
                *("release", "preview", RELEASE, "--association", association),
                *("--language", language, "--out", self._path("preview")),
            )
        for key in (rehearsing.EVENING, rehearsing.WELCOME):
            self.run(
                *("release", "preview", key, "--association", "bioquebec"),
                *("--language", "fr", "--out", self._path("preview")),
            )
        for association in ("bioquebec", "massbio"):
            newsroom = self._path(f"newsroom/{association}")
            self.run("newsroom", "export", newsroom, "--association", association)
        if any(self._json("log", "summary", key)["summary"]["open"] for key in RELEASES):
            raise CommuniqueError(
                "release_not_ended",
                message="the release has not ended",
                file=self._folder / "serve.log",
            )

    def link(self) -> str:
        """What opens the desk's pages, signed in, once they are served: not at this run's ports."""
        own = {"COMMUNIQUE_PORT", "COMMUNIQUE_MAILBOX_PORT"}
        environment = {name: one for name, one in self._environment.items() if name not in own}
        done = subprocess.run(
            _command("desk", "open", "--print", "--json"),
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        link: str = json.loads(done.stdout)["link"]
        return link

    def _three(self) -> list[int]:
        """One delivery in each language, and one person left out."""
        lines = self._json_lines("log", "--release", RELEASE, "--json")
        first: dict[tuple[str, str], int] = {}
        for one in lines:
            kind = (one["state"], one["language"] if one["state"] == "sent" else "")
            first.setdefault(kind, one["delivery_id"])
        wanted = [("sent", "fr"), ("sent", "en"), ("skipped", "")]
        return [first[kind] for kind in wanted if kind in first]

    def _approvers(self) -> dict[str, str]:
        release = self._json("release", "show", RELEASE)["release"]
        changes = {}
        for association in release["parties"]:
            people = self._json("associations", association)["people"]
            changes[association] = next(one["name"] for one in people if one["approves"])
        return changes

    def run(self, *words: str) -> None:
        """Show a command, and run it. Raises if it fails."""
        _say(*words)
        done = subprocess.run(_command(*words), env=self._environment, check=False)
        if done.returncode:
            raise CommuniqueError(
                "command_failed",
                message="`communique {command}` ended with {status}",
                command=shlex.join(words),
                status=done.returncode,
            )
        out.print()

    def _json_lines(self, *words: str) -> list[Any]:
        done = subprocess.run(
            _command(*words), env=self._environment, check=True, capture_output=True, text=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def _json(self, *words: str) -> Any:
        done = subprocess.run(
            _command(*words, "--json"),
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(done.stdout)

    def _path(self, name: str) -> str:
        return str(self._folder / name)


def run(folder: Path) -> None:
    """The whole demo."""
    demo = Demo(folder)
    demo.begin()
    try:
        demo.fill()
        demo.announce()
        demo.send()
        demo.tell()
        link = demo.link()
    finally:
        demo.settle()
    mailbox = folder / "var" / "mailbox" / "new"
    out.print(
        _(
            "[bold]That was the whole way of three releases.[/] Their messages are in "
            "{mailbox},\nand {folder}/preview holds some of them to open in a browser. Both "
            "newsrooms:\n\n  {newsroom}/bioquebec/index.html\n  {newsroom}/massbio/index.html\n\n"
            'What to type next:\n\n  export COMMUNIQUE_HOME={folder_2} PATH="{parent}:$PATH"\n  '
            "communique log --release {RELEASE} --association bioquebec --limit 10\n  "
            "communique release show {RELEASE}\n  communique serve            # then "
            "open an unsubscribe link of a message\n  communique --help\n\nWhile `communique "
            "serve` runs, this opens the desk, signed in (once, within five minutes;\nthen "
            "`communique desk open` makes another):\n\n  {link}",
            link=link,
            mailbox=mailbox,
            folder=folder,
            newsroom=(folder / "newsroom").absolute().as_uri(),
            folder_2=shlex.quote(str(folder.absolute())),  # wherever they go from here
            parent=Path(sys.executable).parent,
            RELEASE=RELEASE,
        ),
        soft_wrap=True,
    )


def _sure(folder: Path) -> bool:
    question = _(
        "Somebody worked in {folder} since that demo ended. Delete all of it?", folder=folder
    )
    try:
        return show.sure(question)
    except typer.Abort:  # nobody is there to answer
        err.print()
        return False


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "communique", *words]


def _say(*words: str) -> None:
    err.file.flush()
    out.print(f"[bold cyan]$ communique {shlex.join(words)}[/]", soft_wrap=True)
    out.file.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
