"""Every setting explained: what `communique settings` prints, and `docs/settings.md` holds."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from communique.settings import PREFIX, SECRETS, Settings, TransportSettings


def settings_reference() -> str:
    """The page, in Markdown."""
    return f"""\
# Settings

This page is what `communique settings` prints; `make docs` writes it from `communique.settings`.

Each setting is an environment variable. It may also stand in the file `.env` of the desk's folder,
or be the content of a file of that name in lower case in `{SECRETS}` (such as
`{SECRETS}/{PREFIX.lower()}database_url`), as container engines provide secrets.
The environment goes before `.env`, and `.env` before files. Durations are ISO 8601 (`PT1H30M`).

The desk's folder is `{PREFIX}HOME`, or else the folder that `communique` is run in. With
`{PREFIX}HOME` in the environment, only the `.env` of that folder is read, whatever stands in the
one that `communique` is run in. Where `{PREFIX}HOME` stands in a `.env` itself, both that file and
the `.env` of the folder which it names are read, and the latter goes first.

In the environment and in `.env`, a `{PREFIX}…` that is none of these is refused. In `.env`, a value
with a `$` stands in single quotes: elsewhere others, docker compose say, replace what follows it.

{_table(PREFIX, Settings.model_fields)}

## Transports

Each relay has a name of your choice in place of `<NAME>`. The one named `DEFAULT` is used by every
association that has none of its own. As long as there is none of that name, the mail of these
associations goes to the built-in mailbox; that of an association with a relay leaves the machine.

{_table(PREFIX + "TRANSPORTS__<NAME>__", TransportSettings.model_fields)}
"""


def _table(prefix: str, fields: dict[str, FieldInfo]) -> str:
    rows = [
        f"| `{prefix}{name.upper()}` | {field.description} | {_default(field.default)} |"
        for name, field in fields.items()
        if name != "transports"
    ]
    return "\n".join(["| variable | meaning | default |", "|---|---|---|", *rows])


def _default(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", PydanticUndefined):
        return ""
    text = to_jsonable_python(value)
    return f"`{str(text).lower() if isinstance(text, bool) else text}`"
