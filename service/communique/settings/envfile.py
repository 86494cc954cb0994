"""The `.env` of a desk, read as whoever else reads such files: what they take otherwise is refused.

docker compose replaces `$NAME` and `${NAME}` unless the value stands in single quotes, and a shell
likewise; the library that reads it here would replace `${NAME}` even there. So nothing is replaced
here, and a `$` stands in single quotes, where it is a `$` to all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource
from pydantic_settings.sources.utils import parse_env_vars

from communique.facts import Fact

_SECRET = re.compile(r"_(PASSWORD|KEYS|DATABASE_URL)$", re.IGNORECASE)
_REMARK = re.compile(r"\s#")


class EnvFile(DotEnvSettingsSource):
    """The same source, which replaces nothing in a value."""

    @staticmethod
    def _static_read_env_file(
        file_path: Path,
        *,
        encoding: str | None = None,
        case_sensitive: bool = False,
        ignore_empty: bool = False,
        parse_none_str: str | None = None,
    ) -> Mapping[str, str | None]:
        values = dotenv_values(file_path, encoding=encoding or "utf-8", interpolate=False)
        return parse_env_vars(values, case_sensitive, ignore_empty, parse_none_str)


class WithEnvFile(BaseSettings):
    """Settings that read their `.env` so."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The usual ones, in the usual order."""
        file: Any = dotenv_settings
        own = EnvFile(settings_cls, file.env_file, file.env_file_encoding)
        return init_settings, env_settings, own, file_secret_settings


def doubts(path: Path, prefix: str) -> Iterator[Fact]:
    """The settings in a `.env` that others would read otherwise, and how to write them; no value.

    Settings are what begins with `prefix`.
    """
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for one in parse_stream(file):
            name = (one.key or "").upper()
            written = one.original.string.partition("=")[2].strip()
            if not name.startswith(prefix) or written.startswith("'"):
                continue
            if "$" in (one.value or ""):
                yield Fact("setting_with_dollar", name=name, path=path)
            elif not written.startswith('"') and _SECRET.search(name) and _REMARK.search(written):
                yield Fact("setting_with_remark", name=name, path=path)
