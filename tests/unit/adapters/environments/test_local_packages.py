"""Which packages of a project lie on its own disk, and what state they are in."""

from pathlib import Path

import pytest

from trainstop.adapters.environments import local_packages
from trainstop.adapters.environments.builds import build_tools
from trainstop.adapters.environments.local_packages import (
    in_pylock,
    in_pyproject,
    in_uv_lock,
    is_static,
    place,
    state,
    with_theirs,
)

STATIC = '[project]\nname = "shared"\nversion = "1"\n'


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def write(project):
    def write(name, text=""):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("./libs/shared", "libs/shared"),
        ("libs/shared", "libs/shared"),
        ("-e .", "."),
        ("-e ../shared[dev]", "../shared"),
        ("--editable=libs", "libs"),
        ("./libs/shared ; python_version > '3'", "libs/shared"),
        ("shared @ ../shared", "../shared"),
        ("shared[dev]@file:libs/shared", "libs/shared"),
        ("shared @ file:///srv/a%20b#egg=shared", "/srv/a b"),
        ("-e file:///${PROJECT_ROOT}/libs", "libs"),
        ("shared @ {root:uri}/../shared", "../shared"),
        ("shared-1-py3-none-any.whl --hash=sha256:aa", "shared-1-py3-none-any.whl"),
        ("shared.tar.gz", "shared.tar.gz"),
        ("-e ./libs#egg=shared", "libs"),
    ],
)
def test_a_requirement_of_a_folder_or_file_is_local(project, line, expected):
    assert place(line, project) == (project / expected).resolve()


@pytest.mark.parametrize(
    "line",
    [
        "six==1.17.0 --hash=sha256:aa",
        "six[x] ; sys_platform == 'a/b'",
        "libs",
        "git+https://example.org/x",
        "-e git+https://example.org/x#egg=x",
        "x @ https://example.org/x-1-py3-none-any.whl",
        "https://example.org/x.zip",
        "--find-links ./wheels",
        "-r ./more.txt",
        "-c ./limits.txt",
        "shared @ ${BASE}/shared.tar.gz",
    ],
)
def test_whatever_comes_from_elsewhere_is_not_local(project, line):
    assert place(line, project) is None


def test_a_pyproject_names_local_packages_by_address_source_and_workspace(project, write):
    write("pyproject.toml", '[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    write("packages/other/pyproject.toml", '[project]\nname = "Other_One"\n')
    path = write(
        "packages/own/pyproject.toml",
        '[project]\nname = "own"\ndependencies = ["six", "a @ file:../../a", "other.one"]\n'
        '[dependency-groups]\ndev = ["g @ file:../../g", {include-group = "x"}]\n'
        '[tool.uv.sources]\nb = {path = "../../b"}\nc = [{path = "../../c", marker = "x"}, {index = "y"}]\n'
        "other-one = {workspace = true}\nd = {git = 'https://example.org/d'}\n"
        '[tool.poetry.dependencies]\npython = "^3.10"\np = {path = "../../p"}\n',
    )
    assert [found.relative_to(project.resolve()).as_posix() for found in in_pyproject(path)] == [
        "a", "g", "b", "c", "packages/other", "p",
    ]  # fmt: skip


UV_LOCK = """
version = 1
[[package]]
name = "own"
source = { editable = "project" }
dependencies = [{ name = "first" }, { name = "six" }]
[package.dev-dependencies]
dev = [{ name = "tool" }]
[[package]]
name = "first"
source = { directory = "first" }
dependencies = [{ name = "second" }]
[package.dev-dependencies]
dev = [{ name = "elsewhere" }]
[[package]]
name = "second"
source = { virtual = "project/second" }
[[package]]
name = "tool"
source = { path = "tool.whl" }
[[package]]
name = "elsewhere"
source = { editable = "elsewhere" }
[[package]]
name = "six"
source = { registry = "https://example.org/simple" }
"""


def test_of_a_uv_lock_only_what_the_project_leads_to_is_local_to_it(project):
    lock = project.parent / "uv.lock"
    lock.write_text(UV_LOCK)
    found = in_uv_lock(lock, project)
    assert list(found) == ["first", "second", "tool"]
    assert found["second"] == (project / "second").resolve()


def test_of_a_uv_lock_without_the_project_every_member_is_local(project):
    lock = project.parent / "uv.lock"
    lock.write_text(UV_LOCK)
    assert set(in_uv_lock(lock, project.parent)) == {"own", "first", "second", "tool", "elsewhere"}


def test_folders_and_files_of_a_standard_lock_are_local(write, project):
    path = write(
        "pylock.toml",
        '[[packages]]\nname = "a"\ndirectory = {path = "a"}\n[[packages]]\nname = "b"\narchive = {path = "b.zip"}\n'
        '[[packages]]\nname = "c"\nwheels = [{url = "https://example.org/c.whl"}]\n'
        '[[packages]]\nname = "d"\nwheels = [{path = "d.whl"}]\n',
    )
    assert in_pylock(path) == {
        name: project.resolve() / where for name, where in {"a": "a", "b": "b.zip", "d": "d.whl"}.items()
    }


def test_what_a_local_package_needs_from_the_disk_counts_too_also_in_a_circle(write, project):
    write("a/pyproject.toml", '[tool.uv.sources]\nb = {path = "../b"}\n')
    write("b/pyproject.toml", '[tool.uv.sources]\na = {path = "../a"}\n')
    assert with_theirs([project / "a"]) == (project / "a", project / "b")


def test_the_state_of_a_package_is_its_content_whatever_tools_and_builds_left_there(write, project):
    write("libs/shared/shared/code.py", "one = 1\n")
    shared = project / "libs" / "shared"
    before = state([shared], project)
    assert list(before) == ["libs/shared"]
    write("libs/shared/build/lib/shared/code.py")
    write("libs/shared/shared.egg-info/PKG-INFO")
    write("libs/shared/src/shared.egg-info/PKG-INFO")
    write("libs/shared/shared/__pycache__/code.pyc")
    for left in ("coverage.xml", "htmlcov/index.html", "run.log", "shared/_version.py", "target/x.txt", "shared/y.so"):
        write(f"libs/shared/{left}")
    assert state([shared], project) == before
    write("libs/shared/shared/build/code.py")
    assert state([shared], project) != before


def test_a_large_file_of_a_package_counts_by_its_size(write, project, monkeypatch):
    monkeypatch.setattr(local_packages, "LARGE_BYTES", 10)
    states = []
    for text in ("x" * 20, "y" * 20, "y" * 21):
        write("libs/shared/rows.csv", text)
        states.append(state([project / "libs" / "shared"], project))
    assert states[0] == states[1] != states[2]


def test_the_project_is_no_local_package_of_its_own_nor_part_of_one_around_it(write, project):
    write("code.py", "one = 1\n")
    (project.parent / "around.py").write_text("")
    assert state([project, project / "."], project) == {}
    around = state([project.parent], project)
    write("code.py", "one = 2\n")
    assert state([project.parent], project) == around
    (project.parent / "around.py").write_text("changed")
    assert state([project.parent], project) != around


def test_the_state_of_a_local_file_is_its_content_and_one_that_is_missing_has_none(write, project):
    archive = write("x.whl", "one")
    before = state([archive], project)
    write("x.whl", "two")
    assert state([archive], project) != before
    assert state([project / "missing"], project) == state([project / "missing"], project)


def test_the_same_packages_have_the_same_state_in_another_checkout(tmp_path):
    states = []
    for name in ("here", "there"):
        shared = tmp_path / name / "shared"
        shared.mkdir(parents=True)
        (shared / "code.py").write_text("")
        states.append(state([shared], tmp_path / name / "project"))
    assert states[0] == states[1]
    assert list(states[0]) == ["../shared"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STATIC, True),
        (STATIC + 'dynamic = ["readme"]\n', True),
        (STATIC + "dependencies = []\n[tool.poetry]\npackages = []\n", True),
        (STATIC + "[tool.poetry]\n", False),
        (STATIC + 'dependencies = ["x @ {root:uri}/../x"]\n', False),
        (STATIC + 'dynamic = ["dependencies"]\n', False),
        ('[project]\nname = "shared"\ndynamic = ["version"]\n', False),
        ("[build-system]\nrequires = []\n", False),
        ("", False),
    ],
)
def test_a_package_whose_pyproject_says_everything_needs_no_build_to_say_it(write, text, expected):
    assert is_static(write("libs/pyproject.toml", text).parent) is expected


def test_of_files_only_a_wheel_says_what_it_needs(write):
    assert is_static(write("x.whl"))
    assert not is_static(write("x.tar.gz"))


def test_build_tools_are_those_all_packages_name(write, project):
    write("a/pyproject.toml", '[build-system]\nrequires = ["hatchling", "x"]\n')
    write("b/pyproject.toml", STATIC)
    archive = write("c.zip")
    assert build_tools([project / "a", project / "b", archive]) == ("hatchling", "x", "setuptools")


def test_a_build_tool_of_the_projects_own_is_not_fetched_with_passwords(write, project):
    write("a/pyproject.toml", '[build-system]\nrequires = ["hatchling", "mine @ file:///srv/mine"]\n')
    assert build_tools([project / "a"]) == ()
    assert build_tools([Path("/nowhere")]) == ("setuptools",)


def test_tables_that_are_none_are_left_to_the_installer(write):
    path = write(
        "pyproject.toml",
        'dependency-groups = 1\n[project]\noptional-dependencies = []\n[tool]\npoetry = ""\n[tool.uv]\nsources = []\n',
    )
    assert in_pyproject(path) == ()
