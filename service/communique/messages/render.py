"""Renders what was frozen of a release: once for what is common, and then for each reader.

Everything comes from frozen content, never from a file (P4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, NamedTuple

import css_inline
from jinja2 import Environment, StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup

from communique.domain.content import Frozen, Variant
from communique.domain.kind import KindDefinition
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.release import Edition
from communique.domain.text import header_safe, in_language
from communique.errors import CommuniqueError, Invalid, TemplateInvalid
from communique.facts import Fact
from communique.messages import fields, hours, markdown, names
from communique.messages.bounds import RENDERED, WRITTEN, Meter, bounded, require_styleable
from communique.messages.deferral import Deferral, FrozenLoader, as_comments, from_comments
from communique.messages.encoding import Encoded, EncodingEnvironment, encoded
from communique.messages.grammar import Source
from communique.messages.hiding import unwrapped
from communique.messages.kept import KEPT
from communique.messages.mime import plain_text
from communique.messages.places import html_in_scripts, in_scripts, places
from communique.messages.seen import Seen, in_html, in_text
from communique.messages.sources import PARTS, Sources, read
from communique.messages.unrenderable import Unrenderable

HTML_LIMIT = 100 * 1024  # octets; Gmail clips at about 102 KB

_BLANKS = re.compile(r"[ \t\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class Rendered(NamedTuple):
    """One message's subject, and its text and HTML in quoted-printable."""

    subject: str
    text: bytes
    html: bytes


class Prepared:
    """One variant of a release: all that is common is already rendered."""

    def __init__(
        self,
        language: str,
        parts: tuple[Template, Template, Template],
        list_names: Mapping[str, str],
        bases: Mapping[str, str],
    ) -> None:
        self._language = language
        self._subject, self._text, self._html = parts
        self._common = self._html.globals  # as the other parts have
        self._list_names = list_names
        self._bases = bases
        # Most releases have one subject for everybody.
        self._one_line = lru_cache(maxsize=16)(partial(one_line, self._subject.filename))

    def render(self, reader: Recipient, marks: MessageIdentity) -> Rendered:
        """The message for one reader. Raises TemplateInvalid; no other reader is concerned."""
        values = _Values(
            self._common, **names.personal(reader, marks, self._list_names, self._bases)
        )
        subject = self._one_line("".join(_fill(self._subject, values)))
        html = b"".join(_fill(self._html, values))
        # Quoted-printable makes no text shorter: most need not be measured.
        if len(html) > HTML_LIMIT and (size := len(plain_text(html).encode())) > HTML_LIMIT:
            raise too_long(self._language, size)
        return Rendered(subject, b"".join(_fill(self._text, values)), html)


class _Values(dict[str, Any]):
    """What names stand for: all that a filled template's code asks of Jinja2's own context.

    That one takes as long to make and to ask as a part of the message takes to render.
    """

    resolve_or_missing = dict.__getitem__

    def __missing__(self, name: str) -> object:
        return missing  # Jinja2 makes it an undefined name


def one_line(file: str | None, subject: str) -> str:
    """A subject as its header may have it. Raises TemplateInvalid for what cannot stand there."""
    try:
        return header_safe(_BLANKS.sub(" ", subject).strip(" "), "the_subject")
    except Invalid as error:
        raise TemplateInvalid.of(error, file=file) from error


def prepare(variant: Variant, editions: tuple[Edition, ...] = ()) -> Prepared:
    """Render what the readers of a variant share. Raises TemplateInvalid.

    `editions` only tell messages which file and line a text came from.
    """
    return prepared(flat(variant, editions), variant)


def flat(variant: Variant, editions: tuple[Edition, ...] = ()) -> Flat:
    """What the readers of a variant share, as far as texts. Raises TemplateInvalid."""
    content = variant.content
    return Flat(read(content, variant.language, editions), names.common(variant), content)


def prepared(flat: Flat, variant: Variant) -> Prepared:
    """A variant for its readers, from what they share. Raises TemplateInvalid."""
    language = variant.language
    subject, text, html = (f"{variant.content.kind}/{part}" for part in PARTS)
    values = encoded(variant.content.format)
    return Prepared(
        language,
        (flat.template(subject, None), flat.template(text, values), flat.template(html, values)),
        {one.key: in_language(one.names, language) for one in variant.host.lists},
        {one.key: one.basis.value for one in variant.host.lists},
    )


def too_long(language: str, size: int) -> TemplateInvalid:
    """The error for HTML of `size` octets, of which Gmail would show only the first part."""
    return TemplateInvalid("message_too_long", size=size // 1024, file=f"edition {language}")


def environment(
    loader: FrozenLoader | None,
    language: str,
    *,
    html: bool = False,
    blocks: bool = False,
    meter: Meter | None = None,
) -> ImmutableSandboxedEnvironment:
    """A sandbox that knows our filters and no function. `blocks`: tags leave no line behind."""
    known = names.filters(language)
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
    made.filters.update(meter.filters(known) if meter else known)
    return made


class Flat:
    """The texts of one language with all that is common rendered, and what is personal kept."""

    def __init__(
        self, sources: Sources, common: Mapping[str, Any], content: Frozen | None = None
    ) -> None:
        self._sources = sources
        self._content = content  # what has fields
        self._common = common
        self._new = sources.format >= 2
        self._made: dict[str, str] = {}
        self._deferral = Deferral()
        by_name = {one.name: one for one in sources.all()}
        self._loader = FrozenLoader(by_name, sources.language, self._deferral)
        meter = Meter()
        prose = environment(self._loader, sources.language, meter=meter)
        self._layouts = {
            html: environment(self._loader, sources.language, html=html, blocks=True, meter=meter)
            for html in (False, True)
        }
        self._texts = {
            key: self._rendered(one, prose, WRITTEN) for key, one in sources.texts.items()
        }
        self._edition = {
            key: self._rendered(one, prose, WRITTEN) for key, one in sources.edition.items()
        }

    def template(self, name: str, values: Encoded | None) -> Template:
        """One part of the message (`announcement/body.html`) as a template for each reader.

        With `values`, it yields quoted-printable.
        """
        part = self._sources.templates[name]
        layout = environment(None, self._sources.language, html=name.endswith(".html"))
        personal = layout if values is None else EncodingEnvironment(layout, values)
        flat = self.text(name)
        standing = self._new and places(flat, html=name.endswith(".html"))
        return self._deferral.assemble(flat, personal, part, self._common, standing or ())

    def text(self, name: str) -> str:
        """One part of the message with a character for all that is personal."""
        if name not in self._made:
            self._made[name] = self._text(name)
        return self._made[name]

    def seen(self, name: str) -> tuple[Seen, ...]:
        """What every reader is shown of a part: in HTML, with and without what is in `@media`."""
        text, kept = self.text(name), (self._deferral, self._common)
        if not name.endswith(".html"):
            return (in_text(text, *kept),)
        seen = in_html(text, *kept)
        if (bare := unwrapped(text)) == text:
            return (seen,)
        return seen, in_html(_inlined(bare, self._sources.templates[name]), *kept)

    def _text(self, name: str) -> str:
        part = self._sources.templates[name]
        more: dict[str, Any] = {"texts": self._texts}
        html = name.endswith(".html")
        if self._content and self._sources.kind:
            more |= self._fields(self._content, self._sources.kind, html=html)
        if self._edition:
            body = self.body(html=html)
            more["edition"] = {
                **self._edition,
                "body": Markup(body) if html else body,  # noqa: S704 - nh3 cleaned it
                "language": self._sources.language,
            }
        flat = self._rendered(part, self._layouts[html], RENDERED, **more)
        if html:
            flat = _inlined(flat, part)
            return html_in_scripts(flat) if self._new else flat
        if name.endswith("body.txt"):
            flat = _BLANK_LINES.sub("\n\n", flat).strip("\n") + "\n"
            return in_scripts(flat) if self._new else flat
        return flat

    def _fields(self, content: Frozen, kind: KindDefinition, *, html: bool) -> dict[str, Any]:
        language, write = self._sources.language, markdown.to_html if html else markdown.to_text

        def prose(text: str) -> str:
            made = write(text, self._deferral.tags, language)
            return Markup(made) if html else made.strip("\n")  # noqa: S704 - nh3 cleaned it

        press = bool(self._common["for_press"])
        given = fields.values(content, kind, language, press=press, prose=prose)
        return {**given, **hours.values(content, kind, language)}

    def body(self, *, html: bool) -> str:
        """The edition's body, as clean HTML or as plain text."""
        body, language, tags = self._edition["body"], self._sources.language, self._deferral.tags
        if html:
            made = markdown.to_html(body, tags, language, old=not self._new)
            if self._sources.format >= 5:
                made = markdown.linked(made, self._is_address)
        else:
            apart = self._sources.format >= 5
            made = markdown.to_text(body, tags, language, old=not self._new, apart=apart)
        gone = set(KEPT.findall(body)) - set(KEPT.findall(made))
        if self._new and not all(map(self._deferral.tags, gone)):
            raise self._sources.edition["body"].invalid("template_value_misplaced", None)
        return bounded([made], self._sources.edition["body"], RENDERED)

    def _is_address(self, character: str) -> bool:
        """Whether what is kept is the address of a page of the reader's own."""
        kept = self._deferral.expression(character)
        if not isinstance(kept, nodes.Name) or self._deferral.tag(character):
            return False
        return kept.name in names.ADDRESSES

    def spoken(self, key: str, environment: Environment) -> Template:
        """The edition's subject, preheader or body by itself: as a template in `environment`."""
        source = self._sources.edition[key]
        flat = self.body(html=True) if key == "body" else self._edition[key]
        return self._deferral.assemble(flat, environment, source, self._common)

    def _rendered(self, source: Source, within: Environment, most: int, **more: object) -> str:
        with located(source):
            template = within.get_template(source.name)
            return bounded(template.generate({**self._common, **more}), source, most)


def _inlined(html: str, part: Source) -> str:
    """The HTML with its style sheet inlined, and every kept character where it was."""
    kept = KEPT.findall(html)
    require_styleable(html, part)
    try:
        html = _INLINER.inline(as_comments(html))
    except css_inline.InlineError as error:
        raise part.invalid("style_sheet_not_inlined", None, reason=str(error)) from error
    if KEPT.findall(html) != kept or re.search(f'{KEPT.pattern}=""', html):
        raise part.invalid("template_value_misplaced", None)
    return from_comments(html)


class located:  # noqa: N801 - reads as a word in a with statement
    """Turns whatever rendering raises into TemplateInvalid with the template's file and line."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, CommuniqueError):
            raise self._source.invalid(
                "template_not_renderable", line_in(trace), reason=_reason(error)
            ) from error


def _reason(error: Exception) -> str | Fact:
    """Why it cannot be rendered: ours, or a library's own words."""
    return error.fact if isinstance(error, Unrenderable) else str(error)


def line_in(trace: TracebackType | None) -> int | None:
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
            "template_not_renderable_for_reader", reason=_reason(error), file=template.filename
        ) from error
