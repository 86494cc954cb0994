"""Composing messages and handing them to relays. Nothing here decides who is written to."""
