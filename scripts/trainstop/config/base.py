"""What every section of the configuration shares."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Section(BaseModel):
    """A table of the file: kebab-case keys, no unknown ones, never changed after reading."""

    # Built when first used, and without the descriptions, which only the schema and the pages need (`described`).
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        alias_generator=lambda name: name.replace("_", "-"),
        populate_by_name=True,
        defer_build=True,
    )


def seconds(value: object) -> object:
    """Turn `"30m"` into seconds; numbers are seconds already."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*([0-9.]+)\s*(ms|s|m|h|d)\s*", value)
        if not match:
            raise ValueError('a duration is a number with a unit, like "90s", "30m", "6h" or "7d"')
        return float(match[1]) * UNITS[match[2]]
    return value


Seconds = Annotated[float, BeforeValidator(seconds, json_schema_input_type=str | float)]
"""A duration, written like `"30m"`."""
