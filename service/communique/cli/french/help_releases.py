"""The helps of the commands about releases, agreements and the log."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "Releases, from draft to sent.": "Les communiqués, du brouillon à l’envoi.",
    "The delivery log.": "Le journal des envois.",
    "FOLDER": "DOSSIER",
    "Only this list.": "Cette liste seulement.",
    "Show subscribers, by address, and what each must not be written.": (
        "Montrer les abonnés, par adresse, et ce qu’il ne faut pas leur envoyer."
    ),
    "Part of a member's name.": "Une partie du nom d’un membre.",
    "Only who has no such name, for a text that greets its readers by it.": (
        "Seulement ceux à qui il manque un tel nom, pour un texte qui les salue par là."
    ),
    "How many to show; else 50, or all with --json.": (
        "Le nombre à montrer; sinon 50, ou tous avec --json."
    ),
    "Show one person's whole story: may they be written to, what was said, done and sent.": (
        "Montrer toute l’histoire d’une personne : peut-on lui écrire, qu’a-t-on dit, fait et "
        "envoyé."
    ),
    "Begin a release: a folder with commented files to write in, one per language.": (
        "Commencer un communiqué : un dossier avec des fichiers commentés où écrire, un par langue."
    ),
    "Folder to make; its name becomes the key.": "Le dossier à créer; son nom devient la clé.",
    "What it announces: a kind that this desk has `templates/` for.": (
        "Ce qu’il annonce : un genre pour lequel ce bureau a des gabarits dans `templates/`."
    ),
    "Repeat for several; else all that they write in.": (
        "Répétez l’option pour en donner plusieurs; sinon, toutes celles où elles écrivent."
    ),
    "Repeat for several; else all in `subscribers/`.": (
        "Répétez l’option pour en donner plusieurs; sinon, toutes celles de `subscribers/`."
    ),
    "Show every release, the newest first.": (
        "Montrer tous les communiqués, le plus récent d’abord."
    ),
    "Show one release: what it is, who approved it, what became of it.": (
        "Montrer un communiqué : ce qu’il est, qui l’a approuvé, ce qu’il en est advenu."
    ),
    "The release's key.": "La clé du communiqué.",
    "RELEASE": "COMMUNIQUÉ",
    "Write what a subscriber would receive: HTML, text, and the whole message as .eml.": (
        "Écrire ce qu’un abonné recevrait : HTML, texte, et le message entier en .eml."
    ),
    "Whose members see it.": ("L’association dont les membres le voient."),
    "Which edition.": ("L’édition à montrer : sa langue."),
    "Address of a subscriber; else a sample reader.": (
        "L’adresse d’un abonné; sinon, un lecteur d’exemple."
    ),
    "Folder to write into.": "Le dossier où écrire.",
    "Hand a draft in for review: everything is checked, then frozen for approval.": (
        "Soumettre un brouillon à la révision : tout est vérifié, puis figé pour l’approbation."
    ),
    "Say yes for a party, to exactly this content. It goes at its hour, once every party has.": (
        "Approuver exactement ce contenu au nom d’une partie. Il part à son heure, une fois "
        "que toutes ont dit oui."
    ),
    "The party you speak for: its key.": ("La partie au nom de qui vous parlez : sa clé."),
    (
        "In whose name: one that the association declares. History says that the operator at "
        "this machine gave it."
    ): (
        "Au nom de qui : une personne que l’association déclare. L’historique dit que c’est "
        "l’opérateur de cet ordinateur qui l’a donné."
    ),
    "Kept with your word.": ("Conservé avec votre réponse."),
    "The content you read, as `submit` printed it; refused if it differs.": (
        "Le contenu que vous avez lu, comme `submit` l’a écrit; refusé s’il diffère."
    ),
    "Say no for a party: the release goes back to its authors.": (
        "Refuser au nom d’une partie : le communiqué retourne à ses auteurs."
    ),
    "What should change; its authors see it.": ("Ce qui devrait changer; ses auteurs le voient."),
    "Set the hour at which a release goes; a missed release goes at its new hour.": (
        "Fixer l’heure où part un communiqué; un communiqué manqué part à sa nouvelle heure."
    ),
    (
        "`2027-06-03 09:00`, `tomorrow 9am`, `lundi 9h`, `9 h 30`, `in 10 minutes`, or ISO "
        "8601 with an offset."
    ): (
        "`2027-06-03 09:00`, `demain 9h`, `lundi 9h`, `9 h 30`, `tomorrow 9am`, `in 10 "
        "minutes`, ou ISO 8601 avec un décalage."
    ),
    "Time zone of the hour; else the first party's.": (
        "Le fuseau de l’heure; sinon, celui de la première partie."
    ),
    "At that hour in each association's own zone.": (
        "À cette heure dans le fuseau de chaque association."
    ),
    "After this, nothing is tried any more.": "Après cela, plus rien n’est tenté.",
    "Stop sending; nothing is lost. `resume` goes on where it stopped.": (
        "Suspendre l’envoi; rien n’est perdu. `resume` reprend là où il s’est arrêté."
    ),
    "Kept in its history.": ("Conservé dans son historique."),
    "Go on sending where it was paused.": "Reprendre l’envoi où il était en pause.",
    "Call a release off for good. Who was not written to yet is not; nothing sent comes back.": (
        "Annuler un communiqué pour de bon. Ceux qui ne l’ont pas encore reçu ne le recevront"
        " pas; ce qui est parti ne revient pas."
    ),
    "Take your own yes back, while other parties have still to say theirs.": (
        "Retirer votre approbation, tant que d’autres parties doivent encore se prononcer."
    ),
    (
        "Once all have, a release is not in review any more: `reject` sends it back to its "
        "authors, and `unschedule` lets it wait."
    ): (
        "Une fois que toutes l’ont fait, le communiqué n’est plus en révision : `reject` le "
        "renvoie à ses auteurs, et `unschedule` le laisse attendre."
    ),
    "Take a release's hour away: what is approved stays so, and goes once it has another.": (
        "Retirer l’heure d’envoi d’un communiqué : il reste approuvé, et part quand il en a "
        "une autre."
    ),
    (
        "Begin a release with what another says and whom it goes to: a draft, in a folder of "
        "its own."
    ): (
        "Commencer un communiqué avec ce qu’un autre dit et à qui il va : un brouillon, dans "
        "son propre dossier."
    ),
    (
        "The text is that which the desk keeps, whatever stands in the other's folder by now. "
        "It has no hour, and nobody has approved it."
    ): (
        "Le texte est celui que garde le bureau, quoi que contienne maintenant le dossier de "
        "l’autre. Il n’a pas d’heure, et personne ne l’a approuvé."
    ),
    "Begin the release that changes an activity, for those who got the first.": (
        "Commencer le communiqué qui modifie une activité, pour qui a reçu le premier."
    ),
    (
        "It replaces the entry in their calendars. Change what is different in its files, and have "
        "it approved like any other."
    ): (
        "Il remplace l’entrée de leurs calendriers. Changez ce qui diffère dans ses fichiers, et "
        "faites-le approuver comme tout autre."
    ),
    "Begin the release that calls an activity off, for those who got the first.": (
        "Commencer le communiqué qui annule une activité, pour qui a reçu le premier."
    ),
    (
        "It takes the entry out of their calendars. What was sent does not come back; `cancel` "
        "stops a release that is on its way."
    ): (
        "Il retire l’entrée de leurs calendriers. Ce qui est parti ne revient pas; `cancel` arrête "
        "un communiqué en route."
    ),
    "Folder to make; its name becomes the new key.": (
        "Le dossier à créer; son nom devient la nouvelle clé."
    ),
    "Delete a draft that was never submitted. Its folder stays.": (
        "Supprimer un brouillon qui n’a jamais été soumis. Son dossier reste."
    ),
    "What was submitted once is kept, for people were asked about it: `cancel` calls it off.": (
        "Ce qui a été soumis une fois est gardé, car on a consulté des gens à son sujet : "
        "`cancel` l’annule."
    ),
    "Try again what failed, or of which nobody knows whether it arrived.": (
        "Réessayer les envois qui ont échoué, ou dont on ignore s’ils sont arrivés."
    ),
    (
        "The same content that every party approved goes again. Nobody is written to who said "
        "no, or was left out; where it is unknown whether it arrived, a reader may get a "
        "second copy, which their mail program can tell by its Message-ID and the log owns up "
        "to."
    ): (
        "Le même contenu que toutes les parties ont approuvé repart. On n’écrit à personne "
        "qui a dit non ou qui a été écarté; là où l’on ignore si le message est arrivé, un "
        "lecteur peut en recevoir un deuxième exemplaire, que son logiciel de courriel "
        "reconnaît à son Message-ID et que le journal signale."
    ),
    "Only whose members.": ("Seulement les membres de cette association."),
    "`failed` or `unknown`; else both.": "`failed` ou `unknown`; sinon, les deux.",
    "Only who ended for this, as it is listed; repeat for several.": (
        "Seulement les envois qui se sont terminés pour ce motif, tel qu’il est affiché; "
        "répétez l’option pour en donner plusieurs."
    ),
    "Count, and change nothing.": "Compter, et ne rien modifier.",
    "Send the release, marked as a test, to one of the association's own people.": (
        "Envoyer le communiqué, marqué comme essai, à une des personnes de l’association."
    ),
    "Who sends it.": "Qui l’envoie.",
    "A person whom the association declares.": "Une personne que l’association déclare.",
    "A release's key.": "La clé d’un communiqué.",
    "An association's key.": "La clé d’une association.",
    "Where deliveries stand.": "Où en sont les envois.",
    "The recipients' domain, and those below it.": (
        "Le domaine des destinataires, et ceux qui sont dessous."
    ),
    "Part of a recipient's name.": "Une partie du nom d’un destinataire.",
    "One recipient.": "Un seul destinataire.",
    "Part of why: `unsubscribed`, `5.1.1`, `mailbox full`.": (
        "Une partie du motif : `unsubscribed`, `5.1.1`, `mailbox full`."
    ),
    "From this hour on: `2027-06-03 09:00`, by the association's clock.": (
        "À partir de cette heure : `2027-06-03 09:00`, à l’horloge de l’association."
    ),
    "Before this hour.": "Avant cette heure.",
    "Only what may have been received twice.": ("Seulement ce qui a peut-être été reçu deux fois."),
    "Lines to show on a terminal.": "Combien de lignes montrer à l’écran.",
    "Show new attempts as they come; Ctrl-C ends.": (
        "Montrer les nouvelles tentatives à mesure; Ctrl-C y met fin."
    ),
    "All lines as CSV.": "Toutes les lignes en CSV.",
    "All lines as CSV with semicolons, and the mark Excel needs.": (
        "Toutes les lignes en CSV avec des points-virgules, et la marque qu’il faut à Excel."
    ),
    "All lines, one JSON object each.": "Toutes les lignes, un objet JSON chacune.",
    "Tell all about one delivery: every attempt, reply and time.": (
        "Montrer tout d’un envoi : chaque tentative, chaque réponse et leurs heures."
    ),
    "The delivery's number in the log.": "Le numéro de l’envoi dans le journal.",
    "DELIVERY": "ENVOI",
    "Sums for one release and for each association; they add up to the snapshot.": (
        "Montrer les totaux d’un communiqué et de chaque association, dont la somme est la liste "
        "d’envoi."
    ),
    "Agreements between associations, and their terms.": (
        "Les ententes entre associations, et leurs périodes."
    ),
    "Show every agreement: its parties, whether it is in force, and until when.": (
        "Montrer toutes les ententes : leurs parties, si elles sont en vigueur, et jusqu’à quand."
    ),
    "Another day than today.": "Un autre jour qu’aujourd’hui.",
    "Tell all about one: its terms, what comes next, who may cite it, and what rests on it.": (
        "Montrer tout d’une entente : ses périodes, ce qui vient ensuite, qui peut la citer, "
        "et ce qui repose sur elle."
    ),
    "The agreement's key.": "La clé de l’entente.",
    "AGREEMENT": "ENTENTE",
    (
        "An hour at which its agreement is not in force is asked about, or refused, as "
        "`COMMUNIQUE_BEYOND_TERM` says; when it comes, the day decides."
    ): (
        "Si l’entente n’est pas en vigueur à cette heure, on vous le demande, ou c’est "
        "refusé, selon `COMMUNIQUE_BEYOND_TERM`; le jour venu, c’est la date qui décide."
    ),
    "Write a further term into `subscribers/agreements.toml`, and begin its announcement.": (
        "Écrire une autre période dans `subscribers/agreements.toml`, et préparer son annonce."
    ),
    (
        "The file stays as it is, comments and all, but for the new lines. The release that "
        "announces it is a folder with the facts filled in; what they mean is for you to write."
    ): (
        "Le fichier reste tel quel, commentaires compris, aux nouvelles lignes près. Le communiqué "
        "qui l’annonce est un dossier où les faits sont déjà écrits; ce qu’ils signifient, c’est "
        "à vous de l’écrire."
    ),
    "First day of the new term.": "Premier jour de la nouvelle période.",
    "Its last day.": "Son dernier jour.",
    "Where the release begins; else in `releases/`.": (
        "Où préparer le communiqué; sinon dans `releases/`."
    ),
    "Days without a term, before the new one, are meant.": (
        "Les jours sans période, avant la nouvelle, sont voulus."
    ),
    "Show the difference; write nothing.": "Montrer la différence; ne rien écrire.",
}
