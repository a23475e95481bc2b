"""Configuration of `report`, and of the model card that `register` writes."""

from typing import Literal

from trainstop.config.base import Section


class ReportSection(Section):
    """The comment and the summary."""

    comment: Literal["always", "on-change", "on-failure", "off"] = "always"
    """When a pull request is commented on. `on-change`: when its model is not the champion again, trained from the same
    code, data, command and environment, or when something blocks."""
    templates: str = ""
    """Folder with templates of your own, each under the name of the one it replaces, like `metrics.md.j2`."""


class CardSection(Section):
    """What only people know of a model, for its card; text, not Markdown."""

    intended_use: str = ""
    """What the model is for, and who uses its answers."""
    out_of_scope: str = ""
    """What it is not for."""
    limits: str = ""
    """What a user must know of its weaknesses."""
    owner: str = ""
    """Whom to ask."""
    license: str = ""
    """Under which license it may be used."""
