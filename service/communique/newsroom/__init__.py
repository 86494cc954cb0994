"""Newsrooms: what anybody may read of an association, as pages, feeds and files.

Made of stories that are public already, the same for a browser and for an association's own site.
Knows no HTTP; never shows what is not public, or anything of a person.
"""

from communique.newsroom.addresses import Addresses, Asked, Feed, Form, Front, List, Map, One, parse
from communique.newsroom.exporting import Exported, export
from communique.newsroom.making import Made, make
from communique.newsroom.pages import styled
from communique.newsroom.site import Site, here, home

__all__ = [
    "Addresses",
    "Asked",
    "Exported",
    "Feed",
    "Form",
    "Front",
    "List",
    "Made",
    "Map",
    "One",
    "Site",
    "export",
    "here",
    "home",
    "make",
    "parse",
    "styled",
]
