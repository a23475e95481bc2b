"""What the configuration of fairness refuses."""

from typing import Any

import pytest
from pydantic import ValidationError

from trainstop.config.fairness import FairnessSection


def test_columns_are_named_once() -> None:
    assert FairnessSection(columns=("sex", ("sex", "age"))).names == ("sex", "age")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"columns": [""]}, "neither a column"),
        ({"columns": [[]]}, "neither a column"),
        ({"columns": [["sex", "sex"]]}, "neither a column"),
        ({"limits": {"auc-difference": 0.1}}, "names no groups"),
        ({"columns": ["sex"], "limits": {"auc-difference": -0.1}}, "below 0"),
        ({"columns": ["sex"], "limits": {"equalized-odds-ratio": 1.2}}, "nothing could pass"),
        ({"columns": ["sex"], "limits": {"parity": 0.1}}, "demographic-parity-difference"),
        ({"columns": ["sex"], "minimum-group": 1}, "greater than or equal to 2"),
    ],
)
def test_what_cannot_be_meant_is_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FairnessSection.model_validate(keys)
