"""What is said of what laws ask; each names its rules, which docs/law.md explains."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "association_incomplete": "{association} has no {what}: the footer must name one ({rules})",
    "audience_not_party": (
        "{association} is an audience but no party: an association must approve what its own "
        "members are sent ({rules})"
    ),
    "french_edition_for_readers": (
        "readers of {association} in Québec would get nothing in French ({rules})"
    ),
    "french_edition_not_sent": (
        "{association} does not send the French edition, for it speaks no French ({rules})"
    ),
    "french_edition_required": "{association} requires a French edition ({rules})",
    "french_edition_thin": "the French edition says less than the one in {language} ({rules})",
    "french_not_first": (
        "whoever reads neither at {association} gets {language} before French ({rules})"
    ),
    "law_unknown_there": (
        "{association} has readers in {territories}, where no law is known here ({rules})"
    ),
    "lawful_part_hidden": (
        "the {what} that the law asks for is there, and hidden from some readers by a condition "
        "about them, or from all by a style ({rules})"
    ),
    "lawful_part_missing": ("not every reader is shown the {what} that the law asks for ({rules})"),
    "subject_as_answer": (
        "the subject begins with “{begins}” as an answer does, and nobody wrote before ({rules})"
    ),
    "the_names_of_senders": "name of everybody for whom it is sent",
    "the_sender_name": "name of who sends it",
    "the_way_to_answer": "phone, address or site of who sends it",
}

ADVICE: Mapping[str, Remedy | str] = {
    "association_incomplete": "give one in subscribers/{association}/association.toml",
    "audience_not_party": "add “{association}” to parties",
    "french_edition_for_readers": "write fr.md, and let the association speak “fr”",
    "french_edition_not_sent": (
        "add “fr” to languages in subscribers/{association}/association.toml"
    ),
    "french_edition_required": "write it, fr.md, and file the release again",
    "french_edition_thin": "say in it all that the others say",
    "french_not_first": "begin languages in subscribers/{association}/association.toml with “fr”",
    "law_unknown_there": "what the known laws ask is done; ask somebody who knows the law there",
    "lawful_part_hidden": (
        "put {{{{ {name} }}}} where no {{% if %}} about the reader is around it, and nothing that "
        "hides what stands there"
    ),
    "lawful_part_missing": (
        "put {{{{ {name} }}}} into it, or into templates/_base/{part} if it extends that"
    ),
    "subject_as_answer": "leave that out",
}
