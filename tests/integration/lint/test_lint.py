"""The real tools on a small project with planted faults. Fake secrets are put together here, so no file has one."""

import hashlib
import json
import os
import subprocess
from types import SimpleNamespace

import pytest

from trainstop.adapters.linters import open_linters
from trainstop.adapters.processes import ChildProcesses
from trainstop.config import Config
from trainstop.records import CheckStatus, Status
from trainstop.stages import lint
from trainstop.workspace import Workspace

AWS = "AKIA" + "QYLPMN5HHHFPZAM2"
GITHUB = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
PASSWORD = "hunter2" * 2
CLEAN = '"""A module."""\n\n\ndef double(x):\n    """Double it."""\n    return 2 * x\n'
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# A title"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "b",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["ok\n", f"token = '{GITHUB}'\n"]}],
            "source": ["import os\n", "print(1)"],
        },
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def look(tmp_path):
    """Write files into a project, lint it, and return its folder and the result."""

    def look(files, /, **section):
        folder = tmp_path / "project"
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if isinstance(text, str) else json.dumps(text, indent=1) + "\n")
        # Whether the advisory service answers must not decide these tests.
        section = {"dependencies": "off"} | {key.replace("_", "-"): value for key, value in section.items()}
        config = Config.model_validate({"model": {"name": "m", "task": "binary"}, "lint": section})
        workspace = Workspace(folder)
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        linters = open_linters(config, workspace, ChildProcesses(environ, workspace.logs))
        ports = SimpleNamespace(progress=SimpleNamespace(note=lambda text: None), linters=linters)
        return folder, lint.run(SimpleNamespace(config=config, workspace=workspace, ports=ports))

    return look


def checks(result):
    return {check.name: check for check in result.checks}


def test_a_clean_project_passes(look):
    _, result = look({"model.py": CLEAN, "tests/test_model.py": "def test_one():\n    assert True\n"})
    assert result.status is Status.PASSED, result.reason
    assert result.part.findings == ()
    assert {name: check.status for name, check in checks(result).items()} == {
        "style": CheckStatus.PASSED,
        "format": CheckStatus.PASSED,
        "security": CheckStatus.PASSED,
        "dependencies": CheckStatus.SKIPPED,
        "secrets": CheckStatus.PASSED,
    }


def test_every_planted_fault_is_found_at_its_place_and_no_secret_is_repeated(look):
    code = (
        f'import pickle\nimport os\n\nPASSWORD = "{PASSWORD}"\nKEY = "{AWS}"\n\n\n'
        f'def load(raw, extra=[]):\n    assert raw != "{AWS}"\n    return pickle.loads(raw)\n'
    )
    folder, result = look({"model.py": code, "odd.py": "x = {  'a':1 }\n", "nb.ipynb": NOTEBOOK}, format="block")
    assert result.status is Status.FAILED
    found = {(finding.tool, finding.rule, finding.path, finding.line) for finding in result.part.findings}
    raw = (folder / "nb.ipynb").read_text().split("\n")
    line_of = {text: number for number, line in enumerate(raw, 1) for text in (GITHUB, "import os") if text in line}
    assert {
        ("ruff", "F401", "model.py", 2),
        ("ruff", "B006", "model.py", 8),
        ("ruff", "F401", "nb.ipynb", line_of["import os"]),
        ("ruff-format", "unformatted", "odd.py", 1),
        ("bandit", "B301", "model.py", 10),
        ("bandit", "B105", "model.py", 4),
        ("detect-secrets", "Secret Keyword", "model.py", 4),
        ("detect-secrets", "AWS Access Key", "model.py", 5),
        ("detect-secrets", "GitHub Token", "nb.ipynb", line_of[GITHUB]),
    } <= found
    assert all(checks(result)[name].status is CheckStatus.FAILED for name in ("style", "format", "security", "secrets"))
    assert "output of cell 2" in next(f.message for f in result.part.findings if f.rule == "GitHub Token")
    kept = [path for path in (folder / ".trainstop").rglob("*") if path.is_file()]
    assert kept
    texts = [result.model_dump_json(), *(path.read_text() for path in kept)]
    assert not [secret for secret in (AWS, GITHUB, PASSWORD) for text in texts if secret in text]


def test_the_projects_own_settings_win(look):
    files = {
        "model.py": "import os\nimport pickle\n\nx = pickle.loads(b'')\n",
        "pyproject.toml": '[tool.ruff.lint]\nignore = ["F401"]\n[tool.ruff.format]\nquote-style = "single"\n'
        '[tool.bandit]\nskips = ["B301", "B403"]\n',
    }
    _, result = look(files, format="block")
    assert result.status is Status.PASSED, result.reason


def test_settings_that_a_tool_cannot_read_are_no_pass(look):
    _, result = look({"model.py": CLEAN, "ruff.toml": "no-such-key = 1\n"}, style="warn")
    assert checks(result)["style"].status is CheckStatus.FAILED
    assert "no-such-key" in checks(result)["style"].reason


def test_a_syntax_error_is_told_by_ruff_and_bandit(look):
    _, result = look({"model.py": "def f(:\n"})
    assert checks(result)["style"].status is CheckStatus.FAILED
    assert checks(result)["security"].status is CheckStatus.FAILED
    assert "syntax" in checks(result)["style"].reason


def test_what_git_ignores_and_the_environment_are_not_looked_at(look, tmp_path):
    bad = f'import os\nKEY = "{AWS}"\n'
    (tmp_path / "project").mkdir()
    subprocess.run(["git", "init", "--quiet", tmp_path / "project"], check=True)
    files = {
        "model.py": CLEAN,
        ".gitignore": "local/\n",
        "local/a.py": bad,
        ".venv/lib/b.py": bad,
        ".trainstop/c.py": bad,
    }
    _, result = look(files)
    assert result.part.findings == ()
    assert checks(result)["style"].reason.startswith("ruff looked at 1 files")


def test_a_secret_known_to_the_baseline_or_allowed_in_its_line_is_no_finding(look):
    known = hashlib.sha1(AWS.encode(), usedforsecurity=False).hexdigest()
    baseline = {
        "version": "1.5.0",
        "plugins_used": [{"name": "AWSKeyDetector"}],
        "results": {"model.py": [{"type": "AWS Access Key", "hashed_secret": known, "line_number": 1}]},
    }
    other = AWS[:-1] + "3"
    text = f'KEY = "{AWS}"\nOLD = "{other}"  # pragma: allowlist secret\n'
    _, result = look({"model.py": text, ".secrets.baseline": baseline})
    assert checks(result)["secrets"].status is CheckStatus.PASSED, checks(result)["secrets"].reason
    _, result = look({"model.py": text + f'NEW = "{other}"\n'})
    assert [(f.rule, f.line) for f in result.part.findings if f.tool == "detect-secrets"] == [("AWS Access Key", 3)]


def test_a_project_without_code_is_no_pass(look):
    _, result = look({"README.md": "# nothing\n"}, secrets="off")
    assert result.status is Status.SKIPPED


def test_a_project_does_not_put_itself_in_the_place_of_the_tools(look):
    """A file beside the code that has a tool's name, or a name of what a tool imports, is code like any other."""
    posing = f"{CLEAN}\n\nraise SystemExit(0)\n"
    names = ("bandit", "ruff", "detect_secrets", "pip_audit", "argparse", "yaml", "sitecustomize")
    planted = {"danger.py": '"""A module."""\n\nimport subprocess\n\nsubprocess.call(input(), shell=True)\n'}
    _, result = look({f"{name}.py": posing for name in names} | planted)
    assert result.status is Status.FAILED
    assert any(finding.path == "danger.py" for finding in result.part.findings), result.part.findings
    assert not [check for check in result.checks if "crash" in check.reason]
