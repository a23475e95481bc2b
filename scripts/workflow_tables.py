"""Tables about the called workflows, made from the workflows themselves."""

import re
from pathlib import Path
from typing import Any

import yaml

WORKFLOWS = Path(__file__).resolve().parents[1] / ".github" / "workflows"
CALLED = ("ci.yml", "cd.yml", "monitor.yml", "rollback.yml", "report.yml")
GRANT = re.compile(r"^      (?P<right>[a-z-]+): (?P<level>read|write) # (?P<why>.+)$")
JOB = re.compile(r"^  (?P<name>[a-z-]+):$")


def permissions() -> str:
    """One row a permission that a caller grants: which jobs have it, and why."""
    rows = []
    for name in CALLED:
        for grant, jobs in sorted(_grants(name).items()):
            reasons = dict.fromkeys(why.split(";")[0] for why in jobs.values())
            listed = ", ".join(f"`{job}`" for job in jobs)
            rows.append(f"| `{name}` | `{grant}` | {listed} | {'; '.join(reasons)} |")
    return "\n".join(["| workflow | a caller grants | jobs that have it | why |", "| --- | --- | --- | --- |", *rows])


def interface(name: str) -> str:
    """One row an input, a secret and an output of a called workflow."""
    loaded = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
    called: dict[str, dict[str, dict[str, Any]]] = loaded[True]["workflow_call"]  # the key `on`, as YAML 1.1 reads it
    rows = []
    for kind, title in (("inputs", "input"), ("secrets", "secret"), ("outputs", "output")):
        for key, about in called.get(kind, {}).items():
            rows.append(
                f"| {title} | `{key}` | {_default(kind, about)} | {about['description'].replace('|', chr(92) + '|')} |"
            )
    return "\n".join(["| | name | default | meaning |", "| --- | --- | --- | --- |", *rows])


def _grants(name: str) -> dict[str, dict[str, str]]:
    """Return each grant of a workflow with the jobs that have it and their reasons."""
    job, grants = "", dict[str, dict[str, str]]()
    for line in (WORKFLOWS / name).read_text(encoding="utf-8").splitlines():
        if found := JOB.match(line):
            job = found["name"]
        if found := GRANT.match(line):
            grants.setdefault(f"{found['right']}: {found['level']}", {})[job] = found["why"]
    return grants


def _default(kind: str, about: dict[str, Any]) -> str:
    """Return what is taken when nothing is given."""
    if about.get("required"):
        return "required"
    value = about.get("default", "")
    return "" if kind != "inputs" or value == "" else f"`{str(value).lower() if isinstance(value, bool) else value}`"
