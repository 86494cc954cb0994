"""Renders a release's frozen content: once for what is common, and then for each reader.

Everything comes from the frozen document, never from a file (P4).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Generic, NamedTuple, TypeVar

import css_inline
from jinja2 import Environment, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup

from communique.domain.mail import Marks, Reader
from communique.domain.release import Content, Edition
from communique.domain.text import header_safe, in_language
from communique.errors import CommuniqueError, Invalid, TemplateInvalid
from communique.rendering import markdown, names
from communique.rendering.deferral import Deferral, FrozenLoader, as_comments, from_comments
from communique.rendering.encoding import Encoded, Encoding, EncodingEnvironment
from communique.rendering.grammar import Source
from communique.rendering.kept import KEPT

TEXTS = "_base/texts.toml"
PARTS = ("subject.txt", "body.txt", "body.html")
Piece = TypeVar("Piece", str, bytes)

HTML_LIMIT = 100 * 1024  # octets; Gmail clips at about 102 KB

_BLANKS = re.compile(r"[ \t\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class Rendered(NamedTuple, Generic[Piece]):
    """One reader's message; text and HTML as they are shown, or encoded."""

    subject: str
    text: Piece
    html: Piece


class Prepared(Generic[Piece]):
    """One release for one association in one language: all that is common is already rendered."""

    def __init__(
        self,
        language: str,
        parts: tuple[Template, Template, Template],
        list_names: Mapping[str, str],
        nothing: Piece,
        octets: Callable[[Piece], int],
    ) -> None:
        self._language = language
        self._subject, self._text, self._html = parts
        self._common = self._html.globals  # as the other parts have
        self._list_names = list_names
        self._nothing: Piece = nothing
        self._octets: Callable[[Piece], int] = octets
        # Most releases have one subject for everybody.
        self._one_line = lru_cache(maxsize=16)(partial(_one_line, self._subject.filename))

    def render(self, reader: Reader, marks: Marks) -> Rendered[Piece]:
        """The message for one reader. Raises TemplateInvalid; no other reader is concerned."""
        values = _Values(self._common, **names.personal(reader, marks, self._list_names))
        subject = self._one_line("".join(_fill(self._subject, values)))
        html = self._nothing.join(_fill(self._html, values))
        # No encoding makes a text shorter: most need not be measured.
        if len(html) > HTML_LIMIT and (size := self._octets(html)) > HTML_LIMIT:
            raise too_long(self._language, size)
        return Rendered(subject, self._nothing.join(_fill(self._text, values)), html)


class _Values(dict[str, Any]):
    """What names stand for: all that a filled template's code asks of Jinja2's own context.

    That one takes as long to make and to ask as a part of the message takes to render.
    """

    resolve_or_missing = dict.__getitem__

    def __missing__(self, name: str) -> object:
        return missing  # Jinja2 makes it an undefined name


def _one_line(file: str | None, subject: str) -> str:
    try:
        return header_safe(_BLANKS.sub(" ", subject).strip(" "), "the subject")
    except Invalid as error:
        raise TemplateInvalid(error.message, file=file) from error


def prepare(
    content: Content,
    association: str,
    language: str,
    date: datetime,
    editions: tuple[Edition, ...] = (),
) -> Prepared[str]:
    """Render what all readers of `association` in `language` share. Raises TemplateInvalid.

    `date` is the instant of the release, shown as a day. `editions` only tell messages which file
    and line a text came from.
    """
    parts, list_names = _prepare(content, association, language, date, editions, None)
    return Prepared(language, parts, list_names, "", lambda html: len(html.encode()))


def prepare_encoded(
    content: Content, association: str, language: str, date: datetime, encoding: Encoding
) -> Prepared[bytes]:
    """The same, rendering to encoded text and HTML."""
    values, decode = Encoded(encoding.encode), encoding.decode
    parts, list_names = _prepare(content, association, language, date, (), values)
    return Prepared(language, parts, list_names, b"", lambda html: len(decode(html).encode()))


def _prepare(
    content: Content,
    association: str,
    language: str,
    date: datetime,
    editions: tuple[Edition, ...],
    values: Encoded | None,
) -> tuple[tuple[Template, Template, Template], Mapping[str, str]]:
    document = content.load()
    sources = read(document, language, editions)
    common = names.common(document, association, language, date)
    kind = document["kind"]
    flat = _Flat(sources, common)
    subject, text, html = (f"{kind}/{part}" for part in PARTS)
    parts = (
        flat.template(subject, None),
        flat.template(text, values),
        flat.template(html, values),
    )
    lists = content.declared(association)["lists"]
    return parts, {one["key"]: in_language(one["names"], language) for one in lists}


def too_long(language: str, size: int) -> TemplateInvalid:
    """The error for HTML of `size` octets, of which Gmail would show only the first part."""
    return TemplateInvalid(
        f"the HTML has {size // 1024} KB; Gmail clips it at 102",
        file=f"edition {language}",
        remedy="shorten the body",
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of one language that are written in the template language."""

    language: str
    templates: Mapping[str, Source]
    edition: Mapping[str, Source]  # subject, preheader, body
    texts: Mapping[str, Source]  # the fixed sentences, by name

    def all(self) -> Iterator[Source]:
        """Every text."""
        yield from self.templates.values()
        yield from self.edition.values()
        yield from self.texts.values()

    @property
    def names(self) -> Mapping[str, names.Shape]:
        """The names that templates may use: editions and texts have fewer."""
        return {
            **names.PERSONAL,
            **names.COMMON,
            "edition": {"language": None, **dict.fromkeys(self.edition)},
            "texts": dict.fromkeys(self.texts),
        }


def read(document: Mapping[str, Any], language: str, editions: tuple[Edition, ...] = ()) -> Sources:
    """Take the sources of a language out of a frozen document. Raises TemplateInvalid."""
    frozen = next((one for one in document["editions"] if one["language"] == language), None)
    if frozen is None:
        raise TemplateInvalid(f"the release has no edition in “{language}”")
    origin = next((one for one in editions if one.language == language and one.source), None)
    file = origin.source if origin else f"edition {language}"
    templates = {
        name: Source(name, text, file=f"templates/{name}")
        for name, text in document["templates"].items()
        if name != TEXTS
    }
    for part in PARTS:
        if f"{document['kind']}/{part}" not in templates:
            raise TemplateInvalid(
                "the template is missing", file=f"templates/{document['kind']}/{part}"
            )
    return Sources(
        language=language,
        templates=templates,
        edition={
            "subject": Source("edition subject", frozen["subject"], f"{file}, subject"),
            "preheader": Source("edition preheader", frozen["preheader"], f"{file}, preheader"),
            "body": Source(
                "edition body", frozen["body"], file, origin.first_line if origin else 1
            ),
        },
        texts=_texts(document["templates"].get(TEXTS, ""), language),
    )


def _texts(toml: str, language: str) -> dict[str, Source]:
    file = f"templates/{TEXTS}"
    try:
        tables = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+)", str(error))
        raise TemplateInvalid(
            f"is not TOML: {error}", file=file, line=int(line[1]) if line else None
        ) from error
    if tables and language not in tables:
        raise TemplateInvalid(f"has no table [{language}]", file=file)
    texts = tables.get(language, {})
    return {
        key: Source(f"texts {key}", str(text), f"{file} [{language}] {key}")
        for key, text in texts.items()
    }


def environment(
    loader: FrozenLoader | None, language: str, *, html: bool = False, blocks: bool = False
) -> ImmutableSandboxedEnvironment:
    """A sandbox that knows our filters and no function. `blocks`: tags leave no line behind."""
    made = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=blocks,
        lstrip_blocks=blocks,
        keep_trailing_newline=True,
        cache_size=-1,
    )
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    made.filters.update(names.filters(language))
    return made


class _Flat:
    """The texts of one language with all that is common rendered, and what is personal kept."""

    def __init__(self, sources: Sources, common: Mapping[str, Any]) -> None:
        self._sources = sources
        self._common = common
        self._deferral = Deferral()
        self._loader = FrozenLoader({one.name: one for one in sources.all()}, self._deferral)
        prose = environment(self._loader, sources.language)
        self._texts = {key: self._rendered(one, prose) for key, one in sources.texts.items()}
        self._edition = {key: self._rendered(one, prose) for key, one in sources.edition.items()}

    def template(self, name: str, values: Encoded | None) -> Template:
        """One part of the message (`announcement/body.html`) as a template for each reader."""
        html = name.endswith(".html")
        layout = environment(self._loader, self._sources.language, html=html, blocks=True)
        part, tags = self._sources.templates[name], self._deferral.tags
        body, language = self._edition["body"], self._sources.language
        written = (
            Markup(markdown.to_html(body, tags, language))  # noqa: S704 - nh3 cleaned it
            if html
            else markdown.to_text(body, tags, language)
        )
        edition = {
            **self._edition,
            "body": written,
            "language": language,
        }
        flat = self._rendered(part, layout, edition=edition, texts=self._texts)
        if html:
            flat = _inlined(flat, part)
        elif name.endswith("body.txt"):
            flat = _BLANK_LINES.sub("\n\n", flat).strip("\n") + "\n"
        personal = EncodingEnvironment(layout, values) if values is not None else layout
        return self._deferral.assemble(flat, personal, part, self._common)

    def _rendered(self, source: Source, within: Environment, **more: object) -> str:
        with _located(source):
            return within.get_template(source.name).render({**self._common, **more})


def _inlined(html: str, part: Source) -> str:
    """The HTML with its style sheet inlined, and every kept character where it was."""
    kept = KEPT.findall(html)
    try:
        html = _INLINER.inline(as_comments(html))
    except css_inline.InlineError as error:
        raise part.invalid(f"the style sheet cannot be inlined: {error}", None) from error
    if KEPT.findall(html) != kept or re.search(f'{KEPT.pattern}=""', html):
        raise part.invalid(
            "a personal value or section stands where HTML does not allow it",
            None,
            "put it into text or into an attribute's value",
        )
    return from_comments(html)


class _located:  # noqa: N801 - reads as a word in a with statement
    """Turns whatever rendering raises into TemplateInvalid with the template's file and line."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, CommuniqueError):
            raise self._source.invalid(f"cannot be rendered: {error}", _line(trace)) from error


def _line(trace: TracebackType | None) -> int | None:
    """The template's line in a traceback that Jinja2 has rewritten."""
    line = None
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _fill(template: Template, values: Any) -> tuple[Any, ...]:
    try:
        return tuple(template.root_render_func(values))
    except Exception as error:
        raise TemplateInvalid(
            f"cannot be rendered for this reader: {error}", file=template.filename
        ) from error
