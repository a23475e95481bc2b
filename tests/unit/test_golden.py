"""Two answers agree when a client could not tell them apart."""

from pathlib import Path
from typing import Any

import pytest

from trainstop.errors import InputError
from trainstop.golden import Golden, same_answer


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (0.1, 0.1 + 1e-9, True),
        (0.1, 0.1001, False),
        (1, 1.0, True),
        (1, True, False),
        ([0.1, 0.9], [0.1, 0.9], True),
        ([0.1], [0.1, 0.9], False),
        ({"a": 1.0}, {"a": 1.0}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        ("late", "late", True),
        ("late", "early", False),
        (None, 0.0, False),
        (float("nan"), float("nan"), False),
    ],
)
def test_numbers_agree_within_rounding_and_all_else_exactly(left: Any, right: Any, same: bool) -> None:
    assert same_answer(left, right) is same


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"columns": 1, "rows": [], "answers": []}'])
def test_a_broken_file_says_how_to_make_it_again(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golden.json"
    path.write_text(text)
    with pytest.raises(InputError, match="cannot be read"):
        Golden.read(path)
