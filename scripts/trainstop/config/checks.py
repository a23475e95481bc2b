"""Configuration of `lint` and `test`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trainstop.config.base import Seconds, Section

Mode = Literal["block", "warn", "off"]
Advisory = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]


class LintSection(Section):
    """Checks of the project's code. Each tool follows the project's own settings for it, where there are any."""

    paths: tuple[str, ...] = (".",)
    """What is checked, relative to the configuration file."""
    style: Mode = "block"
    """ruff check, notebooks included."""
    format: Mode = "warn"
    """ruff format; a warning until you say that it is your formatter."""
    security: Mode = "block"
    """bandit; what it is not sure of, or holds harmless, is shown and does not count."""
    dependencies: Mode = "block"
    """pip-audit on the project's lock."""
    secrets: Mode = "block"
    """Keys and passwords in code and notebooks, outputs included; a `.secrets.baseline` says which are none."""
    ignore_advisories: tuple[Advisory, ...] = ()
    """Names of advisories about dependencies (like `CVE-2024-12345`) that were looked at and accepted."""
    timeout: Seconds = 300.0
    """How long one tool may take."""


class TestSection(Section):
    """The project's own tests, run in the project's environment."""

    command: str = "python -m pytest"
    """A pytest command gets options for JUnit and coverage; any other one is judged by its exit code."""
    allow_none: bool = False
    """Whether a run that collected no test passes."""
    minimum_coverage: float | None = Field(default=None, ge=0, le=1)
    """Smallest share of lines that must be covered, 0 to 1; needs pytest-cov in the project's environment."""
    timeout: Seconds = 1800.0
    """How long the tests may take."""
    secrets: tuple[str, ...] = ()
    """Names of environment variables they are given; every other secret is withheld."""
    environment: dict[str, str] = {}
    """Further environment variables."""
