import pytest

from trainstop.adapters.linters.pip_audit import PipAudit, rounds

LOCK = {"requirements.txt": "# lock\nOne==1.0 \\\n    --hash=sha256:aa\ntwo==2.0\n"}
BAD = {"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": ["CVE-2024-1"], "description": "x"}


def dependency(name, version, *vulnerabilities):
    return {"name": name, "version": version, "vulns": list(vulnerabilities)}


def test_a_vulnerable_package_is_found_where_the_lock_names_it(bench):
    content = {"dependencies": [dependency("one", "1.0", BAD), dependency("two", "2.0")]}
    on, tool = bench(LOCK, content=content, exit_code=1)
    scan = PipAudit(on).look()
    assert tool.inputs == "one==1.0\ntwo==2.0\n"
    assert (scan.seen, scan.what) == (2, "packages")
    (problem,) = scan.problems
    assert (problem.rule, problem.path, problem.line) == ("PYSEC-1", "requirements.txt", 2)
    assert problem.message == "one 1.0 has a known vulnerability (CVE-2024-1); fixed in 1.1"


def test_nothing_is_installed_and_accepted_advisories_are_named(bench):
    on, tool = bench(LOCK, lint={"ignore-advisories": ["CVE-2024-1"]}, content={"dependencies": []})
    PipAudit(on).look()
    argv = tool.commands[0].argv
    assert {"--no-deps", "--disable-pip"} <= set(argv)
    assert argv[argv.index("--ignore-vuln") + 1] == "CVE-2024-1"
    assert tool.commands[0].timeout == 60


@pytest.mark.parametrize(
    "tool",
    [
        {"exit_code": 1, "tail": "ERROR: ConnectionError: refused"},
        {"exit_code": None, "timed_out": True, "tail": ""},
        {"exit_code": 1, "tail": "requests.exceptions.ReadTimeout"},
    ],
)
def test_a_service_that_is_away_is_said_and_is_no_pass(bench, tool):
    scan = PipAudit(bench(LOCK, **tool)[0]).look()
    assert "cannot be reached" in scan.skipped
    assert not scan.crashed


def test_a_service_that_knows_no_package_teaches_nothing(bench):
    content = {"dependencies": [{"name": "one", "skip_reason": "not found"}, {"name": "two", "skip_reason": "x"}]}
    assert "nothing was learnt" in PipAudit(bench(LOCK, content=content)[0]).look().skipped


def test_packages_the_service_does_not_know_are_named(bench):
    content = {"dependencies": [dependency("one", "1.0"), {"name": "two", "skip_reason": "x"}]}
    scan = PipAudit(bench(LOCK, content=content)[0]).look()
    assert scan.seen == 1
    assert "two" in scan.note


@pytest.mark.parametrize("tool", [{"exit_code": 2, "tail": "Traceback: KeyError"}, {"exit_code": 0, "content": "{"}])
def test_a_tool_that_broke_is_no_pass(bench, tool):
    scan = PipAudit(bench(LOCK, **tool)[0]).look()
    assert scan.crashed
    assert not scan.skipped


def test_without_a_lock_there_is_nothing_to_ask(bench):
    on, tool = bench({"pyproject.toml": '[project]\nname = "x"\ndependencies = ["six"]\n'})
    assert "does not pin" in PipAudit(on).look().skipped
    assert tool.commands == []


def test_a_lock_for_several_pythons_is_asked_about_in_rounds(bench):
    text = "one==1.0 ; python_version < '3.12'\nOne==2.0 ; python_version >= '3.12'\ntwo==2.0\n"
    on, tool = bench({"requirements.txt": text}, content={"dependencies": [dependency("one", "1.0")]})
    assert PipAudit(on).look().seen == 2
    assert len(tool.commands) == 2
    assert tool.inputs == "one==2.0\n"
    assert rounds({}) == []
