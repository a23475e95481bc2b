"""Labels and ids as the engine writes them, against the rest of the package."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainstop.labels import spelling
from trainstop.tables.engine import open_arrow, opened
from trainstop.tables.row_keys import example, key, plain, spelled

NUMBERS = st.sampled_from(["1", "1.0", "01.00", "-3.0", "1.10", "1.0.0", ".0", "1e3", "v1.0", " 1.0"])
WORDS = st.sampled_from(["true", "True", "FALSE", "truth", ""])
TEXTS = NUMBERS | WORDS | st.text(st.characters(codec="utf-8"), max_size=4)


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    with opened() as connection:
        yield connection


def read(engine: Any, values: list[Any], sql: Any) -> list[Any]:
    source = open_arrow(engine, pa.table({"place": list(range(len(values))), "v": values}), name="given")
    return [row[0] for row in source.run(f"SELECT {sql(source.types['v'])} FROM given ORDER BY place")]


@given(st.lists(TEXTS.filter(lambda text: "\0" not in text), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_engine_spells_a_label_as_the_rest_of_the_package_does(engine: Any, texts: list[str]) -> None:
    assert read(engine, texts, lambda kind: spelled("v")) == [spelling(text) for text in texts]


@pytest.mark.parametrize("values", [[1.0, -3.0, 0.5, 1e18, None], [True, False, None], [7, -7], ["1.0", "True", "a"]])
def test_a_label_of_any_type_is_spelled_alike(engine: Any, values: list[Any]) -> None:
    found = read(engine, values, lambda kind: spelled(plain("v", kind)))
    assert found == [None if value is None else spelling(value) for value in values]


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ([500.0, 1.5, float("nan"), float("inf")], ["500", "1.5", None, "inf"]),
        ([1e25], ["1e+25"]),
        (["500.0", "007", "007.0", "", " ", None], ["500", "007", "007.0", None, None, None]),
        ([2**63 - 1, -1], ["9223372036854775807", "-1"]),
        ([True], ["true"]),
    ],
)
def test_an_id_is_text_and_whole_floats_are_whole_numbers(engine: Any, values: list[Any], keys: list[Any]) -> None:
    assert read(engine, values, lambda kind: key("v", kind)) == keys


def test_an_example_of_somebodys_data_is_short() -> None:
    assert (example("x" * 1000), example(5)) == (repr("x" * 40 + "..."), "'5'")
