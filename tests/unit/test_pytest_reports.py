import json

import pytest

from trainstop import pytest_reports as reports
from trainstop.errors import InputError


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pytest", True),
        ("py.test -q", True),
        ("/e/bin/pytest tests", True),
        ("python -m pytest", True),
        ("python3.12 -X dev -m pytest", True),
        ("coverage run -m pytest", True),
        ("python tests.py", False),
        ("python -m unittest", False),
        ("tox -e pytest", False),
        ("bash -c pytest", False),
        ("make pytest", False),
    ],
)
def test_pytest_is_recognised(command, expected):
    assert reports.is_pytest(tuple(command.split())) is expected


@pytest.mark.parametrize(
    ("command", "path"),
    [("pytest --junitxml=a.xml", "a.xml"), ("pytest --junit-xml b.xml -q", "b.xml"), ("pytest", "")],
)
def test_a_report_that_is_written_already_is_found(command, path):
    assert reports.own_junit(tuple(command.split())) == path


def test_a_project_that_says_how_it_measures_coverage_is_left_alone(tmp_path):
    assert not reports.has_coverage_settings(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.coverage.run]\n")
    assert reports.has_coverage_settings(tmp_path)
    assert reports.measures_coverage(("pytest", "--cov=src"))
    assert not reports.measures_coverage(("pytest", "tests"))


def case(body="", name="a", kind="testcase"):
    return f'<{kind} classname="tests.test_x" name="{name}">{body}</{kind}>'


def write(path, *cases):
    path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    return path


def test_counts_and_failures_are_read(tmp_path):
    path = write(
        tmp_path / "j.xml",
        case(),
        case('<failure message="assert 1 == 2">long</failure>', "b"),
        case("<error>set-up broke</error>", "c"),
        case('<skipped message="x"/>', "d"),
    )
    counts = reports.read_junit(path)
    assert (counts.tests, counts.failed, counts.skipped, counts.ran) == (4, 2, 1, 3)
    assert [(f.name, f.message) for f in counts.failures] == [
        ("tests.test_x::b", "assert 1 == 2"),
        ("tests.test_x::c", "set-up broke"),
    ]


def test_many_failures_are_all_counted_and_few_shown(tmp_path):
    counts = reports.read_junit(write(tmp_path / "j.xml", *[case("<failure/>")] * 70))
    assert counts.failed == 70
    assert len(counts.failures) == reports.SHOWN


@pytest.mark.parametrize("text", ["", "<testsuites><testsuite>", "not xml"])
def test_half_a_report_is_none(tmp_path, text):
    (tmp_path / "j.xml").write_text(text)
    assert reports.read_junit(tmp_path / "j.xml") is None
    assert reports.read_junit(tmp_path / "missing.xml") is None


def test_a_report_with_entities_is_refused(tmp_path):
    (tmp_path / "j.xml").write_text('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite>&b;</testsuite>')
    with pytest.raises(InputError, match="entities"):
        reports.read_junit(tmp_path / "j.xml")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"totals": {"num_statements": 8, "covered_lines": 6}}, 0.75),
        ({"totals": {"num_statements": 0, "covered_lines": 0}}, None),
        ({"totals": {}}, None),
        ([], None),
    ],
)
def test_the_share_of_covered_lines_is_read(tmp_path, content, expected):
    (tmp_path / "c.json").write_text(json.dumps(content))
    assert reports.read_coverage(tmp_path / "c.json") == expected
