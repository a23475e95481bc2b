"""Which files are the code that training depends on."""

from pathlib import Path

import pytest

from trainstop.config import Config
from trainstop.project_files import ENTERED_BY_NAME, code, matching, names_a_tool


def config(**sections) -> Config:
    data = {"train": ["data/*.csv"], "evaluation": ["judged/*.yaml"]}
    return Config.model_validate({"model": {"name": "m", "task": "binary"}, "data": data} | sections)


def write(project: Path, *names: str) -> None:
    for name in names:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name)


def found(root: Path, **sections) -> list[str]:
    return [path.relative_to(root).as_posix() for path in code(config(**sections), root)]


def test_packages_beside_the_script_and_below_src_and_their_settings_count_without_being_named(tmp_path) -> None:
    names = [
        "conf/small.yaml",
        "config/model/small.yml",
        "mypkg/features.py",
        "params.yml",
        "src/deep/er.py",
        "train.py",
    ]
    write(tmp_path, *names, "tests/test_features.py", "notes.md", "metrics.json", "runs/train2/args.yaml")
    assert found(tmp_path) == names


@pytest.mark.parametrize(
    "folder", ["venv/lib", "mlruns/0", "node_modules/x", "wandb/run-1/files", ".cache", "lib/site-packages", "a/wandb"]
)
def test_what_tools_made_is_no_code_unless_a_glob_names_its_folder(tmp_path, folder) -> None:
    write(tmp_path, "train.py", f"{folder}/config.yaml", f"{folder}/other.py")
    assert found(tmp_path) == ["train.py"]
    named = found(tmp_path, project={"source": ["train.py", f"{folder}/*.py"]})
    assert named == sorted(["train.py", f"{folder}/other.py"])


def test_an_environment_is_known_whatever_its_name(tmp_path) -> None:
    write(tmp_path, "train.py", "tools/my-env/pyvenv.cfg", "tools/my-env/lib/deep/six.py", "tools/own.py")
    write(tmp_path, "env/conda-meta/history", "env/lib/python3.11/os.py")
    assert found(tmp_path) == ["tools/own.py", "train.py"]


def test_an_exclamation_mark_takes_files_out(tmp_path) -> None:
    write(tmp_path, "train.py", "docs/conf.py", "docs/deep/more.py", "pkg/__init__.py")
    assert found(tmp_path, project={"source": ["**/*.py", "!docs/**"]}) == ["pkg/__init__.py", "train.py"]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("bash run/train.sh --fast", ["run/train.sh"]),
        ("nice -n 5 bash 'run/train.sh' > train.log", ["run/train.sh"]),
        ("cd run && bash train.sh", ["run/train.sh"]),
        ("echo start; bash ./run/train.sh", ["run/train.sh"]),
        ("Rscript run/train.R --config=conf.d/small.json", ["conf.d/small.json", "run/train.R"]),
        ("make train", ["Makefile"]),
        ("python -m train > train.log 2>err.txt", []),
        ("python -m train --out model.pkl", []),
        ("python -m train --report info.json --config conf.d/small.json", ["conf.d/small.json"]),
        ("python -m train -o info.json 2>&1 | tee log.sh", []),
        ("papermill nb.ipynb info.ipynb", ["nb.ipynb"]),
        ("python -m train >| info.json", []),
    ],
)
def test_what_the_words_of_the_command_name_counts_and_what_it_writes_does_not(tmp_path, command, names) -> None:
    write(tmp_path, "run/train.sh", "run/train.R", "conf.d/small.json", "Makefile", "train.log", "err.txt", "model.pkl")
    write(tmp_path, "info.json", "log.sh", "nb.ipynb", "info.ipynb")
    assert found(tmp_path, train={"command": command}) == names


def test_a_file_that_the_command_names_can_be_taken_out(tmp_path) -> None:
    write(tmp_path, "train.py", "state.json")
    own = {"train": {"command": "python train.py --state state.json"}}
    assert found(tmp_path, **own) == ["state.json", "train.py"]
    assert found(tmp_path, **own, project={"source": ["!state.json"]}) == ["train.py"]


@pytest.mark.parametrize("glob", ["**/.base.yaml", "**/.d/*.yaml", "conf/**/.d/*.yaml", "**/.venv/**/*.yaml"])
def test_hidden_files_and_environments_count_only_where_a_glob_names_them(tmp_path, glob) -> None:
    hidden = {"conf/.base.yaml", "conf/.d/x.yaml", ".venv/pyvenv.cfg", ".venv/lib/y.yaml"}
    write(tmp_path, "train.py", *hidden)
    assert found(tmp_path, project={"source": ["**/*.yaml", "**/*.py"]}) == ["train.py"]
    meant = {"**/.base.yaml": "conf/.base.yaml", "**/.venv/**/*.yaml": ".venv/lib/y.yaml"}.get(glob, "conf/.d/x.yaml")
    assert found(tmp_path, project={"source": [glob, "*.py"]}) == sorted([meant, "train.py"])


def test_a_source_that_matches_nothing_is_seen_as_such_whatever_the_command_names(tmp_path) -> None:
    write(tmp_path, "train.py", "mypkg/features.py", "run.sh")
    assert found(tmp_path, project={"source": ["srcc/**/*.py"]}) == []
    (tmp_path / "mypkg/features.py").unlink()
    (tmp_path / "train.py").unlink()
    assert found(tmp_path, train={"command": "bash run.sh"}) == ["run.sh"]


def test_links_to_folders_are_followed_once(tmp_path) -> None:
    write(tmp_path, "shared/lib.py", "project/train.py")
    project = tmp_path / "project"
    for name, to in {"again": "..", "runs": ".", "lib": "../shared", "lib2": "../shared"}.items():
        (project / name).symlink_to(to)
    assert "lib/lib.py" in found(project) or "lib2/lib.py" in found(project) or "again/shared/lib.py" in found(project)
    assert len({path.resolve() for path in code(config(), project)}) == 2
    assert len(found(project)) <= 3


def test_a_glob_may_lead_out_of_the_project(tmp_path) -> None:
    write(tmp_path, "shared/lib.py", "shared/deep/er.py", "project/train.py")
    project = tmp_path / "project"
    for pattern in (f"{tmp_path}/shared/**/*.py", "../shared/**/*.py"):
        names = {path.resolve().name for path in code(config(project={"source": ["*.py", pattern]}), project)}
        assert names == {"lib.py", "er.py", "train.py"}


def test_a_script_outside_of_the_project_and_a_command_that_cannot_be_read_name_nothing(tmp_path) -> None:
    write(tmp_path, "outside.sh", "project/train.py")
    project = tmp_path / "project"
    assert found(project, train={"command": "bash ../outside.sh"}) == ["train.py"]
    assert found(project, train={"command": "python 'train.py"}) == ["train.py"]


def test_data_and_what_the_training_writes_is_no_code(tmp_path) -> None:
    write(tmp_path, "train.py", "judged/rows.yaml", "out/metrics.yaml", "made/MLmodel", "made/conda.yaml")
    own = {"train": {"model": "made"}, "evaluate": {"metrics_file": "out/metrics.yaml"}}
    assert found(tmp_path, **own) == ["train.py"]


def test_a_package_that_is_called_like_the_model_stays_code(tmp_path) -> None:
    write(tmp_path, "train.py", "model/layers.py")
    assert found(tmp_path, train={"model": "model"}) == ["model/layers.py", "train.py"]


@pytest.mark.parametrize("pattern", ["**/*", "**/*.py", "*/*", "?cache/*", "[.]cache/*", "**/x/*.py", "*cache*/**"])
def test_no_glob_enters_some_folders_of_tools_without_naming_them(tmp_path, pattern) -> None:
    """So that looking past these folders misses nothing that training depends on."""
    assert not names_a_tool(pattern)
    for name in ENTERED_BY_NAME:
        write(tmp_path, f"{name}/a.py", f"{name}/x/a.py")
    assert matching(tmp_path, [pattern]) == []
    assert found(tmp_path, project={"source": [pattern]}) == []


@pytest.mark.parametrize(
    "pattern", [".cache/*.csv", ".c*/x.csv", "a/.venv/**", ".*/**", "__pycache__/x.py", "**/.dvc/*"]
)
def test_a_glob_that_names_such_a_folder_is_known(pattern) -> None:
    assert names_a_tool(pattern)


@pytest.mark.parametrize("name", [".trainstop", ".git", ".venv", ".cache", ".dvc", "__pycache__"])
def test_folders_that_change_with_every_command_are_among_them(name) -> None:
    assert name in ENTERED_BY_NAME
