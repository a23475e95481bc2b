"""The command line: every verb explains itself, and every outcome has its exit code."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from trainstop import cli, extras, line, verbs, wiring
from trainstop.errors import ConfigurationError, UnavailableError, out_of_room
from trainstop.records import Check, CheckStatus, Result, Results, Status, conclude

CONFIG = '[model]\nname = "m"\ntask = "binary"\n'


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No job and no registry, whatever the tests run in."""
    for name in ("GITHUB_ACTIONS", "RUNNER_ENVIRONMENT", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def full(*_: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere/record.json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "trainstop.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture(params=[401, 403])
def closed_registry(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that lets nobody in."""

    class Closed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param)
            self.end_headers()
            self.wfile.write(b"You are not authenticated.")

        do_POST = do_GET  # noqa: N815  # a name of the standard library

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Closed) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def stage_that(monkeypatch: pytest.MonkeyPatch, name: str, run: Any) -> None:
    """Put a stage of ours where a verb looks for its own."""
    module = type(sys)(f"trainstop.stages.{name.replace('-', '_')}")
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(wiring, "check_extras", lambda verb: None)


def passing(job: Any) -> Any:
    return conclude([Check(name="seen", status=CheckStatus.PASSED)])


def failing(job: Any) -> Any:
    return conclude([Check(name="auc", status=CheckStatus.FAILED, value=0.6, limit=0.7, reason="0.6 is below 0.7")])


def unreachable(job: Any) -> Any:
    raise UnavailableError("the registry does not answer", where="http://127.0.0.1:1", fix="start it")


def call(*arguments: str) -> Any:
    return CliRunner().invoke(cli.cli, list(arguments))


@pytest.mark.parametrize("verb", [verb.name for verb in verbs.VERBS] + ["run", "schema"])
def test_every_verb_says_what_it_does(verb: str) -> None:
    shown = call(verb, "--help")
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) > 5


def test_help_lists_every_verb_and_the_exit_codes() -> None:
    shown = call("--help").output
    assert all(f"  {verb.name} " in shown for verb in verbs.VERBS)
    assert "Exit codes" in shown


def test_a_stage_that_passes_exits_0_and_leaves_its_record(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage_that(monkeypatch, "lint", passing)
    done = call("lint", "--config", str(project), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["status"] == "passed"
    assert json.loads((project / ".trainstop/results/lint.json").read_text())["reason"] == "1 check held"


def test_a_failed_check_exits_1(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage_that(monkeypatch, "evaluate", failing)
    done = call("evaluate", "--config", str(project))
    assert done.exit_code == 1
    assert "0.6 is below 0.7" in done.output


@pytest.mark.parametrize(("verb", "code"), [("evaluate", 0), ("rollback", 3)])
def test_what_cannot_be_told_stops_the_line_where_its_verb_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, verb: str, code: int
) -> None:
    stage_that(monkeypatch, verb, lambda job: Result(status=Status.INCONCLUSIVE, reason="who knows"))
    assert call(verb, "--config", str(project)).exit_code == code


def test_a_misspelt_key_exits_2_with_its_line(project: Path) -> None:
    (project / "trainstop.toml").write_text(CONFIG + "[lint]\nstile = 'off'\n")
    done = call("lint", "--config", str(project))
    assert done.exit_code == 2
    assert "trainstop.toml:5" in done.stderr
    assert "`style`" in done.stderr


@pytest.mark.parametrize("command", [["register"], ["run", "--from", "register", "--to", "register"]])
def test_a_machine_that_asked_for_json_gets_the_record_of_a_stage_that_broke_off(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    stage_that(monkeypatch, "register", unreachable)
    done = call(*command, "--config", str(project), "--json")
    assert done.exit_code == 3
    record = json.loads(done.stdout)
    assert record == json.loads((project / ".trainstop/results/register.json").read_text())
    assert record["error"]["what"] == "the registry does not answer"
    assert "the registry does not answer" in done.stderr


@pytest.mark.parametrize("command", ["lint", "run"])
def test_a_mistake_before_any_record_is_json_too_where_that_was_asked_for(project: Path, command: str) -> None:
    (project / "trainstop.toml").write_text(CONFIG + "[lint]\nstile = 'off'\n")
    done = call(command, "--config", str(project), "--json")
    assert done.exit_code == 2
    said = [json.loads(line) for line in done.stdout.splitlines()] if command == "run" else [json.loads(done.stdout)]
    assert {(each["status"], each["error"]["exit_code"], each["error"]["fix"]) for each in said} == {
        ("failed", 2, "did you mean `style`?")
    }


def test_something_outside_that_fails_exits_3_and_the_record_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_that(monkeypatch, "register", unreachable)
    done = call("register", "--config", str(project))
    assert done.exit_code == 3
    assert "fix:   start it" in done.stderr
    record = json.loads((project / ".trainstop/results/register.json").read_text())
    assert record["status"] == "failed"
    assert record["error"]["kind"] == "UnavailableError"


def test_a_bug_is_named_as_one_and_its_traceback_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(job: Any) -> Any:
        return job.no_such_part

    stage_that(monkeypatch, "lint", buggy)
    done = call("lint", "--config", str(project))
    assert done.exit_code == 3
    assert "a bug in trainstop: AttributeError" in done.stderr
    assert "Traceback" not in done.output
    assert "Traceback" in (project / ".trainstop/logs/crash-lint.txt").read_text()


@pytest.mark.parametrize("record", ["finds room", "finds none"])
def test_a_full_disk_is_no_bug_and_is_said_whether_or_not_the_record_finds_room(
    project: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    stage_that(monkeypatch, "lint", full)
    if record == "finds none":
        monkeypatch.setattr(Results, "write", full)
    done = call("lint", "--config", str(project))
    assert done.exit_code == 3
    assert "no room to write" in done.stderr
    assert "somewhere/record.json" in done.stderr
    assert "bug" not in done.stderr
    assert (project / ".trainstop/results/lint.json").exists() == (record == "finds room")


def test_an_interrupted_stage_does_not_leave_an_older_record_as_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_that(monkeypatch, "lint", passing)
    call("lint", "--config", str(project))

    def broken(job: Any) -> Any:
        raise KeyboardInterrupt

    stage_that(monkeypatch, "lint", broken)
    assert call("lint", "--config", str(project)).exit_code == 130
    assert not (project / ".trainstop/results/lint.json").exists()


def test_a_missing_dependency_group_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRA_PROBES, "lint", "no_such_module_anywhere")
    done = call("lint", "--config", str(project))
    assert done.exit_code == 2
    assert 'install "trainstop[lint]"' in done.stderr


def test_options_come_from_the_environment_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def deploy(job: Any, *, environment: str, version: str | None = None) -> Any:
        seen.update(environment=environment, version=version)
        return passing(job)

    stage_that(monkeypatch, "deploy", deploy)
    monkeypatch.setenv("TRAINSTOP_VERSION", "7")
    call("deploy", "--config", str(project), "--environment", "production")
    assert seen == {"environment": "production", "version": "7"}
    assert (project / ".trainstop/results/deploy-production.json").exists()


def test_the_line_stops_at_the_first_red_stage_and_still_reports(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    for name in ("lint", "test", "train", "baseline", "evaluate", "model-test", "report", "register"):

        def stage(job: Any, name: str = name) -> Any:
            ran.append(name)
            return failing(job) if name == "evaluate" else passing(job)

        stage_that(monkeypatch, name, stage)
    done = call("run", "--config", str(project), "--to", "register", "--quiet")
    assert done.exit_code == 1
    assert ran == ["lint", "test", "train", "baseline", "evaluate", "report"]


def test_the_line_goes_on_from_the_records(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    for name in ("evaluate", "model-test", "report"):

        def stage(job: Any, name: str = name) -> Any:
            ran.append(name)
            return passing(job)

        stage_that(monkeypatch, name, stage)
    done = call("run", "--config", str(project), "--from", "evaluate", "--json", "--quiet")
    assert done.exit_code == 0
    assert ran == ["evaluate", "model-test", "report"]
    assert [json.loads(text)["stage"] for text in done.stdout.splitlines()] == ran


def test_a_stretch_that_is_none_says_the_order() -> None:
    with pytest.raises(ConfigurationError, match="comes before"):
        line.stretch("register", "lint")
    with pytest.raises(ConfigurationError, match="no stage `trian`"):
        line.stretch("trian", "register")
    assert line.stretch("deploy-staging", "promote", ("staging-test",)) == [
        ("deploy", "staging"),
        ("deploy", "production"),
        ("promote", ""),
    ]


@pytest.mark.parametrize("kind", ["github-hosted", "self-hosted"])
def test_a_job_is_refused_what_is_lost_with_it(project: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def touching(job: Any) -> Any:
        return job.ports.registry.versions("m")

    stage_that(monkeypatch, "register", touching)
    monkeypatch.setenv("RUNNER_ENVIRONMENT", kind)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = call("register", "--config", str(project))
    assert done.exit_code == 2
    assert "MLFLOW_TRACKING_URI" in done.stderr
    assert f"a {kind} runner" in done.stderr


@pytest.mark.parametrize("kind", ["github-hosted", "self-hosted"])
def test_a_job_is_refused_a_target_that_is_lost_with_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    stage_that(monkeypatch, "stop", lambda job: job.ports.target("production"))
    monkeypatch.setenv("RUNNER_ENVIRONMENT", kind)
    done = call("stop", "--environment", "production", "--config", str(project))
    assert done.exit_code == 2
    assert "environments.production.target" in done.stderr


def test_a_file_does_not_decide_where_a_jobs_credential_goes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def telling(job: Any) -> Any:
        return conclude([Check(name="seen", status=CheckStatus.PASSED)], reason=job.ports.registry.uri)

    (project / "trainstop.toml").write_text(f'{CONFIG}[registry]\nuri = "https://elsewhere.example.org"\n')
    stage_that(monkeypatch, "register", telling)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2hunter2")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org")
    shown = call("register", "--config", str(project), "--json")
    assert json.loads(shown.stdout)["reason"] == "https://mlflow.example.org"
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    refused = call("register", "--config", str(project))
    assert refused.exit_code == 2
    assert "pass it as a secret too" in refused.stderr


@pytest.mark.parametrize(("token", "code"), [("", 0), ("a wrong one", 3)])
def test_only_a_job_that_was_given_no_credential_goes_without_the_champion(
    project: Path, monkeypatch: pytest.MonkeyPatch, closed_registry: str, token: str, code: int
) -> None:
    (project / "trainstop.toml").write_text(f'{CONFIG}[registry]\nuri = "{closed_registry}"\n')
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    if token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", closed_registry)
    done = call("baseline", "--config", str(project), "--json")
    assert done.exit_code == code, done.stderr
    record = json.loads((project / ".trainstop/results/baseline.json").read_text())
    assert record["status"] == ("failed" if token else "skipped")


def test_on_a_laptop_a_missing_credential_is_an_error(project: Path, closed_registry: str) -> None:
    done = call("baseline", "--config", str(project), "--set", f"registry.uri={closed_registry}")
    assert done.exit_code == 3


def test_no_other_verb_goes_without_the_registry(
    project: Path, monkeypatch: pytest.MonkeyPatch, closed_registry: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = call("newest", "--config", str(project), "--set", f"registry.uri={closed_registry}")
    assert done.exit_code == 3
    assert "MLFLOW_TRACKING_TOKEN" in done.stderr


def test_what_trainstop_keeps_is_never_committed_by_accident(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "--quiet", str(project)], check=True, timeout=30)
    stage_that(monkeypatch, "lint", passing)
    assert call("lint", "--config", str(project)).exit_code == 0
    status = ["git", "-C", str(project), "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(status, check=True, timeout=30, capture_output=True, text=True).stdout.split() == [
        "??",
        "trainstop.toml",
    ]
    (project / ".trainstop/.gitignore").write_text("own\n")
    call("lint", "--config", str(project))
    assert (project / ".trainstop/.gitignore").read_text() == "own\n"


@pytest.mark.parametrize("job", [True, False])
def test_a_job_believes_nothing_that_came_with_the_checkout(
    project: Path, monkeypatch: pytest.MonkeyPatch, job: bool
) -> None:
    subprocess.run(["git", "init", "--quiet", str(project)], check=True, timeout=30)
    planted = project / ".trainstop/results/lint.json"
    planted.parent.mkdir(parents=True)
    planted.write_text("{}")
    subprocess.run(["git", "-C", str(project), "add", "--force", "."], check=True, timeout=30)
    ran = []
    stage_that(monkeypatch, "lint", lambda job: (ran.append(job), passing(job))[1])
    if job:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = call("lint", "--config", str(project))
    assert (done.exit_code, bool(ran)) == ((2, False) if job else (0, True))
    if job:
        assert "git rm -r --cached" in done.stderr
        assert planted.read_text() == "{}"


def test_lines_of_trainstop_set_set_keys_and_flags_win(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def telling(job: Any) -> Any:
        said = f"{job.config.model.name} {job.config.gates['auc'].min} {job.config.gates['auc'].max}"
        return conclude([Check(name="seen", status=CheckStatus.PASSED)], reason=said)

    stage_that(monkeypatch, "lint", telling)
    monkeypatch.setenv("TRAINSTOP_SET", "\n  gates.auc.min=0.4\n\nmodel.name=other\ngates.auc.max=0.8\n")
    shown = call("lint", "--config", str(project), "--json", "--set", "gates.auc.min=0.5")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["reason"] == "other 0.5 0.8"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_copied_folder_that_found_no_room_is_a_full_disk(code: int) -> None:
    why = str(OSError(code, os.strerror(code), "from/a", None, "to/a"))
    found = out_of_room(shutil.Error([("from/b", "to/b", "[Errno 13] Permission denied"), ("from/a", "to/a", why)]))
    assert found is not None
    assert (found.exit_code, found.where) == (3, "to/a")
    assert os.strerror(code) in found.what


@pytest.mark.parametrize(
    "error",
    [
        shutil.Error([("a", "b", "[Errno 13] Permission denied: 'b'")]),
        shutil.Error("Destination path 'b' already exists"),
        shutil.Error([]),
        shutil.Error([("a", "b")]),
        shutil.Error(),
    ],
)
def test_a_copy_that_failed_otherwise_is_not_put_down_to_the_disk(error: shutil.Error) -> None:
    assert out_of_room(error) is None


def test_a_result_that_finds_no_room_is_a_full_disk_and_no_older_result_stays(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_that(monkeypatch, "lint", passing)
    call("lint", "--config", str(project))
    monkeypatch.setattr(Results, "write", full)
    done = call("lint", "--config", str(project), "--json")
    assert done.exit_code == 3
    assert "no room to write" in done.stderr
    assert json.loads(done.stdout)["error"]["exit_code"] == 3
    assert not (project / ".trainstop/results/lint.json").exists()


def test_a_result_whose_outputs_find_no_room_does_not_stay_as_passed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_that(monkeypatch, "lint", passing)
    monkeypatch.setattr(wiring.Runner, "set_outputs", full)
    assert call("lint", "--config", str(project)).exit_code == 3
    assert json.loads((project / ".trainstop/results/lint.json").read_text())["status"] == "failed"


def test_why_a_stage_broke_off_is_said_though_its_record_finds_no_room(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_that(monkeypatch, "register", unreachable)
    monkeypatch.setattr(Results, "write", full)
    done = call("register", "--config", str(project))
    assert done.exit_code == 3
    assert "the registry does not answer" in done.stderr
    assert "no room to write" in done.stderr
    assert "Traceback" not in done.output


def test_a_bug_is_named_though_neither_record_nor_traceback_find_room(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_that(monkeypatch, "lint", lambda job: job.no_such_part)
    monkeypatch.setattr(Results, "write", full)
    monkeypatch.setattr(wiring.files, "write_text", full)
    (project / ".trainstop").mkdir()
    (project / ".trainstop/.gitignore").write_text("*\n")
    done = call("lint", "--config", str(project))
    assert done.exit_code == 3
    assert "a bug in trainstop: AttributeError" in done.stderr


@pytest.mark.parametrize("command", ["lint", "run"])
def test_a_disk_that_is_full_before_a_stage_begins_is_said_too(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    stage_that(monkeypatch, "lint", passing)
    monkeypatch.setattr(wiring.Workspace, "create", full)
    done = call(command, "--config", str(project), "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["exit_code"]) == (3, 3)
    assert "no room to write" in done.stderr


@pytest.mark.parametrize("kind", ["a file", "a dangling link", "a link to itself"])
def test_a_workspace_that_is_no_folder_is_named(project: Path, kind: str) -> None:
    place = project / ".trainstop"
    if kind == "a file":
        place.write_text("mine")
    else:
        place.symlink_to(place if kind == "a link to itself" else project / "nowhere")
    done = call("lint", "--config", str(project))
    assert done.exit_code == 2
    assert str(place) in done.stderr
    assert "fix:" in done.stderr


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b"\x00\xff\xfe", "flow.yml"),
        (b"on: [a\njobs: }", "line 2"),
        (b"just words", "flow.yml"),
        (b"", "flow.yml"),
        (b"- 1", "flow.yml"),
        (b"[" * 3000, "flow.yml"),
        (b"on: {workflow_call: }", "jobs"),
        (b"on: {workflow_call: }\njobs: 3", "jobs"),
        (b"on: {workflow_call: 3}\njobs: {a: {}}", "workflow_call"),
        (b"on: {workflow_call: {outputs: {a: }}}\njobs: {a: {}}", "outputs"),
    ],
)
def test_what_is_no_called_workflow_is_refused_with_its_place(tmp_path: Path, text: bytes, where: str) -> None:
    (tmp_path / "flow.yml").write_bytes(text)
    done = call("render", "--dispatch", str(tmp_path / "flow.yml"))
    assert done.exit_code == 2, done.output
    assert where in done.stderr
    assert "fix:" in done.stderr


def test_stages_to_leave_out_come_from_the_environment_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    for name in ("lint", "test", "train"):
        stage_that(monkeypatch, name, lambda job, name=name: (ran.append(name), passing(job))[1])
    monkeypatch.setenv("TRAINSTOP_SKIP", "lint test")
    monkeypatch.setenv("TRAINSTOP_TO", "train")
    assert call("run", "--config", str(project)).exit_code == 0
    assert ran == ["train"]


def test_every_option_has_the_variable_that_help_promises() -> None:
    told = " ".join(cli.EXIT_CODES.split())
    assert "Each option of a verb or of `run` can be given as TRAINSTOP_<OPTION>" in told
    for verb in [*(verb.name for verb in verbs.VERBS), "run"]:
        for option in cli.cli.commands[verb].params:
            if option.name != "overrides":
                spelled = (option.opts[0] if option.opts[0].startswith("--") else option.name).strip("-_")
                assert option.envvar == f"TRAINSTOP_{spelled.upper().replace('-', '_')}", (verb, option.name)
