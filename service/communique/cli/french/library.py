"""What Typer, and Click within it, say of themselves: they have it in English only.

A help is laid out by a formatter of ours. What is wrong with a command line is said by patterns of
their words; a test provokes each, so that a new version of theirs does not pass unseen.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer._click.formatting import HelpFormatter

from communique.cli.french import SENTENCES

HEADINGS = {"Arguments": "Arguments ", "Options": "Options ", "Commands": "Commandes "}
USAGE = {"COMMAND": "COMMANDE", "[ARGS]": "[ARGUMENTS]"}
TYPES = {
    "str": "texte",
    "int": "entier",
    "int range": "entier",
    "path": "chemin",
    "file": "fichier",
    "dir": "dossier",
}
SHOWN = {"Show this message and exit.": "Montrer cette aide."}
EXTRAS = {"default: ": "par défaut : ", "required": "obligatoire"}

_PARAMETER = {"argument": "L’argument", "option": "L’option", "parameter": "Le paramètre"}
_PATH = {"file": "le fichier", "dir": "le dossier", "path": "le chemin"}
_KINDS = {"is a file": "est un fichier", "is a directory": "est un dossier"}


def _missing(found: re.Match[str]) -> str:
    more = f" {found[3]}" if found[3] else ""
    return f"{_PARAMETER[found[1]]} {found[2]} manque.{more}"


def _each(quoted: str) -> list[str]:
    return [one.strip().strip("'") for one in quoted.split(", ")]


def _or(quoted: str) -> str:
    return " ou ".join(f"« {one} »" for one in _each(quoted))


def _neither(quoted: str) -> str:
    return " ni ".join(f"« {one} »" for one in _each(quoted))


# In the order in which they are tried; the first that matches the whole says it.
PATTERNS: Sequence[tuple[str, str | Callable[[re.Match[str]], str]]] = (
    (r"Try '(.+) (-\S+)' for help\.", r"Pour l’aide : \1 \2"),
    (r"Error: (.+)", lambda m: f"Erreur : {words(m[1])}"),
    (r"Aborted!", "Abandonné."),
    (r"Missing (\w+) (.+?)\.(?: (.+))?", _missing),
    (r"Missing command\.", "Il manque la commande."),
    (r"No such command '(.+?)'\.", r"La commande « \1 » n’existe pas."),
    (
        r"No such command '(.+?)'\. Did you mean (.+)\?",
        lambda m: f"La commande « {m[1]} » n’existe pas. Vouliez-vous dire {_or(m[2])}?",
    ),
    (r"No such option: (\S+)", r"L’option \1 n’existe pas."),
    (
        r"No such option: (\S+) \(Possible options: (.+)\)",
        lambda m: f"L’option {m[1]} n’existe pas. Vouliez-vous dire {_or(m[2])}?",
    ),
    (r"Option '(.+)' does not take a value\.", r"L’option \1 ne prend pas de valeur."),
    (r"Option '(.+)' requires an argument\.", r"L’option \1 demande une valeur."),
    (r"Option '(.+)' requires (\d+) arguments\.", r"L’option \1 demande \2 valeurs."),
    (r"Got unexpected extra argument\(?s?\)? \((.+)\)", r"De trop : \1"),
    (r"Invalid value for (.+?): (.+)", lambda m: f"Valeur non valable pour {m[1]} : {words(m[2])}"),
    (r"Invalid value: (.+)", lambda m: f"Valeur non valable : {words(m[1])}"),
    (r"(file|dir|path) '(.+)' does not exist\.", lambda m: f"{_PATH[m[1]]} {m[2]} n’existe pas"),
    (r"(?:file|dir|path) '(.+)' is a file\.", r"\1 est un fichier"),
    (r"(?:file|dir|path) '(.+)' is a directory\.", r"\1 est un dossier"),
    (r"(?:file|dir|path) '(.+)' is not readable\.", r"\1 ne peut pas être lu"),
    (r"(?:file|dir|path) '(.+)' is not writable\.", r"\1 ne peut pas être modifié"),
    (r"Value error, (.+)", lambda m: words(m[1])),
    (r"'(.*)' is not one of (.+)\.", lambda m: f"« {m[1]} » n’est ni {_neither(m[2])}"),
    (r"Input should be a valid integer.*", "il faut un nombre entier"),
    (r"Input should be greater than or equal to (\S+)", r"il faut au moins \1"),
    (r"Input should be less than or equal to (\S+)", r"il faut au plus \1"),
    (r"'(.*)' does not match the format (.+)\.", r"« \1 » ne s’écrit pas comme \2"),
    (r"'(.*)' does not match the formats (.+)\.", r"« \1 » ne s’écrit pas comme \2"),
)


def words(text: str) -> str:
    """A line of theirs in French; as it is where no pattern knows it."""
    for pattern, french in PATTERNS:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return french(found) if callable(french) else found.expand(french)
    return text


def complain(error: ClickException) -> None:
    """Say what is wrong with a command line."""
    said = io.StringIO()
    error.show(said)
    print("\n".join(map(words, said.getvalue().splitlines())), file=sys.stderr)


class Formatter(HelpFormatter):
    """Lays a help out under French headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """How the command is called."""
        for english, french in USAGE.items():
            args = args.replace(english, french)
        super().write_usage(prog, args, prefix or "Utilisation : ")

    def write_heading(self, heading: str) -> None:
        """The heading of a section; a no-break space stands before the colon that follows."""
        super().write_heading(HEADINGS.get(heading, heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any, **named: Any) -> None:
        """Options, arguments or commands, and what each means."""
        super().write_dl(
            [(_typed(first), _meant(second)) for first, second in rows], *args, **named
        )


def _typed(first: str) -> str:
    return re.sub(r"<([a-z ]+)>", lambda m: f"<{TYPES.get(m[1], m[1])}>", first)


def _meant(second: str) -> str:
    text, bracket, extras = second.partition("  [")
    text = SHOWN.get(text) or SENTENCES.get(text, text)
    for english, french in EXTRAS.items():
        extras = extras.replace(english, french)
    return f"{text}{bracket}{extras}"


class Context(typer.Context):
    """What a command is called in."""

    formatter_class = Formatter
