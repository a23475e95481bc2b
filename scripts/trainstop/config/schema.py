"""The JSON Schema of the configuration file, for editors and for `trainstop schema`."""

import json
from typing import Any

from trainstop.config.described import described
from trainstop.config.root import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema as JSON-like values."""
    return {"$schema": DIALECT, **described(Config).model_json_schema(by_alias=True)}


def text() -> str:
    """Return the schema as the text that the repository ships."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
