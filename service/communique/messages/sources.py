"""The texts in the template language that a message is made of, taken from what was frozen.

Each knows the file and the line that it came from, so that a mistake can be named where it was
made. Never reads a file: what is sent comes from frozen content alone (P4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from communique.domain.content import FORMAT, Frozen
from communique.domain.kind import FILE, KindDefinition
from communique.domain.release import Edition
from communique.errors import TemplateInvalid
from communique.files import NotToml, toml
from communique.messages import fields, hours, names
from communique.messages.grammar import Source

BASE_TEXTS = "_base/texts.toml"
PARTS = ("subject.txt", "body.txt", "body.html")


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of one language that are written in the template language."""

    language: str
    templates: Mapping[str, Source]
    texts: Mapping[str, Source]  # the fixed sentences, by name
    edition: Mapping[str, Source] = field(default_factory=dict)  # subject, preheader, body
    format: int = FORMAT  # of the frozen content that they are from
    kind: KindDefinition | None = None  # None: of a letter

    def all(self) -> Iterator[Source]:
        """Every text."""
        yield from self.templates.values()
        yield from self.edition.values()
        yield from self.texts.values()

    @property
    def names(self) -> Mapping[str, names.Shape]:
        """The names that a release's templates may use: editions and texts have fewer."""
        return {
            **names.PERSONAL,
            **names.COMMON,
            **(fields.shapes(self.kind) if self.kind else {}),
            **(hours.shapes(self.kind) if self.kind else {}),
            "edition": {"language": None, **dict.fromkeys(self.edition)},
            "texts": dict.fromkeys(self.texts),
        }


def read(content: Frozen, language: str, editions: tuple[Edition, ...] = ()) -> Sources:
    """Take the sources of a language out of frozen content. Raises TemplateInvalid."""
    frozen = content.edition(language)
    if frozen is None:
        raise TemplateInvalid("edition_missing", language=language)
    origin = next((one for one in editions if one.language == language and one.source), None)
    file = origin.source if origin else f"edition {language}"
    worded, toml = [BASE_TEXTS], []
    if content.format >= 3 and (own := f"{content.kind}/texts.toml") in content.templates:
        worded.append(own)
    if content.format >= 3:
        toml.append(f"{content.kind}/{FILE}")
    return Sources(
        language=language,
        format=content.format,
        templates=templates(content.templates, content.kind, (*worded, *toml)),
        texts={
            key: one
            for name in worded
            for key, one in texts(content.templates, name, language).items()
        },
        kind=fields.declared(content.templates, content.kind),
        edition={
            "subject": Source("edition subject", frozen.subject, f"{file}, subject"),
            "preheader": Source("edition preheader", frozen.preheader, f"{file}, preheader"),
            "body": Source("edition body", frozen.body, file, origin.first_line if origin else 1),
        },
    )


def templates(
    files: Mapping[str, str], folder: str, texts: Collection[str]
) -> Mapping[str, Source]:
    """The sources of template files, but for those of `texts`.

    Raises TemplateInvalid if one of the folder's three is not there.
    """
    for part in PARTS:
        if f"{folder}/{part}" not in files:
            raise TemplateInvalid("template_missing", file=f"templates/{folder}/{part}")
    return {
        name: Source(name, text, file=f"templates/{name}")
        for name, text in files.items()
        if name not in texts
    }


def texts(files: Mapping[str, str], name: str, language: str) -> dict[str, Source]:
    """The fixed sentences of a language, from the file called `name`. Raises TemplateInvalid."""
    file = f"templates/{name}"
    try:
        tables = toml(files.get(name, ""))
    except NotToml as error:
        raise TemplateInvalid(
            "toml_unreadable", reason=error.reason, file=file, line=error.line
        ) from error
    if tables and language not in tables:
        raise TemplateInvalid("letter_language_missing", language=language, file=file)
    return {
        key: Source(f"texts {key}", str(text), f"{file} [{language}] {key}")
        for key, text in tables.get(language, {}).items()
    }
