"""Reads what people keep in the folders of a desk: regular files, bounded, and none from elsewhere.

A link that leads out of its folder could show in a preview what is secret here, and a pipe or a
device would keep whoever reads it waiting for ever. Files that a person names for one command, or
in a setting, are not of these. It must never write.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from communique.errors import FileInvalid
from communique.facts import Fact

LARGEST = 512 * 1024  # octets; the longest message there may be has a fifth of it

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def octets(path: Path, folder: Path) -> bytes:
    """What a file in `folder` holds. Raises FileInvalid."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()):
            raise FileInvalid("file_outside_folder", file=path, folder=folder)
        # A pipe would be waited for without O_NONBLOCK, and a link that is put there meanwhile
        # followed without O_NOFOLLOW.
        handle = os.open(real, _OPEN)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise FileInvalid("file_not_regular", file=path)
            found = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise FileInvalid("file_missing", file=path) from error
    except IsADirectoryError as error:
        raise FileInvalid("file_not_regular", file=path) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        reason = getattr(error, "strerror", None) or str(error)
        raise FileInvalid("file_unreadable", file=path, reason=reason) from error
    if len(found) > LARGEST:
        raise FileInvalid("file_too_large", file=path, most=LARGEST // 1024)
    return found


def text(path: Path, folder: Path, encoding: str = "utf-8") -> str:
    """The text of a file in `folder`. Raises FileInvalid."""
    found = octets(path, folder)
    try:
        return found.decode(encoding)
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        raise FileInvalid("file_not_utf8", file=path, line=line) from error


class NotToml(ValueError):
    """What should be TOML is not. `reason`: the reader's own words; `line`: None at the end."""

    def __init__(self, reason: str | Fact, line: int | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.line = line


def toml(source: str) -> dict[str, Any]:
    """What TOML says. Raises NotToml for whatever is wrong with it."""
    try:
        return tomllib.loads(source)
    except RecursionError as error:
        raise NotToml(Fact("toml_too_deep")) from error
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        reason = re.sub(r" \(at [^()]*\)$", "", str(error))
        raise NotToml(reason, int(at[1]) if at else None) from error
    except ValueError as error:  # Python's own, of a number beyond some 4,300 digits
        raise NotToml(Fact("toml_number_too_long")) from error
