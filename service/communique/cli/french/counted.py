"""What is said of one thing, and of several. Nought is one in French."""

from __future__ import annotations

from collections.abc import Mapping

PLURALS: Mapping[str, tuple[str, str]] = {
    "1 session ended": ("une session a pris fin", "{count} sessions ont pris fin"),
    "wrote one file into {folder}": (
        "un fichier écrit dans {folder}",
        "{count} fichiers écrits dans {folder}",
    ),
    "One of them may get a second copy.": (
        "L’un d’eux en recevra peut-être un deuxième exemplaire.",
        "{count} d’entre eux en recevront peut-être un deuxième exemplaire.",
    ),
    "wrote one subscriber to {file}": (
        "un abonné écrit dans {file}",
        "{count} abonnés écrits dans {file}",
    ),
    "1 of the press was told another hour, and gets it": (
        "1 personne de la presse avait une autre heure, et le reçoit",
        "{count} personnes de la presse avaient une autre heure, et le reçoivent",
    ),
    "1 of the press has it with another hour; what tells them begins with:": (
        "1 personne de la presse l’a avec une autre heure; ce qui la prévient commence par :",
        (
            "{count} personnes de la presse l’ont avec une autre heure; ce qui les prévient "
            "commence par :"
        ),
    ),
}
