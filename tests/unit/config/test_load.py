"""The configuration is read from one place, in one order, and every mistake is named with its line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.config import load
from trainstop.config.lines import line_of
from trainstop.errors import ConfigurationError

MINIMAL = '[model]\nname = "flight-delay"\ntask = "binary"\n'


def written(folder: Path, text: str, name: str = "trainstop.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_with_a_name_and_a_task_is_enough(tmp_path: Path) -> None:
    config = load(written(tmp_path, MINIMAL))
    assert config.model.name == "flight-delay"
    assert set(config.environments) == {"staging", "production"}


def test_a_folder_means_the_file_in_it(tmp_path: Path) -> None:
    written(tmp_path, MINIMAL)
    assert load(tmp_path).model.task == "binary"


def test_a_pyproject_table_is_read_like_the_file(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n\n[tool.trainstop.model]\nname = "a"\ntask = "regression"\n'
    written(tmp_path, text, "pyproject.toml")
    assert load(tmp_path).model.task == "regression"


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + '\n[train]\n# how long\ntimout = "30m"\n')
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert caught.value.what == "unknown key `timout`"
    assert caught.value.where == f"{path}:7, key `train.timout`"
    assert caught.value.fix == "did you mean `timeout`?"
    assert caught.value.exit_code == 2


def test_a_misspelt_key_in_a_named_table_finds_its_neighbours(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + "[gates.auc]\nmin = 0.7\ntollerance = 0.1\n")
    with pytest.raises(ConfigurationError, match="tollerance") as caught:
        load(path)
    assert caught.value.fix == "did you mean `tolerance`?"
    assert ":6," in caught.value.where


def test_a_wrong_value_in_a_pyproject_has_its_line_too(tmp_path: Path) -> None:
    text = '[tool.trainstop.model]\nname = "a"\ntask = "guessing"\n'
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, text, "pyproject.toml"))
    assert ":3," in caught.value.where


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a/b", "a:b", "../x", "$(id)", "a" * 101, "\u202eabc", "-rf"])
def test_a_model_name_that_is_not_plain_is_refused(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, MINIMAL)
    with pytest.raises(ConfigurationError):
        load(path, settings=[f"model.name={name!r}" if "\n" not in name else 'model.name="a\\nb"'])


def test_a_flag_beats_the_environment_and_the_environment_beats_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + '[train]\ntimeout = "1m"\n')
    environ = {"TRAINSTOP__TRAIN__TIMEOUT": "2m", "TRAINSTOP__MODEL_TEST__ROWS": "7"}
    assert load(path).train.timeout == 60
    assert load(path, environ=environ).train.timeout == 120
    assert load(path, environ=environ).model_test.rows == 7
    assert load(path, environ=environ, settings=["train.timeout=3m"]).train.timeout == 180


def test_an_environment_variable_finds_the_name_as_it_is_in_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + "[gates.log_loss]\nmax = 0.4\n[train.environment]\nOMP_Threads = '1'\n")
    environ = {"TRAINSTOP__GATES__LOG_LOSS__MAX": "0.5", "TRAINSTOP__TRAIN__ENVIRONMENT__OMP_THREADS": '"2"'}
    config = load(path, environ=environ)
    assert {name: gate.max for name, gate in config.gates.items()} == {"log_loss": 0.5}
    assert config.train.environment == {"OMP_Threads": "2"}


def test_a_new_name_in_an_environment_variable_keeps_what_it_says(tmp_path: Path) -> None:
    environ = {
        "TRAINSTOP__GATES__LOG_LOSS__MAX": "0.5",
        "TRAINSTOP__TRAIN__ENVIRONMENT__MY_Flag": "on",
        "TRAINSTOP__DATA__TARGET": "y",
    }
    config = load(written(tmp_path, MINIMAL), environ=environ)
    assert list(config.gates) == ["log_loss"]
    assert config.train.environment == {"MY_Flag": "on"}


def test_a_mistake_in_a_flag_or_a_variable_is_not_put_down_to_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + '[train]\ntimeout = "1m"\n')
    with pytest.raises(ConfigurationError) as caught:
        load(path, settings=["train.timeout=soon"])
    assert caught.value.where == "--set train.timeout, key `train.timeout`"
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ={"TRAINSTOP__TRAIN__TIMOUT": "2m"})
    assert caught.value.where == "environment variable TRAINSTOP__TRAIN__TIMOUT, key `train.timout`"
    assert caught.value.fix == "did you mean `timeout`?"
    with pytest.raises(ConfigurationError) as caught:
        load(path, settings=["train={timout='1m'}"])
    assert caught.value.where == "--set train, key `train.timout`"


def test_a_mistake_in_the_file_stays_the_files_whatever_a_flag_says_beside_it(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + '[train]\ntimeout = "soon"\n')
    with pytest.raises(ConfigurationError) as caught:
        load(path, settings=["train.run=last"])
    assert caught.value.where == f"{path}:5, key `train.timeout`"


def test_a_flag_that_is_no_assignment_says_how_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is not `section\.key=value`"):
        load(written(tmp_path, MINIMAL), settings=["train.timeout"])


@pytest.mark.parametrize("text", ["", "[model", "model = 3\n", "\x00", "[model]\nname = 1e999\ntask='binary'"])
def test_a_broken_file_is_a_configuration_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        load(written(tmp_path, text))


def test_no_file_at_all_says_where_one_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no configuration") as caught:
        load(tmp_path)
    assert "trainstop.toml" in caught.value.where


@given(st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_clear_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "trainstop.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigurationError):
        load(path)


def test_lines_are_found_through_quotes_dots_and_comments() -> None:
    text = '# top\n[a."b.c"] # here\n\nd.e = 1\n"f" = 2\n[[g]]\nh = 3\n'
    assert line_of(text, ("a", "b.c", "d", "e")) == 4
    assert line_of(text, ("a", "b.c", "f")) == 5
    assert line_of(text, ("g", "h")) == 7
    assert line_of(text, ("z",)) is None


@pytest.mark.parametrize(
    "said",
    [
        {"settings": ["environments.production.patience=5"]},
        {"environ": {"TRAINSTOP__ENVIRONMENTS__PRODUCTION__PATIENCE": "5"}},
    ],
)
def test_what_is_said_of_a_default_environment_leaves_the_rest_as_it_is(tmp_path: Path, said: dict[str, Any]) -> None:
    config = load(written(tmp_path, MINIMAL), **said)
    assert set(config.environments) == {"staging", "production"}
    assert (config.environments["production"].patience, config.environments["production"].strategy) == (5, "canary")
    assert config.environments["staging"] == load(tmp_path).environments["staging"]


def test_a_flag_that_gives_the_whole_table_replaces_the_default_environments(tmp_path: Path) -> None:
    config = load(written(tmp_path, MINIMAL), settings=["environments={eu={port=8000}}"])
    assert set(config.environments) == {"eu"}


def test_another_environment_stands_beside_the_default_ones(tmp_path: Path) -> None:
    config = load(written(tmp_path, MINIMAL), settings=["environments.eu.port=8000"])
    assert set(config.environments) == {"staging", "production", "eu"}


def test_environments_that_the_file_writes_replace_the_default_ones(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + "[environments.production]\nport = 8000\n")
    for settings in ([], ["environments.production.patience=5"]):
        config = load(path, settings=settings)
        assert set(config.environments) == {"production"}
        assert config.environments["production"].strategy == "blue-green"


def test_the_default_environments_are_the_same_whatever_was_said_before(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    load(path, settings=["environments.production.strategy=all-at-once"])
    assert load(path).environments["production"].strategy == "canary"


@pytest.mark.parametrize(
    "text",
    ["# see tool.trainstop\n", "[tool.trainstop-plugin]\nabout = 'tool.trainstop'\n", "tool = 3 # tool.trainstop"],
)
def test_a_pyproject_that_only_mentions_us_is_no_configuration(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text, "pyproject.toml")
    for place in (tmp_path, path):
        with pytest.raises(ConfigurationError, match="no configuration") as caught:
            load(place)
        assert str(path) in caught.value.where
        assert "[tool.trainstop]" in caught.value.fix


@pytest.mark.parametrize("text", ["[tool]\ntrainstop = 3\n", "# x\ntool.trainstop = 3\n", "[[tool.trainstop]]\nx = 1"])
def test_a_pyproject_whose_table_is_a_value_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text, "pyproject.toml")
    with pytest.raises(ConfigurationError, match=r"`tool\.trainstop` is no table") as caught:
        load(tmp_path)
    assert caught.value.where.startswith(str(path))
    assert "[tool.trainstop]" in caught.value.fix


def test_a_pyproject_table_is_found_however_it_is_written(tmp_path: Path) -> None:
    written(tmp_path, "[tool]\ntrainstop = { model = { name = 'a', task = 'binary' } }\n", "pyproject.toml")
    assert load(tmp_path).model.name == "a"


def test_a_broken_pyproject_that_mentions_us_says_where_it_is_broken(tmp_path: Path) -> None:
    written(tmp_path, "[tool.trainstop.model]\nname = \n", "pyproject.toml")
    with pytest.raises(ConfigurationError, match="not TOML"):
        load(tmp_path)
