"""Configuration of leakage: what training may have known of the rows that a model is judged on."""

from typing import Literal

from pydantic import Field

from trainstop.config.base import Section


class LeakageSection(Section):
    """Whether the evaluation data are new to the model, and its columns known when it is asked."""

    mode: Literal["block", "warn", "off"] = "block"
    """Whether rows of training among the evaluation rows (same `data.id`, same content), and the target among the
    features, stop the line; `off` looks at nothing."""
    duplicates: float = Field(default=0.01, ge=0, le=1)
    """Share of evaluation rows that may equal a training row in features and target, beyond what chance explains where
    rows repeat anyway; more is warned of."""
    too_good: float = Field(default=0.95, gt=0.5, le=1)
    """What one feature alone may reach before it is warned of: area under the ROC curve, or rank correlation
    (regression). One above 0.8 that reaches nearly all of what the model does is warned of as well."""
    time_order: Literal["block", "warn", "off"] = "warn"
    """What follows when evaluation rows are not later than all training rows (needs `data.time`)."""
    cluster_overlap: Literal["block", "warn", "off"] = "warn"
    """What follows when training and evaluation hold rows of the same `data.cluster`."""
