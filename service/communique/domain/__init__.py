"""Pure values and rules: no clock, no file, no socket, no chance.

Of libraries it imports idna and a few pure modules of the standard one, which
`tests/unit/test_imports.py` lists.
"""
