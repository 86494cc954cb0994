"""The desk's style, scripts and type, built from `frontend/`: each has a name of its content.

A browser keeps them for ever, since what changes has another name.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import Response
from starlette.responses import FileResponse

log = logging.getLogger(__name__)

FOLDER = Path(__file__).with_name("static")
AT = "/desk/static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".txt": "text/plain"}
FOR_EVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Built:
    """Where each file is to be asked for; nothing where none was built."""

    style: str = ""
    script: str = ""
    editor: str = ""  # the script of that page alone
    preloaded: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


@cache
def built() -> Built:
    """What was built. A page is plain without it, and works."""
    try:
        manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        log.error("the desk's style was not built; `python -m tools.front_end` in a checkout does")
        return Built()
    found = manifest["files"]
    return Built(
        f"{AT}/{found['desk.css']}",
        f"{AT}/{found['desk.js']}",
        f"{AT}/{found['editor.js']}",
        tuple(f"{AT}/{one}" for one in manifest["preloaded"]),
        frozenset(one.name for one in FOLDER.iterdir() if one.suffix in KINDS),
    )


def file(name: str) -> Response | None:
    """One of them, if it is one: a name that was not built leads nowhere."""
    if name not in built().names:
        return None
    kind = KINDS[Path(name).suffix]
    media = kind if kind == "font/woff2" else f"{kind}; charset=utf-8"
    return FileResponse(FOLDER / name, media_type=media, headers=FOR_EVER)
