"""Who is written to, as files: associations and lists in TOML, members in spreadsheets.

Nothing here knows the store: files become values of `domain`, and values become files.
"""

from communique.roster.cells import DayOrder
from communique.roster.columns import HEADINGS
from communique.roster.declared import Declared, load
from communique.roster.export import Table, as_row, heading, table, whole
from communique.roster.spreadsheet import Sheet

__all__ = [
    "HEADINGS",
    "DayOrder",
    "Declared",
    "Sheet",
    "Table",
    "as_row",
    "heading",
    "load",
    "table",
    "whole",
]
