"""What a search for weak slices came to, in a sentence."""

from typing import Any

from trainstop.records.judging import WeakSpot
from trainstop.report.weak_spots import weak_spot


def spot(**changes: Any) -> WeakSpot:
    values: dict[str, Any] = {
        "metric": "auc",
        "against": "champion",
        "looked_at": 48,
        "name": "carrier = F9",
        "rows": 1500,
        "found": -0.06,
        "difference": -0.04,
        "interval": (-0.07, -0.01),
        "confirmed": True,
    }
    return WeakSpot(**{**values, **changes})


def test_a_confirmed_slice_is_named_with_what_the_other_half_says() -> None:
    assert weak_spot(spot()) == (
        "auc behind the champion: `carrier = F9` was found on one half of the data, and is -0.04 [-0.07, -0.01] on "
        "1,500 rows of the other half"
    )


def test_a_slice_that_was_not_confirmed_does_not_stand_out() -> None:
    text = weak_spot(spot(against="all rows", confirmed=False, interval=(-0.07, 0.01)))
    assert text.startswith("auc below all rows: none of 48 slices stands out; the weakest, `carrier = F9`, is -0.04")


def test_what_could_not_be_judged_or_found_says_why() -> None:
    lacking = spot(difference=None, interval=None, confirmed=False, reason="only 9 rows in this slice")
    assert weak_spot(lacking).endswith("the weakest of 48 slices is `carrier = F9`; only 9 rows in this slice")
    assert weak_spot(spot(name="", reason="no slice has enough rows")).endswith(": no slice has enough rows")


def test_a_name_with_backticks_and_lines_stays_one_name() -> None:
    assert "`a 'b' c`" in weak_spot(spot(name="a `b`\n c"))
