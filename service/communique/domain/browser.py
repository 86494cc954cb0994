"""Which browser it is, by what it says of itself: enough to know one's own again, and no more."""

from __future__ import annotations

# The first that stands in it: most say that they are others as well.
_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def family(agent: str) -> str:
    """“Firefox, Linux” of a User-Agent; what is not known is left out."""
    known = (
        next((name for mark, name in table if mark in agent), "") for table in (_FAMILIES, _SYSTEMS)
    )
    return ", ".join(one for one in known if one)
