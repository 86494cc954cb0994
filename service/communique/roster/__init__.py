"""People as spreadsheets: files become values of `domain`, and values become files.

Nothing here knows the store.
"""

from communique.roster.cells import DayOrder
from communique.roster.columns import CLEARABLE, HEADINGS
from communique.roster.export import CsvWriter, as_row, heading, table, whole
from communique.roster.spreadsheet import Sheet

__all__ = [
    "CLEARABLE",
    "HEADINGS",
    "CsvWriter",
    "DayOrder",
    "Sheet",
    "as_row",
    "heading",
    "table",
    "whole",
]
