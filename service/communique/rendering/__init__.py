"""Turns frozen content into what a reader sees: subject, text and HTML. Never reads the database.

`catalog` finds templates on disk; `check` says before approval what could fail; `prepare` renders
what is common, once, and its result renders what is personal, for each reader.
"""

from communique.rendering.catalog import sample, templates
from communique.rendering.checking import check
from communique.rendering.encoding import Encoding
from communique.rendering.names import load
from communique.rendering.render import Prepared, Rendered, prepare, prepare_encoded

__all__ = [
    "Encoding",
    "Prepared",
    "Rendered",
    "check",
    "load",
    "prepare",
    "prepare_encoded",
    "sample",
    "templates",
]
