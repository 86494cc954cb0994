"""Settings come from variables, `.env` and secret files, and say which variable is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from communique import settings
from communique.errors import SettingsInvalid
from communique.settings import Settings, Tls, TransportSettings, load
from communique.settings.reference import settings_reference
from communique.wording import Remedy

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
REFERENCE = settings_reference()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder without `.env`, on a machine without secret files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "SECRETS", tmp_path / "secrets")


def test_nothing_leaves_the_machine_until_a_relay_is_configured(tmp_path: Path) -> None:
    desk = load()
    assert desk.uses_mailbox
    assert desk.mailbox == tmp_path / "var" / "mailbox"
    assert desk.url() == f"sqlite+aiosqlite:///{tmp_path}/var/communique.sqlite"


def test_a_relay_is_told_by_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMUNIQUE_PUBLIC_URL", "https://news.example.org")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__DEFAULT__HOST", "smtp.example.org")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__DEFAULT__TLS", "implicit")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__DEFAULT__RATE_PERIOD", "PT1M")
    desk = load()
    assert not desk.uses_mailbox
    relay = desk.transports["default"]
    assert (relay.host, relay.tls) == ("smtp.example.org", Tls.IMPLICIT)
    assert relay.rate_period == timedelta(minutes=1)


def test_a_variable_goes_before_dotenv_and_dotenv_before_a_secret_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets").mkdir()
    for name, value in (("port", "1"), ("workers", "1"), ("batch_size", "101")):
        (tmp_path / "secrets" / f"communique_{name}").write_text(f"{value}\n")
    (tmp_path / ".env").write_text("COMMUNIQUE_PORT=2\nCOMMUNIQUE_WORKERS=2\n")
    monkeypatch.setenv("COMMUNIQUE_PORT", "3")
    desk = load()
    assert (desk.port, desk.workers, desk.batch_size) == (3, 2, 101)


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("'pa$word'", "pa$word"),
        ("'pa${HOME}word'", "pa${HOME}word"),
        ("'pa $$ #word'", "pa $$ #word"),
        ('"pa #word"', "pa #word"),
        ("pa#word", "pa#word"),
        (r"'pa\'$word'", "pa'$word"),
    ],
)
def test_a_password_in_the_env_file_is_what_others_read_too(
    tmp_path: Path, written: str, password: str
) -> None:
    (tmp_path / ".env").write_text(
        "OTHERS=$HOME\nCOMMUNIQUE_PUBLIC_URL=https://n.example # a remark\n"
        f"COMMUNIQUE_TRANSPORTS__DEFAULT__PASSWORD={written}\n"
    )
    found = load().transports["default"].password
    assert found
    assert found.get_secret_value() == password


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("TRANSPORTS__DEFAULT__PASSWORD=pa$word", "has a \\$"),
        ('TRANSPORTS__DEFAULT__PASSWORD="pa${HOME}word"', "has a \\$"),
        ("DATA=$HOME/desk", "has a \\$"),
        ("TRANSPORTS__DEFAULT__PASSWORD=pa #word", "has a # after a blank"),
        ("export COMMUNIQUE_DATA=$HOME/desk", "has a \\$"),
    ],
)
def test_what_docker_compose_reads_otherwise_is_refused_and_not_shown(
    tmp_path: Path, line: str, why: str
) -> None:
    line = line if line.startswith("export") else f"COMMUNIQUE_{line}"
    (tmp_path / ".env").write_text(f"COMMUNIQUE_PUBLIC_URL=https://n.example\n{line}\n")
    with pytest.raises(SettingsInvalid, match=why) as refused:
        load()
    assert "single quotes" in str(refused.value)
    assert "word" not in str(refused.value).replace("password", "").replace("PASSWORD", "")


def test_the_env_file_is_the_desks_wherever_a_command_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / ".env").write_text("COMMUNIQUE_PORT=2\n")
    monkeypatch.setenv("COMMUNIQUE_HOME", str(desk))
    assert load().port == 2
    # Another desk, whose folder we happen to be in: its relays are not ours.
    (tmp_path / ".env").write_text("COMMUNIQUE_PORT=1\nCOMMUNIQUE_WORKERS=1\n")
    assert (load().port, load().workers) == (2, Settings.model_fields["workers"].default)
    monkeypatch.delenv("COMMUNIQUE_HOME")
    assert load().port == 1


def test_an_env_file_that_names_the_desk_goes_after_the_desks_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / ".env").write_text("COMMUNIQUE_PORT=2\n")
    (tmp_path / ".env").write_text(
        "COMMUNIQUE_HOME=desk\nCOMMUNIQUE_PORT=1\nCOMMUNIQUE_WORKERS=1\n"
    )
    assert (load().home, load().port, load().workers) == (Path("desk"), 2, 1)
    (tmp_path / "desk" / ".env").write_text("COMMUNIQUE_PROT=2\n")
    with pytest.raises(SettingsInvalid, match=r"in desk/\.env is no setting"):
        load()


def test_the_password_of_a_relay_may_stay_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("très secret\n", encoding="utf-8")
    monkeypatch.setenv("COMMUNIQUE_PUBLIC_URL", "https://desk.example")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__OTHER__USERNAME", "desk")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__OTHER__PASSWORD_FILE", str(tmp_path / "password"))
    assert load().transports["other"].secret() == "très secret"


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"COMMUNIQUE_PORT": "80000"}, "COMMUNIQUE_PORT: it must be at most 65535"),
        ({"COMMUNIQUE_TRANSPORTS__A__PORT": "smtp"}, "COMMUNIQUE_TRANSPORTS__A__PORT: "),
        ({"COMMUNIQUE_TRANSPORTS__A__USERNAME": "b"}, "COMMUNIQUE_TRANSPORTS__A: username needs"),
        (
            {
                "COMMUNIQUE_TRANSPORTS__A__USERNAME": "b",
                "COMMUNIQUE_TRANSPORTS__A__PASSWORD": "hush",
                "COMMUNIQUE_TRANSPORTS__A__TLS": "none",
                "COMMUNIQUE_TRANSPORTS__A__HOST": "relay.example",
            },
            "COMMUNIQUE_TRANSPORTS__A: with tls none, whoever is on the way to the relay reads",
        ),
        ({"COMMUNIQUE_TRANSPORTS": "{"}, "COMMUNIQUE_TRANSPORTS is not JSON"),
        ({"COMMUNIQUE_TRANSPORTS__DEFAULT__HOST": "b"}, "COMMUNIQUE_PUBLIC_URL must be https"),
        ({"COMMUNIQUE_LEASE": "PT5M"}, "COMMUNIQUE_LEASE: it must be at least PT12M"),
        ({"COMMUNIQUE_LATE_AFTER": "1h"}, "COMMUNIQUE_LATE_AFTER: write it as PT1H (an hour)"),
        ({"COMMUNIQUE_LATE_AFTER": "15 minutes"}, "COMMUNIQUE_LATE_AFTER: write it as PT1H"),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], complaint: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as caught:
        load()
    assert complaint in str(caught.value)
    assert not str(caught.value.message).startswith("settings")
    assert caught.value.remedy is Remedy.EXPLAIN_SETTINGS


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("COMMUNIQUE_TRANSPORT__DEFAULT__HOST", "COMMUNIQUE_TRANSPORTS__DEFAULT__HOST"),
        ("COMMUNIQUE_TRANSPORTS_DEFAULT_HOST", "COMMUNIQUE_TRANSPORTS__DEFAULT__HOST"),
        ("COMMUNIQUE_TRANSPORTS__MASSBIO_PORT", "COMMUNIQUE_TRANSPORTS__MASSBIO__PORT"),
        ("COMMUNIQUE_TRANSPORT__MASS_BIO__RATE", "COMMUNIQUE_TRANSPORTS__MASS_BIO__RATE"),
        ("COMMUNIQUE_TRANSPORTS__A__HOTS", "COMMUNIQUE_TRANSPORTS__A__HOST"),
        ("COMMUNIQUE_TRANSPORTS__A__HOST__X", "COMMUNIQUE_TRANSPORTS__A__HOST"),
        ("COMMUNIQUE_TRANSPORTS__A__B__HOST", "COMMUNIQUE_TRANSPORTS__A_B__HOST"),
        ("COMMUNIQUE_PROT", "COMMUNIQUE_PORT"),
        ("COMMUNIQUE_PUBLICURL", "COMMUNIQUE_PUBLIC_URL"),
    ],
)
@pytest.mark.parametrize("file", [False, True], ids=["environment", ".env"])
def test_a_name_that_is_no_setting_is_refused_with_the_nearest_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, nearest: str, file: bool
) -> None:
    if file:
        (tmp_path / ".env").write_text(f"OTHER=2\n{name.lower()}=hush\n")
    else:
        monkeypatch.setenv(name, "hush")
    where = "in .env" if file else "in the environment"
    with pytest.raises(SettingsInvalid) as caught:
        load()
    assert caught.value.message == f"{name} {where} is no setting; did you mean {nearest}?"


def test_every_setting_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMUNIQUE_PUBLIC_URL", "https://desk.example")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS", '{"a": {"host": "relay.example"}}')
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__B", '{"host": "relay.example"}')
    monkeypatch.setenv("communique_transports__c_d__per_connection", "3")
    assert set(load().transports) == {"a", "b", "c_d"}


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "http://127.0.0.1:8025"),
        ({"PORT": "8080"}, "http://127.0.0.1:8080"),
        ({"HOST": "desk.lan", "PORT": "80"}, "http://desk.lan:80"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8025"),
        ({"HOST": "::"}, "http://[::1]:8025"),
        ({"HOST": "fd00::7"}, "http://[fd00::7]:8025"),
        ({"PORT": "8080", "PUBLIC_URL": "http://desk.lan"}, "http://desk.lan"),
    ],
)
def test_links_lead_to_where_the_desk_listens_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"COMMUNIQUE_{name}", value)
    assert load().public_url == url


def test_any_relay_asks_for_links_that_one_click_may_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__OTHER__HOST", "relay.example")
    with pytest.raises(SettingsInvalid, match="COMMUNIQUE_PUBLIC_URL must be https"):
        load()


DISTRIBUTED = {
    "ENGINE": "distributed",
    "DATABASE_URL": "postgresql+psycopg://desk@db/desk",
    "PUBLIC_URL": "https://desk.example",
    "TRANSPORTS__DEFAULT__HOST": "relay.example",
}


def test_many_may_work_at_one_postgresql_through_relays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in DISTRIBUTED.items():
        monkeypatch.setenv(f"COMMUNIQUE_{name}", value)
    assert load().engine is settings.Engine.DISTRIBUTED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"DATABASE_URL": ""}, "needs PostgreSQL: set COMMUNIQUE_DATABASE_URL"),
        ({"DATABASE_URL": "sqlite+aiosqlite:////srv/desk"}, "needs PostgreSQL"),
        (
            {"TRANSPORTS__DEFAULT__HOST": None, "TRANSPORTS__OTHER__HOST": "relay.example"},
            "needs a relay, .* set COMMUNIQUE_TRANSPORTS__DEFAULT__HOST",
        ),
        (
            {"TRANSPORTS__DEFAULT__DOMAIN_RATE": "5"},
            "keeps no DOMAIN_RATE, .* use RATE instead for default",
        ),
    ],
)
def test_what_many_could_not_share_is_refused(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], said: str
) -> None:
    for name, value in (DISTRIBUTED | changed).items():
        if value is not None:
            monkeypatch.setenv(f"COMMUNIQUE_{name}", value)
    with pytest.raises(SettingsInvalid, match=said):
        load()
    monkeypatch.setenv("COMMUNIQUE_ENGINE", "local")
    load()


def test_no_password_is_shown_in_an_error_or_a_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMUNIQUE_PUBLIC_URL", "https://desk.example")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__A__PASSWORD", "hush-1")
    monkeypatch.setenv("COMMUNIQUE_DATABASE_URL", "postgresql+psycopg://desk:hush-2@db/desk")
    assert "hush" not in repr(load())
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__A__PASSWORD_FILE", "both")
    with pytest.raises(SettingsInvalid) as caught:
        load()
    assert "hush" not in f"{caught.value} {caught.value.__cause__}"


def test_the_reference_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == REFERENCE, "run `make docs`"


def test_the_reference_explains_every_setting() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"`COMMUNIQUE_{name.upper()}`" in REFERENCE or name == "transports"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_password_may_go_in_clear_to_a_relay_on_this_machine(host: str) -> None:
    relay = TransportSettings(host=host, tls=Tls.NONE, username="b", password=SecretStr("hush"))
    assert relay.secret() == "hush"


def test_a_relays_files_are_the_desks_from_wherever_a_command_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "secret").write_text("hush\n", encoding="utf-8")
    monkeypatch.setenv("COMMUNIQUE_HOME", "desk")
    monkeypatch.setenv("COMMUNIQUE_PUBLIC_URL", "https://desk.example")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__A__USERNAME", "desk")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__A__PASSWORD_FILE", "secret")
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__A__CA_FILE", str(tmp_path / "ca.pem"))
    relay = load().transports["a"]
    assert relay.secret() == "hush"
    assert relay.ca_file == tmp_path / "ca.pem"


def test_what_may_be_unset_is_unset_when_it_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMUNIQUE_PUBLIC_URL", "https://desk.example")
    for name in ("CA_FILE", "CLIENT_KEY", "PASSWORD_FILE", "USERNAME", "RATE", "EHLO"):
        monkeypatch.setenv(f"COMMUNIQUE_TRANSPORTS__A__{name}", "")
    assert load().transports["a"] == TransportSettings()
    monkeypatch.setenv("COMMUNIQUE_TRANSPORTS__A__PORT", "")
    with pytest.raises(SettingsInvalid, match="TRANSPORTS__A__PORT"):
        load()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_is_named_as_its_host_names_it(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMUNIQUE_DATABASE_URL", f"{scheme}://me@db.example/desk")
    assert load().url() == "postgresql+psycopg://me@db.example/desk"
