"""Finds templates: the triple of a kind or a letter, and the base that each rests on.

What a release is made of are the desk's own files alone: no upgrade changes what was approved. Of a
letter, which nobody approves, whatever the desk has not is the package's (docs/templates.md).
Reads and checks for presence only; what the files say is checked where they are frozen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path

from communique import files
from communique.domain.kind import FILE, is_kind
from communique.domain.mail import Recipient
from communique.errors import CommuniqueError, FileInvalid, Problems
from communique.facts import Fact
from communique.messages.sources import PARTS

BASE, LETTER = "_base", "_letter"  # of all releases, of all letters
STYLE = "style.css"
SHARED = (f"{BASE}/layout.html", f"{BASE}/{STYLE}")  # of both
SAMPLE = "sample.json"
_SUFFIXES = {".txt", ".html", ".css", ".toml"}


def templates(folder: Path, kind: str) -> Mapping[str, str]:
    """Every template file that a release of this kind can reach: relative path to source.

    Raises Problems that names each file that is missing or cannot be read.
    """
    wrong: list[CommuniqueError] = []
    sources: dict[str, str] = {}
    for name, what in (
        (BASE, Fact("templates_of_base")),
        (kind, Fact("templates_of_kind", kind=kind)),
    ):
        sources |= _triple(folder, name, what, wrong)
    if wrong:
        raise Problems(wrong, "templates_incomplete", kind=kind)
    return sources


def kinds(folder: Path) -> tuple[str, ...]:
    """The kinds that there are templates of, by key, in order."""
    if not folder.is_dir():
        return ()
    return tuple(
        sorted(
            one.name
            for one in folder.iterdir()
            if one.is_dir() and is_kind(one.name, declared=(one / FILE).is_file())
        )
    )


def letter_templates(folder: Path, purpose: str, shipped: Traversable) -> Mapping[str, str]:
    """Every template file that a letter of this purpose can reach. Raises Problems likewise."""
    wrong: list[CommuniqueError] = []
    sources: dict[str, str] = {}
    for name in (LETTER, purpose):
        if (folder / name).is_dir() or not (shipped / name).is_dir():
            sources |= _triple(folder, name, Fact("templates_of_letter", purpose=purpose), wrong)
        else:
            sources |= {
                f"{name}/{one.name}": _unix(one.read_text(encoding="utf-8"))
                for one in sorted((shipped / name).iterdir(), key=lambda one: one.name)
                if Path(one.name).suffix in _SUFFIXES
            }
    for name in SHARED:
        own, other = folder / name, shipped / name
        try:
            if own.exists() or own.is_symlink():
                sources[name] = _text(own, folder)
            elif other.is_file():
                sources[name] = _unix(other.read_text(encoding="utf-8"))
        except FileInvalid as error:
            wrong.append(error)
    if not wrong and f"{BASE}/{STYLE}" not in sources:
        wrong.append(FileInvalid("style_sheet_missing", file=folder / BASE / STYLE))
    if wrong:
        raise Problems(wrong, "templates_incomplete", kind=purpose)
    return sources


def _triple(folder: Path, name: str, what: Fact, wrong: list[CommuniqueError]) -> dict[str, str]:
    """All that a folder of the desk has; what is wrong with it is added to `wrong`."""
    if not (folder / name).is_dir():
        wrong.append(
            FileInvalid("templates_folder_missing", what=what, file=folder / name, parts=PARTS)
        )
        return {}
    wrong += [
        FileInvalid("template_missing", file=folder / name / part)
        for part in PARTS
        if not (folder / name / part).exists()
    ]
    sources = {}
    left = files.LARGEST  # of all of them: each goes into what is frozen
    for path in sorted((folder / name).iterdir()):
        if path.suffix not in _SUFFIXES:
            continue
        try:
            source = _text(path, folder)
        except FileInvalid as error:
            wrong.append(error)
            continue
        left -= len(source)
        if left < 0:
            wrong.append(
                FileInvalid("file_too_large", file=folder / name, most=files.LARGEST // 1024)
            )
            break
        sources[path.relative_to(folder).as_posix()] = source
    return sources


def sample(folder: Path, kind: str, language: str) -> Recipient:
    """The reader that a preview shows when no subscriber is named. Raises FileInvalid."""
    path = folder / kind / SAMPLE
    try:
        readers = json.loads(_text(path, folder))
        return Recipient(**(readers.get(language) or next(iter(readers.values()))))
    except FileInvalid as error:
        if error.code != "file_missing":
            raise
        raise FileInvalid("sample_reader_missing", file=path) from error
    except json.JSONDecodeError as error:
        raise FileInvalid(
            "json_unreadable", reason=error.msg, file=path, line=error.lineno
        ) from error
    # What JSON reads and no reader can be: too deep, a number beyond measure, no texts.
    except (TypeError, AttributeError, StopIteration, ValueError, RecursionError) as error:
        raise FileInvalid(
            "sample_reader_malformed", file=path, reason=str(error), fields=Recipient._fields
        ) from error


def _text(path: Path, folder: Path) -> str:
    return _unix(files.text(path, folder))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
