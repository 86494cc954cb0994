"""Settings: one frozen object, read once from `COMMUNIQUE_…` variables, `.env` and secret files.

Nothing else in the package reads the environment. `docs/settings.md` is generated from this class.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import EnvSettingsSource, SettingsConfigDict, SettingsError

from communique.domain.address import domain_name
from communique.domain.agreement import Beyond
from communique.errors import Invalid, SettingsInvalid
from communique.facts import Fact
from communique.settings.complaints import Wrong, complaint
from communique.settings.envfile import EnvFile, WithEnvFile, doubts
from communique.settings.hosts import here, on_this_machine

PREFIX = "COMMUNIQUE_"
SECRETS = Path("/run/secrets")
_FILES = ("password_file", "client_certificate", "client_key", "ca_file")  # of a relay


class Tls(StrEnum):
    """How a connection to a relay is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


class Engine(StrEnum):
    """What carries work to workers."""

    LOCAL = "local"
    DISTRIBUTED = "distributed"


class TransportSettings(BaseModel):
    """One relay. Set with `COMMUNIQUE_TRANSPORTS__<NAME>__<FIELD>`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Name or address of the relay.")
    port: PositiveInt = Field(2525, le=65535, description="587 for STARTTLS, 465 for implicit TLS.")
    tls: Tls = Field(
        Tls.STARTTLS,
        description="`starttls`, `implicit`, or `none` (a plain connection, only if you say so).",
    )
    username: str | None = Field(None, description="Name for SMTP AUTH.")
    password: SecretStr | None = Field(None, description="Password for SMTP AUTH.")
    password_file: Path | None = Field(
        None, description="File that holds the password (below `home` if relative)."
    )
    client_certificate: Path | None = Field(None, description="PEM certificate to show the relay.")
    client_key: Path | None = Field(None, description="PEM key of that certificate.")
    ca_file: Path | None = Field(
        None, description="PEM authorities to trust instead of the system's."
    )
    connections: PositiveInt = Field(
        10, le=200, description="Connections open at once, at most, from one process."
    )
    per_connection: PositiveInt = Field(
        100, description="Messages after which a connection is retired."
    )
    rate: PositiveFloat | None = Field(None, description="Messages per `rate_period`, at most.")
    rate_period: timedelta = Field(timedelta(seconds=1), description="Period of `rate` (`PT1M`).")
    domain_rate: PositiveFloat | None = Field(
        None, description="Messages per `rate_period` to any one recipient domain, at most."
    )
    pipelining: bool = Field(True, description="Use RFC 2920 where the relay offers it.")
    ehlo: str | None = Field(
        None,
        description="Name that this machine gives at EHLO: a domain, or an address in brackets. "
        "Unset: the host of `public_url`, or this end's address where that has no domain.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _unset(cls, given: object, info: ValidationInfo) -> object:
        """What may be unset is so when it is empty; as a path that would be the folder itself."""
        may_be = cls.model_fields[info.field_name or ""].get_default() is None
        return None if given == "" and may_be else given

    @field_validator("ehlo")
    @classmethod
    def _name(cls, given: str | None) -> str | None:
        if given is None or re.fullmatch(r"\[(IPv6:)?[0-9A-Fa-f.:]+\]", given):
            return given
        try:
            return domain_name(given)
        except Invalid as error:
            raise Wrong(error.fact) from None

    @model_validator(mode="after")
    def _passwords(self) -> Self:
        if self.password and self.password_file:
            raise Wrong(Fact("password_twice"))
        if self.username and not (self.password or self.password_file):
            raise Wrong(Fact("username_without_password"))
        if self.username and self.tls is Tls.NONE and not on_this_machine(self.host):
            raise Wrong(Fact("password_in_clear"))
        return self

    def secret(self) -> str | None:
        """The password, from wherever it is kept."""
        if self.password_file:
            return self.password_file.read_text(encoding="utf-8").strip()
        return self.password.get_secret_value() if self.password else None


class Settings(WithEnvFile):
    """All that a desk can be told from outside."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # what was put in may be a password
    )

    home: Path = Field(
        Path(), description="The desk's folder: `templates/`, `subscribers/`, `releases/`."
    )
    data: Path = Field(
        Path("var"), description="Where the desk keeps what it owns (below `home` if relative)."
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="SQLAlchemy URL. Empty: SQLite in `data`. "
        "`postgresql://…` needs the extra `postgresql`.",
    )
    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: NonNegativeInt = Field(8025, le=65535, description="Port that `serve` listens on.")
    proxies: str = Field(
        "127.0.0.1 ::1",
        description="Addresses of proxies that stand before the pages, separated by blanks: who "
        "asks is whom they name. Any other address may hold 50 connections.",
    )
    public_url: str = Field(
        default_factory=lambda told: here(told["host"], told["port"]),
        description="Where members reach the public pages; https once a relay is configured. "
        "Unset: `http://` with `host` and `port`.",
    )
    keys: SecretStr | None = Field(
        None,
        description="Signing keys as `id:hex` (an id has 1 to 8 letters and digits), separated by "
        "blanks, the one in use first. "
        "Unset: kept in `data`/keys, made at the first start; if lost, put back from your copy.",
    )
    engine: Engine = Field(
        Engine.LOCAL,
        description="What carries work to workers. `local`: this one process, alone at its "
        "database. `distributed`: as many processes and machines as you start, over PostgreSQL; "
        "needs the extra `distributed`, and a relay as transport `default`.",
    )
    transports: dict[str, TransportSettings] = Field(
        default_factory=dict,
        description="Relays by name. The built-in mailbox is `default` unless that is one.",
    )
    mailbox_host: str = Field("127.0.0.1", description="Address of the built-in mailbox.")
    mailbox_port: NonNegativeInt = Field(
        2525, le=65535, description="Port of the built-in mailbox."
    )
    late_after: timedelta = Field(
        timedelta(hours=1),
        description="A release not picked up this long after its hour is `missed` and asks.",
    )
    beyond_term: Beyond = Field(
        Beyond.ASK,
        description="An hour at which a release’s agreement is not in force: `ask` or `refuse`.",
    )
    batch_size: PositiveInt = Field(
        500, le=5000, description="Deliveries in one batch, which are claimed at once."
    )
    workers: PositiveInt = Field(
        2, le=64, description="Batches worked at once, of each association, by one process."
    )
    lease: timedelta = Field(
        timedelta(minutes=15),
        ge=timedelta(minutes=12),
        description="How long a claim lasts; above the 10 minutes that a final reply may take.",
    )
    stop_within: timedelta = Field(
        timedelta(seconds=8),
        ge=timedelta(seconds=1),
        lt=timedelta(seconds=10),
        description="How long a stop may take; three quarters of it are a relay's, to answer in.",
    )
    session_idle: timedelta = Field(
        timedelta(hours=12),
        ge=timedelta(minutes=5),
        description="How long somebody stays signed in at the desk without doing anything.",
    )
    session_lifetime: timedelta = Field(
        timedelta(days=14),
        ge=timedelta(minutes=5),
        le=timedelta(days=90),
        description="How long somebody stays signed in at most. The operator: 12 hours at most.",
    )

    language: Literal["", "fr", "en"] = Field(
        "",
        description="What commands speak, `fr` or `en`: from the environment or `.env`. "
        "Unset: as `LC_ALL`, `LC_MESSAGES` or `LANG` says.",
    )
    log_json: bool = Field(False, description="Log as JSON, one object a line.")

    @field_validator("transports")
    @classmethod
    def _files_of_relays(
        cls, told: dict[str, TransportSettings], info: ValidationInfo
    ) -> dict[str, TransportSettings]:
        """A relay's files are the desk's, from wherever a command is run."""
        home = Path(info.data.get("home", "")).resolve()
        return {
            name: one.model_copy(
                update={file: home / path for file in _FILES if (path := getattr(one, file))}
            )
            for name, one in told.items()
        }

    @property
    def data_folder(self) -> Path:
        """`data`, made absolute."""
        return (self.home / self.data).resolve()

    @property
    def templates(self) -> Path:
        """Folder of the templates."""
        return (self.home / "templates").resolve()

    @property
    def subscribers(self) -> Path:
        """Folder of the declared associations and lists."""
        return (self.home / "subscribers").resolve()

    @property
    def uploads(self) -> Path:
        """Folder of spreadsheets that somebody brought on a page, until they are taken in."""
        return self.data_folder / "uploads"

    @property
    def mailbox(self) -> Path:
        """Folder where the built-in mailbox keeps what it receives."""
        return self.data_folder / "mailbox"

    @property
    def uses_mailbox(self) -> bool:
        """Whether the mail of an association without a relay of its own stays in the mailbox."""
        return "default" not in self.transports

    @property
    def own_database(self) -> Path | None:
        """The SQLite file in `data`; None where `database_url` names another database."""
        if self.database_url.get_secret_value():
            return None
        return self.data_folder / "communique.sqlite"

    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        own = self.own_database
        if own:
            return f"sqlite+aiosqlite:///{own}"
        # As hosts of databases write it; there is one driver for it here.
        return re.sub(
            r"\Apostgres(ql)?://", "postgresql+psycopg://", self.database_url.get_secret_value()
        )

    @model_validator(mode="after")
    def _public(self) -> Self:
        if self.transports and not self.public_url.startswith("https://"):
            raise Wrong(Fact("public_url_not_https", name=f"{PREFIX}PUBLIC_URL"))
        return self

    @model_validator(mode="after")
    def _several(self) -> Self:
        if self.engine is Engine.LOCAL:
            return self
        name = f"{PREFIX}ENGINE"
        if not self.url().startswith("postgresql"):
            url = f"{PREFIX}DATABASE_URL"
            raise Wrong(Fact("several_without_postgresql", name=name, other=url))
        if self.uses_mailbox:
            relay = f"{PREFIX}TRANSPORTS__DEFAULT__HOST"
            raise Wrong(Fact("several_with_mailbox", name=name, other=relay))
        if counted := [name for name, one in self.transports.items() if one.domain_rate]:
            raise Wrong(Fact("several_count_apart", name=name, relays=counted))
        return self


def load() -> Settings:
    """Read the settings. Raises SettingsInvalid naming each variable and what is wrong with it."""
    files = _files()
    _refuse_strangers(files)
    try:
        return Settings(_env_file=files, _secrets_dir=SECRETS if SECRETS.is_dir() else None)
    except ValidationError as error:
        complaints = [complaint(one, PREFIX) for one in error.errors()]
        raise SettingsInvalid("settings_invalid", complaints=complaints) from error
    except SettingsError as error:  # only relays can be told as JSON
        said = Fact("setting_not_json", name=f"{PREFIX}TRANSPORTS")
        raise SettingsInvalid("settings_invalid", complaints=[said]) from error


def _files() -> tuple[Path, ...]:
    """The `.env` of the desk; before it, one that stands here and says where the desk is."""
    name, here = f"{PREFIX}HOME".lower(), Path(".env")
    if home := EnvSettingsSource(Settings).env_vars.get(name):
        return (Path(home) / ".env",)  # never another desk's, which we only happen to be in
    home = EnvFile(Settings, env_file=here).env_vars.get(name)
    return (here, Path(home) / ".env") if home else (here,)


def _refuse_strangers(files: Sequence[Path]) -> None:
    """No name is passed over: one letter less in a relay's, and the mailbox would take its mail.

    Nor is a value that somebody else reads otherwise.
    """
    told: dict[Path | None, Mapping[str, str | None]] = {
        None: EnvSettingsSource(Settings).env_vars,
        **{one: EnvFile(Settings, env_file=one).env_vars for one in files},
    }
    complaints = [each for file, variables in told.items() for each in _strangers(file, variables)]
    complaints += [each for one in files for each in doubts(one, PREFIX)]
    if complaints:
        raise SettingsInvalid("settings_doubtful", complaints=complaints)


def _strangers(file: Path | None, variables: Mapping[str, object]) -> Iterator[Fact]:
    """The variables of a file, or of the environment, that are called like a setting of ours."""
    prefix = PREFIX.lower()
    for variable in variables:
        near = variable.startswith(prefix) and _mistaken(variable.removeprefix(prefix).upper())
        if near:
            told = {"name": variable.upper(), "near": f"{PREFIX}{near}"}
            yield (
                Fact("setting_unknown_in_file", path=file, **told)
                if file
                else Fact("setting_unknown", **told)
            )


def _mistaken(name: str) -> str | None:
    """The setting that is called most like this; None where it is one itself."""
    plain = [one.upper() for one in Settings.model_fields]
    fields = [one.upper() for one in TransportSettings.model_fields]
    match name.split("__"):
        case [one] if one in plain:
            return None
        case ["TRANSPORTS", relay] if not relay.endswith(tuple(f"_{one}" for one in fields)):
            return None  # all of it at once, as JSON
        case ["TRANSPORTS", _, field] if field in fields:
            return None
    words = [one for one in name.split("_") if one]
    relays = {"DEFAULT", *("_".join(words[1:end]) for end in range(2, len(words)))}
    known = plain + [f"TRANSPORTS__{relay}__{one}" for relay in sorted(relays) for one in fields]
    return difflib.get_close_matches(name, known, n=1, cutoff=0)[0]


def surroundings() -> dict[str, str]:
    """The environment without any setting of ours, for a process that is given others."""
    return {
        name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)
    }
