"""Configuration of fairness: whose results `model-test` compares with whose, and how far apart they may be."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from trainstop.config.base import Section

DisparityName = Literal[
    "demographic-parity-difference",
    "demographic-parity-ratio",
    "equalized-odds-difference",
    "equalized-odds-ratio",
    "equal-opportunity-difference",
    "equal-opportunity-ratio",
    "accuracy-difference",
    "auc-difference",
    "prediction-difference",
    "mae-difference",
]
"""Differences are largest less smallest group, ratios smallest over largest; each is the worst over all groups."""


class FairnessSection(Section):
    """What a model does to groups of people (or of anything else)."""

    columns: tuple[str | tuple[str, ...], ...] = ()
    """Columns whose groups are compared, and lists of columns whose combinations are: `["sex", ["sex", "age_group"]]`.
    Values are taken as they are written: put numbers such as ages into bins first."""
    minimum_group: int = Field(default=20, ge=2)
    """Groups with fewer rows are counted and not compared; a rate asks as many of the rows that it is a share of."""
    limits: dict[DisparityName, float] = {}
    """By disparity: the most a difference may be, the least a ratio may be. Every entry of `columns` must hold them."""
    mode: Literal["block", "warn", "off"] = "block"
    """Whether a missed limit stops the line."""
    decide: Literal["point", "interval"] = "point"
    """Whether the point, or the whole interval, must clear a limit; a point alone that clears it is warned of."""

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, each once."""
        entries = [(entry,) if isinstance(entry, str) else entry for entry in self.columns]
        return tuple(dict.fromkeys(name for entry in entries for name in entry))

    @field_validator("columns")
    @classmethod
    def _named(cls, columns: tuple[str | tuple[str, ...], ...]) -> tuple[str | tuple[str, ...], ...]:
        """Refuse entries without a name, or with one twice."""
        for entry in columns:
            names = (entry,) if isinstance(entry, str) else entry
            if not names or not all(names) or len(set(names)) < len(names):
                raise ValueError(f"{list(names)} is neither a column nor a list of different columns")
        return columns

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        """Refuse limits that nothing is held against, or that anything would hold."""
        if self.limits and not self.columns:
            raise ValueError("`limits` are set, and `columns` names no groups to compare")
        for name, limit in self.limits.items():
            if limit < 0:
                raise ValueError(f"the limit of `{name}` is below 0")
            if name.endswith("ratio") and limit > 1:
                raise ValueError(f"the limit of `{name}` is above 1, so nothing could pass")
        return self
