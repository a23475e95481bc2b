"""Configuration of `report`."""

from typing import Literal

from trainstop.config.base import Section


class ReportSection(Section):
    """The comment and the summary."""

    comment: Literal["always", "on-change", "on-failure", "off"] = "always"
    """When a pull request is commented on. `on-change`: when its model is not the champion again, trained from the same
    code, data, command and environment, or when something blocks."""
    templates: str = ""
    """Folder with templates of your own, each under the name of the one it replaces, like `metrics.md.j2`."""
