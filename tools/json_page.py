"""Writes docs/json.md from docs/json.schema.json: each command's answer, each noun, with examples.

`make docs` runs it; a test finds the page as it would write it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
SCHEMA = DOCS / "json.schema.json"
PAGE = DOCS / "json.md"

HEAD = """\
# JSON

This page is made from [json.schema.json](json.schema.json) (JSON Schema 2020-12), and `make docs`
writes it. What every command prints with `--json` is held to that schema by tests.

1. A document is an object that says its `version`, which is 1. Where a command answers with
   several, in a list or a line each (`log`), every one of them says it. So does an error.
2. Fields may be added within a version, so pass over those that you don't know. A field that goes,
   or comes to mean something else, makes a new version.
3. Every field named here is there. What has no value is `null`, and a text may be empty.
4. Instants are ISO 8601 with an offset, days `2019-05-30`. Keys, states, reasons and codes are for
   programs and stay as they are; messages, details, warnings and remedies are for people.
5. In the examples, `{…}` is a noun that is shown below by itself.
6. Results are on standard output. A command that fails says so on standard error, as an
   [error](#error), and ends with 1, 2, 4 or 130 as the [guide](guide.md) has it. An import with bad
   lines answers all the same, and ends with 3.
"""

Schema = Mapping[str, Any]

FORMATS: Mapping[str | None, dict[str, str]] = {
    "date-time": {"string": "instant"},
    "date": {"string": "day"},
}
WIDTH = 84  # columns of an example
SEEN = "{…}"  # in an example, a noun that has one of its own
GROUPS = ("desk", "subscribers", "release", "agreements", "advantages", "log", "db")  # of commands


def read() -> Schema:
    """The schema."""
    found: Schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def commands(definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definitions of what can be printed, by name; all others are nouns."""
    return {
        name: one
        for name, one in definitions.items()
        if "version" in one.get("properties", {}) or "properties" not in one
    }


def page(schema: Schema) -> str:
    """The page, from the schema."""
    definitions: Mapping[str, Schema] = schema["$defs"]
    printed = commands(definitions)
    listed = {
        *("error", "association_document", "release_listed", "under_way", "check_step"),
        *("agreement_listed", "agreement_finding", "desk_staff", "desk_session"),
    }
    parts = [HEAD, "## Commands\n"]
    for name, one in printed.items():
        if name not in listed:
            parts += _section(words(name), one)
    parts.append("## Documents of lists\n")
    for name in sorted(listed - {"error"}):
        parts += _section(name, printed[name])
    parts.append("## Errors\n")
    parts += _section("error", printed["error"])
    parts.append("## Nouns\n")
    for name, one in definitions.items():
        if name not in printed:
            parts += _section(name, one)
    return "\n".join(parts).rstrip() + "\n"


def words(name: str) -> str:
    """The command of that name, as it is typed: `release send-test`."""
    group, _, rest = name.partition("_")
    return f"{group} {rest.replace('_', '-')}" if rest and group in GROUPS else name


def _section(name: str, one: Schema) -> Iterator[str]:
    yield f"### {name}\n\n{one['description']}\n"
    if "properties" not in one:
        yield f"It is {_kind(one)}.\n"
        return
    yield "| field | is | meaning |\n|---|---|---|"
    yield from _rows(one["properties"])
    shown = _printed(example(one, {})).replace(f'"{SEEN}"', SEEN)
    yield f"\n<details><summary>Example</summary>\n\n```json\n{shown}\n```\n\n</details>\n"


def _rows(properties: Mapping[str, Schema], within: str = "") -> Iterator[str]:
    for name, one in properties.items():
        yield f"| `{within}{name}` | {_kind(one)} | {one.get('description', '')} |"
        yield from _rows(one.get("properties", {}), f"{within}{name}.")


def _kind(one: Schema) -> str:
    """What a value is, in words."""
    match one:
        case {"$ref": str(to)}:
            name = to.rpartition("/")[2]
            return f"[{name}](#{name})"
        case {"anyOf": several}:
            return " or ".join(_kind(each) for each in several)
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": values}:
            return ", ".join("null" if each is None else f"`{each}`" for each in values)
        case {"type": "array", "items": items}:
            return f"a list: {_kind(items)}"
        case {"type": "object", "additionalProperties": dict(values)} if values:
            return f"an object: {_kind(values)} each"
        case {"type": "object"}:
            return "an object"
    kinds = [one["type"]] if isinstance(one["type"], str) else one["type"]
    words = {"string": "text", "boolean": "true or false"} | FORMATS.get(one.get("format"), {})
    return " or ".join(words.get(kind, kind) for kind in kinds)


def _printed(value: Any, indent: str = "") -> str:
    """JSON in which whatever fits on a line stands on one."""
    short = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(short) <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    inner = indent + "  "
    if isinstance(value, list):
        parts = [_printed(one, inner) for one in value]
    else:
        parts = [f"{json.dumps(name)}: {_printed(one, inner)}" for name, one in value.items()]
    ends = "[]" if isinstance(value, list) else "{}"
    return f"{ends[0]}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{ends[1]}"


def example(one: Schema, definitions: Mapping[str, Schema]) -> Any:
    """A value of that shape, made of the examples in it. A noun that is not defined is `SEEN`."""
    match one:
        case {"$ref": str(to)}:
            noun = definitions.get(to.rpartition("/")[2])
            return example(noun, definitions) if noun else SEEN
        case {"const": value} | {"examples": [value, *_]}:
            return value
        case {"enum": [value, *_]}:
            return value
        case {"anyOf": [first, *_]}:
            return example(first, definitions)
        case {"type": "array", "items": items}:
            return [example(items, definitions)]
        case {"properties": properties}:
            return {name: example(each, definitions) for name, each in properties.items()}
        case {"additionalProperties": dict(values)}:
            return {"massbio": example(values, definitions)}
        case {"type": [*_, "null"]}:
            return None
    raise ValueError(f"no example of {one}")


if __name__ == "__main__":
    PAGE.write_text(page(read()), encoding="utf-8")
