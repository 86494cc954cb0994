"""Finds templates on disk: the triple of a kind or a letter, and the base that each rests on.

Reads and checks for presence only; what the files say is checked where they are frozen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from communique.domain.mail import Recipient
from communique.errors import CommuniqueError, FileInvalid, Problems
from communique.messages.sources import PARTS

BASE, LETTER = "_base", "_letter"  # of all releases, of all letters
STYLE = "style.css"  # of both
SAMPLE = "sample.json"
_SUFFIXES = {".txt", ".html", ".css", ".toml"}


def templates(folder: Path, kind: str) -> Mapping[str, str]:
    """Every template file that a release of this kind can reach: relative path to source.

    Raises Problems that names each file that is missing or cannot be read.
    """
    return _triples(folder, BASE, kind, f"kind “{kind}”")


def letter_templates(folder: Path, purpose: str) -> Mapping[str, str]:
    """Every template file that a letter of this purpose can reach. Raises Problems likewise."""
    sources = _triples(folder, LETTER, purpose, f"the letter “{purpose}”")
    style = folder / BASE / STYLE
    if not style.is_file():
        missing = FileInvalid("style_sheet_missing", file=style)
        raise Problems([missing], "templates_incomplete", kind=purpose)
    return {**sources, f"{BASE}/{STYLE}": _text(style)}


def _triples(folder: Path, base: str, kind: str, called: str) -> dict[str, str]:
    wrong: list[CommuniqueError] = []
    sources: dict[str, str] = {}
    for name, what in ((base, "the base"), (kind, called)):
        if not (folder / name).is_dir():
            wrong.append(
                FileInvalid(
                    "templates_folder_missing",
                    what=what,
                    file=folder / name,
                    parts=PARTS,
                )
            )
            continue
        wrong += [
            FileInvalid("template_missing", file=folder / name / part)
            for part in PARTS
            if not (folder / name / part).is_file()
        ]
        for path in sorted((folder / name).iterdir()):
            if path.suffix in _SUFFIXES:
                try:
                    sources[path.relative_to(folder).as_posix()] = _text(path)
                except FileInvalid as error:
                    wrong.append(error)
    if wrong:
        raise Problems(wrong, "templates_incomplete", kind=kind)
    return sources


def sample(folder: Path, kind: str, language: str) -> Recipient:
    """The reader that a preview shows when no subscriber is named. Raises FileInvalid."""
    path = folder / kind / SAMPLE
    try:
        readers = json.loads(_text(path))
        return Recipient(**(readers.get(language) or next(iter(readers.values()))))
    except FileNotFoundError as error:
        raise FileInvalid("sample_reader_missing", file=path) from error
    except json.JSONDecodeError as error:
        raise FileInvalid(
            "json_unreadable", reason=error.msg, file=path, line=error.lineno
        ) from error
    except (TypeError, AttributeError, StopIteration) as error:
        raise FileInvalid(
            "sample_reader_malformed", file=path, reason=str(error), fields=Recipient._fields
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise FileInvalid("file_not_utf8", file=path, line=line) from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileInvalid("file_unreadable", reason=error.strerror, file=path) from error
