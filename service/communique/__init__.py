"""Communiqué: the release desk for associations that announce together."""

__version__ = "0.1.0"
