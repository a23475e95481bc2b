"""Configuration of `lint` and `test`."""

from typing import Literal

from trainstop.config.base import Seconds, Section

Mode = Literal["block", "warn", "off"]


class LintSection(Section):
    """Checks of the project's code. Each tool follows the project's own settings for it, where there are any."""

    paths: tuple[str, ...] = (".",)
    """What is checked, relative to the configuration file."""
    style: Mode = "block"
    """ruff check."""
    format: Mode = "block"
    """ruff format."""
    security: Mode = "block"
    """bandit."""
    dependencies: Mode = "block"
    """pip-audit on the project's lock."""
    secrets: Mode = "block"
    """Keys and passwords in the code and in notebooks, their outputs included."""


class TestSection(Section):
    """The project's own tests, run in the project's environment."""

    command: str = "python -m pytest"
    """A pytest command gets options for JUnit and coverage; any other one is judged by its exit code."""
    allow_none: bool = False
    """Whether a run that collected no test passes."""
    minimum_coverage: float | None = None
    """Smallest share of lines that must be covered, 0 to 1; needs pytest-cov in the project's environment."""
    timeout: Seconds = 1800.0
    """How long the tests may take."""
