"""Golden predictions: a few rows and the model's offline answers to them, replayed wherever the model is served."""

import math
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from trainstop.errors import InputError


class Golden(BaseModel):
    """Rows in the order of `columns`, and one answer a row as the model's `pyfunc` gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    answers: tuple[Any, ...]

    @classmethod
    def read(cls, path: Path) -> "Golden":
        """Read golden predictions from a file.

        Raises:
            InputError: the file is missing or is not golden predictions.

        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(
                "golden predictions cannot be read", where=str(path), fix="run `trainstop evaluate` again"
            ) from error


def same_answer(expected: Any, seen: Any, *, tolerance: float = 1e-6) -> bool:
    """Say whether two answers agree: numbers within `tolerance` (relative or absolute), all else exactly."""
    if isinstance(expected, list) and isinstance(seen, list):
        return len(expected) == len(seen) and all(
            same_answer(left, right, tolerance=tolerance) for left, right in zip(expected, seen, strict=True)
        )
    if isinstance(expected, dict) and isinstance(seen, dict):
        return expected.keys() == seen.keys() and all(
            same_answer(expected[key], seen[key], tolerance=tolerance) for key in expected
        )
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    if isinstance(expected, int | float) and isinstance(seen, int | float):
        return math.isclose(expected, seen, rel_tol=tolerance, abs_tol=tolerance)
    return bool(expected == seen)
