"""The container set-up holds together, as far as can be told without an engine.

`SHAPE` is the part of the Compose specification that `docker-compose.yml` uses, as a JSON schema:
what it does not know is refused, so that a misspelt key cannot pass.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from communique.settings import Settings, TransportSettings

CHECKOUT = Path(__file__).parents[2]
# From the inside out: one may stand within another.
INTERPOLATION = re.compile(r"\$\{(\w+)(?::([-?+])([^{}]*))?\}")

SECONDS = {"type": "string", "pattern": r"^([0-9]+(us|ms|s|m|h))+$"}
NAMES = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
SHAPE = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-zA-Z0-9._-]+$"},
            "additionalProperties": {"$ref": "#/$defs/service"},
        },
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
        "secrets": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {"file": {"type": "string"}},
            },
        },
    },
    "$defs": {
        "service": {
            "type": "object",
            "oneOf": [{"required": ["image"]}, {"required": ["build"]}],
            "required": ["healthcheck", "restart"],
            "additionalProperties": False,
            "properties": {
                "image": {"type": "string", "pattern": r"^[a-z0-9/.-]+:[\w.-]+$"},
                "build": {"type": "string"},
                "profiles": {**NAMES, "items": {"pattern": "^[a-zA-Z0-9][a-zA-Z0-9_.-]+$"}},
                "depends_on": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "required": ["condition"],
                        "additionalProperties": False,
                        "properties": {"condition": {"const": "service_healthy"}},
                    },
                },
                # A value that YAML reads as true or 1.0 is not the text that was meant.
                "environment": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "integer"]},
                },
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "secrets": NAMES,
                "ports": {
                    **NAMES,
                    "items": {"pattern": r"^127\.0\.0\.1:[0-9]{1,5}:[0-9]{1,5}(/(tcp|udp))?$"},
                },
                "volumes": {**NAMES, "items": {"pattern": r"^(\./)?[\w-]+:/[\w/.-]+(:(ro|rw))?$"}},
                "tmpfs": {**NAMES, "items": {"pattern": "^/"}},
                "read_only": {"type": "boolean"},
                "cap_drop": NAMES,
                "security_opt": NAMES,
                "shm_size": {"type": "string", "pattern": "^[0-9]+(b|k|kb|m|mb|g|gb)$"},
                "stop_grace_period": SECONDS,
                "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
                "healthcheck": {
                    "type": "object",
                    "required": ["test"],
                    "additionalProperties": False,
                    "properties": {
                        "test": {
                            "type": "array",
                            "minItems": 2,
                            "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}],
                            "items": {"type": "string"},
                        },
                        "interval": SECONDS,
                        "timeout": SECONDS,
                        "start_period": SECONDS,
                        "retries": {"type": "integer", "minimum": 1},
                    },
                },
            },
        }
    },
}

Compose = dict[str, Any]


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, as the specification does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"{node.start_mark}: a key stands twice in {keys}"
        return super().construct_mapping(node, deep)


@pytest.fixture(scope="module")
def compose() -> Compose:
    text = (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=_Strict)
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def instructions() -> list[list[str]]:
    """The Dockerfile's instructions, each as its words."""
    text = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def resolved(value: object, **variables: str) -> str:
    """What Compose makes of `${NAME:-default}`, `${NAME:+instead}` and `${NAME:?or it refuses}`."""

    def one(found: re.Match[str]) -> str:
        name, how, text = found.groups()
        told = variables.get(name, "")
        match how:
            case "+":
                return text if told else ""
            case "?":
                return told or f"refused: {text}"
        return told or text or ""

    text = str(value)
    while INTERPOLATION.search(text):
        text = INTERPOLATION.sub(one, text)
    return text


def desk(compose: Compose, **variables: str) -> dict[str, str]:
    environment = compose["services"]["communique"]["environment"]
    return {name: resolved(value, **variables) for name, value in environment.items()}


def test_the_file_has_the_shape_that_the_specification_asks_for(compose: Compose) -> None:
    jsonschema.Draft202012Validator.check_schema(SHAPE)
    jsonschema.Draft202012Validator(SHAPE).validate(compose)


def test_the_services_are_the_desk_its_database_a_mailbox_and_a_relay(compose: Compose) -> None:
    assert set(compose["services"]) == {"communique", "postgres", "mailbox", "relay"}
    assert compose["services"]["postgres"]["image"] == "postgres:18"
    profiles = {
        name: one["profiles"] for name, one in compose["services"].items() if "profiles" in one
    }
    assert profiles == {"relay": ["relay"]}


def test_whatever_is_waited_for_is_there_and_can_say_that_it_is_healthy(compose: Compose) -> None:
    services = compose["services"]
    for service in services.values():
        for name in service.get("depends_on", {}):
            assert services[name]["healthcheck"]["test"]
            assert not services[name].get("profiles"), f"{name} may not be started"


@pytest.mark.parametrize("kind", ["volumes", "secrets"])
def test_what_is_used_is_declared_and_what_is_declared_is_used(compose: Compose, kind: str) -> None:
    used = {
        entry.partition(":")[0]
        for service in compose["services"].values()
        for entry in service.get(kind, [])
    }
    assert {name for name in used if not name.startswith(".")} == set(compose[kind])


def test_each_port_of_this_machine_is_taken_once(compose: Compose) -> None:
    ports = [port for one in compose["services"].values() for port in one.get("ports", [])]
    published = [port.split(":")[1] for port in ports]
    assert len(published) == len(set(published))
    assert all(0 < int(number) < 65536 for port in ports for number in port.split(":")[1:])


def test_folders_that_are_mounted_exist(compose: Compose) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (CHECKOUT / source).is_dir(), source


def test_secrets_are_files_that_git_and_the_image_never_see(compose: Compose) -> None:
    ignored = (CHECKOUT / ".gitignore").read_text().splitlines()
    admitted = (CHECKOUT / ".dockerignore").read_text().splitlines()
    for name, secret in compose["secrets"].items():
        assert Path(secret["file"]) == Path("secrets") / name
    assert "/secrets/" in ignored
    assert "*" in admitted
    assert "!secrets" not in admitted
    assert "PASSWORD:" not in (CHECKOUT / "docker-compose.yml").read_text()


@pytest.mark.parametrize(
    ("variables", "relay"),
    [
        ({}, "mailbox:1025"),
        (
            {
                "RELAY": "relay",
                "RELAY_PORT": "587",
                "RELAY_TLS": "none",
                "PUBLIC_URL": "https://news.example.org",
            },
            "relay:587",
        ),
    ],
)
def test_the_desk_is_given_settings_that_it_accepts(
    compose: Compose,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    relay: str,
) -> None:
    for secret in compose["services"]["communique"]["secrets"]:
        (tmp_path / secret).write_text("postgresql+psycopg://communique:hush@postgres/communique")
    for name, value in desk(compose, **variables).items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None, _secrets_dir=tmp_path)
    assert settings.url().endswith("@postgres/communique")
    transport = settings.transports["default"]
    assert f"{transport.host}:{transport.port}" == relay
    assert transport.host in compose["services"]


def test_a_relay_is_spoken_to_in_clear_only_where_that_was_said(compose: Compose) -> None:
    def tls(**variables: str) -> tuple[str, str]:
        service = compose["services"]["communique"]
        asked = resolved(service["labels"]["relay.tls"], **variables)
        return desk(compose, **variables)["COMMUNIQUE_TRANSPORTS__DEFAULT__TLS"], asked

    assert tls() == ("none", ""), "the mailbox of this file"
    assert tls(RELAY="smtp.example.org", RELAY_TLS="starttls") == ("starttls", "starttls")
    assert tls(RELAY="smtp.example.org")[1].startswith("refused: starttls, ")


def test_every_variable_of_the_desk_is_a_real_setting(
    compose: Compose, instructions: list[list[str]]
) -> None:
    given = list(desk(compose))
    given += [
        word.partition("=")[0]
        for [keyword, *words] in instructions
        if keyword == "ENV"
        for word in words
        if word.startswith("COMMUNIQUE_")
    ]
    given += [name.upper() for name in compose["services"]["communique"]["secrets"]]
    for variable in given:
        name, *transport = variable.removeprefix("COMMUNIQUE_").lower().split("__")
        assert name in Settings.model_fields, variable
        assert not transport or transport[-1] in TransportSettings.model_fields, variable


def test_the_desk_runs_as_nobody_in_particular_and_writes_only_where_it_may(
    compose: Compose, instructions: list[list[str]]
) -> None:
    service = compose["services"]["communique"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert ["USER", "communique"] in instructions
    writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert writable == ["desk:/desk/var"]
    assert str(Settings.model_fields["data"].default) == "var"


def test_the_desk_is_asked_for_its_health_where_it_listens(
    compose: Compose, instructions: list[list[str]]
) -> None:
    [port] = compose["services"]["communique"]["ports"]
    default = str(Settings.model_fields["port"].default)
    assert port.endswith(f":{default}")
    assert ["EXPOSE", default] in instructions
    check = compose["services"]["communique"]["healthcheck"]["test"]
    assert f"http://127.0.0.1:{default}/readyz" in check[-1]
    compile(check[-1], "healthcheck", "exec")


def test_the_image_is_built_from_files_that_are_there_and_admitted(
    instructions: list[list[str]],
) -> None:
    admitted = (CHECKOUT / ".dockerignore").read_text().splitlines()
    copied = [
        source
        for [keyword, *words] in instructions
        if keyword == "COPY" and not words[0].startswith("--from")
        for source in words[:-1]
    ]
    assert copied
    for source in copied:
        assert (CHECKOUT / source).exists(), source
        assert f"!{source}" in admitted, source


def test_the_image_checks_the_hash_of_every_library(instructions: list[list[str]]) -> None:
    installs = [" ".join(words) for words in instructions if words[:3] == ["RUN", "pip", "install"]]
    assert len(installs) == 3
    assert all("--require-hashes" in one for one in installs[:2])
    assert "--no-deps --no-build-isolation" in installs[2]
