from types import SimpleNamespace

import pytest

from trainstop.errors import InputError


def test_what_tools_made_and_data_is_left_out(bench):
    files = [
        "a.py", "src/b.py", ".trainstop/environments/x/lib.py", ".venv/c.py", "__pycache__/d.py", "mine/pyvenv.cfg",
        "mine/lib/e.py", "notebook.ipynb", "node_modules/f.py",
    ]  # fmt: skip
    on, _ = bench(dict.fromkeys(files, ""))
    assert on.files == ("a.py", "notebook.ipynb", "src/b.py")
    assert on.code(".py") == ("a.py", "src/b.py")


def test_data_of_the_configuration_is_left_out(bench):
    on, _ = bench({"a.py": "", "data/train.csv": "", "data/notes.md": ""})
    data = on.config.data.model_copy(update={"train": ("data/*.csv",)})
    object.__setattr__(on, "config", on.config.model_copy(update={"data": data}))
    assert on.files == ("a.py", "data/notes.md")


def test_only_the_paths_of_the_configuration_are_looked_at(bench):
    on, _ = bench({"src/a.py": "", "other/b.py": "", "c.py": ""}, lint={"paths": ["src", "c.py"]})
    assert on.files == ("c.py", "src/a.py")


@pytest.mark.parametrize("path", ["missing", "../.."])
def test_a_path_that_is_not_the_projects_is_refused(bench, path):
    on, _ = bench({"a.py": ""}, lint={"paths": [path]})
    with pytest.raises(InputError, match="not a file or folder of the project"):
        assert on.files


def test_a_link_is_not_followed(bench, tmp_path):
    (tmp_path / "outside.py").write_text("")
    on, _ = bench({"a.py": ""})
    (on.project / "link.py").symlink_to(tmp_path / "outside.py")
    assert on.files == ("a.py",)


@pytest.mark.parametrize("name", ["***/train.py", '"we\\"ird.py"'])
def test_a_name_that_did_not_come_through_whole_leaves_no_file_out(bench, monkeypatch, name) -> None:
    on, _ = bench({"a.py": "", "late/train.py": ""})
    log = on.project.parent / "listed.txt"
    log.write_text(f"a.py\n{name}\n")
    monkeypatch.setattr(on.processes, "run", lambda command: SimpleNamespace(ok=True, log=log))
    assert on.files == ("a.py", "late/train.py")


@pytest.mark.parametrize("pattern", ["/nowhere/*.csv", "data/**.csv"])
def test_globs_of_data_are_read_as_training_reads_them(bench, pattern) -> None:
    on, _ = bench({"a.py": "", "data/train.csv": ""})
    data = on.config.data.model_copy(update={"train": (pattern,)})
    object.__setattr__(on, "config", on.config.model_copy(update={"data": data}))
    assert "a.py" in on.files
