"""What is said of what laws ask."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "association_incomplete": (
        "{association} n’a pas de {what} : le pied de page doit en nommer ({rules})"
    ),
    "audience_not_party": (
        "{association} est destinataire sans être partie : une association doit approuver ce "
        "qu’on envoie à ses propres membres ({rules})"
    ),
    "french_edition_for_readers": (
        "des lecteurs de {association} au Québec ne recevraient rien en français ({rules})"
    ),
    "french_edition_not_sent": (
        "{association} n’envoie pas l’édition française, car elle ne parle pas français ({rules})"
    ),
    "french_edition_required": "{association} exige une édition française ({rules})",
    "french_edition_thin": "l’édition française en dit moins que celle en {language} ({rules})",
    "french_not_first": (
        "qui ne lit ni l’une ni l’autre à {association} reçoit {language} avant le français "
        "({rules})"
    ),
    "law_unknown_there": (
        "{association} a des lecteurs à {territories}, dont on ne connaît pas la loi ici ({rules})"
    ),
    "lawful_part_hidden": (
        "{what} : la loi le demande, et c’est caché à certains lecteurs par une condition à leur "
        "sujet, ou à tous par un style ({rules})"
    ),
    "lawful_part_missing": (
        "{what} : la loi le demande, et ce n’est pas montré à tous les lecteurs ({rules})"
    ),
    "subject_as_answer": (
        "l’objet commence par « {begins} » comme une réponse, et personne n’avait écrit avant "
        "({rules})"
    ),
    "the_names_of_senders": "nom de tous ceux pour qui c’est envoyé",
    "the_sender_name": "nom de qui l’envoie",
    "the_way_to_answer": "téléphone, adresse ou site de qui l’envoie",
}

ADVICE: Mapping[str, str] = {
    "association_incomplete": "donnez-en dans subscribers/{association}/association.toml",
    "audience_not_party": "ajoutez « {association} » aux parties (parties)",
    "french_edition_for_readers": "écrivez fr.md, et faites parler « fr » à l’association",
    "french_edition_not_sent": (
        "ajoutez « fr » à languages dans subscribers/{association}/association.toml"
    ),
    "french_edition_required": "écrivez-la, fr.md, et déposez de nouveau le communiqué",
    "french_edition_thin": "dites-y tout ce que disent les autres",
    "french_not_first": (
        "commencez languages par « fr » dans subscribers/{association}/association.toml"
    ),
    "law_unknown_there": (
        "ce que demandent les lois connues est fait; consultez quelqu’un qui connaît la loi là-bas"
    ),
    "lawful_part_hidden": (
        "mettez {{{{ {name} }}}} là où nul {{% if %}} au sujet du lecteur ne l’entoure, et où rien "
        "ne cache ce qui s’y trouve"
    ),
    "lawful_part_missing": (
        "mettez-y {{{{ {name} }}}}, ou dans templates/_base/{part} s’il étend celui-là"
    ),
    "subject_as_answer": "enlevez cela",
}
