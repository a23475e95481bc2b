"""Packages that a project takes from its own disk: a change in one is a change, and its build sees no password."""

import subprocess
import sys
from pathlib import Path

import pytest

from trainstop import digests
from trainstop.errors import InputError, UnavailableError

SECRET = "UV_INDEX_CORP_PASSWORD"
BACKEND = """
import os, pathlib, zipfile
def build(where, editable):
    pathlib.Path({seen!r}).open("a").write("{name} " + " ".join(sorted(os.environ)) + "\\n")
    info = "{name}-1.dist-info/"
    with zipfile.ZipFile(pathlib.Path(where) / "{name}-1-py3-none-any.whl", "w") as archive:
        if editable:
            archive.writestr("{name}.pth", str(pathlib.Path(".").absolute()))
        else:
            archive.write("{name}.py")
        needs = "Requires-Dist: tsmall<2\\n" * pathlib.Path("needs").exists()
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n" + needs)
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "")
    return "{name}-1-py3-none-any.whl"
def build_wheel(where, settings=None, metadata=None):
    return build(where, False)
def build_editable(where, settings=None, metadata=None):
    return build(where, True)
"""
PACKAGE = """
[build-system]
requires = []
build-backend = "{name}_backend"
backend-path = ["."]
[project]
name = "{name}"
{said}
"""
STATIC, DYNAMIC = 'version = "1"', 'dynamic = ["version", "dependencies"]'
OWN = '[project]\nname = "own"\nversion = "1"\nrequires-python = ">=3.9"\n'


class Local:
    """Packages on the disk of a world, and what their builds saw."""

    def __init__(self, world, seen):
        self.world, self.seen = world, seen

    def write(self, where, name, said=STATIC):
        folder = self.world.project / where
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pyproject.toml").write_text(PACKAGE.format(name=name, said=said))
        (folder / f"{name}_backend.py").write_text(BACKEND.format(name=name, seen=str(self.seen)))
        self.change(where, name, "1")
        return folder

    def change(self, where, name, version):
        # Of another length each time: Python takes bytecode of the same second and size for that of the same source.
        text = f"version = {version!r}  {'#' * int(version)}\n"
        (self.world.project / where / f"{name}.py").write_text(text)

    def builds(self):
        return [line.split() for line in self.seen.read_text().splitlines()]


@pytest.fixture
def local(world, tmp_path):
    """Packages on the disk, and a password that only uv is to know."""
    world.variables[SECRET] = "hunter2hunter2"
    return Local(world, tmp_path / "seen.txt")


def uv(world, *arguments):
    program = Path(sys.executable).parent / "uv"
    subprocess.run([program, "--quiet", *arguments], cwd=world.project, env=world.variables, check=True)


def requirements(world, text):
    (world.project / "requirements.txt").write_text(text)


def by_folder(world, local):
    local.write("libs/shared", "tshared")
    requirements(world, "./libs/shared\n" + world.line["small"])
    return "libs/shared"


def by_editable(world, local):
    local.write("../shared", "tshared")
    requirements(world, "tsmall<2\n-e ../shared\n")
    return "../shared"


def by_uv_workspace(world, local):
    local.write("libs/shared", "tshared")
    (world.project / "pyproject.toml").write_text(
        OWN + 'dependencies = ["tsmall<2", "tshared"]\n[tool.uv.workspace]\nmembers = ["libs/*"]\n'
        "[tool.uv.sources]\ntshared = {workspace = true}\n"
    )
    uv(world, "lock")
    return "libs/shared"


def by_uv_path(world, local):
    local.write("../shared", "tshared")
    (world.project / "pyproject.toml").write_text(
        OWN + 'dependencies = ["tsmall<2", "tshared"]\n[tool.uv.sources]\ntshared = {path = "../shared"}\n'
    )
    uv(world, "lock")
    return "../shared"


def by_pyproject(world, local):
    where = by_uv_path(world, local)
    (world.project / "uv.lock").unlink()
    return where


def by_address(world, local):
    folder = local.write("../shared", "tshared")
    needs = f'dependencies = ["tsmall<2", "tshared @ {folder.resolve().as_uri()}"]\n'
    (world.project / "pyproject.toml").write_text(OWN + needs)
    return "../shared"


def by_standard_lock(world, local):
    where = by_uv_path(world, local)
    uv(world, "export", "--frozen", "--no-emit-project", "--format", "pylock.toml", "--output-file", "pylock.toml")
    (world.project / "uv.lock").unlink()
    return where


@pytest.mark.parametrize(
    "named",
    [by_folder, by_editable, by_uv_workspace, by_uv_path, by_pyproject, by_address, by_standard_lock],
)
def test_a_local_package_counts_with_its_content_and_is_built_without_a_password(world, local, named):
    where = named(world, local)
    local.seen.write_text("")
    old = world.environments().project()
    assert (world.version(old), world.version(old, "tshared")) == ("1.0", "1")
    world.processes.names.clear()
    assert world.environments().project() == old
    assert world.processes.names == []
    local.change(where, "tshared", "2")
    new = world.environments().project()
    assert world.version(new, "tshared") == "2"
    assert new.digest != old.digest
    builds = local.builds()
    assert len(builds) == 2
    assert all("PATH" in each and SECRET not in each for each in builds)


def test_what_a_local_package_takes_from_the_disk_itself_counts_too(world, local):
    local.write("../deep", "tdeep")
    sources = 'dependencies = ["tdeep"]\n[tool.uv.sources]\ntdeep = {path = "../deep"}'
    local.write("../shared", "tshared", f"{STATIC}\n{sources}")
    requirements(world, "../shared\n")
    old = world.environments().project()
    local.change("../deep", "tdeep", "2")
    new = world.environments().project()
    assert world.version(new, "tdeep") == "2"
    assert new.digest != old.digest
    assert all(SECRET not in each for each in local.builds())


def test_a_member_of_a_workspace_that_the_project_does_not_lead_to_is_no_part_of_it(world, local):
    by_uv_workspace(world, local)
    local.write("libs/other", "tother")
    uv(world, "lock")
    old = world.environments().project()
    local.change("libs/other", "tother", "2")
    assert world.environments().project() == old


def test_a_local_package_that_must_be_built_to_say_what_it_needs_sees_no_password_then(world, local):
    local.write("shared", "tshared", DYNAMIC)
    requirements(world, "./shared\n")
    assert world.version(world.environments().project(), "tshared") == "1"
    assert all(SECRET not in each for each in local.builds())


def test_a_local_package_whose_needs_uv_cannot_read_is_built_without_a_password(world, local):
    local.write("shared", "tshared", f'{STATIC}\ndependencies = ["not a requirement"]')
    requirements(world, "./shared\n")
    assert world.version(world.environments().project(), "tshared") == "1"
    assert world.processes.names.count("uv pip compile") == 2
    assert all(SECRET not in each for each in local.builds())


def test_the_lock_of_a_model_is_found_without_showing_a_password_to_a_build(world, local):
    local.write("shared", "tshared", DYNAMIC)
    requirements(world, world.line["small"])
    environments = world.environments()
    wishes = world.project / "wishes.txt"
    wishes.write_text("tsmall\n./shared\n")
    environments.lock(wishes, environments.project(), world.project / "lock.txt")
    assert local.builds()
    assert all(SECRET not in each for each in local.builds())


def test_why_an_index_was_not_asked_with_a_password_is_said(world, local):
    folder = local.write("shared", "tshared", DYNAMIC)
    requirements(world, "./shared\ntnowhere\n")
    with pytest.raises(InputError, match="pip compile") as raised:
        world.environments().project()
    assert "no password" in raised.value.fix
    assert str(folder.resolve()) in raised.value.fix


def test_a_project_whose_own_build_says_what_it_needs_sees_no_password_and_is_asked_again_when_that_changes(
    world, local, wheels
):
    local.write(".", "tshared", DYNAMIC)
    with (world.project / "pyproject.toml").open("a") as file:
        file.write(
            f"[tool.setuptools.dynamic]\ndependencies = {{file = 'needs'}}\n[tool.uv]\nfind-links = ['{wheels[0]}']\n"
        )
        file.write("no-index = true\n")
    assert world.version(world.environments().project()) == ""
    (world.project / "needs").write_text("tsmall<2\n")
    assert world.version(world.environments().project()) == "1.0"
    assert all(SECRET not in each for each in local.builds())


def test_packages_of_indexes_are_still_fetched_with_the_password(world, local):
    by_folder(world, local)
    world.environments().project()
    told = {command.name: "UV_*" in command.secrets for command in world.processes.commands}
    assert told == {
        "uv venv": True, "uv pip compile": True, "uv pip sync": True, "uv install of local packages": False,
    }  # fmt: skip


def test_a_project_named_among_its_own_requirements_is_built_without_a_password_and_does_not_count(world, local):
    local.write(".", "tshared")
    requirements(world, "-e .\ntsmall<2\n")
    interpreter = world.environments().project()
    assert (world.version(interpreter), world.version(interpreter, "tshared")) == ("1.0", "1")
    local.change(".", "tshared", "2")
    assert world.environments().project() == interpreter
    assert all(SECRET not in each for each in local.builds())


def test_without_local_packages_the_digest_is_what_it_always_was(world):
    requirements(world, world.line["small"])
    interpreter = world.environments().project()
    minor = ".".join(interpreter.version.split(".")[:2])
    assert interpreter.digest == digests.of_value([[world.line["small"].strip()], minor])


def test_a_local_package_that_cannot_be_built_says_why(world, local):
    folder = local.write("shared", "tshared")
    (folder / "tshared_backend.py").write_text("raise RuntimeError('no wheel today')\n")
    requirements(world, "./shared\n")
    with pytest.raises(UnavailableError) as raised:
        world.environments().project()
    assert "no wheel today" in raised.value.where
