"""docs/json.md says what docs/json.schema.json holds, and every example is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.json_shapes import SCHEMA, wrong_with
from tools import json_page

from communique import views
from communique.wording import Remedy

DEFINITIONS: dict[str, Any] = SCHEMA["$defs"]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_page_is_current() -> None:
    assert json_page.PAGE.read_text(encoding="utf-8") == json_page.page(SCHEMA), "run `make docs`"


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_example_fits_its_definition(name: str) -> None:
    assert not wrong_with(name, json_page.example(DEFINITIONS[name], DEFINITIONS))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for one in schema.values():
            yield from objects(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from objects(one)


def test_no_object_has_a_field_that_nobody_decided_on_and_each_has_all_of_its_own() -> None:
    for one in objects(DEFINITIONS):
        assert one["additionalProperties"] is False, one["description"]
        assert one["required"] == list(one["properties"]), one["description"]


def test_every_document_begins_with_its_version() -> None:
    for name, one in json_page.commands(DEFINITIONS).items():
        if "properties" in one:
            assert next(iter(one["properties"])) == "version", name
            assert one["properties"]["version"]["const"] == views.VERSION


def test_every_field_is_explained() -> None:
    for one in objects(DEFINITIONS):
        for name, each in one["properties"].items():
            assert each.get("description") or "$ref" in each, name


def test_the_remedies_of_the_schema_are_those_there_are() -> None:
    known = DEFINITIONS["problem"]["properties"]["remedy_code"]["enum"]
    assert known == [*(one.code for one in Remedy), None]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("db_upgrade", {"before": None, "after": "1"}),  # no version
        ("db_upgrade", {"version": 1, "before": None, "after": "1", "more": 1}),
        ("db_upgrade", {"version": 1, "after": "1"}),
        ("change", {"verb": "burn", "what": "x", "detail": ""}),
    ],
)
def test_what_does_not_fit_is_seen(name: str, shown: object) -> None:
    assert wrong_with(name, shown)
