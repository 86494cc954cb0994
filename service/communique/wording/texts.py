"""What is said of texts: of templates, of editions, and of the messages that they make."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

UNFORMATTED = "paste it without its formatting: a font such as Wingdings left it there"

GMAIL_CLIPS = "the HTML has {size} KB; Gmail clips it at 102"

WORDS: Mapping[str, str] = {
    "association_private_use": (
        "{what} of {association} holds a private-use character ({character})"
    ),
    "edition_address_bare": "“{text}” is no link",
    "edition_html": "“{text}” would be shown to members as it stands there, for HTML is not obeyed",
    "edition_image": "an image cannot stand in an edition: “{url}”",
    "edition_html_long": GMAIL_CLIPS,
    "edition_link_dead": "the link “{url}” leads nowhere in a message",
    "edition_link_meant": "“{text}” is no link, and would be shown to members as it stands there",
    "edition_misnamed": "an edition's file is named by its language, as fr.md",
    "edition_missing": "the release has no edition in “{language}”",
    "edition_reference_unknown": "“{text}” is no link: nothing says where it leads",
    "edition_subject_long": "the subject has {characters} characters",
    "edition_table_too_wide": "a table has more than {most} columns",
    "edition_unwritten": "still has the {parts} that it began with",
    "edition_without_body": "the edition has no body",
    "letter_language_missing": "has no table [{language}]",
    "letter_not_writable": "the letter “{purpose}” cannot be written",
    "message_too_long": GMAIL_CLIPS,
    "sample_reader_malformed": "does not describe a reader: {reason}",
    "sample_reader_missing": "the sample reader is missing",
    "style_sheet_missing": "the style sheet of all templates is missing",
    "style_sheet_not_inlined": "the style sheet cannot be inlined: {reason}",
    "subject_empty": "the subject is empty",
    "template_attribute_unknown": "“{name}” has no “{attribute}”",
    "template_filter_personal": "the filter “{name}” is not for a personal value",
    "template_filter_unknown": "there is no filter “{name}”",
    "template_includes_itself": "includes itself",
    "template_lookup_not_allowed": "only names and their attributes can be looked into",
    "template_loop_not_over_list": "a loop goes over a list, by one name",
    "template_loop_personal": "“{name}” of a loop cannot be joined with a personal value",
    "template_loops_nested": "loops are nested at most {depth} deep",
    "template_missing": "the template is missing",
    "template_name_not_text": "“{name}” is not a text",
    "template_name_unknown": "there is no “{name}”",
    "template_name_without_attributes": "“{name}” has no attributes",
    "template_not_renderable": "cannot be rendered: {reason}",
    "template_not_renderable_for_reader": "cannot be rendered for this reader: {reason}",
    "template_number_too_large": "holds a number of more than 100 digits",
    "template_private_use": "holds a private-use character ({character})",
    "template_reference_computed": "the name of another template must be written out",
    "template_section_moved": "this section was moved apart",
    "template_section_not_closed": "this section does not end in the same text",
    "template_syntax": "{reason}",
    "template_tags_open": "leaves too many tags without their ends",
    "template_too_costly": "takes too many steps: what it includes, or goes over, multiplies",
    "template_too_deep": "has too many things one within another",
    "template_too_long": "makes more than {most} KB of text",
    "template_too_personal": "holds too many personal values",
    "template_value_misplaced": "a personal value or section stands where HTML does not allow it",
    "template_without_reader": "this value of the reader has no form where there is no reader",
    "template_word_unknown": "{word} is not part of the template language",
    "templates_folder_missing": "there is no folder for {what}",
    "templates_incomplete": "the templates for “{kind}” are not complete",
    "value_private_use": "`{key}` holds a private-use character (U+{character:04X})",
}

ADVICE: Mapping[str, str | Remedy] = {
    "association_private_use": UNFORMATTED,
    "edition_address_bare": "write its whole address, beginning with https://",
    "edition_html": "leave it out; what only colleagues may read goes between {{# and #}}",
    "edition_image": "link to it: leave out the “!”, or put a space after it if it ends a sentence",
    "edition_link_dead": "{hint}",
    "edition_link_meant": (
        "write [words](https://…), with no blank in the address or before it and a bracket at its "
        "end; or write \\[ if a bracket is meant"
    ),
    "edition_reference_unknown": "write [words](https://…), or \\[ if a bracket is meant",
    "edition_unwritten": "write your own, or leave it out",
    "message_too_long": "shorten the body",
    "sample_reader_malformed": "each language holds {fields}",
    "template_attribute_unknown": "{hint}",
    "template_filter_unknown": "{hint}",
    "template_loop_not_over_list": "lists are {known}",
    "template_name_not_text": "{hint}",
    "template_name_unknown": "{hint}",
    "template_private_use": UNFORMATTED,
    "template_value_misplaced": "put it into text or into an attribute's value",
    "template_without_reader": (
        "give it another word with default(…), or put it into a section with {{% if %}}"
    ),
    "templates_folder_missing": "it holds {parts}",
    "value_private_use": UNFORMATTED,
}
