"""What act says while it runs, a JSON object a line, as jobs with steps, outputs, summary and annotations."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Job:
    """One job: `key` is its id, behind the calling job's name and a slash when it belongs to a called workflow."""

    key: str
    result: str = ""
    text: str = ""
    first: float = 0.0
    last: float = 0.0
    steps: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    annotations: list[dict[str, str]] = field(default_factory=list)
    summaries: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it took here, without the waiting for a runner."""
        return self.last - self.first

    @property
    def minutes(self) -> int:
        """What GitHub would bill: whole minutes, rounded up."""
        return max(1, math.ceil(self.seconds / 60))

    @property
    def summary(self) -> str:
        """The job's summary. A composite step repeats what its inner steps wrote: only theirs is taken."""
        paths = [path for path, _ in self.summaries]
        inner = {path for path in paths if not any(other[: len(path)] == path and other != path for other in paths)}
        return "".join(text for path, text in self.summaries if path in inner)


@dataclass
class Run:
    """One run of a workflow. A job that was skipped is not in `jobs`: act says nothing of it."""

    code: int
    jobs: dict[str, Job]
    text: str

    def result(self, key: str) -> str:
        """Return `success`, `failure` or, for a job that never started, `skipped`."""
        return self.jobs[key].result if key in self.jobs else "skipped"

    @property
    def results(self) -> dict[str, str]:
        """The result of every job that ran, in the order of their starts."""
        return {key: job.result for key, job in self.jobs.items()}

    @property
    def failures(self) -> str:
        """What to read when a run should have been green: the text of each job that was not."""
        return (
            "\n".join(f"--- {job.key}\n{job.text[-6000:]}" for job in self.jobs.values() if job.result != "success")
            or (self.text[-3000:])
        )

    @property
    def cost(self) -> tuple[int, int]:
        """Jobs and billed minutes."""
        return len(self.jobs), sum(job.minutes for job in self.jobs.values())


def read(lines: Iterable[tuple[float, str]], code: int, workflows: Iterable[str]) -> Run:
    """Make a run of what act wrote.

    Args:
        lines: each with the time (seconds) at which it came.
        code: act's exit code.
        workflows: names of the workflow files, without suffix; each is its workflow's name too (see `trees.py`).

    """
    names = "|".join(sorted(map(re.escape, workflows), key=len, reverse=True))
    place = re.compile(rf"^(?:(?P<caller>.+)/)?(?:{names})/(?P<job>.+)$")
    jobs: dict[str, Job] = {}
    plain: list[str] = []
    for at, line in lines:
        said = _object(line)
        plain.append(str(said.get("msg", line)).rstrip("\n"))
        where = place.match(str(said.get("job", "")).strip())
        if where is None or not (said.get("stepID") or "jobResult" in said):
            continue  # a job that only calls another workflow has no runner, no step and no result of its own
        key = f"{where['caller']}/{said['jobID']}" if where["caller"] else said["jobID"]
        job = jobs.setdefault(key, Job(key, first=at))
        job.last = at
        _take(job, said)
    return Run(code, jobs, "\n".join(plain))


def _take(job: Job, said: dict[str, Any]) -> None:
    """Add one line to its job."""
    step = tuple(said.get("stepID") or ())
    if said.get("raw_output"):
        job.text += said["msg"]
    if "jobResult" in said:
        job.result = said["jobResult"]
    if said.get("stepResult") and step:
        stage = said.get("stage", "Main")
        job.steps["/".join(step) + ("" if stage == "Main" else f":{stage.lower()}")] = said["stepResult"]
    match said.get("command"):
        case "set-output":
            job.outputs.setdefault("/".join(step), {})[said["name"]] = said["arg"]
        case "summary":
            job.summaries.append((step, said["content"]))
        case "error" | "warning" | "notice" as level:
            job.annotations.append({"level": level, "message": said.get("arg", ""), **(said.get("kvPairs") or {})})


def _object(line: str) -> dict[str, Any]:
    """Read a line; act also prints plain ones."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
