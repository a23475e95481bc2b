"""Editors complete the file from the schema that the repository ships."""

import json
from pathlib import Path

import jsonschema
import pytest

from trainstop.config.schema import schema, text

ROOT = Path(__file__).parents[3]


def test_the_shipped_schema_is_the_one_the_code_makes() -> None:
    shipped = (ROOT / "schema" / "trainstop.schema.json").read_text(encoding="utf-8")
    assert shipped == text(), "run `make docs`"


def test_the_schema_is_a_valid_schema_and_describes_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for name, section in schema()["$defs"].items():
        for key, value in section.get("properties", {}).items():
            assert "description" in value or "$ref" in value, f"{name}.{key} says nothing of itself"


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    good = {"model": {"name": "a", "task": "binary"}, "train": {"timeout": "30m"}}
    validator.validate(good)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(json.loads(json.dumps(good).replace("timeout", "timout")))
