"""The French of all that the command line says: its sentences by their English, and how it writes.

Typed with plain spaces: where French has one that holds, `typography` puts it.
"""

from __future__ import annotations

from collections.abc import Mapping

from communique.cli.french import values

__all__ = ["PLURALS", "SENTENCES", "values"]

SENTENCES: Mapping[str, str] = {}
PLURALS: Mapping[str, tuple[str, str]] = {}
