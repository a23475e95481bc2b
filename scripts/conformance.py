"""Probes of real GitHub for `self-conformance.yml`, and the table of what held. Needs the standard library alone."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BOT = "github-actions[bot]"
GREEDY = "self-conformance-greedy.yml"
TRIES, PAUSE = 30, 10.0
"""How often and how long apart the greedy run is looked for, in seconds."""


@dataclass(frozen=True)
class Question:
    """What is asked of GitHub, which job tries it, and whether what it saw is what we rely on."""

    text: str
    job: str
    held: Callable[[Mapping[str, Any]], bool]


def _seen(wanted: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda job: job["outputs"].get("seen") == wanted


def _ran(job: Mapping[str, Any]) -> bool:
    return bool(job["result"] == "success")


QUESTIONS = (
    Question("`$/` in a called workflow and in a composite action is our own commit", "called", _ran),
    Question("a pack's digest reaches the next job, and its files are what it says", "called",
             lambda job: str(job["outputs"].get("pack-digest", "")).startswith("sha256:")),
    Question("a token does what its job was granted, and nothing more", "ceiling", _seen("403")),
    Question("a called workflow that asks for more than its caller has is not started", "greedy", _seen("refused")),
    Question("a job in an environment is given that environment's secret", "environment", _seen("true")),
    Question("a called job in an environment is given its secret without being passed it", "environment-called",
             lambda job: job["outputs"].get("found") == "true"),
    Question("a version that was overtaken ends the run, and nobody is asked to approve it", "environment-called",
             lambda job: job["outputs"].get("superseded") == "true"),
    Question("who approved can be read by the run itself", "approval", _seen("approved")),
    Question("`queue: max` keeps every waiting job", "queue", _ran),
    Question("a job's token comments, and changes its comment, as the bot", "comment", _seen(BOT)),
)  # fmt: skip

ELSEWHERE = (
    ("a fork's pull request gets no secret and a token that only reads",
     "one click has no second fork: open a pull request from one, and read the log of `report`"),
    ("a private repository's artifacts and called workflows are read by its other repositories as its settings say",
     "it needs a second, private repository"),
    ("the cloud trusts the claims that docs/github.md names", "it needs an account there"),
)  # fmt: skip
"""What only GitHub can show and one click in a fork cannot, each with its reason."""


def rows(needs: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return each question with its answer: `held`, `did not hold`, or `not tried` with the reason."""
    asked = [(question.text, _answer(question, needs[question.job])) for question in QUESTIONS]
    return asked + [(text, f"not tried here: {why}") for text, why in ELSEWHERE]


def _answer(question: Question, job: Mapping[str, Any]) -> str:
    if job["result"] == "skipped":
        return "not tried: no pull request was named"
    if job["result"] != "success":
        return f"did not hold: the job ended as {job['result']}"
    seen = job["outputs"].get("seen") or job["outputs"].get("found") or "nothing"
    return "held" if question.held(job) else f"did not hold: saw {seen}"


def table(answers: list[tuple[str, str]]) -> str:
    """Return the answers as a Markdown table."""
    lines = [f"| {question} | {answer} |" for question, answer in answers]
    return "\n".join(["| on GitHub | |", "| --- | --- |", *lines]) + "\n"


def ask(method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
    """Ask GitHub's API about this repository; return the status and the answer."""
    address = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}"
    headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"}
    content = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, content, headers, method=method)  # noqa: S310  # the runner's own address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # nosec B310  # as above
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, None


def ceiling() -> str:
    """Try to open an issue without the right to; return the status."""
    status, _ = ask("POST", "issues", {"title": "trainstop conformance: this must be refused"})
    return str(status)


def greedy() -> str:
    """Start the workflow that asks for too much; return `refused`, or what became of it instead."""
    runs = f"actions/workflows/{GREEDY}/runs?event=workflow_dispatch&per_page=1"
    before = _newest(ask("GET", runs)[1])
    status, _ = ask("POST", f"actions/workflows/{GREEDY}/dispatches", {"ref": os.environ["GITHUB_REF_NAME"]})
    if status == 422:  # GitHub reads the file before it starts anything
        return "refused"
    for _ in range(TRIES):
        run = _newest(ask("GET", runs)[1])
        if run and run.get("id") != (before or {}).get("id") and run.get("status") == "completed":
            return "refused" if run.get("conclusion") == "startup_failure" else str(run.get("conclusion"))
        time.sleep(PAUSE)
    return f"no end of it, status {status}"


def _newest(answer: Any) -> Mapping[str, Any] | None:
    """Return the newest run of a list of runs."""
    return next(iter((answer or {}).get("workflow_runs", [])), None)


def approval() -> str:
    """Return how this run's environment was approved."""
    _, reviews = ask("GET", f"actions/runs/{os.environ['GITHUB_RUN_ID']}/approvals")
    states = {str(review.get("state")) for review in reviews or []}
    return "approved" if "approved" in states else "nobody"


def comment() -> str:
    """Write, change and remove a comment; return who wrote it."""
    number = int(os.environ["NUMBER"])
    status, made = ask("POST", f"issues/{number}/comments", {"body": "trainstop conformance"})
    if status != 201:
        return str(status)
    status, changed = ask("PATCH", f"issues/comments/{made['id']}", {"body": "trainstop conformance, changed"})
    ask("DELETE", f"issues/comments/{made['id']}")
    return str(changed["user"]["login"]) if status == 200 else str(status)


PROBES = {"ceiling": ceiling, "greedy": greedy, "approval": approval, "comment": comment}


def main() -> int:
    """Run one probe, or write the table; fails when something did not hold."""
    if sys.argv[1] in PROBES:
        _append("GITHUB_OUTPUT", f"seen={PROBES[sys.argv[1]]()}\n")
        return 0
    answers = rows(json.loads(os.environ["NEEDS"]))
    _append("GITHUB_STEP_SUMMARY", table(answers))
    print(table(answers))
    return int(any(answer.startswith("did not") for _, answer in answers))


def _append(variable: str, text: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())
