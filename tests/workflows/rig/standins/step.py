"""What every stand-in needs: its inputs, its outputs, and a way to fail as an action does."""

import os
import sys
from pathlib import Path
from typing import NoReturn


def given(name: str, default: str = "") -> str:
    """Return an input."""
    return os.environ.get("IN_" + name.upper().replace("-", "_"), "") or default


def truth(name: str) -> bool:
    """Return an input that is yes or no, in any of the spellings of YAML 1.2's core schema.

    Anything else ends the step, as it does in the real actions.
    """
    word = given(name, "false")
    if word in ("true", "True", "TRUE"):
        return True
    if word not in ("false", "False", "FALSE"):
        fail(f"Input does not meet YAML 1.2 Core Schema specification: {name}")
    return False


def set_outputs(**values: object) -> None:
    """Set outputs of the step; underscores become hyphens."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(f"{name.replace('_', '-')}={value}\n" for name, value in values.items())


def fail(message: str) -> NoReturn:
    """End the step with an error."""
    print(f"::error::{message}")
    sys.exit(1)
