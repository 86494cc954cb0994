"""Who is written to, as files: associations and lists in TOML, members in spreadsheets.

Nothing here knows the store: files become values of `domain`, and values become files.
"""
