"""The examples, a unit for systemd and nginx before the desk, hold together as far as can be told.

Where `systemd-analyze` is, it has the word on the unit; what is asked of both needs no program.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from communique.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
UNIT = (EXAMPLES / "communique.service").read_text("utf-8")
PORT = Settings.model_fields["port"].default

Block = list[tuple[list[str], "Block"]]  # directives as their words, each with what is within it


@pytest.fixture(scope="module")
def unit() -> dict[str, dict[str, list[str]]]:
    sections: dict[str, dict[str, list[str]]] = {}
    keys: dict[str, list[str]] = {}
    for line in UNIT.splitlines():
        if not line or line.startswith("#"):
            continue
        if section := re.fullmatch(r"\[(\w+)\]", line):
            keys = sections.setdefault(section[1], defaultdict(list))
            continue
        entry = re.fullmatch(r"([A-Z]\w+)=(\S.*)", line)
        assert entry, line
        keys[entry[1]].append(entry[2])
    return sections


def test_the_unit_starts_the_service_stops_it_softly_and_starts_it_again(
    unit: dict[str, dict[str, list[str]]],
) -> None:
    assert set(unit) == {"Unit", "Service", "Install"}
    service = unit["Service"]
    assert service["ExecStart"] == ["/opt/communique/bin/communique serve"]
    assert service["Restart"] == ["on-failure"]
    assert "KillSignal" not in service, "SIGTERM, which is the default, is what stops it"
    assert service["Environment"] == [f"COMMUNIQUE_HOME={service['WorkingDirectory'][0]}"]
    assert service["ReadWritePaths"] == [f"{service['WorkingDirectory'][0]}/var"]
    assert service["UMask"] == ["0077"]


def test_systemd_knows_all_that_the_unit_says(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return  # the test above has read it
    file = tmp_path / "communique.service"
    file.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT), encoding="utf-8")
    said = subprocess.run([analyze, "verify", file], capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if file.name in line] == []


@pytest.fixture(scope="module")
def nginx() -> Block:
    text = re.sub(r"#.*", "", (EXAMPLES / "nginx.conf").read_text("utf-8"))
    words = iter(re.findall(r"[{};]|[^\s{};]+", text))

    def block(end: str) -> Block:
        found: Block = []
        told: list[str] = []
        for word in words:
            match word:
                case ";":
                    found.append((told, []))
                    told = []
                case "{":
                    found.append((told, block("}")))
                    told = []
                case "}":
                    break
                case _:
                    told.append(word)
        else:
            assert end == "", "a block is not closed"
        assert told == [], "a directive does not end"
        return found

    return block("")


def named(block: Block, name: str) -> list[list[str]]:
    return [words[1:] for words, _ in block if words[0] == name]


def test_nginx_keeps_tokens_out_of_its_logs_and_slow_strangers_outside(nginx: Block) -> None:
    tls, plain = (inner for words, inner in nginx if words == ["server"])
    for server in (tls, plain):
        assert named(server, "access_log") == [["off"]]
        assert named(server, "error_log")[0][-1] == "crit"
    assert [words[:2] for words in named(tls, "listen")] == [["443", "ssl"], ["[::]:443", "ssl"]]
    assert named(plain, "return") == [["301", "https://$host$request_uri"]]
    for needed in ("client_header_timeout", "client_body_timeout", "limit_conn"):
        assert named(tls, needed)
    [zone] = named(nginx, "limit_conn_zone")
    assert zone[-1].startswith(f"zone={named(tls, 'limit_conn')[0][0]}:")
    [pages] = [inner for words, inner in tls if words == ["location", "/"]]
    assert named(pages, "proxy_pass") == [[f"http://127.0.0.1:{PORT}"]]
    assert ["Host", "$host"] in named(pages, "proxy_set_header")
