"""The rig itself: what passes from job to job, what does not, and stand-ins no laxer than what they stand for."""

import json
import shlex
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.workflows.rig import events, trees
from tests.workflows.rig.log import Run
from tests.workflows.rig.machine import READING_TOKEN, TOKEN, Machine

Small = Callable[[Mapping[str, str]], tuple[Machine, Path, str]]

CHECKOUT = "actions/checkout@" + "1" * 40
UPLOAD = "actions/upload-artifact@" + "2" * 40
DOWNLOAD = "actions/download-artifact@" + "3" * 40


def workflow(jobs: str, on: str = "push") -> dict[str, str]:
    """Return a caller's one workflow."""
    return {".github/workflows/it.yml": f"on: [{on}]\njobs:\n" + textwrap.indent(textwrap.dedent(jobs), "  ")}


def run(small: Small, jobs: str) -> tuple[Run, Machine]:
    """Run jobs on a push."""
    machine, repository, commit = small(workflow(jobs))
    return machine.run(repository, events.push(commit), "it.yml"), machine


SLEEPING = """
import psutil, sys
found = [process.info for process in psutil.process_iter(['cmdline', 'ppid'])]
found = [info for info in found if info['cmdline'] == ['sleep', '600']]
sys.exit(not [info for info in found if sys.argv[1:] in ([], [str(info['ppid'])])])
"""
IS_SLEEPING = shlex.join([sys.executable, "-c", "; ".join(SLEEPING.strip().splitlines())])
"""Succeeds when there is such a process, of any parent or of the one named."""
LEAVES_THINGS = f"""
first:
  runs-on: ubuntu-latest
  steps:
    - run: |
        echo kept > "$HOME/kept"; mkdir .trainstop; echo kept > .trainstop/kept; echo kept > "$RUNNER_TEMP/kept"
        env --ignore-environment PATH="$PATH" setsid --fork sleep 600
        until {IS_SLEEPING}; do :; done
second:
  needs: first
  runs-on: ubuntu-latest
  steps:
    - run: ls -A "$HOME" . "$RUNNER_TEMP"; ! ls "$HOME/kept" .trainstop "$RUNNER_TEMP/kept"
    - run: |
        if {IS_SLEEPING} "$RIG_KEEPER"; then exit 1; fi
"""


def test_a_job_finds_no_process_no_home_and_no_workspace_of_an_earlier_one(small: Small) -> None:
    done, machine = run(small, LEAVES_THINGS)
    assert done.results == {"first": "success", "second": "success"}, done.failures
    second = json.loads((machine.state / "fresh.jsonl").read_text().splitlines()[1])
    assert second["ended"] == ["sleep 600"]
    assert [Path(path).name for path in second["removed"]] == ["kept"]


ARTIFACTS = f"""
makes:
  runs-on: ubuntu-latest
  outputs:
    digest: ${{{{ steps.up.outputs.artifact-digest }}}}
  steps:
    - run: |
        mkdir -p pack/in
        echo one > pack/one; echo two > pack/in/two; echo hidden > pack/.hidden; chmod +x pack/one
    - id: up
      uses: {UPLOAD}
      with: {{name: pack, path: pack}}
    - id: again
      continue-on-error: true
      uses: {UPLOAD}
      with: {{name: pack, path: pack}}
    - run: test "$OUTCOME" = failure
      env:
        OUTCOME: ${{{{ steps.again.outcome }}}}
    - id: nothing
      continue-on-error: true
      uses: {UPLOAD}
      with: {{name: other, path: missing, if-no-files-found: error}}
    - run: test "$OUTCOME" = failure
      env:
        OUTCOME: ${{{{ steps.nothing.outcome }}}}
takes:
  needs: makes
  runs-on: ubuntu-latest
  steps:
    - uses: {DOWNLOAD}
      with: {{name: pack, path: got}}
    - run: test "$(cat got/one got/in/two | tr -d '\\n')" = onetwo && test ! -x got/one && test ! -e got/.hidden
    - run: test "${{#DIGEST}}" = 64
      env:
        DIGEST: ${{{{ needs.makes.outputs.digest }}}}
    - id: missing
      continue-on-error: true
      uses: {DOWNLOAD}
      with: {{name: never, path: got}}
    - run: test "$OUTCOME" = failure
      env:
        OUTCOME: ${{{{ steps.missing.outcome }}}}
"""


def test_artifacts_pass_once_a_name_without_modes_and_hidden_files(small: Small) -> None:
    done, _ = run(small, ARTIFACTS)
    assert done.results == {"makes": "success", "takes": "success"}, done.failures


SECRETS = f"""
looks:
  runs-on: ubuntu-latest
  steps:
    - uses: {CHECKOUT}
      with: {{persist-credentials: false}}
    - run: |
        cat .git/config; env; echo "secret=$SECRET."
      env:
        SECRET: ${{{{ secrets.STORE }}}}
"""


def test_a_fork_gets_no_secret_and_a_token_that_only_reads(small: Small) -> None:
    machine, repository, commit = small(workflow(SECRETS, on="push, pull_request"))
    known = {"STORE": "opensesame77"}
    own = machine.run(repository, events.pull_request(commit), "it.yml", secrets=known)
    assert "secret=opensesame77." in own.jobs["looks"].text
    fork = machine.run(repository, events.pull_request(commit, fork=True), "it.yml", secrets=known)
    assert "secret=." in fork.jobs["looks"].text
    assert "opensesame77" not in fork.text + json.dumps([job.text for job in fork.jobs.values()])
    assert set(json.loads((machine.state / "permissions.json").read_text()).values()) == {"read"}
    assert TOKEN != READING_TOKEN
    assert all(token not in own.jobs["looks"].text for token in (TOKEN, "extraheader"))


def test_a_job_may_never_do_more_than_the_job_that_calls_its_workflow() -> None:
    called = {"permissions": {}, "jobs": {}}
    job = {"permissions": {"contents": "read", "pull-requests": "write", "issues": "write"}}
    ceiling = {"contents": "write", "pull-requests": "read"}
    assert trees.permissions_of(called, job, ceiling) == {"contents": "read", "pull-requests": "read"}


def test_an_action_without_a_stand_in_is_named(small: Small) -> None:
    jobs = "a:\n  runs-on: ubuntu-latest\n  steps:\n    - uses: acme/unknown@v9\n"
    machine, repository, commit = small(workflow(jobs))
    with pytest.raises(LookupError, match="acme/unknown@v9"):
        machine.run(repository, events.push(commit), "it.yml")
