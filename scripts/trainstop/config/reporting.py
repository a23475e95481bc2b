"""Configuration of `report`."""

from typing import Literal

from trainstop.config.base import Section


class ReportSection(Section):
    """The comment and the summary."""

    comment: Literal["always", "on-failure", "off"] = "always"
    """When a pull request is commented on."""
