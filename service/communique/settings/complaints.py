"""What is wrong with a value of a setting, as a fact: pydantic's own words are English only."""

from __future__ import annotations

import re

from pydantic_core import ErrorDetails

from communique.facts import Fact


class Wrong(ValueError):
    """What we find wrong ourselves, for pydantic to tell with the rest."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact)
        self.fact = fact


def complaint(error: ErrorDetails, prefix: str) -> Fact:
    """What is wrong with which variable. Never its value, which may be a password."""
    why = _why(error)
    where = prefix + "__".join(str(part).upper() for part in error["loc"])
    return Fact("setting_wrong", name=where, why=why) if error["loc"] else why


def _why(error: ErrorDetails) -> Fact:
    told = error.get("ctx", {})
    if isinstance(ours := told.get("error"), Wrong):
        return ours.fact
    match error["type"]:
        case "greater_than_equal":
            return Fact("setting_at_least", bound=_bound(told["ge"]))
        case "less_than_equal":
            return Fact("setting_at_most", bound=_bound(told["le"]))
        case "less_than":
            return Fact("setting_below", bound=_bound(told["lt"]))
        case "greater_than":
            return Fact("setting_above", bound=_bound(told["gt"]))
        case "enum" | "literal_error":
            return Fact("setting_one_of", known=told["expected"].replace(" or ", ", "))
        case "bool_parsing" | "bool_type":
            return Fact("setting_not_yes_or_no")
        case kind if kind.startswith(("int_", "float_")):
            return Fact("setting_not_number")
        case kind if kind.startswith("time_delta"):
            return Fact("setting_not_duration")
    return Fact("setting_refused", reason=error["msg"])


def _bound(value: object) -> str:
    """A bound as it is written in a setting: pydantic has “12 minutes” for PT12M."""
    text = str(value)
    if duration := re.fullmatch(r"(\d+) (second|minute|hour|day)s?", text):
        count, unit = duration.groups()
        return f"P{count}D" if unit == "day" else f"PT{count}{unit[0].upper()}"
    return text
