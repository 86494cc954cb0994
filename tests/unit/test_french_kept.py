"""What is kept, written into files or set is read in French too, and means what it did."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from tests.unit.test_french import SLIPS, ran
from tests.unit.test_wording import LOGGED, NOT_TOLD, PACKAGE, SENTENCE

from communique import settings
from communique.cli import serving, show, speech, words
from communique.cli.french import remarks
from communique.cli.french import settings as page
from communique.declared import starter
from communique.domain.delivery import GAVE_UP, NOT_RESENT
from communique.errors import SettingsInvalid
from communique.settings import reference
from communique.smtp.meanings import Phase
from communique.wording.french.kept import KEPT, PHASES, kept

# Of the modules whose texts are kept as they are (0024), what nobody is shown as such.
NOBODY_READS = {
    "domain/actor.py": "names, which `words.actor` tells",
    "smtp/mailbox.py": "replies, which are a relay's words",
}
LOG_ONLY = re.compile(
    r"the (look|sign|pick-up|making|reminders|letters|clearing|exchange)\b|no token"
)


def texts(module: str) -> Iterator[str]:
    """What a module says, with `{}` for what is put into it."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    apart: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            apart |= set(ast.walk(node)) - {node}
        if isinstance(node, ast.Expr):
            apart |= {node.value}
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in LOGGED:
            apart |= set(ast.walk(node))
    for node in ast.walk(tree):
        if node in apart:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_whatever_is_kept_as_text_can_be_read_in_french() -> None:
    modules = [one for one, why in NOT_TOLD.items() if "0024" in why and one not in NOBODY_READS]
    assert len(modules) > 10
    lacking = {
        text: module
        for module in modules
        for text in texts(module)
        if SENTENCE.search(text)
        and not LOG_ONLY.match(text)
        and text not in {*KEPT, *PHASES, NOT_RESENT, GAVE_UP}
    }
    assert lacking == {}


def test_every_step_at_which_it_ended_has_its_french() -> None:
    assert {phase.value for phase in Phase} == PHASES.keys()


@pytest.mark.parametrize(
    ("text", "french"),
    [
        ("550 5.1.1 no such user (at RCPT TO)", "550 5.1.1 no such user (à RCPT TO)"),
        ("no answer in time before the final reply", "pas de réponse à temps avant la réponse"),
        (f"{GAVE_UP}the relay closed the connection", "abandonné : le relais a fermé la connexion"),
        ("the transport rests: no answer in time at EHLO", "se repose : pas de réponse à temps à"),
        ("said to the desk: not rendered, he says", "dit au bureau : not rendered, he says"),
        ("import of not started", "importation de not started"),
        ("mailbox full", "mailbox full"),
    ],
)
def test_our_own_words_are_translated_and_nobody_elses(text: str, french: str) -> None:
    with speech.spoken("fr"):
        assert french in show.worded(text).replace("\xa0", " ")
    assert show.worded("no answer in time at DATA") == "no answer in time at DATA"


def test_every_step_of_check_has_a_name_in_french() -> None:
    named = {
        text.value
        for module in ("cli/serving.py", "wiring/desks.py")
        for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.Tuple) and len(node.elts) == 3
        for text in [node.elts[0]]
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value
    }
    assert len(named) > 4
    assert named <= {*serving.STEPS, "database"}
    with speech.spoken("fr"):
        assert serving._step("letters") == "lettres"
        assert serving._detail("HELO only") == "HELO seulement"


def test_settings_are_explained_in_french() -> None:
    wanted = set(reference.meanings())
    assert wanted == page.MEANINGS.keys()
    _, out, _ = ran("settings")
    english = ran("settings", language="en")[1]
    names = r"COMMUNIQUE_[A-Z_<>]+"
    assert sorted(re.findall(names, out)) == sorted(re.findall(names, english))
    assert not re.search(r"\b(the|which|needs|where)\b", out)


@pytest.mark.parametrize(
    ("name", "value", "french"),
    [
        ("PORT", "80000", "COMMUNIQUE_PORT : il faut au plus 65535"),
        ("PORT", "smtp", "COMMUNIQUE_PORT : il faut un nombre"),
        ("LOG_JSON", "peut-être", "COMMUNIQUE_LOG_JSON : il faut true ou false"),
        ("ENGINE", "moteur", "COMMUNIQUE_ENGINE : il faut 'local', 'distributed'"),
        ("LEASE", "PT5M", "COMMUNIQUE_LEASE : il faut au moins PT12M"),
        ("LEASE", "une heure", "COMMUNIQUE_LEASE : écrivez PT1H (une heure)"),
        ("PROT", "1", "COMMUNIQUE_PROT, dans l’environnement, n’est pas un réglage; vouliez-vous"),
        ("TRANSPORTS__A__USERNAME", "a", "COMMUNIQUE_TRANSPORTS__A : avec username, il faut"),
        ("TRANSPORTS__DEFAULT__HOST", "a", "COMMUNIQUE_PUBLIC_URL doit être en https"),
        ("TRANSPORTS__A__EHLO", "a b", "COMMUNIQUE_TRANSPORTS__A__EHLO : «"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_in_french(
    name: str, value: str, french: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"COMMUNIQUE_{name}", value)
    with pytest.raises(SettingsInvalid) as caught, speech.spoken("fr"):
        settings.load()
    with speech.spoken("fr"):
        assert french in words.told(caught.value).replace("\xa0", " ")


def test_what_a_desk_begins_with_has_its_remarks_in_french(tmp_path: Path) -> None:
    with speech.spoken("fr"):
        starter.begin(tmp_path / "fr", speech.remarked)
    starter.begin(tmp_path / "en", speech.remarked)
    unused = set(remarks.REMARKS)
    for path in sorted((tmp_path / "en").rglob("*")):
        if path.suffix not in {".toml", ""} or not path.is_file():
            continue
        if "templates" in path.parts:  # what programs of messages, not officers, read
            continue
        english = path.read_text(encoding="utf-8")
        french = (tmp_path / "fr" / path.relative_to(tmp_path / "en")).read_text(encoding="utf-8")
        if path.suffix:
            assert tomllib.loads(french) == tomllib.loads(english), path
        unused -= {one for one in unused if one in english}
        left = [
            line
            for line in french.splitlines()
            if re.search(r"# .*\b(the|of|which|and|is|are|that|or only)\b", line)
            and not re.match(r"# (COMMUNIQUE_|[\w.]+ = )", line)
        ]
        assert left == [], path
    # The others are for the files that `release new` begins.
    source = (PACKAGE / "declared" / "transcript.py").read_text(encoding="utf-8")
    apart = [one for one in unused if one.split("\n")[0].lstrip("# ")[:24] not in source]
    assert apart == []


def test_what_is_typed_in_french_is_set_as_in_quebec() -> None:
    said = [*KEPT.values(), *PHASES.values(), *page.MEANINGS.values(), *remarks.REMARKS.values()]
    for slip in SLIPS:
        if "holds" not in SLIPS[slip]:
            wrong = [one for one in said if re.search(slip, re.sub(r"`[^`]*`", "`x`", one))]
            assert wrong == [], SLIPS[slip]


def test_a_new_release_is_begun_with_french_remarks(tmp_path: Path) -> None:
    with mock.patch.object(speech, "_language", "fr"):
        text = speech.remarked('parties = ["a"]  # who announces together: each must approve\n')
    assert text == 'parties = ["a"]  # qui annonce ensemble : chacune doit approuver\n'
    assert kept("something else") == "something else"
