"""Engines carry tickets (batch numbers, never mail) from the store to workers."""
