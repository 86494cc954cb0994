"""How often an advantage was used, as programs are shown it."""

from __future__ import annotations

from communique.desk.proving import Report
from communique.domain.passes import CompanyUses
from communique.views.form import View


def uses(one: Report) -> View:
    """By company and day of an association's own members; of its partners', a sum."""
    return {
        "release": one.release,
        "own": {
            key: [company_uses(each) for each in companies] for key, companies in one.own.items()
        },
        "partners": dict(one.partners),
    }


def company_uses(one: CompanyUses) -> View:
    """How often one company's people used it."""
    return {
        "company": one.company or None,
        "used": one.used,
        "days": {str(day): count for day, count in one.days.items()},
    }
