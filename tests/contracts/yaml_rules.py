"""Our own rules for workflows and actions: what no linter knows of. A finding is a line of text."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

CALLED = ("ci.yml", "cd.yml", "monitor.yml", "rollback.yml", "report.yml")
REPORTS = "report.yml"
DEFAULT_BRANCH = "${{ github.event.repository.default_branch }}"
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
COMMENT = re.compile(r"uses:\s*(\S+)\s+# v\d+\.\d+\.\d+$")
PINS = {
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1",
    "actions/upload-artifact": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    "actions/cache/restore": "55cc8345863c7cc4c66a329aec7e433d2d1c52a9",
    "actions/cache/save": "55cc8345863c7cc4c66a329aec7e433d2d1c52a9",
    "actions/attest": "1e69f48acb82d1966a394da916b4c1698aa569d6",
}
"""The whole of other people's code that runs in our jobs."""

ALLOWED: dict[str, dict[str, dict[str, str]]] = {
    "ci.yml": {
        "checks": {"contents": "read"},
        "champion": {"contents": "read"},
        "model": {"contents": "read"},
        "report": {"contents": "read", "pull-requests": "write"},
        "gate": {},
    },
    "cd.yml": {
        "register": {"contents": "read"},
        "integration-test": {"contents": "read"},
        "staging": {"contents": "read", "id-token": "write"},
        "staging-test": {"contents": "read"},
        "preflight": {"contents": "read", "actions": "read"},
        "production": {"contents": "read", "id-token": "write"},
        "promote": {"contents": "read", "actions": "read", "id-token": "write"},
        "rollback": {"contents": "read", "id-token": "write"},
    },
    "monitor.yml": {
        "champion": {"contents": "read"},
        "monitor": {"contents": "read"},
        "alert": {"contents": "read", "issues": "write"},
        "react": {"contents": "read", "actions": "write"},
    },
    "rollback.yml": {"rollback": {"contents": "read", "id-token": "write"}},
    REPORTS: {"report": {"actions": "read", "contents": "read", "pull-requests": "write"}},
    "self-ci.yml": {"test": {"contents": "read"}, "slow": {"contents": "read"}},
    "self-workflows.yml": {"example": {"contents": "read", "pull-requests": "write"}},
    "self-release.yml": {
        "test": {"contents": "read"},
        "build": {"contents": "read"},
        "release": {"contents": "write", "id-token": "write", "attestations": "write"},
    },
}
"""What each job of a workflow may do. Written down a second time, so that a wider grant is a decision."""

REGISTRY = {f"MLFLOW_TRACKING_{name}" for name in ("URI", "TOKEN", "USERNAME", "PASSWORD")}
SECRETS: dict[str, set[str]] = {
    "train": {"DATA_TOKEN"},
    "baseline": REGISTRY,
    "register": REGISTRY,
    "pack": REGISTRY,
    "deploy": REGISTRY | {"TARGET_TOKEN"},
    "newest": REGISTRY,
    "promote": REGISTRY | {"TARGET_TOKEN"},
    "reconcile": REGISTRY | {"TARGET_TOKEN"},
    "rollback": REGISTRY | {"TARGET_TOKEN"},
    "fetch": {"DATA_TOKEN"},
}
"""Which verbs may be given which secrets: none that runs the project's code or a model, but for the one
that the data of a training, or of a look at production, may need."""
TOKEN = {"report", "receive", "preflight", "promote", "alert", "react"}
"""Which verbs may be given the job's own token."""
PROJECT_CODE = {"lint", "test", "train", "fetch", "evaluate", "model-test", "integration-test", "staging-test"}
WITHOUT_GROUP = {("cd.yml", "production")}
"""A job that waits for an approval would hold its group, and block all later runs."""
WRITERS = {"register", "deploy", "promote", "rollback", "reconcile"}
EXPRESSION = re.compile(r"\$\{\{")
EXCEPTION = re.compile(r"# ((?:zizmor|lint): ignore\[[a-z-]+\]|shellcheck disable=SC\d+) (# )?\w.{9,}$")
RUNNER = (
    "${{{{ fromJSON(inputs.runs-on-jobs || '{{}}')['{}'] || (startsWith(inputs.runs-on, '[') || "
    "startsWith(inputs.runs-on, '{{')) && fromJSON(inputs.runs-on) || inputs.runs-on }}}}"
)
CALLER_LINES = 40
IN_SHORT = "${{ steps.report.outputs.file }}"
"""The one file that is no pack: `receive` believes nothing of it, so that no digest is needed."""


@cache
def _parsed(text: str) -> dict[Any, Any]:
    return yaml.load(text, Loader=yaml.CSafeLoader)  # the safe one, in C


def load(path: Path) -> dict[Any, Any]:
    """Read YAML; the key `on` is read as true by YAML 1.1."""
    loaded = _parsed(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in loaded.items()}


def workflows(root: Path) -> list[Path]:
    return sorted((root / ".github" / "workflows").glob("*.yml"))


def actions(root: Path) -> list[Path]:
    return sorted(root.glob("actions/*/action.yml")) + sorted(root.glob("action.yml"))


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every step with its job (empty in an action)."""
    loaded = load(path)
    if "runs" in loaded:
        yield from (("", step) for step in loaded["runs"]["steps"])
    for name, job in loaded.get("jobs", {}).items():
        yield from ((name, step) for step in job.get("steps", []))


def findings(root: Path) -> list[str]:
    """Return what is wrong in the workflows and actions below `root`."""
    every = [*workflows(root), *actions(root)]
    found = [finding for path in every for rule in EVERYWHERE for finding in rule(root, path)]
    found += [finding for path in workflows(root) for rule in IN_WORKFLOWS for finding in rule(root, path)]
    called = [path for path in workflows(root) if path.name in CALLED]
    found += [finding for path in called for rule in IN_CALLED for finding in rule(root, path)]
    found += [finding for path in callers(root) for rule in IN_CALLERS for finding in rule(root, path)]
    return [f"{name}: {text}" for name, text in found]


Findings = Iterator[tuple[str, str]]


def pinned(root: Path, path: Path) -> Findings:
    """Every `uses:` is a full commit with its version beside it, one we know, or a part of ours by `$/`."""
    text = path.read_text(encoding="utf-8")
    lines = [line.strip().removeprefix("- ") for line in text.splitlines()]
    for reference in references(path):
        written = [line for line in lines if line.startswith(f"uses: {reference}")]
        if not written:
            yield path.name, f"{reference} does not stand on a line of its own"
        elif reference.startswith("$/"):
            part = root / reference.removeprefix("$/")
            if not (part.is_file() or (part / "action.yml").is_file()):
                yield path.name, f"{reference} is not there"
        elif not PINNED.match(reference) or not all(COMMENT.search(line) for line in written):
            yield path.name, f"{reference} is not a commit with its version beside it"
        elif PINS.get(reference.split("@")[0]) != reference.split("@")[1]:
            yield path.name, f"{reference} is not a commit that was looked at"


def references(path: Path) -> list[str]:
    """Return what a file's steps and jobs use, however it is written."""
    jobs = load(path).get("jobs", {}).values()
    return sorted({str(each["uses"]) for each in (*jobs, *(step for _, step in steps(path))) if "uses" in each})


def exceptions(_: Path, path: Path) -> Findings:
    """Whoever silences a linter says why, on the line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.search(r"lint:\s*ignore|zizmor:\s*ignore|shellcheck\s+disable", line) and not EXCEPTION.search(line):
            yield path.name, f"an exception without its reason: {line.strip()}"


def no_expression_in_a_script(_: Path, path: Path) -> Findings:
    """What a script is must not depend on anybody's text."""
    for job, step in steps(path):
        script = [step.get("run", ""), (step.get("with") or {}).get("script", "")]
        if any(EXPRESSION.search(str(text)) for text in script):
            yield path.name, f"{job}: an expression in a script"
        if len(str(step.get("run", "")).strip().splitlines()) > 5:
            yield path.name, f"{job}: a script of more than five lines is a program"
        if re.search(r"GITHUB_(ENV|PATH)\b", str(step.get("run", ""))):
            yield path.name, f"{job}: a script steers later steps"


def every_input_read(_: Path, path: Path) -> Findings:
    """An input or secret that is declared and not read promises what is not kept."""
    loaded, text = load(path), path.read_text(encoding="utf-8")
    triggers = loaded["on"] if isinstance(loaded.get("on"), dict) else {}
    declared = [(triggers.get("workflow_call") or {}), (triggers.get("workflow_dispatch") or {}), loaded]
    for place in declared:
        for name in place.get("inputs") or {}:
            if not re.search(rf"inputs\.{re.escape(name)}(?![\w-])", text):
                yield path.name, f"the input {name} is never read"
        for name in place.get("secrets") or {}:
            if not re.search(rf"secrets\.{re.escape(name)}(?![\w-])", text):
                yield path.name, f"the secret {name} is never read"


def own_actions_get_what_they_take(root: Path, path: Path) -> Findings:
    """What a step gives an action of ours is what it takes; what is required is there."""
    for job, step in steps(path):
        reference = str(step.get("uses", ""))
        place = root / reference.removeprefix("$/") / "action.yml"
        if not reference.startswith("$/") or not place.is_file():
            continue
        takes = load(place).get("inputs") or {}
        given = set(step.get("with") or {})
        for name in sorted(given - set(takes)):
            yield path.name, f"{job}: {reference} takes no {name}"
        for name in sorted(name for name, about in takes.items() if about.get("required") and name not in given):
            yield path.name, f"{job}: {reference} needs {name}"


def outputs_of_an_action(_: Path, path: Path) -> Findings:
    """What an action gives comes from a step that it has."""
    loaded = load(path)
    known = {step.get("id") for _, step in steps(path)}
    for name, about in (loaded.get("outputs") or {}).items() if "runs" in loaded else ():
        for step in re.findall(r"steps\.([\w-]+)\.", str(about["value"])):
            if step not in known:
                yield path.name, f"the output {name} is of {step}, which is no step"


def triggers(_: Path, path: Path) -> Findings:
    """No trigger that runs other people's changes with our rights."""
    loaded = load(path)
    events = loaded["on"]
    for name in ("pull_request_target", "workflow_run"):
        if name in (events if isinstance(events, (list, dict)) else [events]):
            called = {Path(str(job.get("uses", "")).split("@")[0]).name for job in loaded["jobs"].values()}
            if name == "pull_request_target" or called != {REPORTS}:
                yield path.name, f"starts on {name}"


def permissions(_: Path, path: Path) -> Findings:
    """Nothing at the top; each job says what it may, no wider than agreed, and each grant says why."""
    loaded = load(path)
    if loaded.get("permissions") != {}:
        yield path.name, "the top grants something"
    agreed = ALLOWED.get(path.name)
    for name, job in loaded["jobs"].items():
        granted = job.get("permissions")
        if not isinstance(granted, dict):
            yield path.name, f"{name}: says not which permissions it has"
        elif agreed is not None and granted != agreed.get(name):
            yield path.name, f"{name}: its permissions are not the agreed ones"
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.match(r"\s+[a-z-]+: (read|write)\b(?!.* # )", line):
            yield path.name, f"a permission without its reason: {line.strip()}"


def schedules(_: Path, path: Path) -> Findings:
    """Nothing starts at the full hour, when GitHub is late and leaves runs out."""
    events = load(path)["on"]
    for at in events.get("schedule") or [] if isinstance(events, dict) else []:
        if not re.match(r"[1-9]\d?\s", str(at["cron"])):
            yield path.name, f"starts at the full hour: {at['cron']}"


def time_limits(_: Path, path: Path) -> Findings:
    """Every job ends."""
    for name, job in load(path)["jobs"].items():
        if "uses" not in job and "timeout-minutes" not in job:
            yield path.name, f"{name}: has no time limit"


def checkouts(_: Path, path: Path) -> Findings:
    """A checkout leaves no credential behind."""
    for job, step in steps(path):
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            given = step.get("with") or {}
            if given.get("persist-credentials") is not False:
                yield path.name, f"{job}: the checkout leaves its credential behind"
            if "allow-unsafe-pr-checkout" in given:
                yield path.name, f"{job}: checks out a fork's change with our rights"


def reports_of_strangers(_: Path, path: Path) -> Findings:
    """Who comments on what strangers wrote checks out the default branch, restores nothing, and runs none of it."""
    if path.name != REPORTS:
        return
    for job, step in steps(path):
        uses, given = str(step.get("uses", "")), step.get("with") or {}
        if uses.startswith("actions/checkout@") and given.get("ref") != DEFAULT_BRANCH:
            yield path.name, f"{job}: checks out something else than the default branch"
        if not uses.startswith(("actions/checkout@", "$/actions/")) or uses.removeprefix("$/actions/") in PROJECT_CODE:
            yield path.name, f"{job}: does more than setting up, receiving and reporting"


def named(_: Path, path: Path) -> Findings:
    """Everything has a name that a log can show."""
    for job, step in steps(path):
        if "name" not in step:
            yield path.name, f"{job}: a step without a name"


def secrets(_: Path, path: Path) -> Findings:
    """A secret goes by name, to one step, and to none that runs the project's code."""
    loaded = load(path)
    for name, job in loaded["jobs"].items():
        around = {key: value for key, value in job.items() if key not in ("steps", "secrets")}
        if re.search(r"secrets[.\[]|github\.token|toJSON\((secrets|github)\)", str(around)):
            yield path.name, f"{name}: a secret for the whole job"
        if job.get("secrets") == "inherit":
            yield path.name, f"{name}: passes every secret on"
        for step in job.get("steps", []):
            yield from ((path.name, f"{name}: {text}") for text in _secrets_of(step))
    if re.search(r"secrets\.|github\.token", str(loaded.get("env", ""))):
        yield path.name, "a secret for the whole workflow"


def _secrets_of(step: dict[str, Any]) -> Iterator[str]:
    """Say which secrets a step is given that it may not have."""
    verb = str(step.get("uses", "")).removeprefix("$/actions/")
    for name in set(re.findall(r"secrets\.([\w-]+)", str(step))) - SECRETS.get(verb, set()):
        yield f"{verb or step.get('name')} is given {name}"
    if "github.token" in str(step) and verb not in TOKEN:
        yield f"{verb or step.get('name')} is given the job's token"
    if re.search(r"secrets\[|toJSON\((secrets|github)\)", str(step)):
        yield f"{verb} is given every secret"
    if re.search(r"secrets\.|github\.token", str(step.get("with", ""))):
        yield f"{verb} is given a secret as an input"


def no_credential_beside_code(_: Path, path: Path) -> Findings:
    """Where a job runs the project's code, no step is given a secret: the runner keeps it until the job ends."""
    for name, job in load(path)["jobs"].items():
        runs = {str(step.get("uses", "")).removeprefix("$/actions/") for step in job.get("steps", [])} & PROJECT_CODE
        if runs and re.search(r"secrets\.(?!DATA_TOKEN\b)|github\.token", str(job)):
            yield path.name, f"{name}: a secret in a job that runs the project's code"
        if runs and "id-token" in (job.get("permissions") or {}):
            yield path.name, f"{name}: the project's code could ask for a credential"


def outputs_of_jobs(_: Path, path: Path) -> Findings:
    """A job's outputs hold no name of the caller's: GitHub withholds one in which a secret's value stands.

    The user name of a registry is a secret, and may well be a word like the artifact's name.
    """
    for name, job in load(path)["jobs"].items():
        for output, value in (job.get("outputs") or {}).items():
            if re.search(r"inputs\.|vars\.|github\.(?!run_attempt\b)", str(value)):
                yield path.name, f"{name}: the output {output} may be withheld for a word in it"


def writers_take_turns(_: Path, path: Path) -> Findings:
    """What writes is alone; what waits for a person holds no group."""
    loaded = load(path)
    for name, job in loaded["jobs"].items():
        verbs = {str(step.get("uses", "")).removeprefix("$/actions/") for step in job.get("steps", [])}
        rights = {right for right, level in (job.get("permissions") or {}).items() if level == "write"} - {"id-token"}
        group = job.get("concurrency") or loaded.get("concurrency")
        if (path.name, name) in WITHOUT_GROUP:
            if group:
                yield path.name, f"{name}: holds a group while it waits for its approval"
        elif (rights or verbs & WRITERS) and not group:
            yield path.name, f"{name}: writes, and is not alone"
        elif verbs & WRITERS and (group.get("cancel-in-progress") is not False or group.get("queue") != "max"):
            yield path.name, f"{name}: its group cancels or drops runs"


PAGE = "${{ steps.report.outputs.page }}"
"""The one thing that is uploaded and no pack: people open it, no job takes it over, and `report` looked for secrets."""


def packs(_: Path, path: Path) -> Findings:
    """What is downloaded is compared with a digest that came another way, before anything else happens."""
    for name, job in load(path)["jobs"].items():
        waiting = ""
        for step in job.get("steps", []):
            uses, given = str(step.get("uses", "")), step.get("with") or {}
            if waiting and not (uses == "$/actions/unpack" and given.get("from") == waiting):
                yield path.name, f"{name}: {step.get('name')} comes before what was downloaded is compared"
            waiting = str(given.get("path")) if uses.startswith("actions/download-artifact@") else ""
            if uses == "$/actions/unpack" and not re.search(r"digest", str(given.get("digest", ""))):
                yield path.name, f"{name}: a pack is not compared with its digest"
            place = str(given.get("path", ""))
            page = place == PAGE and any(
                each.get("id") == "report" and each.get("uses") == "$/actions/report" for each in job["steps"]
            )
            if uses.startswith("actions/upload-artifact@") and (
                not (page or place.startswith(("${{ runner.temp }}/trainstop-", IN_SHORT)))
                or given.get("if-no-files-found") != "error"
            ):
                yield path.name, f"{name}: uploads something else than a pack"


def downloads(_: Path, path: Path) -> Findings:
    """What a workflow of our own takes over is compared with a digest that came another way, in the next step."""
    for name, job in load(path)["jobs"].items():
        for step, after in pairwise([*job.get("steps", []), {}]):
            if not str(step.get("uses", "")).startswith("actions/download-artifact@"):
                continue
            ours = str(after.get("uses")) == "$/actions/unpack"
            compared = re.search(r'sha256sum.* = "\$DIGEST"$', str(after.get("run")).strip())
            said = compared and ".outputs.digest" in str((after.get("env") or {}).get("DIGEST"))
            if not (ours or said):
                yield path.name, f"{name}: what was downloaded is not compared with its digest"


def releases_run_nothing(_: Path, path: Path) -> Findings:
    """A job that may write the repository runs no code of it, and waits for its environment."""
    for name, job in load(path)["jobs"].items():
        if (job.get("permissions") or {}).get("contents") == "write":
            uses = [str(step.get("uses", "")) for step in job["steps"]]
            if any(each.startswith(("actions/checkout@", "$/", "./")) for each in uses):
                yield path.name, f"{name}: may write the repository, and runs its code"
            if "environment" not in job:
                yield path.name, f"{name}: may write the repository, and waits for nobody"


def own_runner(_: Path, path: Path) -> Findings:
    """A caller may choose the runner of every job."""
    inputs = load(path)["on"]["workflow_call"]["inputs"]
    for name, job in load(path)["jobs"].items():
        if "runs-on-jobs" in inputs and job.get("runs-on") != RUNNER.format(name):
            yield path.name, f"{name}: its runner cannot be chosen"


def callers(root: Path) -> list[Path]:
    return sorted((root / "example-project" / ".github" / "workflows").glob("*.yml"))


def a_caller(root: Path, path: Path) -> Findings:
    """What a user writes is short, grants exactly what is asked, and passes what is taken."""
    if len(path.read_text(encoding="utf-8").splitlines()) >= CALLER_LINES:
        yield path.name, "is long"
    if load(path).get("permissions") != {}:
        yield path.name, "the top grants something"
    for name, job in load(path)["jobs"].items():
        called = Path(str(job["uses"]).split("@")[0]).name
        asked: dict[str, str] = {}
        for rights in ALLOWED[called].values():
            asked = {**asked, **{right: max(level, asked.get(right, "")) for right, level in rights.items()}}
        if job.get("permissions") != asked:
            yield path.name, f"{name}: grants something else than {asked}"
        takes = load(root / ".github" / "workflows" / called)["on"]["workflow_call"]
        given = {"inputs": job.get("with") or {}, "secrets": job.get("secrets") or {}}
        if given["secrets"] == "inherit":
            yield path.name, f"{name}: passes every secret on"
            continue
        for kind, values in given.items():
            known = set(takes.get(kind, {}))
            yield from ((path.name, f"{name}: {called} takes no {value}") for value in set(values) - known)
        needed = {name for name, about in takes["inputs"].items() if about.get("required")}
        yield from ((path.name, f"{name}: {called} needs {value}") for value in needed - set(given["inputs"]))


def set_up_first(root: Path, path: Path) -> Findings:
    """All that a job's verbs need is installed in one go, before anything is given a secret."""
    for name, job in load(path)["jobs"].items():
        ours = [step for step in job.get("steps", []) if str(step.get("uses", "")).startswith("$/actions/")]
        needed: set[str] = set()
        for step in ours:
            place = root / step["uses"].removeprefix("$/") / "action.yml"
            inner = load(place)["runs"]["steps"][0] if place.is_file() and step is not ours[0] else {}
            needed |= set((inner.get("with") or {}).get("groups", "").split())
        first = ours[0] if ours else {"uses": "$/actions/setup", "with": {"groups": ""}}
        if first["uses"] != "$/actions/setup" or set(first["with"]["groups"].split()) != needed:
            yield path.name, f"{name}: sets up something else than {' '.join(sorted(needed))} first"


def one_level(_: Path, path: Path) -> Findings:
    """A called workflow calls none."""
    for name, job in load(path)["jobs"].items():
        if "uses" in job:
            yield path.name, f"{name}: calls another workflow"


def settings_reach_every_verb(_: Path, path: Path) -> Findings:
    """Every verb reads the configuration that the caller named."""
    for name, step in steps(path):
        verb = str(step.get("uses", "")).removeprefix("$/actions/")
        if not str(step.get("uses", "")).startswith("$/actions/") or verb == "setup":
            continue
        given = step.get("with") or {}
        wanted = {"config": "inputs.config", "working-directory": "inputs.working-directory", "set": ""}
        for key, value in wanted.items():
            if value not in str(given.get(key, "missing")) or key not in given:
                yield path.name, f"{name}: {verb} is not given {key}"


def environments_after_preflight(_: Path, path: Path) -> Findings:
    """Production waits for staging and for the look at its own rules."""
    job = load(path)["jobs"].get("production")
    if job is not None and not {"staging-test", "preflight"} <= set(job.get("needs", [])):
        yield path.name, "production waits not for the test of staging and preflight"


def gate_sees_everything(_: Path, path: Path) -> Findings:
    """The gate runs always, and needs every other job."""
    jobs = load(path)["jobs"]
    if path.name == "ci.yml":
        gate = jobs.get("gate", {})
        if gate.get("if") != "${{ always() }}" or set(gate.get("needs", [])) != set(jobs) - {"gate"}:
            yield path.name, "the gate does not see everything"
        missing = [name for name in jobs if name != "gate" and f"needs.{name}.result" not in str(gate)]
        if missing:
            yield path.name, f"the gate does not look at {missing}"


EVERYWHERE = (
    pinned,
    exceptions,
    no_expression_in_a_script,
    every_input_read,
    own_actions_get_what_they_take,
    named,
    outputs_of_an_action,
)
IN_WORKFLOWS = (
    triggers,
    schedules,
    permissions,
    time_limits,
    checkouts,
    writers_take_turns,
    downloads,
    releases_run_nothing,
)
IN_CALLERS = (triggers, schedules, exceptions, a_caller)
IN_CALLED = (
    secrets,
    no_credential_beside_code,
    outputs_of_jobs,
    packs,
    set_up_first,
    one_level,
    settings_reach_every_verb,
    environments_after_preflight,
    reports_of_strangers,
    gate_sees_everything,
    own_runner,
)
