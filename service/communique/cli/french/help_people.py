"""The helps of the commands about members and their subscribers."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "Only this one's.": "Seulement ceux de celle-ci.",
    "Show the audiences that associations keep in lists.toml, each counted as it is now.": (
        "Montrer les groupes de destinataires que les associations gardent dans lists.toml, "
        "et combien ils comptent de personnes en ce moment."
    ),
    'A release uses one by its name: `use = "KEY"` under [[audience]] in its release.toml.': (
        'Un communiqué en utilise un par son nom : `use = "CLÉ"` sous [[audience]] dans son '
        "release.toml."
    ),
    "An audience that its parties keep in lists.toml, by its key.": (
        "Un groupe de destinataires que ses parties gardent dans lists.toml, par sa clé."
    ),
    "Members and their subscribers.": "Les membres et leurs abonnés.",
    "Take in a spreadsheet. Bad lines are reported by number, and no good line is lost.": (
        "Importer une feuille de calcul. Les lignes fautives sont signalées par leur numéro, "
        "et aucune bonne ligne n’est perdue."
    ),
    (
        "Columns are found by their headings, in French or English; what the file does not say "
        "stays as it is. Importing it again changes nothing. Nobody who unsubscribed or is "
        "suppressed becomes writable by it, and nobody whose consent has lapsed, unless you "
        "say so. With --match the list becomes what the file says. Whoever leaves by it said "
        "no no: a later file may put them there again. Exit status 3 means that some lines "
        "were bad, or contradict each other."
    ): (
        "Les colonnes sont reconnues à leurs titres, en français ou en anglais; ce que le "
        "fichier ne dit pas reste tel quel. L’importer de nouveau ne change rien. Une "
        "importation ne permet pas d’écrire à une personne désabonnée ou bloquée, ni à une "
        "personne dont le consentement est échu, sauf si vous le demandez. Avec --match, la "
        "liste devient ce que dit le fichier. Une personne qui la quitte ainsi n’a rien "
        "refusé : un fichier ultérieur peut l’y remettre. Le code de sortie 3 veut dire que "
        "des lignes étaient fautives, ou se contredisent."
    ),
    "A spreadsheet: CSV as any program saves it, XLSX or ODS.": (
        "Une feuille de calcul : CSV comme tout programme l’enregistre, XLSX ou ODS."
    ),
    "Whose people: the association's key.": ("L’association à qui sont ces personnes : sa clé."),
    (
        "List to put them on, if their line names none; repeat for several. An export of ours "
        "says it of everybody."
    ): (
        "La liste où les mettre, si leur ligne n’en nomme aucune; répétez-la pour plusieurs. "
        "Nos exportations le disent de chacun."
    ),
    (
        "Which column is which: `address=Courriel 2`, or `address=Email#2` for the second that "
        "is called so."
    ): (
        "Ce qu’est une colonne : `address=Courriel 2`, ou `address=Email#2` pour la deuxième "
        "de ce nom."
    ),
    "A column to leave out, by its heading; repeat for several.": (
        "Une colonne à laisser de côté, par son titre; répétez pour plusieurs."
    ),
    (
        "A field whose empty cells mean that there is none (`role`, `until`); elsewhere an "
        "empty cell changes nothing."
    ): (
        "Un champ dont les cellules vides veulent dire qu’il n’y en a pas (`role`, `until`); "
        "ailleurs, une cellule vide ne change rien."
    ),
    "The company of somebody new whose line names none.": (
        "L’entreprise de toute nouvelle personne dont la ligne n’en nomme aucune."
    ),
    "Somebody new whose line names no company is one alone.": (
        "Une nouvelle personne dont la ligne ne nomme aucune entreprise compte elle-même "
        "comme membre."
    ),
    "Let consent that lapsed hold again, or longer, where the file says so.": (
        "Rétablir ou prolonger un consentement échu, là où le fichier le dit."
    ),
    "Which sheet of a workbook, by its name or number.": (
        "Quelle feuille d’un classeur, par son nom ou son numéro."
    ),
    "What the letters of a CSV are written in, such as windows-1252.": (
        "Dans quel encodage un CSV est écrit, comme windows-1252."
    ),
    "How the file writes dates such as 03/06/2024.": (
        "Comment le fichier écrit les dates comme 03/06/2024."
    ),
    "Make the list match the file: who is on it and not in the file leaves.": (
        "Rendre la liste conforme au fichier : ceux qui y sont sans être dans le fichier la "
        "quittent."
    ),
    "How many may leave a list by --match; else a third of it.": (
        "Combien peuvent quitter une liste par --match; sinon, un tiers."
    ),
    "Write all there is to tell into this CSV file, the bad lines first.": (
        "Écrire le compte rendu complet dans ce fichier CSV, les lignes fautives d’abord."
    ),
    "Say what would change; change nothing.": "Dire ce qui changerait; ne rien modifier.",
    "Write subscribers to CSV; importing it again changes nothing.": (
        "Écrire les abonnés en CSV; réimporter le fichier ne change rien."
    ),
    (
        "The last column, “Do not send” or “Ne pas envoyer”, says what somebody must not be "
        "written: who mails from the file must leave them out. It is empty for all others; an "
        "import reads it."
    ): (
        "La dernière colonne, « Do not send » ou « Ne pas envoyer », dit ce qu’il ne faut pas"
        " envoyer à une personne : qui fait un envoi à partir du fichier doit l’écarter. Elle"
        " est vide pour tous les autres; une importation la lit."
    ),
    "CSV file to write; else standard output.": (
        "Le fichier CSV à écrire; sinon, la sortie standard."
    ),
    "Semicolons and a mark that Excel needs for accents.": (
        "Des points-virgules, et une marque qu’il faut à Excel pour les accents."
    ),
    "Do not ask before a file is replaced.": "Ne pas demander avant de remplacer un fichier.",
    "Who it is that has quite another name at a known address: the `same` person, or the `next` "
    "one to have it, who begins anew; else such lines are held back.": (
        "Qui porte un tout autre nom à une adresse connue : la même personne (`same`), ou celle "
        "qui a l’adresse ensuite (`next`) et y commence à neuf; sinon, ces lignes sont retenues."
    ),
    "Ask nothing: neither where lines contradict each other or somebody may have moved, nor before "
    "people leave a list, or a report is replaced.": (
        "Ne rien demander : ni là où des lignes se contredisent ou que quelqu’un a pu changer "
        "d’adresse, ni avant que des gens quittent une liste ou qu’un rapport soit remplacé."
    ),
    "Never write to an address again for this association, until `subscribers allow` lifts it.": (
        "Ne plus jamais écrire à une adresse pour cette association, jusqu’à ce que "
        "`subscribers allow` lève le blocage."
    ),
    "For a person's own wish to leave, `subscribers leave` is better: they can take it back.": (
        "Pour qui souhaite simplement partir, `subscribers leave` convient mieux : la personne "
        "peut revenir."
    ),
    "The address.": "L’adresse.",
    "Where this comes from; kept with it.": ("D’où cela vient; conservé avec le blocage."),
    "Also if no subscriber has it: a no before they come.": (
        "Même si aucun abonné n’a cette adresse : un refus anticipé."
    ),
    "ADDRESS": "ADRESSE",
    "Their address.": "Son adresse.",
    'Change a person\'s name, role or language. `""` empties a name or the role.': (
        'Changer le nom, la fonction ou la langue d’une personne. `""` vide un nom ou la fonction.'
    ),
    "Given name.": "Prénom.",
    "Family name.": "Nom de famille.",
    "Role at the member.": "Fonction chez le membre.",
    "Language: fr, en.": "Langue : fr, en.",
    "Say what would change; change it not.": "Dire ce qui changerait; ne rien modifier.",
    "Give a person their new address: consent, every no and links already sent stay theirs.": (
        "Donner à une personne sa nouvelle adresse : son consentement, chaque refus et les "
        "liens déjà envoyés restent les siens."
    ),
    (
        "That the old address bounced stays with it. With --merge two records of one person "
        "become one: the one at the new address stays, with the lists and the noes of both."
    ): (
        "Si l’ancienne adresse rejetait les messages, cela reste à l’ancienne. Avec --merge, "
        "deux fiches d’une même personne n’en font plus qu’une : celle de la nouvelle adresse "
        "reste, avec les listes et les refus des deux."
    ),
    "Their new address.": "Sa nouvelle adresse.",
    "The new address is another record of theirs.": (
        "La nouvelle adresse est une autre fiche de la même personne."
    ),
    "TO": "À",
    "Say no for a person who asked the desk to: to one list, to joint releases, or to all.": (
        "Refuser pour une personne qui l’a demandé au bureau : une liste, les communiqués "
        "conjoints, ou tout."
    ),
    (
        "It is their own no: they take it back by the link in any message, and no import "
        "outweighs it."
    ): (
        "C’est son propre refus : la personne peut revenir dessus par le lien de n’importe "
        "quel message, et aucune importation ne l’emporte sur lui."
    ),
    "How this came to the desk; kept with it.": (
        "Comment le bureau l’a appris; conservé avec le refus."
    ),
    "One list.": "Une liste.",
    "All joint releases.": "Tous les communiqués conjoints.",
    "All that the association sends.": "Tout ce qu’envoie l’association.",
    "Let an address be written to again, as far as the desk may.": (
        "Permettre d’écrire de nouveau à une adresse, dans la mesure où le bureau le peut."
    ),
    (
        "The desk lifts a hard bounce, and what it suppressed itself. What a person said no "
        "to, complained of, or had erased takes a newer yes of theirs: its day, to what, and "
        "in --why how it came."
    ): (
        "Le bureau lève un rejet définitif, et ce qu’il a bloqué lui-même. Ce qu’une personne "
        "a refusé, dénoncé comme pourriel ou fait effacer demande un accord plus récent d’elle "
        ": son jour, à quoi, et dans --why comment il est parvenu."
    ),
    "The day on which they said yes to the desk.": "Le jour où elle a dit oui au bureau.",
    "Erase a person for good: their name and address, everywhere. Sums of releases stay.": (
        "Effacer une personne pour de bon : son nom et son adresse, partout. Les totaux des "
        "communiqués restent."
    ),
    (
        "A hash stays that only this desk's signing keys can make, so that whoever is imported "
        "again at that address is not taken in. There is no way back; backups made before "
        "still hold them."
    ): (
        "Il reste une empreinte que seules les clés de signature de ce bureau peuvent "
        "produire, pour que personne ne soit importé de nouveau à cette adresse. C’est "
        "irréversible; les sauvegardes faites avant contiennent encore la personne."
    ),
    "File a release from its folder, or edit the one with its key. An edit voids approvals.": (
        "Déposer un communiqué à partir de son dossier, ou modifier celui qui a sa clé. Une "
        "modification annule les approbations."
    ),
    "Replace what was written at the desk since, where the folder says something new as well.": (
        "Remplacer ce qui a été écrit au bureau depuis, si le dossier dit lui aussi autre chose."
    ),
    "Folder with release.toml and the editions.": (
        "Le dossier, avec release.toml et les éditions."
    ),
}
