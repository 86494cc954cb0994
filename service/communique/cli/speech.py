"""Which language a person at this terminal is spoken to in, and how a sentence is said in it.

English stands where it is said, as `_("…")`; another language is a table by that English, loaded
when it is wanted. What answers a program (`--json`) is English always, and so is the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

ENGLISH = "en"
FRENCH = "fr"
LANGUAGES = (ENGLISH, FRENCH)
SETTING = "COMMUNIQUE_LANGUAGE"
HOME = "COMMUNIQUE_HOME"
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set says it, as POSIX orders them

_language = ENGLISH


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language of a command: by the setting, in the environment or in the desk's `.env`; else
    by the locale; English where it is neither's.
    """
    if "--json" in arguments:
        return ENGLISH
    told = environment.get(SETTING) or _in_env_file(environment.get(HOME, ""))
    if told in LANGUAGES:
        return told
    locale = next((environment[name] for name in LOCALE if environment.get(name)), "")
    return FRENCH if locale.partition("_")[0].partition(".")[0].lower() == FRENCH else ENGLISH


def _in_env_file(home: str) -> str | None:
    """What the `.env` of the desk says, read with the library only where it says something."""
    path = Path(home) / ".env"
    try:
        if SETTING not in path.read_text(encoding="utf-8"):
            return None
    except (OSError, ValueError):  # whoever loads the settings is told what is wrong with it
        return None
    from dotenv import dotenv_values

    return dotenv_values(path, encoding="utf-8", interpolate=False).get(SETTING)


def speak(language: str) -> None:
    """Speak a language from now on."""
    global _language  # noqa: PLW0603 - of a process, as its locale is
    _language = language


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Speak a language until the end of this."""
    before = _language
    speak(language)
    try:
        yield
    finally:
        speak(before)


def language() -> str:
    """The language that is spoken."""
    return _language


def french() -> ModuleType | None:
    """The French of everything; None while another language is spoken."""
    if _language != FRENCH:
        return None
    from communique.cli import french

    return french


def telling() -> ModuleType | None:
    """What tells facts and errors in French, likewise; a help need not load it."""
    if french() is None:
        return None
    from communique.cli.french import telling

    return telling


def _(text: str, /, **fields: Any) -> str:
    """A sentence in the language that is spoken, its `{blanks}` filled."""
    there = french()
    if there is None:
        return text.format(**fields) if fields else text
    text = there.SENTENCES.get(text, text)
    said: str = there.nested(text.format(**fields)) if fields else text
    return said


def ngettext(one: str, many: str, count: int, /, **fields: Any) -> str:
    """A sentence about so many things: `{count}` in it is how many."""
    text = one if count == 1 else many
    if there := french():
        singular, plural = there.PLURALS.get(one, (text, text))
        text = singular if count < 2 else plural
    return text.format(count=number(count), **fields)


def remarked(text: str) -> str:
    """A file that a command writes, with the remarks in it in the language that is spoken."""
    if french() is None:
        return text
    from communique.cli.french import remarks

    said: str = remarks.remarked(text)
    return said


def later(text: str) -> str:
    """A sentence that is said later on, by `_`; here it is only marked as one."""
    return text


class Counted(str):
    """A count as it is written; `{count:one|many}` in a sentence is the word that goes with it."""

    __slots__ = ("is_one",)

    is_one: bool

    def __format__(self, how: str) -> str:
        one, bar, many = how.partition("|")
        if not bar:
            return super().__format__(how)
        return one if self.is_one else many


def number(count: int) -> Counted:
    """A count, in groups of three."""
    there = french()
    said = Counted(there.values.number(count) if there else f"{count:,}")
    said.is_one = count < 2 if there else count == 1
    return said


def paragraphs(text: str) -> str:
    """A help in the language that is spoken, each paragraph by itself; an example stays."""
    if french() is None:
        return text
    return "\n\n".join(
        part if part.startswith(("    ", "\b")) else _(" ".join(part.split()))
        for part in text.split("\n\n")
    )
