"""What is said of texts: of templates, of editions, and of the messages that they make."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "association_private_use": (
        "{what} de {association} contient un caractère à usage privé ({character})"
    ),
    "edition_address_bare": "« {text} » n’est pas un lien",
    "edition_html": "« {text} » serait montré tel quel aux membres, car le HTML n’est pas suivi",
    "edition_image": "une image ne peut pas figurer dans une édition : « {url} »",
    "edition_html_long": "le HTML a {size} Ko; Gmail le coupe à 102",
    "edition_link_dead": "le lien « {url} » ne mène nulle part dans un message",
    "edition_link_meant": "« {text} » n’est pas un lien, et serait montré tel quel aux membres",
    "edition_misnamed": "le fichier d’une édition se nomme d’après sa langue, comme fr.md",
    "edition_missing": "le communiqué n’a pas d’édition en « {language} »",
    "edition_reference_unknown": "« {text} » n’est pas un lien : rien ne dit où il mène",
    "edition_subject_long": "l’objet a {characters} caractères",
    "edition_table_too_wide": "un tableau a plus de {most} colonnes",
    "edition_unwritten": "a encore ce qui y était au début : {parts}",
    "edition_without_body": "l’édition n’a pas de texte",
    "letter_language_missing": "n’a pas de table [{language}]",
    "letter_not_writable": "la lettre « {purpose} » ne peut pas être écrite",
    "message_too_long": "le HTML a {size} Ko; Gmail le coupe à 102",
    "sample_reader_malformed": "ne décrit pas un lecteur : {reason}",
    "sample_reader_missing": "le lecteur d’exemple manque",
    "style_sheet_missing": "la feuille de style de tous les gabarits manque",
    "style_sheet_not_inlined": "la feuille de style ne peut pas être intégrée : {reason}",
    "subject_empty": "l’objet est vide",
    "template_attribute_unknown": "« {name} » n’a pas de « {attribute} »",
    "template_filter_personal": "le filtre « {name} » ne convient pas à une valeur personnelle",
    "template_filter_unknown": "il n’y a pas de filtre « {name} »",
    "template_includes_itself": "s’inclut lui-même",
    "template_lookup_not_allowed": "on ne peut consulter que des noms et leurs attributs",
    "template_loop_not_over_list": "une boucle parcourt une liste, sous un seul nom",
    "template_loop_personal": (
        "« {name} » d’une boucle ne peut pas se joindre à une valeur personnelle"
    ),
    "template_loops_nested": "les boucles s’imbriquent à {depth} niveaux au plus",
    "template_missing": "le gabarit manque",
    "template_name_not_text": "« {name} » n’est pas un texte",
    "template_name_unknown": "il n’y a pas de « {name} »",
    "template_name_without_attributes": "« {name} » n’a pas d’attributs",
    "template_not_renderable": "ne peut pas être composé : {reason}",
    "template_not_renderable_for_reader": "ne peut pas être composé pour ce lecteur : {reason}",
    "template_number_too_large": "contient un nombre de plus de 100 chiffres",
    "template_private_use": "contient un caractère à usage privé ({character})",
    "template_reference_computed": "le nom d’un autre gabarit doit être écrit en toutes lettres",
    "template_section_moved": "cette section a été déplacée en partie",
    "template_section_not_closed": "cette section ne finit pas dans le même texte",
    "template_syntax": "{reason}",
    "template_tags_open": "laisse trop de balises sans leur fin",
    "template_too_costly": "prend trop d’étapes : ce qu’il inclut, ou parcourt, se multiplie",
    "template_too_deep": "a trop de choses l’une dans l’autre",
    "template_too_long": "fait plus de {most} Ko de texte",
    "template_too_personal": "contient trop de valeurs personnelles",
    "template_value_misplaced": (
        "une valeur ou une section personnelle se trouve là où le HTML ne le permet pas"
    ),
    "template_without_reader": (
        "cette valeur du lecteur n’a pas de forme là où il n’y a pas de lecteur"
    ),
    "template_word_unknown": "{word} n’est pas du langage des gabarits",
    "templates_folder_missing": "il n’y a pas de dossier pour {what}",
    "templates_incomplete": "les gabarits pour « {kind} » ne sont pas complets",
    "value_private_use": "`{key}` contient un caractère à usage privé (U+{character:04X})",
}

ADVICE: Mapping[str, str] = {
    "association_private_use": (
        "collez-le sans sa mise en forme : une police comme Wingdings l’y a laissé"
    ),
    "edition_address_bare": "écrivez son adresse entière, qui commence par https://",
    "edition_html": "enlevez-le; ce que seuls vos collègues doivent lire va entre {{# et #}}",
    "edition_image": (
        "mettez-y un lien : enlevez le « ! », ou mettez une espace après s’il finit une phrase"
    ),
    "edition_link_dead": "{hint}",
    "edition_link_meant": (
        "écrivez [mots](https://…), sans espace dans l’adresse ni avant, et avec une parenthèse "
        "à la fin; ou écrivez \\[ si c’est un crochet que vous voulez"
    ),
    "edition_reference_unknown": (
        "écrivez [mots](https://…), ou \\[ si c’est un crochet que vous voulez"
    ),
    "edition_unwritten": "écrivez la vôtre, ou enlevez-la",
    "message_too_long": "raccourcissez le texte",
    "sample_reader_malformed": "chaque langue contient {fields}",
    "template_attribute_unknown": "{hint}",
    "template_filter_unknown": "{hint}",
    "template_loop_not_over_list": "les listes sont {known}",
    "template_name_not_text": "{hint}",
    "template_name_unknown": "{hint}",
    "template_private_use": (
        "collez-le sans sa mise en forme : une police comme Wingdings l’y a laissé"
    ),
    "template_value_misplaced": "mettez-la dans du texte ou dans la valeur d’un attribut",
    "template_without_reader": (
        "donnez-lui un autre mot avec default(…), ou mettez-la dans une section avec {{% if %}}"
    ),
    "templates_folder_missing": "il contient {parts}",
    "value_private_use": (
        "collez-le sans sa mise en forme : une police comme Wingdings l’y a laissé"
    ),
}
