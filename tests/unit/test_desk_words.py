"""What the pages say: every word in each language, with the same blanks, set as it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from communique.web import desk
from communique.web.desk.saying import LOCALES, WORDS, Forms, Words, spoken

HERE = Path(desk.__file__).parent
SAID = spoken()
KEYS = sorted(SAID["en"])
TEMPLATES = sorted((HERE / "pages").rglob("*.html"))
MODULES = sorted(HERE.glob("*.py"))
# `t("home.needs")`; and `t("frame.place." ~ name)` or `t(f"frame.can.{one}")`, with a free end.
NAMED = re.compile(r"""\bt\(\s*f?["']([a-z_]+(?:\.[a-z_0-9]+)*\.?)""")
SAYS = re.compile(r"""["']([a-z_]+(?:\.[a-z_]+)*\.said\.[a-z_]+)["']""")


def texts(forms: Forms) -> list[str]:
    return [forms] if isinstance(forms, str) else list(forms.values())


def blanks(forms: Forms) -> list[set[str]]:
    return [{name for _, name, _, _ in Formatter().parse(one) if name} for one in texts(forms)]


def test_every_word_is_in_each_language() -> None:
    assert set(SAID["en"]) == set(SAID["fr"])
    assert len(KEYS) > 50


def test_a_word_has_the_same_blanks_in_each_language() -> None:
    for key in KEYS:
        used = {frozenset(set().union(*blanks(SAID[one][key])) - {"n"}) for one in SAID}
        assert len(used) == 1, key
        counts = {isinstance(SAID[one][key], str) for one in SAID}
        assert len(counts) == 1, f"{key} counts in one language only"
        for language in SAID:
            forms = SAID[language][key]
            assert isinstance(forms, str) or set(forms) == {"one", "other"}, key


def test_millions_are_counted_too() -> None:
    assert WORDS["fr"]("frame.days", n=2_000_000).startswith("2")  # CLDR has a form of its own


@pytest.mark.parametrize("language", sorted(SAID))
def test_words_are_set_as_they_are_printed(language: str) -> None:
    for key, forms in SAID[language].items():
        for text in texts(forms):
            shown = re.sub(r"<[^>]+>", "", text)
            assert "'" not in shown, f"{key}: an apostrophe is ’"
            assert '"' not in shown, key
            assert "..." not in shown, f"{key}: … is one character"
            assert shown == " ".join(shown.split(" ")).strip(), key
            if language == "fr":
                assert not re.search(r" [:%$»;!?]|« ", shown), f"{key}: a line may end there"
                assert not re.search(r"\w:(?=\s|$)", shown), f"{key}: no space before the colon"
                assert not re.search(r"\s[;!?]", shown), f"{key}: no space goes there in Québec"


def test_what_pages_say_has_words_and_no_word_is_left_over() -> None:
    named = {
        key
        for file in [*TEMPLATES, *MODULES]
        for key in NAMED.findall(file.read_text(encoding="utf-8"))
    }
    named |= {key for file in MODULES for key in SAYS.findall(file.read_text(encoding="utf-8"))}
    missing = [
        key
        for key in named
        if key not in SAID["en"] and not any(one.startswith(key.rstrip(".") + ".") for one in KEYS)
    ]
    assert not missing
    beginnings = tuple(key for key in named if key.endswith("."))
    quoted = "\n".join(file.read_text(encoding="utf-8") for file in MODULES)
    unused = [
        key
        for key in KEYS
        if key not in named and not key.startswith(beginnings) and f'"{key}"' not in quoted
    ]
    assert not unused


def test_what_is_put_into_words_is_escaped_and_counted() -> None:
    english, french = WORDS["en"], WORDS["fr"]
    assert french.number(1104) == "1\N{NO-BREAK SPACE}104"
    assert english("frame.days", n=0) == "0 days"
    assert french("frame.days", n=0) == "0 jour"  # zero is singular in French
    assert "&lt;b&gt;" in english("frame.clock", city="<b>")
    with pytest.raises(KeyError):
        english("frame.nothing")
    assert set(LOCALES) == set(WORDS)


def test_a_word_that_lacks_in_a_language_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "bad.toml").write_text('only = {en = "English"}\n', encoding="utf-8")
    monkeypatch.setattr("communique.web.desk.saying.files", lambda _: tmp_path)
    with pytest.raises(ValueError, match=r"bad\.only"):
        spoken()


def test_words_are_found_by_key() -> None:
    assert "frame.skip" in WORDS["fr"]
    assert "frame.nothing" not in WORDS["fr"]
    assert isinstance(WORDS["fr"], Words)
