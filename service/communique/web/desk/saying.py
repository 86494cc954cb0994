"""The words of the pages: `words/*.toml`, every one in each language, side by side.

A word is `name = {en = "…", fr = "…"}`; one that counts has a form for each plural that its
language knows: `{en = {one = "{n} person", other = "{n} people"}, fr = {…}}`. Words are HTML, and
whatever is put into their `{blanks}` is escaped; numbers are written as the language writes them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final, Literal

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from communique.wording import typography

LANGUAGES: Final = ("en", "fr")
LOCALES: Final = {"en": Locale("en", "CA"), "fr": Locale("fr", "CA")}
NAMES: Final = {"en": "English", "fr": "Français"}  # each by its own

Forms = str | Mapping[str, str]  # one text, or one for each plural

_HOUR = re.compile(r"(?<=\d) (?=h\b)|(?<=\bh) (?=\d\d\b)")


class Words:
    """What the pages say in one language: `t("frame.skip")`, `t("frame.days", n=3)`."""

    def __init__(self, language: str, texts: Mapping[str, Forms]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, n: int | None = None, **blanks: object) -> Markup:
        """The words of that key. Raises KeyError for one that is not there."""
        forms = self._texts[key]
        if not isinstance(forms, str):
            plural = LOCALES[self.language].plural_form(n or 0)
            forms = forms.get(plural, forms["other"])  # of French millions, nobody has a form
        if n is not None:
            blanks["n"] = n
        shown = {name: self._shown(value) for name, value in blanks.items()}
        return Markup(forms).format(**shown)  # noqa: S704 - our own words; `format` escapes

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def number(self, value: float) -> str:
        """1,104 or 1 104."""
        return str(format_decimal(value, locale=LOCALES[self.language]))

    def join(self, values: list[object], style: Literal["standard", "or"] = "standard") -> Markup:
        """These, one after the other, with an “and” (or, by style, an “or”) before the last."""
        kept = [str(escape(one)) for one in values]
        return Markup(format_list(kept, style, locale=LOCALES[self.language]))  # noqa: S704

    def _shown(self, value: object) -> object:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self.number(value)
        return value


def spoken(folder: str = "words") -> dict[str, dict[str, Forms]]:
    """Every word by language and key. Raises ValueError for one that lacks in a language."""
    found: dict[str, dict[str, Forms]] = {one: {} for one in LANGUAGES}
    for file in sorted((files("communique.web.desk") / folder).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        for key, forms in _flat(file.name.removesuffix(".toml"), said):
            if set(forms) != set(LANGUAGES):
                raise ValueError(f"{key} is not said in {', '.join(LANGUAGES)}, but in {[*forms]}")
            for language, form in forms.items():
                found[language][key] = _set(form, language)
    return found


def _flat(key: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Forms]]]:
    if set(value) & set(LANGUAGES):
        yield key, value
        return
    for name, inner in value.items():
        if not isinstance(inner, Mapping):
            raise ValueError(f"{key}.{name} is in no language")
        yield from _flat(f"{key}.{name}", inner)


def _set(form: Forms, language: str) -> Forms:
    """As it is printed: where no line may end, a space that holds."""
    if language != "fr":
        return form
    if isinstance(form, str):
        return _HOUR.sub(typography.HOLDS, typography.french(form))
    return {
        plural: _HOUR.sub(typography.HOLDS, typography.french(one)) for plural, one in form.items()
    }


WORDS: Mapping[str, Words] = {
    language: Words(language, texts) for language, texts in spoken().items()
}
