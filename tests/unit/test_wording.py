"""Every error has its words by code, and names nothing that only one door has."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import communique
from communique import errors
from communique.cli import words
from communique.errors import CommuniqueError, Invalid, NotFound, Problems
from communique.facts import Fact, fact, told
from communique.wording import ADVICE, WORDS, Remedy

PACKAGE = Path(communique.__file__).parent
DOORS = ("cli", "web", "asgi.py", "__main__.py")
# These are about the variables themselves: what each means, and the `.env` that a desk begins with.
ABOUT_SETTINGS = ("settings/__init__.py", "settings/reference.py", "declared/starter.py")
OTHERS = ("store/dumping.py",)  # names options of programs that are not ours
ONE_DOORS = re.compile(r"`communique |COMMUNIQUE_|(?<![\w-])--[a-z]|\bcommunique [a-z]+")

KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
BY_CODE = {"problem", "invalid", "_wrong"}  # what makes an error for a place in a file


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8"))


def made() -> Iterator[tuple[str, str, ast.Call]]:
    """Where, which code, and how, of every error that is made with one."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called not in KINDS | BY_CODE:
                continue
            for argument in node.args:
                for code in ast.walk(argument):
                    if isinstance(code, ast.Constant) and re.fullmatch(
                        "[a-z0-9]+(_[a-z0-9]+)+", str(code.value)
                    ):
                        yield f"{path}:{node.lineno}", str(code.value), node


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def given(call: ast.Call) -> set[str]:
    known = {"file", "line", "message", "remedy"}
    return {one.arg for one in call.keywords if one.arg} - known


def message_of(call: ast.Call) -> bool:
    return any(one.arg == "message" for one in call.keywords)


def test_every_error_that_is_made_has_its_words() -> None:
    lacking = [
        f"{where}: {code}"
        for where, code, call in made()
        if code not in WORDS and not message_of(call)
    ]
    assert not lacking


def test_no_words_are_made_where_texts_files_and_rows_are_read() -> None:
    """A door that speaks another language words what is wrong there by its code."""
    found = [
        f"{where}: {code}"
        for where, code, call in made()
        if where.startswith(("messages/", "roster/", "store/")) and message_of(call)
    ]
    assert not found


def test_every_word_is_said_by_some_error() -> None:
    heard = {
        said(text) for path, tree in sources() if path.parts[0] != "wording" for text in texts(tree)
    } | {"joined_and", "joined_or"}  # by `{blank:or}`
    assert set(WORDS) - heard == set()
    assert set(ADVICE) - heard == set()


def test_what_the_words_leave_blank_is_what_the_error_gives() -> None:
    wrong = []
    for where, code, call in made():
        advice = ADVICE.get(code, "")
        wanted = blanks(WORDS.get(code, ""))
        wanted |= blanks(advice.value if isinstance(advice, Remedy) else advice)
        counted = {"count"} if getattr(call.func, "id", "") == "Problems" else set()
        dynamic = any(one.arg is None for one in call.keywords)
        if not dynamic and not wanted <= given(call) | counted:
            wrong.append(f"{where}: {code} lacks {sorted(wanted - given(call))}")
    assert not wrong


def test_one_code_has_the_same_fields_wherever_it_is_made() -> None:
    fields: dict[str, set[str]] = {}
    wrong = []
    for where, code, call in made():
        if fields.setdefault(code, given(call)) != given(call):
            wrong.append(f"{where}: {code}")
    assert not wrong


def said(text: ast.Constant) -> str:
    assert isinstance(text.value, str)
    return text.value


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """The texts of a module that are no documentation."""
    documentation = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in documentation
        ):
            yield node


def test_nothing_below_the_doors_names_a_command_an_option_or_a_variable() -> None:
    found = [
        f"{path}:{text.lineno}: {said(text)}"
        for path, tree in sources()
        if path.parts[0] not in DOORS and path.as_posix() not in (*ABOUT_SETTINGS, *OTHERS)
        for text in texts(tree)
        if ONE_DOORS.search(said(text))
    ]
    assert not found


@pytest.mark.parametrize(
    "named",
    ["run `communique sync`", "set COMMUNIQUE_DATA", "say so with --list", "communique serve runs"],
)
def test_a_command_an_option_and_a_variable_would_be_seen(named: str) -> None:
    assert ONE_DOORS.search(named)


FIELDS: dict[str, Any] = {
    **{
        name: name
        for name in (
            "association",
            "agreement",
            "heading",
            "release",
            "sheet",
            "starts",
            "transport",
        )
    },
    "choices": ["address=Email#2"],
    "samples": ["Zoé"],
    "fields": ["address"],
    "leaving": 12,
}


@pytest.mark.parametrize("remedy", Remedy)
def test_every_remedy_is_worded_at_the_command_line_and_true_without_it(remedy: Remedy) -> None:
    error = CommuniqueError("some_thing", message="!", remedy=remedy, **FIELDS)
    there = words.advice(error)
    assert there
    assert "{" not in there
    assert error.advice
    assert not ONE_DOORS.search(error.advice)
    assert "{" not in error.advice
    assert remedy in ADVICE.values() or any(
        f"Remedy.{remedy.name}" in path.read_text(encoding="utf-8")
        for room in ("store", "desk")
        for path in (PACKAGE / room).rglob("*.py")
    )


def test_what_the_command_line_leaves_blank_is_what_each_error_gives() -> None:
    wrong = []
    for where, code, call in made():
        advice = ADVICE.get(code)
        if isinstance(advice, Remedy):
            worded = words.ADVICE[advice]
            wanted = blanks(worded) if isinstance(worded, str) else set()
            wrong += [f"{where}: {code} lacks {one}" for one in sorted(wanted - given(call))]
    assert not wrong


def test_a_page_can_word_an_error_from_its_code_and_its_fields() -> None:
    french = {"release_unknown": "il n’y a pas de communiqué « {release} »"}
    error = NotFound("release_unknown", release="spring")
    assert error.said(french) == "il n’y a pas de communiqué « spring »"
    assert error.message == "there is no release “spring”"
    assert error.remedy is Remedy.LIST_RELEASES
    assert str(error) == "there is no release “spring” — look which releases there are"
    assert words.told(error) == (
        "there is no release “spring” — `communique release list` shows them"
    )


def test_a_list_is_a_list_to_programs_and_words_to_people() -> None:
    error = NotFound("association_unknown", association="nordet", known=["bioquebec", "massbio"])
    assert error.fields["known"] == ["bioquebec", "massbio"]
    assert error.message.endswith("(known: bioquebec, massbio)")
    assert NotFound("association_unknown", association="x", known=[]).message.endswith("none)")


def test_an_error_of_a_value_keeps_its_code_when_its_place_is_known() -> None:
    error = errors.FileInvalid.of(Invalid("date_order_unknown", what="since", written="1/2/2024"))
    assert error.code == "date_order_unknown"
    assert error.fields == {"what": "since", "written": "1/2/2024"}
    assert error.remedy is Remedy.SAY_DATE_ORDER


def test_several_problems_have_a_code_of_their_own() -> None:
    problems = Problems(
        [Invalid("release_without_party")], "release_not_sendable", release="spring"
    )
    assert (problems.code, problems.message) == ("release_not_sendable", "“spring” cannot be sent")
    assert Problems([Invalid("a_b"), Invalid("c_d")]).message == "2 things are wrong"


def below_the_doors(where: Path | str) -> bool:
    return Path(where).parts[0].partition(":")[0] not in (*DOORS, "wording", "views")


ENGLISH = re.compile(r" [a-z]{2,}|[a-z]{2,}[,;:]? ")


def test_no_error_below_the_doors_has_words_of_its_own() -> None:
    """It gives its code and plain fields; whatever a person reads of it is made at a door."""
    found = []
    for where, code, call in made():
        if not below_the_doors(where) or where.startswith("settings/"):  # about the variables
            continue
        for given in call.keywords:
            worded = given.arg == "message" or (
                given.arg != "file"
                and any(
                    isinstance(one, ast.Constant) and ENGLISH.search(str(one.value))
                    for one in ast.walk(given.value)
                )
            )
            if worded:
                found.append(f"{where}: {code}: {given.arg}")
    assert not found


def test_every_part_of_what_is_said_has_its_words() -> None:
    """Also one whose code is handed on before it becomes a fact."""
    codes = {
        said(text)
        for path, tree in sources()
        if below_the_doors(path)
        for text in texts(tree)
        if re.fullmatch(r"(?:the|hint)_[a-z_]+", said(text))
    }
    assert codes - WORDS.keys() == set()


def test_a_fact_is_worded_in_the_language_that_is_asked_for() -> None:
    french = {
        "date_too_far": "{what} ({written}) est à plus de cent ans",
        "the_start": "le début",
        "none_named": "aucun",
        "association_not_party": "{release} n’est pas à {association} : {parties}",
    }
    error = Invalid("date_too_far", what=Fact("the_start"), written="2999-01-01")
    assert error.message == "the start (2999-01-01) lies more than a hundred years ahead"
    assert error.said(french) == "le début (2999-01-01) est à plus de cent ans"
    nobody = NotFound("association_not_party", release="r", association="a", parties=[])
    assert nobody.said(french).endswith(": aucun")


def test_what_a_value_is_called_goes_before_its_trouble_once() -> None:
    held = Invalid("text_control_character", what=Fact("the_value", of="phone"), character=7)
    assert errors.FileInvalid.of(held, key="phone").message == held.message
    other = errors.FileInvalid.of(Invalid("domain_invalid", text="x"), key="list_domain")
    assert other.message == "`list_domain`: “x” is not the name of a domain"


@pytest.mark.parametrize(
    "one",
    [
        Fact("release_without_party"),
        Fact("hint_known", known=["a", "b"]),
        Fact("told_each", problem=Fact("x_y", n=2, ratio=0.5, none=None), each=[Fact("a_b")]),
    ],
)
def test_a_fact_can_be_written_down_and_read_again(one: Fact) -> None:
    again = fact(json.loads(json.dumps(one.plain())))
    assert again == one
    assert hash(again) == hash(one)
    assert str(again) == str(one)


def test_a_fact_of_a_later_version_is_said_by_its_code() -> None:
    assert told(Fact("not_known_yet", why="x")) == "not_known_yet"


SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,}")
LOGGED = {"debug", "info", "warning", "error", "exception", "log"}
# Where English, French or SQL stands below the doors, and what it is.
NOT_TOLD = {
    "declared/transcript.py": "what a new release's files explain to whoever writes on",
    "declared/starter.py": "the files that a desk begins with",
    "desk/allowing.py": "evidence, as it is kept (0024)",
    "desk/attempting.py": "what a delivery ended in (0024)",
    "desk/consenting.py": "evidence, as it is kept (0024)",
    "desk/correcting.py": "evidence, as it is kept (0024)",
    "desk/recording.py": "what a delivery ended in (0024)",
    "declared/renewing.py": "the texts that the release of a new term begins with",
    "declared/retelling.py": "the texts that a correction begins with, in each language",
    "messages/embargo.py": "the words of a message, in its language",
    "newsroom/maps.py": "XML",
    "desk/sending.py": "what a delivery ended in (0024)",
    "desk/stepping.py": "what the log calls a step",
    "desk/working.py": "what a delivery ended in (0024), and what the log calls chores",
    "desk/writing.py": "what a letter ended in (0024)",
    "domain/actor.py": "the names of who is no person, as they are kept (0024)",
    "domain/delivery.py": "what a delivery ended in (0024)",
    "domain/law/profiles.py": "what laws are called, for docs/law.md",
    "domain/law/subjects.py": "how mail programs begin an answer",
    "domain/law/territories.py": "how territories are called in spreadsheets",
    "domain/outcome.py": "what a delivery ended in (0024)",
    "domain/skeleton.py": "the texts that a new release begins with",
    "engine/distributed.py": "what the log calls a chore",
    "engine/journal.py": "a mistake of ours, and a log line",
    "engine/procrastinate.py": "a mistake of ours",
    "files.py": "a pattern of tomllib's words",
    "messages/sources.py": "names of templates",
    "roster/cells.py": "how languages are called in spreadsheets",
    "roster/columns.py": "how columns are called in spreadsheets",
    "roster/days.py": "how months are called in spreadsheets",
    "store/dumping.py": "statements, and a pattern of pg_dump's words",
    "roster/reader.py": "a program",
    "roster/records.py": "a pattern of csv's words",
    "roster/refusals.py": "how people say no in spreadsheets",
    "roster/stems.py": "how people say no in spreadsheets",
    "settings/__init__.py": "about the variables themselves",
    "settings/reference.py": "about the variables themselves",
    "smtp/client.py": "what a delivery ended in (0024)",
    "smtp/commands.py": "what a delivery ended in (0024)",
    "smtp/mailbox.py": "replies of the built-in mailbox",
    "smtp/meanings.py": "patterns of relays' words, and what a delivery ended in (0024)",
    "smtp/opening.py": "what a connection ended in (0024)",
    "smtp/pool.py": "what a delivery ended in (0024)",
    "smtp/replies.py": "what a delivery ended in (0024)",
    "smtp/rests.py": "what a delivery ended in (0024)",
    "smtp/verdict.py": "what a delivery ended in (0024)",
    "store/database.py": "SQL",
    "store/explaining.py": "patterns of databases' words",
    "store/silence.py": "a log line",
    "store/sqlite.py": "a mistake of ours",
    "store/tables.py": "SQL, and a mistake of ours",
    "store/waiting.py": "a log line",
    "wiring/__init__.py": "a mistake of ours",
    "wiring/desks.py": "what `check` calls its steps, as programs know them",
    "wiring/service.py": "what the log calls a chore",
}


def test_whatever_else_is_in_english_below_the_doors_is_known_and_told_nobody() -> None:
    """A sentence in a module that is not among them is one that a second language would miss."""
    found = set()
    for path, tree in sources():
        if not below_the_doors(path) or "migrations" in path.parts:
            continue
        logged = {
            one
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in LOGGED
            for one in ast.walk(call)
        }
        if any(text not in logged and SENTENCE.search(said(text)) for text in texts(tree)):
            found.add(path.as_posix())
    assert found == NOT_TOLD.keys()
