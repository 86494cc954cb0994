"""The command that tells how often advantages are used, and its help."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "Advantages, and how often they are used.": "Les avantages, et combien de fois ils servent.",
    "The advantage's key.": "La clé de l’avantage.",
    "Tell how often an advantage was used: by company and day, as passes were scanned.": (
        "Dire combien de fois un avantage a servi : par entreprise et par jour, selon les "
        "laissez-passer numérisés."
    ),
    (
        "An association sees its own companies, and of its partners' members a sum, in whole fives "
        "and only once five people used it. At this machine all of them are shown."
    ): (
        "Une association voit ses propres entreprises, et des membres de ses partenaires une "
        "somme, par cinq, et seulement lorsque cinq personnes en ont profité. Sur cette machine, "
        "toutes sont montrées."
    ),
    "(erased)": "(effacée)",
    "no pass to “{key}” was used yet": "aucun laissez-passer de « {key} » n’a encore servi",
    "fewer than {count} people": "moins de {count} personnes",
    "at least {count} times": "au moins {count} fois",
    "company": "entreprise",
    "used": "utilisations",
    "days": "jours",
    "last": "dernière",
}
