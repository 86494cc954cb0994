"""Renders a letter: one message for one person, from the templates that this desk has now.

It has the layout of `templates/_letter/` and the words of its purpose's folder. It belongs to no
list and to no release; the language of templates is that of releases, with other names.
"""

from __future__ import annotations

from collections.abc import Mapping

from communique.domain.letter import Letter
from communique.errors import CommuniqueError, Problems
from communique.messages import grammar, names
from communique.messages.catalog import LETTER
from communique.messages.encoding import encoded
from communique.messages.render import Flat, Rendered, environment, one_line
from communique.messages.sources import PARTS, Sources, templates, texts


def render(files: Mapping[str, str], letter: Letter) -> Rendered:
    """The subject, text and HTML of a letter. Raises Problems, or TemplateInvalid."""
    language = letter.language
    worded = [f"{folder}/texts.toml" for folder in (LETTER, letter.purpose)]
    sources = Sources(
        language,
        templates(files, letter.purpose, worded),
        {key: one for name in worded for key, one in texts(files, name, language).items()},
    )
    given = names.for_letter(letter)
    known = names.shapes(given)
    with_texts = {**known, "texts": dict.fromkeys(sources.texts)}
    bare = environment(None, language)
    wrong: list[CommuniqueError] = []
    for source in sources.all():
        visible = with_texts if source.name in sources.templates else known
        wrong += grammar.problems(bare, source, visible)
    if wrong:
        raise Problems(wrong, "letter_not_writable", purpose=letter.purpose)
    flat = Flat(sources, given)
    write = encoded(sources.format).constant
    subject, text, html = (f"{letter.purpose}/{part}" for part in PARTS)
    return Rendered(
        one_line(sources.templates[subject].file, flat.text(subject)),
        write(flat.text(text)),
        write(flat.text(html)),
    )
