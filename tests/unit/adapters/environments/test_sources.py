from types import SimpleNamespace

import pytest

from trainstop.adapters.environments.pylock import Pylock, without_local
from trainstop.adapters.environments.pyproject import Pyproject, package_key, wanted
from trainstop.adapters.environments.requirements import RequirementsFile
from trainstop.adapters.environments.sources import find_source
from trainstop.adapters.environments.uv_lock import UvLock
from trainstop.errors import ConfigurationError, InputError

PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = ["six"]\n'


@pytest.fixture
def project(tmp_path):
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "model"
    folder.mkdir()

    def make(files):
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return make


@pytest.mark.parametrize(
    ("names", "kind", "chosen"),
    [
        (["uv.lock", "pyproject.toml", "requirements.txt"], UvLock, "uv.lock"),
        (["uv.lock", "requirements.txt"], RequirementsFile, "requirements.txt"),
        (["pylock.toml", "requirements.txt"], Pylock, "pylock.toml"),
        (["requirements.txt", "requirements-dev.txt", "pyproject.toml"], RequirementsFile, "requirements.txt"),
        (["requirements/base.txt"], RequirementsFile, "base.txt"),
        (["requirements-train.txt", "pyproject.toml"], RequirementsFile, "requirements-train.txt"),
        (["pyproject.toml"], Pyproject, "pyproject.toml"),
    ],
)
def test_the_first_file_that_says_most_is_taken(project, names, kind, chosen):
    source = find_source(project({name: PROJECT if name == "pyproject.toml" else "" for name in names}), "")
    assert isinstance(source, kind)
    assert source.path.name == chosen


def test_a_workspace_above_gives_its_lock(project):
    folder = project({"pyproject.toml": PROJECT})
    (folder.parent / "uv.lock").write_text("version = 1\n")
    assert find_source(folder, "").path == folder.parent / "uv.lock"


def test_a_lock_above_the_repository_is_somebody_elses(project):
    folder = project({"pyproject.toml": PROJECT})
    (folder.parent.parent / "uv.lock").write_text("version = 1\n")
    try:
        assert find_source(folder, "").path.name == "pyproject.toml"
    finally:
        (folder.parent.parent / "uv.lock").unlink()


def test_several_files_without_a_main_one_are_not_guessed_between(project):
    with pytest.raises(ConfigurationError, match=r"requirements/a\.txt, requirements/b\.txt"):
        find_source(project({"requirements/a.txt": "", "requirements/b.txt": ""}), "")


def test_nothing_at_all_is_said_with_a_way_out(project):
    with pytest.raises(ConfigurationError, match="nothing says") as raised:
        find_source(project({"environment.yml": "", "pyproject.toml": "[tool.ruff]\n"}), "")
    assert "environment.yml" in raised.value.fix


@pytest.mark.parametrize("name", ["poetry.lock", "pdm.lock", "Pipfile.lock"])
def test_a_lock_that_cannot_be_read_is_not_passed_over_for_ranges_unless_they_are_named(project, name):
    folder = project({name: "", "pyproject.toml": PROJECT})
    with pytest.raises(ConfigurationError, match=name) as raised:
        find_source(folder, "")
    assert "project.lock" in raised.value.fix
    assert find_source(folder, "pyproject.toml").path.name == "pyproject.toml"


def test_the_named_file_wins(project):
    folder = project({"requirements.txt": "", "locks/train.txt": ""})
    assert find_source(folder, "locks/train.txt").path == folder / "locks/train.txt"


@pytest.mark.parametrize(
    ("name", "message"), [("missing.txt", "does not exist"), ("poetry.lock", "cannot be installed")]
)
def test_a_named_file_that_cannot_be_used_is_refused(project, name, message):
    with pytest.raises(ConfigurationError, match=message):
        find_source(project({"poetry.lock": ""}), name)


def test_only_what_a_pyproject_says_about_packages_is_its_key(project):
    folder = project({"pyproject.toml": PROJECT})
    source = Pyproject(folder / "pyproject.toml")
    before = source.key()
    project({"pyproject.toml": PROJECT + "[tool.ruff]\nline-length = 80\n"})
    assert source.key() == before
    project({"pyproject.toml": PROJECT.replace("six", "six>1")})
    assert source.key() != before


@pytest.mark.parametrize(("dynamic", "told"), [("version", True), ("dependencies", False)])
def test_passwords_are_there_to_pin_a_project_that_says_what_it_needs_whoever_says_its_version(project, dynamic, told):
    said = '[project]\nname = "x"\n' + f'dynamic = ["{dynamic}"]\n' + 'version = "1"\n' * (dynamic != "version")
    folder = project({"pyproject.toml": said})
    asked = []
    uv = SimpleNamespace(cwd=folder, run=lambda *words, about, passwords=True: asked.append(passwords))
    Pyproject(folder / "pyproject.toml").pin(uv, folder / "python", folder / "out.txt")
    assert asked == [told]


def test_what_tests_need_is_installed_too(project):
    folder = project(
        {
            "pyproject.toml": PROJECT
            + "[project.optional-dependencies]\ntest = []\ndocs = []\n[dependency-groups]\ndev = []\n"
        }
    )
    assert wanted(folder / "pyproject.toml") == ("--extra", "test", "--group", "dev")


@pytest.mark.parametrize(
    ("text", "is_package"),
    [
        (PROJECT, False),
        (PROJECT + '[build-system]\nrequires = ["hatchling"]\n', True),
        (PROJECT + '[build-system]\nrequires = ["hatchling"]\n[tool.uv]\npackage = false\n', False),
        ('[build-system]\nrequires = ["setuptools"]\n', False),
    ],
)
def test_a_project_with_a_build_system_is_a_package(project, text, is_package):
    assert bool(package_key(project({"pyproject.toml": text}))) is is_package


def test_a_pyproject_that_is_not_toml_is_the_inputs_fault(project):
    with pytest.raises(InputError, match="not TOML"):
        find_source(project({"pyproject.toml": "[project"}), "")


DYNAMIC = (
    '[project]\nname = "x"\nversion = "1"\ndynamic = ["dependencies"]\n'
    '[tool.setuptools.dynamic]\ndependencies = {file = "needs.in"}\n'
    'optional-dependencies = {test = {file = ["needs/test.in"]}}\nversion = {attr = "x.version"}\n'
)


@pytest.mark.parametrize("name", ["needs.in", "needs/test.in", "setup.py", "setup.cfg"])
@pytest.mark.parametrize("text", [DYNAMIC, DYNAMIC.replace('dependencies"]', 'optional-dependencies"]')])
def test_where_a_build_says_what_is_needed_the_files_it_reads_are_the_key(project, name, text):
    folder = project({"pyproject.toml": text, name: "six\n"})
    before = Pyproject(folder / "pyproject.toml").key()
    project({name: "six>1\n"})
    assert Pyproject(folder / "pyproject.toml").key() != before


def test_the_packages_of_a_poetry_project_are_its_key(project):
    text = PROJECT + '[tool.poetry.dependencies]\nnumpy = "^1"\n'
    folder = project({"pyproject.toml": text})
    before = Pyproject(folder / "pyproject.toml").key()
    project({"pyproject.toml": text.replace("^1", "^2")})
    assert Pyproject(folder / "pyproject.toml").key() != before


def test_files_that_no_build_needs_to_read_are_no_part_of_the_key(project):
    folder = project({"pyproject.toml": PROJECT})
    before = Pyproject(folder / "pyproject.toml").key()
    project({"setup.py": "", "setup.cfg": ""})
    assert Pyproject(folder / "pyproject.toml").key() == before


def test_local_packages_leave_a_standard_lock_with_all_that_is_theirs():
    remote = '[[packages]]\nname = "six"\n[[packages.wheels]]\nurl = "https://example.org/six.whl"\n'
    local = '[[packages]]\nname = "mine"\n[packages.directory]\npath = "mine"\n'
    rest = "[tool.x]\nkept = true\n"
    start = 'lock-version = "1.0"\n'
    assert without_local(start + local + remote + local + rest) == start + remote + rest
    assert without_local(start + local) == ""


def test_a_standard_lock_whose_packages_cannot_be_told_apart_by_lines_is_not_split():
    inline = 'packages = [{name = "six"}, {name = "mine", directory = {path = "mine"}}]\n'
    assert without_local(inline) == ""
