"""Reading a TOML file that may not be there."""

import tomllib
from pathlib import Path
from typing import Any

from trainstop.errors import InputError


def read(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file, none if it is missing.

    Raises:
        InputError: it is not TOML.

    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"not TOML: {error}", where=str(path), fix="correct that line") from error
