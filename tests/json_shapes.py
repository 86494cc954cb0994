"""What programs are shown, held to docs/json.schema.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "docs" / "json.schema.json").read_text(encoding="utf-8")
)


def named(*words: str) -> str:
    """The definition of what a command prints."""
    return "_".join(words).replace("-", "_")


def wrong_with(name: str, shown: object) -> list[str]:
    """Where something differs from the definition of that name; nothing if it fits."""
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    checking = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{one.json_path}: {one.message[:300]}" for one in checking.iter_errors(shown)]
