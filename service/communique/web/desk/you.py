"""What is one's own: language, light or dark, and where one is signed in."""

from __future__ import annotations

from communique.web.desk.routing import Pages

pages = Pages()
