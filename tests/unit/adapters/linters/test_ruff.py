import pytest

from trainstop.adapters.linters.ruff import RuffCheck, RuffFormat, has_settings, target

OWN = {"a.py": "", "pyproject.toml": "[tool.ruff]\n"}


def test_without_settings_of_its_own_only_likely_mistakes_are_looked_for(bench):
    on, tool = bench({"a.py": ""}, content=[])
    scan = RuffCheck(on).look()
    assert {"--isolated", "--select"} <= set(tool.commands[0].argv)
    assert "no settings" in scan.note


def test_the_projects_own_settings_win(bench):
    on, tool = bench(OWN, content=[])
    assert RuffCheck(on).look().note == ""
    assert "--isolated" not in tool.commands[0].argv
    assert has_settings(on)


@pytest.mark.parametrize("tool", [{"exit_code": 2, "content": []}, {"exit_code": 1}, {"exit_code": None}])
def test_a_check_that_broke_is_no_pass(bench, tool):
    assert RuffCheck(bench(OWN, tail="unknown rule", **tool)[0]).look().crashed


@pytest.mark.parametrize("exit_code", [2, None])
def test_a_format_that_broke_is_no_pass(bench, exit_code):
    assert RuffFormat(bench(OWN, tail="panic", exit_code=exit_code)[0]).look().crashed


def test_each_unformatted_file_is_one_finding(bench):
    tail = "a.py:2:1: unformatted: x\na.py:9:1: unformatted: x\nn.ipynb:cell 2:3:1: unformatted: x\n2 files would be"
    on, _ = bench(OWN, tail=tail, exit_code=1)
    found = [(problem.path, problem.line) for problem in RuffFormat(on).look().problems]
    assert found == [("a.py", 2), ("n.ipynb", None)]


def test_a_syntax_error_is_left_to_the_check(bench):
    scan = RuffFormat(bench(OWN, tail="a.py:1:7: invalid-syntax: x\n", exit_code=2)[0]).look()
    assert not scan.crashed
    assert scan.problems == ()


def test_the_oldest_python_of_the_project_is_the_target(bench):
    on, _ = bench({"pyproject.toml": '[project]\nrequires-python = ">=3.9,<4"\n'})
    assert target(on) == ("--target-version", "py39")
