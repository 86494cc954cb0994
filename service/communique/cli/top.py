"""The top of the command line: which commands there are, and where each is to be found.

It loads none of them. A command's module, and all that it needs, is loaded when it is called.
"""

from __future__ import annotations

import re
from copy import copy
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command_name, get_group

from communique import __version__
from communique.cli import speech
from communique.cli.examples import EXAMPLES, EXIT_STATUS
from communique.cli.meant import Group
from communique.cli.speech import _

# In the order in which they are listed: the name, what it does, and the function or group it is.
COMMANDS = (
    ("init", "Start a new desk: templates, two associations, a sample release.", "beginning:init"),
    ("settings", "Explain every setting, and what it is if unset.", "beginning:explained"),
    ("sync", "Take in what `subscribers/` declares.", "beginning:sync"),
    (
        "associations",
        "Show the associations here, and who may approve for them.",
        "beginning:associations",
    ),
    ("serve", "Run the scheduler, the worker and the public pages.", "serving:serve"),
    ("status", "Show the releases under way, with how far each is.", "serving:status"),
    ("check", "Look at everything the service needs and say what is wrong.", "serving:check"),
    ("demo", "Send a release that two associations approved, and show the log.", "serving:demo"),
    ("desk", "The desk's pages, and who works at them.", "opening:app"),
    ("subscribers", "Members and their subscribers.", "subscribers:app"),
    ("release", "Releases, from draft to sent.", "release:app"),
    ("agreements", "Agreements between associations, and their terms.", "agreements:app"),
    ("newsroom", "All news: what is public, and as files.", "newsroom:app"),
    ("advantages", "Advantages, and how often they are used.", "advantages:app"),
    ("log", "The delivery log.", "log:app"),
    ("backup", "Back the desk up: database, keys and files, of one moment.", "keeping:backup"),
    ("restore", "Restore a desk from a backup.", "keeping:restore"),
    ("db", "The database's schema.", "beginning:database"),
)


class Later(TyperCommand):
    """A command that is loaded when it is called, and not to be listed."""

    def __init__(self, name: str, does: str, where: str) -> None:
        super().__init__(name, help=_(does), short_help=_(does))
        self._where = where

    def load(self, below: str = "") -> TyperCommand | TyperGroup:
        """The command itself; of a group with a command called `below`, with that one alone.

        To find out what every command of a group takes is more work than most of them have.
        """
        module, _, name = self._where.partition(":")
        found = getattr(import_module(f"communique.cli.{module}"), name)
        above = typer.Typer(rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            above.add_typer(_narrowed(found, below), name=self.name, cls=Group)
        else:
            above.command(self.name)(found)
        [command] = get_group(above).commands.values()
        assert isinstance(command, TyperCommand | TyperGroup)  # noqa: S101 - Typer made it
        explain(command, self.name or "")
        return command

    def make_context(
        self, info_name: str | None, args: list[str], *above: Any, **named: Any
    ) -> Any:
        """What is called, or asked for its help, is the command itself."""
        return self.load(args[0] if args else "").make_context(info_name, args, *above, **named)


def _narrowed(group: typer.Typer, below: str) -> typer.Typer:
    for one in group.registered_commands:
        if below and below == (one.name or get_command_name(getattr(one.callback, "__name__", ""))):
            narrowed = copy(group)
            narrowed.registered_commands, narrowed.registered_groups = [one], []
            return narrowed
    return group


def explain(command: TyperCommand | TyperGroup, words: str, more: str = "") -> None:
    """Lay out a command's help, and those of the ones below it: what is indented stays as it is."""
    written = speech.paragraphs(command.help or "")
    command.help = re.sub(r"(?m)^(?=    )(?<=\n\n)", "\b\n", written)
    if speech.french():
        _in_french(command)
    examples = EXAMPLES.get(words)
    shown = f"\b\n{_('Examples:')}" + re.sub(r"(?m)^ {8}", "  ", examples) if examples else ""
    command.epilog = "\n\n".join(part for part in (shown, speech.paragraphs(more)) if part)
    for name, one in getattr(command, "commands", {}).items():
        if isinstance(one, TyperCommand | TyperGroup) and not isinstance(one, Later):
            explain(one, f"{words} {name}".strip())
            one.short_help = (one.help or "").partition("\n\n")[0].replace("\n", " ")


def _in_french(command: TyperCommand | TyperGroup) -> None:
    from communique.cli.french import library

    command.context_class = library.Context
    for one in command.params:
        if isinstance(one, TyperArgument | TyperOption):
            one.help = _(one.help or "")
        if (isinstance(one, TyperArgument) and one.metavar is None) or one.metavar:
            one.metavar = _(one.metavar or one.name.upper())


class _Top(Group):
    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        explain(self, "", EXIT_STATUS)
        self.commands = {name: Later(name, does, where) for name, does, where in COMMANDS}


app = typer.Typer(
    name="communique",
    cls=_Top,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # to lay a help out otherwise takes as long as all the rest of it
    help="""The release desk for associations that announce together.

A desk in five steps: `init` a folder, `sync` the associations it declares,
`subscribers import` their members, `release import` and `submit` an announcement that
every party then approves and somebody schedules; `serve` sends it. `log` and `status`
say what became of it.""",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version.")
    ] = False,
) -> None:
    """Options of every command."""
