"""Signing in: a letter with a link and a code, and the same browser that asked."""

from __future__ import annotations

from communique.web.desk.routing import Pages

pages = Pages()
