"""Every setting explained: what `communique settings` prints, and `docs/settings.md` holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from communique.settings import PREFIX, SECRETS, Settings, TransportSettings

PAGE = """\
# Settings

This page is what `communique settings` prints; `make docs` writes it from `communique.settings`.

Each setting is an environment variable. It may also stand in the file `.env` of the desk's folder,
or be the content of a file of that name in lower case in `{secrets}` (such as
`{secrets}/{lower}database_url`), as container engines provide secrets.
The environment goes before `.env`, and `.env` before files. Durations are ISO 8601 (`PT1H30M`).

The desk's folder is `{prefix}HOME`, or else the folder that `communique` is run in. With
`{prefix}HOME` in the environment, only the `.env` of that folder is read, whatever stands in the
one that `communique` is run in. Where `{prefix}HOME` stands in a `.env` itself, both that file and
the `.env` of the folder which it names are read, and the latter goes first.

In the environment and in `.env`, a `{prefix}…` that is none of these is refused. In `.env`, a value
with a `$` stands in single quotes: elsewhere others, docker compose say, replace what follows it.

{settings}

## Transports

Each relay has a name of your choice in place of `<NAME>`. The one named `DEFAULT` is used by every
association that has none of its own. As long as there is none of that name, the mail of these
associations goes to the built-in mailbox; that of an association with a relay leaves the machine.

{transports}
"""
HEADING = ("variable", "meaning", "default")


@dataclass(frozen=True, slots=True)
class Words:
    """The page in a language; a meaning that it lacks is said in English."""

    page: str = PAGE
    heading: tuple[str, str, str] = HEADING
    meanings: Mapping[str, str] = field(default_factory=dict)  # by the English


def settings_reference(words: Words = Words()) -> str:
    """The page, in Markdown."""
    return words.page.format(
        prefix=PREFIX,
        lower=PREFIX.lower(),
        secrets=SECRETS,
        settings=_table(PREFIX, Settings.model_fields, words),
        transports=_table(f"{PREFIX}TRANSPORTS__<NAME>__", TransportSettings.model_fields, words),
    )


def meanings() -> Iterator[str]:
    """What the page says of each setting."""
    for model in (Settings, TransportSettings):
        for name, one in model.model_fields.items():
            if name != "transports":
                yield one.description or ""


def _table(prefix: str, fields: dict[str, FieldInfo], words: Words) -> str:
    rows = [
        (f"`{prefix}{name.upper()}`", words.meanings.get(said, said), _default(one.default))
        for name, one in fields.items()
        if name != "transports" and (said := one.description or "")
    ]
    lines = [f"| {' | '.join(row)} |" for row in (words.heading, *rows)]
    return "\n".join([lines[0], "|---|---|---|", *lines[1:]])


def _default(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", PydanticUndefined):
        return ""
    text = to_jsonable_python(value)
    return f"`{str(text).lower() if isinstance(text, bool) else text}`"
