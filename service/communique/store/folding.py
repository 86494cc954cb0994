"""Folding: what a search compares, on both databases as `domain.text.folded` has it.

SQLite asks that very function. PostgreSQL does the same by its own, which need no extension.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from communique.domain.text import folded

_QUOTE = "'"


class _folded(FunctionElement[Any]):  # noqa: N801 - reads as an SQL function
    inherit_cache = True
    type = Text()


@compiles(_folded, "sqlite")
def _sqlite(element: _folded, compiler: SQLCompiler, **options: object) -> str:
    return f"folded({compiler.process(element.clauses, **options)})"


@compiles(_folded, "postgresql")
def _postgresql(element: _folded, compiler: SQLCompiler, **options: object) -> str:
    text = compiler.process(element.clauses, **options)
    plain = f"translate(lower({text}), '\u2018\u2019\u02bc\u00b4', '{8 * _QUOTE}')"
    spelt = f"replace(replace({plain}, 'œ', 'oe'), 'æ', 'ae')"
    return f"regexp_replace(normalize({spelt}, NFKD), '[\u0300-\u036f]', '', 'g')"


def has(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """Whether a text has that part, however either is written."""
    return _folded(column).contains(folded(part), autoescape=True)
