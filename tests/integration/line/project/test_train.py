"""The project's own tests."""

import train


def test_the_target_is_no_feature() -> None:
    assert "late" not in train.NUMBERS + train.WORDS
