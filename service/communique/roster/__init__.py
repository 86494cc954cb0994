"""People as spreadsheets: files become values of `domain`, and values become files.

Nothing here knows the store.
"""

from communique.roster.columns import CLEARABLE, HEADINGS
from communique.roster.days import DayOrder
from communique.roster.export import CsvWriter, as_entry, as_row, heading, table, whole
from communique.roster.lines import Reading
from communique.roster.reader import Spreadsheet
from communique.roster.spreadsheet import Layout

__all__ = [
    "CLEARABLE",
    "HEADINGS",
    "CsvWriter",
    "DayOrder",
    "Layout",
    "Reading",
    "Spreadsheet",
    "as_entry",
    "as_row",
    "heading",
    "table",
    "whole",
]
