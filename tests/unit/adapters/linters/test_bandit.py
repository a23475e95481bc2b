import pytest

from trainstop.adapters.linters.bandit import Bandit, is_test, level, settings


def entry(**changes):
    fields = {
        "filename": "./a.py", "test_id": "B105", "line_number": 2, "issue_text": "Possible password: 'hunter2'",
        "issue_severity": "LOW", "issue_confidence": "MEDIUM", "more_info": "https://example.org",
    }  # fmt: skip
    return fields | changes


def answer(*entries, errors=()):
    return {"results": list(entries), "errors": list(errors), "metrics": {"a.py": {}, "_totals": {}}}


def test_the_password_it_quotes_is_left_out(bench):
    on, _ = bench({"a.py": ""}, content=answer(entry()), exit_code=1)
    (problem,) = Bandit(on).look().problems
    assert problem.message == "Possible password: '...'"
    assert (problem.path, problem.line, problem.level) == ("a.py", 2, "note")


@pytest.mark.parametrize(
    ("severity", "confidence", "expected"),
    [
        ("HIGH", "HIGH", "error"), ("HIGH", "LOW", "note"), ("MEDIUM", "HIGH", "warning"), ("LOW", "HIGH", "note"),
    ],
)  # fmt: skip
def test_what_it_is_not_sure_of_does_not_count(severity, confidence, expected):
    assert level(severity, confidence) == expected


def test_an_assert_in_a_test_is_no_finding(bench):
    content = answer(entry(test_id="B101", filename="./tests/x.py"), entry(test_id="B101"))
    on, _ = bench({"a.py": "", "tests/x.py": ""}, content=content, exit_code=1)
    assert [problem.path for problem in Bandit(on).look().problems] == ["a.py"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/helpers.py", True),
        ("a/test_x.py", True),
        ("x_test.py", True),
        ("conftest.py", True),
        ("latest.py", False),
    ],
)
def test_files_of_tests_are_known(path, expected):
    assert is_test(path) is expected


def test_a_file_it_cannot_read_is_a_finding(bench):
    content = answer(errors=[{"filename": "./a.py", "reason": "syntax error"}])
    on, _ = bench({"a.py": ""}, content=content)
    (problem,) = Bandit(on).look().problems
    assert (problem.rule, problem.level) == ("unread", "warning")


@pytest.mark.parametrize("tool", [{"exit_code": 2}, {"exit_code": 1, "content": ""}, {"exit_code": 0}])
def test_a_tool_that_broke_is_no_pass(bench, tool):
    assert Bandit(bench({"a.py": ""}, tail="no config", **tool)[0]).look().crashed


def test_no_file_is_no_pass(bench):
    on, tool = bench({"README.md": ""})
    assert "no Python file" in Bandit(on).look().skipped
    assert tool.commands == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ()),
        ({"pyproject.toml": "[tool.bandit]\n"}, ("--configfile", "pyproject.toml")),
        ({"pyproject.toml": "[tool.ruff]\n"}, ()),
        ({"bandit.yaml": ""}, ("--configfile", "bandit.yaml")),
        ({".bandit": ""}, ("--ini", ".bandit")),
    ],
)
def test_the_projects_own_settings_are_taken(project, files, expected):
    assert settings(project(**files)) == expected
