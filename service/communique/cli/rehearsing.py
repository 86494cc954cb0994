"""What the demo makes of the samples: an activity and an advantage of the weeks to come, newsrooms.

The samples are of 2019, as the memorandum is; what is over cannot go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tomlkit

EVENING, WELCOME = "boston-evening", "boston-welcome"
_OF = "{key}-2019"
_CLOSED = "# [newsroom]\n# since = 2027-06-01\n"


def write(desk: Path, today: date) -> None:
    """Write the releases EVENING and WELCOME beside the samples, and open both newsrooms."""
    evening = today + timedelta(weeks=6, days=3 - today.weekday())  # a Thursday
    fields: Mapping[str, Mapping[str, Any]] = {
        EVENING: {
            "starts": f"{evening} 17:30",
            "ends": f"{evening} 20:00",
            "register_by": evening - timedelta(weeks=1),
        },
        WELCOME: {"starts": today, "ends": today + timedelta(days=365)},
    }
    for key, changed in fields.items():
        sample, folder = desk / "releases" / _OF.format(key=key), desk / "releases" / key
        folder.mkdir()
        for path in sorted(sample.glob("*.md")):
            (folder / path.name).write_bytes(path.read_bytes())
        common = tomlkit.parse((sample / "release.toml").read_text(encoding="utf-8"))
        common["fields"].update(changed)
        (folder / "release.toml").write_text(tomlkit.dumps(common), encoding="utf-8")
    for path in sorted((desk / "subscribers").glob("*/association.toml")):
        text = path.read_text(encoding="utf-8")
        opened = f"[newsroom]\nsince = {today - timedelta(days=1)}\n"
        path.write_text(text.replace(_CLOSED, opened), encoding="utf-8")
