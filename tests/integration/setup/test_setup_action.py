"""`actions/setup`: trainstop from its own commit, in a place of its own, and only what is asked for."""

import os
import runpy
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]


@dataclass
class Step:
    """A runner's step: its folders, and what it was told."""

    temp: Path
    root: Path = ROOT

    def set_up(self, groups: str = "", cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the action's script as a runner does, in the workspace `cwd`."""
        output = self.temp / "output"
        output.unlink(missing_ok=True)
        kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        folder = self.root / "actions" / "setup"
        given = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(folder),
            "GITHUB_OUTPUT": str(output),
            "TRAINSTOP_GROUPS": groups,
        }
        (script,) = (step["run"] for step in yaml.safe_load((folder / "action.yml").read_text())["runs"]["steps"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=cwd,
            env={**kept, **given, **environ},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    @property
    def command(self) -> str:
        return (self.temp / "output").read_text().strip().removeprefix("command=")

    def run(self, *arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [self.command, *arguments]
        return subprocess.run(
            command, cwd=cwd, env={**os.environ, **environ}, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Step:
    step = Step(tmp_path_factory.mktemp("runner temp"))
    done = step.set_up()
    assert done.returncode == 0, done.stdout + done.stderr
    return step


def test_the_command_runs_from_this_commit(step: Step, tmp_path: Path) -> None:
    shown = step.run("--version", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "trainstop, version" in shown.stdout


def test_a_group_that_was_not_asked_for_is_missing_and_added_when_asked_for(step: Step, tmp_path: Path) -> None:
    (tmp_path / "trainstop.toml").write_text('[model]\nname = "m"\ntask = "binary"\n')
    before = step.run("test", cwd=tmp_path)
    assert "needs the dependency group environments" in before.stderr
    done = step.set_up("environments")
    assert done.returncode == 0, done.stderr
    assert "needs the dependency group" not in step.run("test", cwd=tmp_path).stderr


def test_a_second_call_does_nothing(step: Step) -> None:
    step.set_up("environments")
    before = {path: path.stat().st_mtime_ns for path in step.temp.rglob("*") if path.name != "output"}
    step.set_up("environments")
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_nothing_of_the_project_gets_in(step: Step, tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('the project got in')\n")
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('the project got in')\n")
    shown = step.run("--version", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_nothing_is_put_where_the_project_finds_it(step: Step) -> None:
    assert shutil.which("trainstop", path=str(Path(step.command).parent)) == step.command
    assert str(step.temp) not in os.environ["PATH"]
    assert (step.temp / "output").read_text().splitlines() == [f"command={step.command}"]


@pytest.mark.parametrize("groups", ["nosuch", "../core", "core;id", "-r", "dev.txt"])
def test_a_group_that_is_none_is_refused(step: Step, groups: str) -> None:
    done = step.set_up(groups)
    assert done.returncode == 1
    assert "no dependency group" in done.stderr


def test_a_lock_that_was_tampered_with_installs_nothing(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(ROOT / "actions" / "setup", root / "actions" / "setup")
    shutil.copytree(ROOT / "requirements", root / "requirements")
    lock = root / "requirements" / "core.txt"
    lock.write_text(lock.read_text().replace("--hash=sha256:", "--hash=sha256:0000"))
    step = Step(tmp_path / "temp", root)
    step.temp.mkdir()
    done = step.set_up()
    assert done.returncode == 1
    assert not (step.temp / "output").exists()


TAKEN_OVER = "raise SystemExit('the project got in')\n"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A checkout whose files would be imported, or believed, by tools that look at where they are started."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("pip", "venv", "logging", "types", "encodings", "sitecustomize", "usercustomize"):
        (workspace / f"{name}.py").write_text(TAKEN_OVER)
    (workspace / "uv.toml").write_text('index-url = "http://127.0.0.1:9/simple"\n')
    (workspace / "pyproject.toml").write_text('[tool.uv]\nindex-url = "http://127.0.0.1:9/simple"\n')
    (workspace / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/simple\nno-such = [\n")
    (workspace / ".venv" / "bin").mkdir(parents=True)
    (workspace / ".venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    return workspace


def test_nothing_of_the_workspace_is_run_or_read_by_the_installers(hostile: Path, tmp_path: Path) -> None:
    step = Step(tmp_path / "temp")
    step.temp.mkdir()
    done = step.set_up(cwd=hostile)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "trainstop, version" in step.run("--version", cwd=hostile).stdout


def test_not_even_when_the_runners_temporary_folder_is_in_the_workspace(hostile: Path) -> None:
    step = Step(hostile / "temp")
    step.temp.mkdir()
    done = step.set_up(cwd=hostile)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_an_earlier_step_wrote_to_the_jobs_environment_redirects_nothing(hostile: Path, tmp_path: Path) -> None:
    step = Step(tmp_path / "temp")
    step.temp.mkdir()
    elsewhere = {
        "PIP_TARGET": "elsewhere",
        "PIP_PREFIX": "elsewhere",
        "PIP_CONSTRAINT": "elsewhere",
        "PIP_REQUIREMENT": "elsewhere",
        "UV_CONSTRAINT": "elsewhere",
        "UV_OVERRIDE": "elsewhere",
        "UV_PYTHON": "elsewhere",
        "UV_PROJECT": "elsewhere",
        "UV_PROJECT_ENVIRONMENT": "elsewhere",
        "UV_WORKING_DIR": "elsewhere",
        "UV_ENV_FILE": "elsewhere",
        "VIRTUAL_ENV": "elsewhere",
    }
    given = {name: str(hostile / value) for name, value in elsewhere.items()}
    given |= {
        "PYTHONPATH": str(hostile),
        "PYTHONHOME": str(hostile),
        "UV_SYSTEM_PYTHON": "1",
        "PIP_NO_DEPS": "nonsense",
    }
    done = step.set_up(**given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (hostile / "elsewhere").exists()


def test_the_index_of_the_runners_administrator_is_asked(tmp_path: Path) -> None:
    step = Step(tmp_path)
    assert step.set_up().returncode == 0
    (place,) = (tmp_path / "trainstop").iterdir()
    shutil.rmtree(place / "environment")
    (place / "groups").unlink()
    own = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_CACHE_DIR": str(tmp_path / "cache")}
    done = step.set_up(**own, UV_HTTP_RETRIES="0")
    assert done.returncode == 1
    assert "http://127.0.0.1:9/simple" in done.stderr
    assert (tmp_path / "cache").is_dir()


KEPT = {
    "PATH": "/usr/bin",
    "HOME": "/home/runner",
    "https_proxy": "http://proxy:3128",
    "SSL_CERT_FILE": "/etc/ssl/own.pem",
    "PIP_INDEX_URL": "https://pypi.example.org/simple",
    "PIP_EXTRA_INDEX_URL": "https://more.example.org/simple",
    "PIP_FIND_LINKS": "/opt/wheels",
    "PIP_CONFIG_FILE": "/etc/own.conf",
    "PIP_CERT": "/etc/ssl/own.pem",
    "PIP_TRUSTED_HOST": "pypi.example.org",
    "UV_INDEX_URL": "https://pypi.example.org/simple",
    "UV_DEFAULT_INDEX": "https://pypi.example.org/simple",
    "UV_INDEX_OWN_PASSWORD": "hunter2",
    "UV_CACHE_DIR": "/var/cache/uv",
    "UV_CONFIG_FILE": "/etc/uv/own.toml",
    "UV_NATIVE_TLS": "true",
    "UV_SYSTEM_CERTS": "true",
    "UV_HTTP_TIMEOUT": "90",
}


@pytest.mark.parametrize("name", KEPT)
def test_where_packages_come_from_may_be_said_by_the_environment(name: str) -> None:
    assert inherited({**KEPT, "PIP_TARGET": "/elsewhere"})[name] == KEPT[name]


@pytest.mark.parametrize(
    "name", ["PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "UV_OVERRIDE", "UV_PYTHON", "UV_PROJECT"]
)
def test_where_packages_go_and_which_they_are_may_not(name: str) -> None:
    assert name not in inherited({**KEPT, name: "/elsewhere"})


def inherited(environ: dict[str, str]) -> dict[str, str]:
    """Ask the script itself, which is no module of the package."""
    return dict(runpy.run_path(str(ROOT / "actions" / "setup" / "setup.py"))["inherited"](environ))
