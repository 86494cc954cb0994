"""What people write in files: associations and agreements in TOML, releases in Markdown.

Every mistake is named with its file and line. It holds no people, and decides nothing.
"""

from communique.declared.associations import Declared, load

__all__ = ["Declared", "load"]
