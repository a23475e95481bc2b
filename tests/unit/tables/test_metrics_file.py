"""Metrics files: four forms, and hostile names."""

import contextlib
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.errors import InputError
from trainstop.tables.metrics_file import read


def text(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", '{"auc": 0.7, "loss": {"train": 1, "test": 2e-1}, "model": "rf", "ok": true, "all": [1]}'),
        ("m.yaml", "auc: 0.7\nloss:\n  train: 1\n  test: 0.2\nmodel: rf\n"),
        ("m.yml", "auc: 0.7\nloss: {train: 1, test: 0.2}\n"),
        ("m.csv", "name,value\nauc,0.7\nloss.train,1\nloss.test,0.2\n"),
        ("m.csv", "auc,0.7\nloss.train,1\nloss.test,0.2\n"),
        ("m.csv", "epoch_name,auc,loss.train,loss.test\nfirst,0.1,9,9\nlast,0.7,1,0.2\n"),
        ("m.txt", "# of July\nauc: 0.7\n\nloss.train = 1\nloss.test: 0.2\n"),
        ("metrics", "auc:0.7\r\nloss.train:1\r\nloss.test:.2\r\n"),
        ("m.json", '\ufeff{"auc": 0.7, "loss.train": 1, "loss.test": 0.2}'),
    ],
)
def test_every_form_gives_the_same_metrics(tmp_path: Path, name: str, content: str) -> None:
    assert read(text(tmp_path, name, content)) == {"auc": 0.7, "loss.train": 1.0, "loss.test": 0.2}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", '{"a": NaN}'),
        ("m.json", '{"a": null}'),
        ("m.yaml", "a: .nan"),
        ("m.txt", "a: nan"),
        ("m.csv", "a,\n"),
    ],
)
def test_what_is_no_number_stays_so_for_the_gates_to_refuse(tmp_path: Path, name: str, content: str) -> None:
    assert math.isnan(read(text(tmp_path, name, content))["a"])


def test_infinity_and_numbers_too_large_are_infinite(tmp_path: Path) -> None:
    assert read(text(tmp_path, "m.json", f'{{"a": -Infinity, "b": 1{"0" * 400}}}')) == {"a": -math.inf, "b": math.inf}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.json", "{", "not JSON"),
        ("m.json", "[" * 100_000, "not JSON"),
        ("m.json", "[1, 2]", "no table"),
        ("m.json", "{}", "there is no metric"),
        ("m.json", '{"a": "high"}', "there is no metric"),
        ("m.yaml", "a: [", "not YAML"),
        ("m.yaml", "", "no table"),
        ("m.csv", "", "there is no metric"),
        ("m.csv", "a,b,c\n", "no values"),
        ("m.csv", "a,b\n1\n", "different lengths"),
        ("m.csv", "name,value\na,high\n", "'high' is not a number"),
        ("m.csv", "a,1\na,2\n", "there twice"),
        ("m.txt", "all went well\n", "line 1 is not"),
        ("m.txt", "a: high\n", "'high' is not a number"),
        ("m.json", '{"a\\nb": 1}', "cannot be called"),
        ("m.json", '{"a\\u001b[31m": 1}', "cannot be called"),
        ("m.json", '{"a\\u202e": 1}', "cannot be called"),
        ("m.json", '{"": 1}', "cannot be called"),
        ("m.json", f'{{"{"a" * 201}": 1}}', "cannot be called"),
        ("m.json", "{" + ",".join(f'"m{number}": 1' for number in range(1001)) + "}", "more than 1000"),
        ("m.txt", "#" * (1 << 20) + "\na: 1\n", "larger than 1 MiB"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = text(tmp_path, name, content)
    with pytest.raises(InputError) as error:
        read(path)
    assert said in error.value.what
    assert (error.value.where, bool(error.value.fix)) == (str(path), True)
    assert error.value.what.isprintable()


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no metrics file"):
        read(tmp_path / "none.json")
    (tmp_path / "m.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "m.json")


def test_nested_copies_do_not_explode(tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: word}"] + [
        f"a{level}: &a{level} {{" + ", ".join(f"k{key}: *a{level - 1}" for key in range(9)) + "}"
        for level in range(1, 9)
    ]
    with pytest.raises(InputError, match="more than 100000 values"):
        read(text(tmp_path, "m.yaml", "\n".join(lines)))
    with pytest.raises(InputError, match="deep"):
        read(text(tmp_path, "loop.yaml", "a: &a\n  b: *a\n"))


def test_hostile_names_that_print_are_kept_as_data(tmp_path: Path) -> None:
    name = "::error::<script>|`${{ x }}` ä"
    assert read(text(tmp_path, "m.txt", f"{name}: 1")) == {name: 1.0}


@given(content=st.text(max_size=60), name=st.sampled_from(["m.json", "m.yaml", "m.csv", "m.txt"]))
def test_any_text_gives_metrics_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, content: str, name: str
) -> None:
    path = tmp_path_factory.mktemp("metrics") / name
    path.write_text(content, encoding="utf-8", errors="replace")
    with contextlib.suppress(InputError):
        assert all(key.isprintable() for key in read(path))
