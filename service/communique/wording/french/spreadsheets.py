"""What is said of spreadsheets: of files, their columns, and lines that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "address_of_who_moved": (
        "la personne à l’adresse « {address} » est passée à « {now} » et s’appelle autrement : "
        "c’est peut-être une autre"
    ),
    "address_of_another": (
        "cette adresse est ici celle de {name} : le nom a changé, ou c’est quelqu’un d’autre"
    ),
    "address_of_several_names": (
        "autant de lignes donnent cette adresse à un nom qu’à un autre : {names}"
    ),
    "address_several": "« {text} » contient plusieurs adresses",
    "cell_list_unknown": "il n’y a pas de liste « {list} » ({known})",
    "cell_not_in_encoding": (
        "{what} : un octet ({octet}) n’est pas du texte dans l’encodage du fichier"
    ),
    "cell_private_character": (
        "{what} : un caractère que seule une police connaît (U+{character:04X})"
    ),
    "cell_too_long": "{what} : plus de {longest} caractères",
    "cell_unseen_character": (
        "{what} : un caractère que personne ne voit ({name}, U+{character:04X})"
    ),
    "column_ambiguous": (
        "plus d’une colonne s’appelle « {heading} »; les colonnes sont : {columns}"
    ),
    "column_numbers_people": (
        "« {heading} » donne à chaque ligne un autre numéro, aux collègues aussi : elle semble "
        "numéroter des personnes"
    ),
    "column_unknown": "aucune colonne ne s’appelle « {heading} »; les colonnes sont : {columns}",
    "columns_alike": "« {one} » et « {other} » pourraient toutes deux être `{field}`",
    "columns_may_be_no": (
        "on ignore ce que ces colonnes disent de ceux à qui l’on peut écrire : {headings}"
    ),
    "columns_missing": (
        "il n’y a pas de colonne pour {missing:and}; les colonnes sont : {columns}"
    ),
    "company_missing": "il n’y a pas de nom de membre, et personne n’est connu à cette adresse",
    "company_yes_or_no": (
        "« {written} » n’est pas le nom d’un membre : cette colonne dit oui ou non"
    ),
    "consent_in_future": "le consentement ({since}) est dans l’avenir",
    "date_not_in_calendar": "{what} « {written} » n’existe pas au calendrier",
    "date_order_unknown": "{what} « {written} » n’est pas écrit année-mois-jour",
    "date_too_far": "{what} ({written}) est à plus de cent ans",
    "date_unreadable": "{what} « {written} » n’est pas une date : écrivez année-mois-jour",
    "date_without_century": "{what} « {written} » ne dit pas le siècle : écrivez année-mois-jour",
    "encoding_unknown": "« {encoding} » n’est pas un encodage; les plus courants sont {known}",
    "field_unknown": "une colonne ne peut pas être `{field}`",
    "file_changed": "a été modifié pendant la lecture",
    "file_encoding_broken": (
        "n’est pas correct en {encoding}, comme l’annoncent ses premiers octets"
    ),
    "file_encoding_doubtful": (
        "peut se lire dans plus d’un encodage, et aucune lecture n’est clairement la bonne"
    ),
    "file_is_archive": "est une archive de fichiers",
    "file_is_contacts": "contient des fiches de contacts, pas un tableau",
    "file_is_database": "est une base de données",
    "file_is_document": "est un document à lire, pas un tableau",
    "file_is_json": "est du JSON",
    "file_is_pdf": "est un PDF",
    "file_is_picture": "est une image",
    "file_is_web_page": "est une page Web, quoi que dise son nom",
    "file_is_xml": "est du XML propre à un programme",
    "file_misread_before": (
        "a été abîmé avant d’arriver ici : il dit {samples}, ce qui devait être {meant}"
    ),
    "file_named_no": (
        "selon son nom (« {name} »), on ne doit pas écrire aux gens qu’il contient, et aucune "
        "colonne ne le dit"
    ),
    "file_no_text": "n’est ni du texte ni un classeur",
    "spreadsheet_not_a_file": (
        "n’est pas un fichier qu’on peut lire deux fois, mais un dossier, un tube ou un "
        "périphérique"
    ),
    "headings_missing": "n’a pas de titres : des gens commencent dès la première ligne",
    "language_not_spoken": (
        "« {written} » n’est aucune des langues de l’association ({languages})"
    ),
    "language_of_several": "« {written} » nomme plus d’une langue, et un abonné n’en a qu’une",
    "line_may_be_no": (
        "« {written} » ({column}) veut peut-être dire qu’on ne doit pas leur écrire : ces gens "
        "ont été retenus"
    ),
    "line_too_long": "la ligne dépasse {most:,} caractères",
    "line_too_wide": "trop de colonnes : {columns}, et la ligne des titres en a {width}",
    "match_too_many": (
        "{leaving:,} des {on:,} abonnés de la liste {list} {leaving:n’est|ne sont} pas dans le "
        "fichier : c’est trop de départs, à moins de le dire"
    ),
    "match_with_bad_lines": (
        "{bad:,} {bad:ligne est illisible|lignes sont illisibles} (d’abord : {lines}), peut-être "
        "de "
        "gens qui quitteraient alors la liste : personne n’a été importé, et personne n’est parti"
    ),
    "membership_ends_before_start": "l’adhésion finit ({until}) avant de commencer ({since})",
    "name_of_several": "plusieurs membres s’appellent « {name} » : ceux des numéros {numbers}",
    "number_of_several": "le numéro « {number} » est donné à plusieurs membres : {said}",
    "number_shortened": "« {number} » est ce qu’un tableur fait de bien des longs numéros",
    "number_without_name": (
        "aucun membre du numéro « {number} » n’est connu, et il n’a pas de nom"
    ),
    "scratch_failed": "ce qu’il faut pour lire le fichier ne tient pas sur ce disque : {reason}",
    "number_unusable": "{what} n’est pas un numéro utilisable",
    "quotation_followed": (
        "un guillemet est suivi d’autre texte : dans une cellule, il s’écrit deux fois"
    ),
    "quotation_never_closed": "un guillemet est ouvert et jamais fermé",
    "reader_failed": "a fait échouer le programme qui le lit ({reason})",
    "reader_killed": (
        "n’a pas pu être lu jusqu’au bout : le système a mis fin au programme qui le lit, ce "
        "qu’il fait quand la mémoire manque"
    ),
    "reader_out_of_memory": "demande plus de {megabytes} Mo de mémoire pour être lu",
    "reader_too_slow": "est trop long à lire : plus de {seconds} secondes",
    "sheet_unknown": "n’a pas de feuille « {sheet} »; ses feuilles sont : {sheets}",
    "sheets_may_be_no": (
        "« {sheet} » serait lue, et d’autres feuilles ont peut-être des gens à qui ne pas écrire : "
        "{sheets}"
    ),
    "spreadsheet_empty": "est vide",
    "import_failed": "une erreur est survenue ici; elle est consignée dans le journal du service",
    "upload_too_large": "dépasse {most} Mo",
    "upload_unknown": "ce fichier n’est plus ici",
    "uploads_too_many": "des fichiers attendent déjà ici d’être importés ({count})",
    "workbook_binary": "est un classeur Excel binaire (.xlsb)",
    "workbook_damaged": "est un classeur endommagé",
    "workbook_numbers": "est un document Numbers",
    "workbook_old": "est un classeur Excel d’avant 2007 (.xls)",
    "workbook_protected": "est un classeur avec un mot de passe",
    "workbook_too_large": "se décompresse en plus de {megabytes} Mo",
    "workbook_too_many_cells": "a une feuille qui couvre plus de {most:,} cellules",
    "workbook_without_sheet": "n’est pas un classeur avec une feuille visible",
    "workbook_xml": "est un classeur Excel 2003 en XML",
}

ADVICE: Mapping[str, str] = {
    "import_failed": "réessayez; si cela échoue encore, voyez qui gère le bureau",
    "upload_too_large": "n’enregistrez que la feuille voulue, ou importez-le sur la machine",
    "uploads_too_many": "reprenez l’un d’eux, ou retirez ceux dont vous n’avez pas besoin",
    "address_of_several_names": (
        "gardez la ligne de la personne à qui est l’adresse, ou donnez à chacune la sienne"
    ),
    "address_several": "gardez celle qui convient, ou donnez à l’autre sa propre ligne",
    "columns_may_be_no": (
        "nommez chacune selon ce qu’un oui ou un non y veut dire (« Opt-in », « Désabonné »), ou "
        "laissez-la de côté"
    ),
    "encoding_unknown": "ne le dites pas, et il sera trouvé",
    "field_unknown": "ce peut être : {known}",
    "match_with_bad_lines": (
        "corrigez ces lignes, ou importez le fichier sans rendre la liste conforme"
    ),
    "number_shortened": "mettez cette colonne au format texte, et entrez les numéros au complet",
    "scratch_failed": "faites de la place là où ce système garde ses fichiers temporaires",
    "file_changed": "importez-le de nouveau une fois que personne n’y écrit",
    "file_encoding_broken": "enregistrez-le en .xlsx, ou en CSV UTF-8",
    "file_is_archive": "décompressez-la, et prenez ce qu’elle contient",
    "file_is_contacts": "exportez les contacts en CSV",
    "file_is_database": "exportez la table en CSV",
    "file_is_document": "copiez son tableau dans un tableur, et enregistrez-le en .xlsx",
    "file_is_json": "exportez-le en CSV",
    "file_is_pdf": "demandez la feuille de calcul dont il provient",
    "file_is_picture": "demandez la feuille de calcul qu’elle montre",
    "file_is_web_page": "ouvrez-la dans un tableur, et enregistrez-la en .xlsx ou en CSV UTF-8",
    "file_is_xml": "exportez-le en CSV",
    "file_misread_before": (
        "exportez-le de nouveau en CSV UTF-8 ou en .xlsx, depuis là où il était encore bon; si "
        "ses mots sont bien voulus ainsi, dites que c’est de l’utf-8"
    ),
    "file_named_no": (
        "ajoutez une colonne « Désabonné » qui dit oui pour chacun; si l’on peut leur écrire, "
        "nommez-le autrement"
    ),
    "file_no_text": "enregistrez-le en .xlsx, ou en CSV UTF-8",
    "spreadsheet_not_a_file": "enregistrez-le d’abord dans un fichier",
    "headings_missing": (
        "mettez au-dessus une ligne qui nomme les colonnes, comme Entreprise, Prénom, Courriel"
    ),
    "reader_failed": "enregistrez-le en .xlsx, ou en CSV UTF-8",
    "reader_killed": "libérez de la mémoire, ou enregistrez-le en CSV",
    "reader_out_of_memory": (
        "supprimez ce qui se trouve loin sous le tableau ou à sa droite, ou enregistrez-le en CSV"
    ),
    "reader_too_slow": "enregistrez en CSV la seule feuille qu’il faut",
    "sheet_unknown": (
        "nommez-en une, ou n’en nommez aucune pour prendre la première qui ressemble à une liste "
        "de membres"
    ),
    "spreadsheet_empty": "sa première ligne doit être celle des titres des colonnes",
    "workbook_binary": "ouvrez-le dans Excel, et enregistrez-le en .xlsx",
    "workbook_damaged": "ouvrez-le dans un tableur, et enregistrez-le en .xlsx",
    "workbook_numbers": "exportez-le en .xlsx ou en CSV à partir de Numbers",
    "workbook_old": "ouvrez-le dans un tableur, et enregistrez-le en .xlsx",
    "workbook_protected": "enlevez le mot de passe, et enregistrez-le en .xlsx",
    "workbook_too_large": "enregistrez en CSV la seule feuille qu’il faut",
    "workbook_too_many_cells": (
        "supprimez ce qui se trouve loin sous le tableau ou à sa droite, ou prenez un CSV"
    ),
    "workbook_xml": "ouvrez-le dans Excel, et enregistrez-le en .xlsx",
}
