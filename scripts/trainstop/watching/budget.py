"""How the false alarms that a project allows are split among everything that is watched, by the union bound."""

from dataclasses import dataclass

DRIFT, PERFORMANCE, QUALITY = 0.4, 0.4, 0.2
"""Parts of the budget. Labels, which alone show that a model got worse, get as much as all columns together."""
STRETCHES = 2
"""Performance is judged over the last windows, which show a sudden fall, and over more, which show a small one."""
LOOKS_A_YEAR = 365
"""Quality and service are looked at in the stretch that is still open: at most a new one a day."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The split of one year.

    Attributes:
        total: share of uneventful years in which anything may stand out.
        drift_columns: features and prediction.
        metrics: performance metrics.
        shares: shares that are watched for quality and service.
        windows_a_year: windows that are judged anew in a year.

    """

    total: float
    drift_columns: int
    metrics: int
    shares: int
    windows_a_year: int

    @property
    def per_column(self) -> float:
        """Share of years in which one column's histogram may stand out."""
        return self.total * DRIFT / max(self.drift_columns, 1)

    @property
    def per_metric_look(self) -> float:
        """Probability that one look at one metric over one stretch says act."""
        return self.total * PERFORMANCE / max(self.metrics, 1) / STRETCHES / self.windows_a_year

    @property
    def per_share_look(self) -> float:
        """Probability that one look at one share says that it passed its limit."""
        return self.total * QUALITY / max(self.shares, 1) / LOOKS_A_YEAR

    @property
    def fixed(self) -> float:
        """What performance, quality and service take together, if they are watched at all."""
        return self.total * (PERFORMANCE * (self.metrics > 0) + QUALITY * (self.shares > 0))

    def words(self) -> str:
        """Say how the budget is split."""
        parts = (
            f"{self.total * DRIFT:.2%} for the drift of {self.drift_columns} columns",
            f"{self.total * PERFORMANCE:.2%} for {self.metrics} performance metrics",
            f"{self.total * QUALITY:.2%} for {self.shares} shares of quality and service",
        )
        return f"at most {self.total:.1%} of uneventful years with a false alarm: {', '.join(parts)}"
