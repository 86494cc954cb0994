"""What is said of spreadsheets: of files, their columns, and lines that cannot be taken in."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "address_of_who_moved": (
        "whoever had “{address}” moved to “{now}” and is called otherwise: this may be another"
    ),
    "address_of_another": (
        "that address is {name}’s here: they are renamed, or it is another’s by now"
    ),
    "address_of_several_names": (
        "as many lines give this address to one name as to another: {names}"
    ),
    "address_several": "“{text}” holds several addresses",
    "cell_list_unknown": "there is no list “{list}” ({known})",
    "cell_not_in_encoding": (
        "{what} holds an octet ({octet}) that is no text in the file’s encoding"
    ),
    "cell_private_character": (
        "{what} holds a character that only one font knows (U+{character:04X})"
    ),
    "cell_too_long": "{what} is longer than {longest} characters",
    "cell_unseen_character": (
        "{what} holds a character that nobody sees ({name}, U+{character:04X})"
    ),
    "column_ambiguous": "more than one column is called “{heading}”; the columns are: {columns}",
    "column_numbers_people": (
        "“{heading}” gives every line another number, colleagues too: it seems to number people"
    ),
    "column_unknown": "no column is called “{heading}”; the columns are: {columns}",
    "columns_alike": "“{one}” and “{other}” could both be `{field}`",
    "columns_may_be_no": (
        "it is not known what these columns say of who may be written to: {headings}"
    ),
    "columns_missing": "no column for {missing:and}; the columns are: {columns}",
    "company_missing": "there is no member’s name, and nobody of this address is known",
    "company_yes_or_no": "“{written}” is no member’s name: that column says yes or no",
    "consent_in_future": "the consent ({since}) lies in the future",
    "date_not_in_calendar": "{what} “{written}” is not in the calendar",
    "date_order_unknown": "{what} “{written}” is not written year-month-day",
    "date_too_far": "{what} ({written}) lies more than a hundred years ahead",
    "date_unreadable": "{what} “{written}” is not a date: write year-month-day",
    "date_without_century": "{what} “{written}” does not say the century: write year-month-day",
    "encoding_unknown": "“{encoding}” is no encoding; the usual ones are {known}",
    "field_unknown": "a column cannot be `{field}`",
    "file_changed": "was changed while it was read",
    "file_encoding_broken": "is not good in {encoding}, which its first octets say it is",
    "file_encoding_doubtful": (
        "can be read in more than one encoding, and no reading is clearly right"
    ),
    "file_is_archive": "is an archive of files",
    "file_is_contacts": "holds contact cards, not a table",
    "file_is_database": "is a database",
    "file_is_document": "is a document for reading, not a table",
    "file_is_json": "is JSON",
    "file_is_pdf": "is a PDF",
    "file_is_picture": "is a picture",
    "file_is_web_page": "is a web page, whatever its name says",
    "file_is_xml": "is XML of some program’s own kind",
    "file_misread_before": (
        "was spoilt before it came here: it says {samples}, which must have been {meant}"
    ),
    "file_named_no": (
        "by its name (“{name}”) the people in it are not to be written to, and no column says so"
    ),
    "file_no_text": "is neither text nor a workbook",
    "spreadsheet_not_a_file": "is no file that can be read twice, but a folder, a pipe or a device",
    "headings_missing": "has no headings: people begin on its first line",
    "language_not_spoken": "“{written}” is none of the association’s languages ({languages})",
    "language_of_several": "“{written}” names more than one language, and a subscriber has one",
    "line_may_be_no": (
        "“{written}” ({column}) may say that they are not to be written to: they were held back"
    ),
    "line_too_long": "the line is longer than {most:,} characters",
    "line_too_wide": "too many columns: {columns}, and the header has {width}",
    "match_too_many": (
        "{leaving:,} of the {on:,} on the list {list} {leaving:is|are} not in the file: too many "
        "to leave it "
        "unless that is said"
    ),
    "match_with_bad_lines": (
        "{bad:,} {bad:line|lines} cannot be read (the first: {lines}), and may be of people who "
        "then would "
        "leave the list: nobody was taken in, and nobody left"
    ),
    "membership_ends_before_start": "the membership ends ({until}) before it starts ({since})",
    "name_of_several": "several members are called “{name}”: those of the numbers {numbers}",
    "number_of_several": "the number “{number}” is given to several members: {said}",
    "number_shortened": "“{number}” is what a spreadsheet makes of many long numbers",
    "number_without_name": "no member of the number “{number}” is known, and it has no name",
    "scratch_failed": "what is needed to read the file does not fit on this disk: {reason}",
    "number_unusable": "{what} is no number that can be used",
    "quotation_followed": (
        "a quotation mark is followed by more text: inside a cell it is written twice"
    ),
    "quotation_never_closed": "a quotation mark is opened and never closed",
    "reader_failed": "made the program that reads it fail ({reason})",
    "reader_killed": (
        "could not be read to its end: the system ended the program that reads it, which it "
        "does when memory runs out"
    ),
    "reader_out_of_memory": "asks for more than {megabytes} MB of memory to be read",
    "reader_too_slow": "takes too long to read: more than {seconds} seconds",
    "sheet_unknown": "has no sheet “{sheet}”; its sheets are: {sheets}",
    "sheets_may_be_no": (
        "“{sheet}” would be read, and people of other sheets may not be written to: {sheets}"
    ),
    "spreadsheet_empty": "is empty",
    "import_failed": "something went wrong here; it is written in the desk’s log",
    "upload_too_large": "is larger than {most} MB",
    "upload_unknown": "this file is not here any more",
    "uploads_too_many": "files wait here already to be taken in ({count})",
    "workbook_binary": "is a binary Excel workbook (.xlsb)",
    "workbook_damaged": "is a damaged workbook",
    "workbook_numbers": "is a Numbers document",
    "workbook_old": "is an Excel workbook of before 2007 (.xls)",
    "workbook_protected": "is a workbook with a password",
    "workbook_too_large": "unpacks to more than {megabytes} MB",
    "workbook_too_many_cells": "has a sheet that spans more than {most:,} cells",
    "workbook_without_sheet": "is not a workbook with a visible sheet",
    "workbook_xml": "is an Excel workbook of 2003 in XML",
}

ADVICE: Mapping[str, Remedy | str] = {
    "address_of_another": Remedy.SAY_WHO_IT_IS,
    "address_of_several_names": (
        "leave the line of the one whose address it is, or write to each at their own"
    ),
    "address_several": "keep the one that is meant, or give the other a line of its own",
    "column_ambiguous": Remedy.CHOOSE_COLUMN,
    "column_numbers_people": Remedy.SAY_WHOSE_NUMBER,
    "columns_alike": Remedy.CHOOSE_COLUMN,
    "columns_may_be_no": (
        "call each by what a yes or a no means there (“Opt-in”, “Unsubscribed”), or leave it out"
    ),
    "columns_missing": Remedy.MAP_COLUMNS,
    "date_order_unknown": Remedy.SAY_DATE_ORDER,
    "encoding_unknown": "leave it away, and it is found out",
    "field_unknown": "it can be: {known}",
    "match_too_many": Remedy.SAY_HOW_MANY_LEAVE,
    "match_with_bad_lines": "mend these lines, or take the file in without making the list match",
    "number_shortened": "format that column as text, and enter the numbers in full",
    "scratch_failed": "make room where this system keeps temporary files",
    "file_changed": "import it again once nobody writes to it",
    "file_encoding_broken": "save it as .xlsx, or as CSV UTF-8",
    "file_encoding_doubtful": Remedy.CHOOSE_ENCODING,
    "file_is_archive": "unpack it, and take what is in it",
    "file_is_contacts": "export the contacts as CSV",
    "file_is_database": "export the table as CSV",
    "file_is_document": "copy its table into a spreadsheet, and save that as .xlsx",
    "file_is_json": "export it as CSV",
    "file_is_pdf": "ask for the spreadsheet that it was made from",
    "file_is_picture": "ask for the spreadsheet that it shows",
    "file_is_web_page": "open it in a spreadsheet program, and save it as .xlsx or as CSV UTF-8",
    "file_is_xml": "export it as CSV",
    "file_misread_before": (
        "export it again as CSV UTF-8 or .xlsx from where it was still right; if its words are "
        "meant so, say that it is utf-8"
    ),
    "file_named_no": (
        "add a column “Unsubscribed” that says yes of each; if they may be written to, name it "
        "otherwise"
    ),
    "file_no_text": "save it as .xlsx, or as CSV UTF-8",
    "spreadsheet_not_a_file": "save it to a file first",
    "headings_missing": (
        "put a line above them that names the columns, such as Company, First name, Email"
    ),
    "reader_failed": "save it as .xlsx, or as CSV UTF-8",
    "reader_killed": "free some memory, or save it as CSV",
    "reader_out_of_memory": "delete what stands far below or right of the table, or save it as CSV",
    "reader_too_slow": "save the one sheet that is needed as CSV",
    "sheet_unknown": (
        "name one of them, or leave it away to take the first that looks like a roster"
    ),
    "import_failed": "try again; if it fails once more, ask whoever runs the desk",
    "upload_too_large": "save only the sheet that is meant, or import it at the machine",
    "uploads_too_many": "go on with one of them, or discard what is not needed",
    "sheets_may_be_no": Remedy.CHOOSE_SHEETS,
    "spreadsheet_empty": "its first line must be the headings of its columns",
    "workbook_binary": "open it in Excel, and save it as .xlsx",
    "workbook_damaged": "open it in a spreadsheet program, and save it as .xlsx",
    "workbook_numbers": "export it as .xlsx or CSV from Numbers",
    "workbook_old": "open it in a spreadsheet program, and save it as .xlsx",
    "workbook_protected": "take the password away, and save it as .xlsx",
    "workbook_too_large": "save the one sheet that is needed as CSV",
    "workbook_too_many_cells": "delete what stands far below or right of the table, or use CSV",
    "workbook_xml": "open it in Excel, and save it as .xlsx",
}
