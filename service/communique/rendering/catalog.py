"""Finds templates on disk: the triple of a kind, and the base that all kinds share.

Reads and checks for presence only; what the files say is checked where they are frozen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from communique.domain.mail import Reader
from communique.errors import CommuniqueError, FileInvalid, Problems
from communique.rendering.render import PARTS

BASE = "_base"
SAMPLE = "sample.json"
_SUFFIXES = {".txt", ".html", ".css", ".toml"}


def templates(folder: Path, kind: str) -> Mapping[str, str]:
    """Every template file that a release of this kind can reach: relative path to source.

    Raises Problems that names each file that is missing or cannot be read.
    """
    wrong: list[CommuniqueError] = []
    sources: dict[str, str] = {}
    for name in (BASE, kind):
        if not (folder / name).is_dir():
            wrong.append(
                FileInvalid(
                    f"there is no folder for {'the base' if name == BASE else f'kind “{kind}”'}",
                    file=folder / name,
                    remedy="it holds " + ", ".join(PARTS),
                )
            )
            continue
        wrong += [
            FileInvalid("the template is missing", file=folder / name / part)
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
        raise Problems(wrong, f"the templates for “{kind}” are not complete")
    return sources


def sample(folder: Path, kind: str, language: str) -> Reader:
    """The reader that a preview shows when no subscriber is named. Raises FileInvalid."""
    path = folder / kind / SAMPLE
    try:
        readers = json.loads(_text(path))
        return Reader(**(readers.get(language) or next(iter(readers.values()))))
    except FileNotFoundError as error:
        raise FileInvalid("the sample reader is missing", file=path) from error
    except json.JSONDecodeError as error:
        raise FileInvalid(f"is not JSON: {error.msg}", file=path, line=error.lineno) from error
    except (TypeError, AttributeError, StopIteration) as error:
        raise FileInvalid(
            f"does not describe a reader: {error}",
            file=path,
            remedy="each language holds " + ", ".join(Reader._fields),
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise FileInvalid("is not UTF-8", file=path, line=line) from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileInvalid(f"cannot be read: {error.strerror}", file=path) from error
