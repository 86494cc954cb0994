"""The starter desk that is shipped with the package: templates, lists and a sample release.

`communique init` copies it. It must never overwrite a file, nor leave half a desk behind.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from communique.errors import NotAllowed

FOLDERS = ("templates", "subscribers", "releases")

ENV = """\
# Settings of this desk. Uncomment a line to change it; `communique settings` lists them all.
# Until a relay named `default` is configured, the mail of every association without a relay
# of its own goes to the built-in mailbox and does not leave this machine.

# Where members reach the public pages (unsubscribing): https once a relay is configured.
# As long as it is unset, links lead to where `communique serve` listens.
# COMMUNIQUE_PUBLIC_URL=https://news.example.org

# Where `communique serve` listens.
# COMMUNIQUE_HOST=127.0.0.1
# COMMUNIQUE_PORT=8025

# PostgreSQL instead of SQLite: pip install 'communique[postgresql]' first.
# COMMUNIQUE_DATABASE_URL=postgresql+psycopg://communique@localhost/communique

# The relay that mail leaves through. Its password stays in a file of its own.
# COMMUNIQUE_TRANSPORTS__DEFAULT__HOST=smtp.example.org
# COMMUNIQUE_TRANSPORTS__DEFAULT__PORT=587
# COMMUNIQUE_TRANSPORTS__DEFAULT__TLS=starttls
# COMMUNIQUE_TRANSPORTS__DEFAULT__USERNAME=communique
# COMMUNIQUE_TRANSPORTS__DEFAULT__PASSWORD_FILE=/run/secrets/relay_password
# COMMUNIQUE_TRANSPORTS__DEFAULT__RATE=20
"""

IGNORED = """\
# What the desk owns (database, mailbox, signing keys), and what nobody else should read.
/var/
/.env

# Addresses of people: their spreadsheets, reports and exports of them, previews, and backups,
# which hold the signing keys as well.
*.csv
*.ods
*.tsv
*.xls
*.xlsb
*.xlsm
*.xlsx
*.tar
preview/
"""

PEOPLES = re.compile(r"(subscribers|releases)/.*\.toml")  # what officers of an association edit
Remarked = Callable[[str], str]  # a file with its remarks as somebody reads them
OWNED = "var"  # what the desk owns, addresses among it: for nobody else on this machine to read


def _shipped() -> Traversable:
    """Where the starter desk is: in the wheel, or at the top of a checkout."""
    packaged = resources.files("communique") / "starter_files"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3]


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, path)
        elif not entry.name.startswith("."):
            yield path, entry


def files() -> Mapping[str, Traversable]:
    """The shipped files by their path in a desk, such as `templates/_base/body.html`."""
    shipped = _shipped()
    return dict(found for name in FOLDERS for found in _walk(shipped / name, name))


def templates() -> Traversable:
    """The shipped templates: a desk has them for what it has no templates of its own for."""
    return _shipped() / "templates"


def begin(folder: Path, remarked: Remarked = str) -> list[Path]:
    """Start a desk in a folder, made if need be, and return the files that were written.

    `remarked` has the remarks in them said in another language.
    Raises NotAllowed, having written nothing, if any of it is there already or cannot be written.
    """
    folder = folder.resolve()
    try:
        return _begin(folder, remarked)
    except OSError as error:
        raise NotAllowed(
            "desk_not_begun", reason=error.strerror, file=error.filename or folder
        ) from error


def _begin(folder: Path, remarked: Remarked) -> list[Path]:
    entries = [*FOLDERS, ".env", ".gitignore"]
    taken = [name for name in entries if (folder / name).exists()]
    if taken:
        raise NotAllowed("files_exist", known=list(taken), file=folder)
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Written beside its place and then moved, so that a full disk leaves no half a desk.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".communique-") as draft:
            written = _write(Path(draft), remarked)
            if not (folder / OWNED).exists():
                (Path(draft) / OWNED).mkdir(mode=0o700)
                entries.append(OWNED)
            _move(entries, Path(draft), folder)
    except BaseException:
        for parent in made:
            parent.rmdir()
        raise
    return [folder / path for path in written]


def _write(folder: Path, remarked: Remarked) -> list[str]:
    contents = {path: file.read_bytes() for path, file in files().items()}
    contents |= {".env": ENV.encode(), ".gitignore": IGNORED.encode()}
    for path, content in contents.items():
        if path in (".env", ".gitignore") or PEOPLES.fullmatch(path):
            contents[path] = remarked(content.decode()).encode()
    for name in FOLDERS:
        (folder / name).mkdir()
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / ".env").chmod(0o600)  # a password may be written into it one day
    return list(contents)


def _move(entries: list[str], draft: Path, folder: Path) -> None:
    moved: list[Path] = []
    try:
        for name in entries:
            (draft / name).rename(folder / name)
            moved.append(folder / name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
