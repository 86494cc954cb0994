"""What is said of spreadsheets: of files, their columns, and lines that cannot be taken in."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "cell_empty": "{what} is empty",
    "cell_list_unknown": "there is no list “{list}” ({known})",
    "cell_too_long": "{what} is longer than {longest} characters",
    "column_ambiguous": "more than one column is called “{heading}”; the columns are: {columns}",
    "column_unknown": "no column is called “{heading}”; the columns are: {columns}",
    "columns_alike": "“{one}” and “{other}” could both be `{field}`",
    "columns_missing": "no column for {missing}; the columns are: {columns}",
    "company_missing": "there is no member’s name, and nobody of this address is known",
    "company_yes_or_no": "“{written}” is no member’s name: that column says yes or no",
    "consent_in_future": "the consent ({since}) lies in the future",
    "date_not_in_calendar": "{what} “{written}” is not in the calendar",
    "date_order_unknown": "{what} “{written}” is not written year-month-day",
    "date_unreadable": "{what} “{written}” is not a date: write year-month-day",
    "date_without_century": "{what} “{written}” does not say the century: write year-month-day",
    "field_unknown": "a column cannot be `{field}`",
    "file_encoding_unknown": "is no text in {encodings}",
    "language_not_spoken": "“{written}” is none of the association’s languages ({languages})",
    "line_unreadable": "{reason}",
    "membership_ends_before_start": "the membership ends ({until}) before it starts ({since})",
    "name_of_several": "several members are called “{name}”: those of the numbers {numbers}",
    "number_of_several": "the number “{number}” is given to several members: {said}",
    "number_shortened": "“{number}” is what a spreadsheet makes of many long numbers",
    "number_without_name": "no member of the number “{number}” is known, and it has no name",
    "scratch_failed": "what is needed to read the file does not fit on this disk: {reason}",
    "spreadsheet_empty": "is empty",
    "workbook_damaged": "is a damaged or protected workbook",
    "workbook_old": "is an old Excel workbook, or a protected one",
    "workbook_too_large": "unpacks to more than {megabytes} MB",
    "workbook_too_many_cells": "has a sheet that spans more than {most:,} cells",
    "workbook_without_sheet": "is not a workbook with a visible sheet",
}

ADVICE: Mapping[str, Remedy | str] = {
    "column_ambiguous": Remedy.CHOOSE_COLUMN,
    "columns_alike": Remedy.CHOOSE_COLUMN,
    "columns_missing": Remedy.MAP_COLUMNS,
    "date_order_unknown": Remedy.SAY_DATE_ORDER,
    "field_unknown": "it can be: {known}",
    "file_encoding_unknown": "save it as CSV (UTF-8) or as .xlsx",
    "number_shortened": "format that column as text, and enter the numbers in full",
    "scratch_failed": "make room where this system keeps temporary files",
    "spreadsheet_empty": "its first line must be the headings of its columns",
    "workbook_old": "save it without a password as .xlsx or as CSV",
    "workbook_too_many_cells": "delete what stands far below or right of the table, or use CSV",
}
