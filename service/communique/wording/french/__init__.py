"""The French of each code, as `wording` has the English. STATES are of what is no sentence."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {}
ADVICE: Mapping[str, str] = {}
REMEDIES: Mapping[str, str] = {}
STATES: Mapping[str, str] = {}
