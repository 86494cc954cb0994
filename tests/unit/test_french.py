"""All that the command line says, it says in French as well; and in the French of Québec."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
import typer
from babel import dates, numbers

import communique
from communique import errors
from communique.cli import french as told
from communique.cli import main, show, speech, words
from communique.cli.examples import EXIT_STATUS
from communique.cli.french import telling, values
from communique.cli.top import COMMANDS, Later, app
from communique.domain.event import Verb
from communique.domain.finding import finding
from communique.domain.member import BadLine
from communique.domain.release import State
from communique.errors import Invalid, NotAllowed
from communique.facts import Fact
from communique.store.gathering import Gathering
from communique.wording import ADVICE, WORDS, Remedy, typography
from communique.wording import french as codes

CLI = Path(communique.__file__).parent / "cli"
SAYS = {"_", "later"}
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
# English in a command that is no sentence to anybody, and what it is.
NOT_SAID = {
    "examples.py": "lines to type",
    ". Did you mean ": "what Typer says, which `french.library` knows",
    "communique subscribers list -a ": "a line to type",
    "stopping.py": "what the log says",
    "[bold cyan]$ communique ": "a line to type",
    "import of ": "evidence, as it is kept (0024)",
    "lists of ": "what a step of `check` begins with, as programs know it",
}
SENTENCE = re.compile(r"[A-Za-z’']{2,}[,;:]? [a-z(“`]{2,}")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(CLI.glob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def constants(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def said(call: ast.Call) -> Iterator[str]:
    """The English that a call says: a sentence, headings of a table, an error of a door."""
    name = name_of(call)
    if name in SAYS and not isinstance(call.args[0], ast.Call | ast.BoolOp):
        yield from constants(call.args[0])
    elif name == "table":
        yield from (one.removeprefix("#") for one in constants(call.args[0]))
    elif name in ERRORS:
        for one in call.keywords:
            if one.arg in ("message", "remedy"):
                yield from constants(one.value)


@cache
def sentences() -> Mapping[str, str]:
    """All English of the command line that is no help, and where it stands."""
    return {
        one: f"{name}:{call.lineno}"
        for name, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for one in said(call)
        if one.strip()
    }


@cache
def plurals() -> Mapping[str, str]:
    return {
        text: many
        for _, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and name_of(call) == "ngettext"
        for text, many in [tuple(constants(ast.Tuple(call.args[:2])))]
    }


def everything(command: Any) -> Iterator[Any]:
    command = command.load() if isinstance(command, Later) else command
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from everything(one)


@cache
def helps() -> Mapping[str, str]:
    """All English of the helps, a paragraph each, and whose it is."""
    found = {does: name for name, does, _ in COMMANDS}
    for command in everything(typer.main.get_command(app)):
        texts = [command.help or "", *(one.help or "" for one in command.params)]
        for text in texts:
            for part in text.split("\n\n"):
                if not part.startswith(("    ", "\b")):
                    found[" ".join(part.split())] = str(command.name)
        for one in command.params:
            if one.param_type_name == "argument":
                found[one.metavar or one.name.upper()] = str(command.name)
    found |= {" ".join(EXIT_STATUS.split()): "the top"}
    return {text: whose for text, whose in found.items() if text}


def lacking(wanted: Mapping[str, str], table: Mapping[str, Any]) -> str:
    """What to add to a table, as it is to be written there."""
    lines = [
        f"    {text!r}: ...,  # {where}" for text, where in wanted.items() if text not in table
    ]
    return "\n".join(lines)


def test_every_sentence_has_its_french() -> None:
    assert lacking({**sentences(), **helps()}, told.SENTENCES) == ""


def test_every_sentence_about_a_number_has_its_french() -> None:
    assert lacking(plurals(), told.PLURALS) == ""


def test_every_french_is_of_a_sentence_that_is_said() -> None:
    assert told.SENTENCES.keys() - {**sentences(), **helps()}.keys() == set()
    assert told.PLURALS.keys() - plurals().keys() == set()


def test_every_code_has_its_french() -> None:
    assert lacking(WORDS, codes.WORDS) == ""
    assert (
        lacking({code: one for code, one in ADVICE.items() if isinstance(one, str)}, codes.ADVICE)
        == ""
    )
    assert {one.name for one in Remedy} - codes.REMEDIES.keys() == set()


def test_every_french_is_of_a_code() -> None:
    assert codes.WORDS.keys() - WORDS.keys() - BY_CLASS == set()
    assert codes.ADVICE.keys() - ADVICE.keys() == set()


# An error without a code is told by what its class says.
BY_CLASS = {errors._code(kind) for name, kind in vars(errors).items() if name in ERRORS}


def blanks(text: str) -> set[tuple[str, str]]:
    """Their names, and how each is said where that is not as it comes."""
    return {(name, how or "") for _, name, how, _ in Formatter().parse(text) if name}


def pairs() -> Iterator[tuple[str, str]]:
    """Each English that has blanks, and its French."""
    for english, french in told.SENTENCES.items():
        if english in sentences():
            yield english, french
    for one, (singular, plural) in told.PLURALS.items():
        yield plurals()[one], plural
        yield plurals()[one], singular
    for table, there in ((WORDS, codes.WORDS), (ADVICE, codes.ADVICE)):
        for code, french in there.items():
            text = table.get(code, "")
            yield (text.value if isinstance(text, Remedy) else text), french
    for remedy in Remedy:
        yield remedy.value, codes.REMEDIES[remedy.name]


def test_the_french_leaves_the_same_blanks() -> None:
    wrong = [
        f"{english!r} has {blanks(english)}, and its French {blanks(french)}"
        for english, french in pairs()
        if {name for name, _ in blanks(english)} - {"count"}
        != {name for name, _ in blanks(french)} - {"count"}
    ]
    assert wrong == []


def texts() -> Iterator[str]:
    yield from told.SENTENCES.values()
    for both in told.PLURALS.values():
        yield from both
    yield from codes.WORDS.values()
    yield from codes.ADVICE.values()
    yield from codes.REMEDIES.values()
    yield from codes.STATES.values()


SLIPS = {
    r"(?<=[a-zàéèêç])'(?=[a-zàéèêh])": "an apostrophe is ’",
    r"[“”]": "French quotes with « »",
    r" [;!?](?= |$)": "no space goes before ; ! ?",
    r"(?<=[\w»)`])(?<!http)(?<!https):(?= |$)": "a space goes before :",
    r" [:»%](?= |$)": "the space before : » % holds",
    r"« ": "the space after « holds",
    r"\bE-?mail|\be-?mail|\bmél\b": "it is a courriel",
    r"\.\.\.": "it is …",
}


@pytest.mark.parametrize("slip", SLIPS, ids=SLIPS.__getitem__)
def test_french_is_set_as_in_quebec(slip: str) -> None:
    assert [one for one in texts() if re.search(slip, re.sub(r"`[^`]*`", "`x`", one))] == []


def test_a_help_says_what_a_command_does_as_a_french_help_does() -> None:
    """By an infinitive, as all others do: “Montrer …”, not “Montre …” or “Montrez …”."""
    wrong = []
    for command in everything(typer.main.get_command(app)):
        first = " ".join((command.help or "").split("\n\n")[0].split())
        word = told.SENTENCES.get(first, "").removeprefix("Ne plus jamais ").partition(" ")[0]
        if word and not getattr(command, "commands", None) and not re.search("(er|ir|re)$", word):
            wrong.append(f"{command.name}: {told.SENTENCES[first]}")
    assert wrong == []


def test_typography_holds_the_spaces_that_are_typed() -> None:
    assert typography.french("« a » : 5 %") == "«\xa0a\xa0»\xa0: 5\xa0%"


def documentation(tree: ast.Module) -> set[ast.AST]:
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def test_no_sentence_is_said_past_the_tables() -> None:
    """Whatever stands in a command as English is marked as a sentence, with `_` or `later`."""
    found = []
    for name, tree in modules():
        known = documentation(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (
                name_of(call) in {*SAYS, "ngettext", "Typer", "Option", "Argument"}
            ):
                known |= set(ast.walk(call))
            if isinstance(call, ast.Call) and name_of(call) == "table":
                known |= set(ast.walk(call.args[0]))
            if isinstance(call, ast.Call) and name_of(call) in ERRORS:
                known |= {each for one in call.keywords for each in ast.walk(one.value)}
        found += [
            f"{name}:{node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in known
            and SENTENCE.search(node.value)
            and not {name, node.value} & NOT_SAID.keys()
            and node.value not in helps()
        ]
    assert found == []


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "fr_CA.UTF-8"}, "fr"),
        ([], {"LANG": "fr"}, "fr"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        ([], {"LANG": "fur_IT"}, "en"),
        ([], {"LANG": "fr_CA", "LC_MESSAGES": "en_CA"}, "en"),
        ([], {"LANG": "en_CA", "LC_MESSAGES": "fr_CA"}, "fr"),
        ([], {"LANG": "en_CA", "LC_MESSAGES": "en_CA", "LC_ALL": "fr_CA.utf8"}, "fr"),
        ([], {"LANG": "fr_CA", "LC_ALL": ""}, "fr"),
        ([], {"LANG": "fr_CA", "COMMUNIQUE_LANGUAGE": "en"}, "en"),
        ([], {"LANG": "en_CA", "COMMUNIQUE_LANGUAGE": "fr"}, "fr"),
        ([], {"LANG": "fr_CA", "COMMUNIQUE_LANGUAGE": "xx"}, "fr"),
        (["status", "--json"], {"COMMUNIQUE_LANGUAGE": "fr"}, "en"),
    ],
)
def test_the_setting_says_the_language_and_else_the_locale(
    arguments: list[str], environment: dict[str, str], language: str, tmp_path: Path
) -> None:
    home = {"COMMUNIQUE_HOME": str(tmp_path)}
    assert speech.chosen(arguments, environment | home) == language


def test_the_env_file_of_the_desk_says_the_language_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMMUNIQUE_LANGUAGE='fr' # here\n", encoding="utf-8")
    assert speech.chosen([], {"COMMUNIQUE_HOME": str(tmp_path)}) == "fr"
    assert (
        speech.chosen([], {"COMMUNIQUE_HOME": str(tmp_path), "COMMUNIQUE_LANGUAGE": "en"}) == "en"
    )


def ran(*arguments: str, language: str = "fr", typed: str = "") -> tuple[int, str, str]:
    """How a command ended, and what it said: in this process, with no desk."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"COMMUNIQUE_LANGUAGE": language, "COLUMNS": "100"}),
        mock.patch.object(sys, "argv", ["communique", *arguments]),
        mock.patch.object(sys, "stdin", io.StringIO(typed)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return int(str(ended.value.code)), out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("release show", "L’argument 'COMMUNIQUÉ' manque."),
        ("release approve x", "L’option '--as' manque."),
        ("release shw", "La commande « shw » n’existe pas. Vouliez-vous dire « show »?"),
        ("nothing-like-it", "La commande « nothing-like-it » n’existe pas."),
        ("release list --foo", "L’option --foo n’existe pas."),
        ("--vers", "L’option --vers n’existe pas. Vouliez-vous dire « --version »?"),
        ("release list --json=1", "L’option --json ne prend pas de valeur."),
        ("log --limit", "L’option --limit demande une valeur."),
        ("release list x", "De trop : x"),
        ("log --limit x", "Valeur non valable pour '--limit' : il faut un nombre entier"),
        ("log --limit 0", "Valeur non valable pour '--limit' : il faut au moins 1"),
        (
            "log --state sold",
            "Valeur non valable pour '--state' / '-s' : « sold » n’est ni « queued",
        ),
        ("log --csv --excel --follow", "Valeur non valable : --follow"),
        ("log --csv --follow", "Valeur non valable : --follow montre les lignes à mesure"),
        ("release", "Utilisation : communique release"),
        (
            "subscribers import none.csv -a x",
            "Valeur non valable pour 'FICHIER' : le fichier none.csv n’existe pas",
        ),
    ],
)
def test_what_the_parser_says_is_said_in_french(
    typed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = ran(*typed.split())
    told = err.replace("\xa0", " ")
    assert said in told
    assert status == 2
    assert not re.search("Usage|Error|Try |Missing|Invalid|No such", out + err)


def test_a_help_is_french_throughout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, _ = ran("release", "schedule", "--help")
    assert status == 0
    for heading in ("Utilisation :", "Arguments :", "Options :", "Exemples :", "[obligatoire]"):
        assert heading in out.replace("\xa0", " ")
    assert "Montrer cette aide." in out
    assert not re.search(r"\b(the|required|default|Show|Usage)\b", out)
    assert "Installer la complétion" in ran("--help")[1]


@pytest.mark.parametrize(
    ("typed", "yes"),
    [("o", True), ("OUI", True), ("y", True), ("n", False), ("", False), ("quoi\nnon", False)],
)
def test_a_question_is_answered_in_either_language(typed: str, yes: bool) -> None:
    with speech.spoken("fr"), mock.patch.object(sys, "stdin", io.StringIO(f"{typed}\n")):
        assert show.sure("Continuer?") is yes


def test_an_error_is_the_same_to_a_program_and_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ran("status", "--json", language="fr") == ran("status", "--json", language="en")
    status, _, err = ran("status")
    assert status == ran("status", language="en")[0] == 1
    assert err.startswith("erreur\xa0: ")
    assert "il n’y a pas de bureau ici" in err


def test_numbers_and_hours_are_written_as_babel_writes_them() -> None:
    there = datetime(2024, 6, 3, 14, 30, 12, tzinfo=ZoneInfo("America/Toronto"))
    for count in (0, 999, 1234, 1234567):
        assert values.number(count) == numbers.format_decimal(count, locale="fr_CA")
    assert values.decimal(1234.25, 3) == numbers.format_decimal(
        1234.25, format="#,##0.000", locale="fr_CA"
    )
    plain = [one.replace("\xa0", " ") for one in (values.hour(there), values.day(there))]
    known = [
        dates.format_datetime(there, "medium", locale="fr_CA"),
        dates.format_date(there, "long", locale="fr_CA"),
    ]
    zone = dates.get_timezone_name(there, "short", locale="fr_CA")
    assert plain == [f"{known[0]} {zone}".replace("\xa0", " "), known[1].replace("\xa0", " ")]
    assert values.hour(there.replace(minute=0, second=0)) == "3\xa0juin 2024, 14\xa0h HAE"
    assert values.hour(there.replace(second=0)) == "3\xa0juin 2024, 14\xa0h\xa030 HAE"
    assert values.day(date(2024, 8, 1)) == "1er\xa0août 2024"


def test_a_fact_is_told_in_french_with_its_hours_and_its_numbers() -> None:
    with speech.spoken("fr"):
        told = words.fact(Fact("nothing_ran_at_its_hour", hour="2027-06-03 09:00 UTC"))
        assert (
            told == "il était dû le 3\xa0juin 2027, 9\xa0h UTC et rien ne tournait pour l’envoyer"
        )
        refused = NotAllowed(
            "release_not_in_state", verb=Verb.APPROVE, state=State.DRAFT, allowed=[State.IN_REVIEW]
        )
        assert words.told(refused) == (
            "impossible (approuver)\xa0: l’état du communiqué est «\xa0brouillon\xa0» — "
            "il faudrait «\xa0en révision\xa0»"
        )
        many = Invalid("match_too_many", leaving=1200, on=3000, list="members")
        assert words.message(many).startswith("1\xa0200 des 3\xa0000 abonnés de la liste members")
        assert show.worded("gave_up: mailbox full") == "abandonné\xa0: mailbox full"
    assert words.message(many).startswith("1,200 of the 3,000")


@pytest.mark.parametrize("kind", telling.ENUMS, ids=lambda kind: kind.__name__)
def test_every_state_and_every_deed_has_its_french(kind: type[Enum]) -> None:
    known = codes.STATES.keys()
    assert [
        one.value for one in kind if not {one.value, f"{kind.__name__.lower()}_{one.value}"} & known
    ] == []


def test_what_is_wrong_with_a_line_is_told_in_french_wherever_it_was_kept() -> None:
    error = Invalid("address_without_domain", text="zoe@")
    bad = BadLine(3, error.message, "zoe@", (error.code,), facts=(error.fact,))
    gathering = Gathering()
    gathering.note([finding(bad)])
    [noted] = gathering.noted()
    assert noted == finding(bad)
    with speech.spoken("fr"):
        told = words.reason(noted.facts, noted.reason)
    assert told == "«\xa0zoe@\xa0» n’a rien après le @"
    assert words.reason(noted.facts, noted.reason) == "“zoe@” has nothing after the @"


def test_one_is_said_of_nought_and_of_one_in_french() -> None:
    say = partial(
        speech.ngettext, "wrote one subscriber to {file}", "wrote {count} subscribers to {file}"
    )
    assert [say(n, file="x") for n in (0, 1, 2)] == [
        "wrote 0 subscribers to x",
        "wrote one subscriber to x",
        "wrote 2 subscribers to x",
    ]
    with speech.spoken("fr"):
        assert say(1, file="x") == "un abonné écrit dans x"
        assert say(1500, file="x") == "1\xa0500 abonnés écrits dans x"


# A count that a word follows which goes with it; where the number is never one, it need not.
COUNTED = re.compile(r"\{(\w+)(?::,)?\}[ \xa0](?:\w{3,}[sx]|sont|ont)\b")
NEVER_ONE = {
    *("approvals_void", "cell_too_long", "line_too_long", "match_too_many", "reader_too_slow"),
    *("workbook_too_many_cells", "edition_subject_long", "edition_table_too_wide"),
    *("template_loops_nested", "fewer than {count} people", "at least {count} times"),
    *("the first {limit}; more", "it works once, for {minutes} minutes", "Somebody worked in "),
    *("{share} of the {on} on the list", "delivery_unknown"),
}


def test_no_word_beside_a_count_stays_a_plural() -> None:
    loose = [
        key
        for table in (codes.WORDS, codes.ADVICE, told.SENTENCES)
        for key, text in table.items()
        if COUNTED.search(text) and not key.startswith(tuple(NEVER_ONE))
    ]
    assert not loose
    for table in (codes.WORDS, codes.ADVICE, told.SENTENCES, WORDS):
        assert not [key for key, text in table.items() if re.search(r"\w\((?:e|s|es)\)", text)]


def test_words_go_with_the_count_in_both_languages() -> None:
    fact = Fact("press_has_it", count=1, release="a", hour="9")
    assert str(fact).startswith("1 of the press has “a”")
    waits = "{key}: {count} {count:waits|wait} after “{cause}”{due}"
    blanks = {"key": "a", "cause": "b", "due": ""}
    assert speech._(waits, count=speech.number(2), **blanks) == "a: 2 wait after “b”"
    with speech.spoken("fr"):
        assert words.fact(fact).startswith("1 personne de la presse a")
        assert "2 personnes de la presse ont" in words.fact(
            Fact(fact.code, **{**fact.fields, "count": 2})
        )
        assert speech._(
            waits, count=speech.number(1), **blanks
        ) == "a : 1 attend après « b »".replace("« ", "«\xa0").replace(" »", "\xa0»").replace(
            " :", "\xa0:"
        )
        assert words.fact(Fact("losses_seen", failed=0, unknown=2)) == "0 échec, 2 incertains"
        assert show.reasons({"unsubscribed": 1, "suppressed": 2}) == "1 désabonné, 2 bloqués"


def test_what_is_quoted_within_a_quotation_has_other_marks() -> None:
    assert typography.nested("« a » et « b « c » d »") == "« a » et « b “c” d »"
    assert typography.nested("«\xa0a «\xa0b\xa0»\xa0»") == "«\xa0a “b”\xa0»"
    with speech.spoken("fr"):
        refused = NotAllowed("release_key_taken", release="« Oui »")
        assert "« “Oui” »".replace(" ", "\xa0") in words.message(refused)
        said = speech._("“{key}” goes at {hour}", key="« Oui »", hour="9 h")
        assert said.startswith("«\xa0“Oui”\xa0»")
