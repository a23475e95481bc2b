"""A metric of the project's own, computed in the project's environment by a project-side script."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # stages that compute nothing import the ports too
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class OwnMetricRequest:
    """What to compute."""

    name: str
    function: str
    """`package.module:function`; the entry point of `name` when empty."""
    candidate: Any
    """A `pyarrow.Table`: the predictions table."""
    champion: Any | None
    """The same rows with the champion's answers."""
    groups: "NDArray[np.intp] | None"
    """Each row's group, from 0 without gaps: the metric is wanted without each of them too. None: on all rows only."""
    timeout: float
    """Seconds for all calls together."""


@dataclass(frozen=True, kw_only=True)
class OwnMetricValues:
    """What a function returned for one table; NaN where it has no value."""

    value: float
    without: tuple[float, ...] = ()
    """Without each group."""
    reason: str = ""
    """Why there is no value."""


class OwnMetrics(Protocol):
    """Computes metrics of the project's own."""

    def measure(self, request: OwnMetricRequest) -> tuple[OwnMetricValues, OwnMetricValues | None]:
        """Return the candidate's and the champion's.

        Raises:
            ConfigurationError: there is no such module, function or entry point.
            ProjectCodeError: the function raises, crashes, or returns something else than a number.
            TimeLimitError: it took too long.
            UnavailableError: the project's environment cannot be made.

        """
