"""What happened on GitHub: the event's name and its payload, as much of it as workflows read."""

from dataclasses import dataclass, field
from typing import Any

OWNER, NAME = "acme", "parcels"
REPOSITORY = f"{OWNER}/{NAME}"
BOT = "github-actions[bot]"


@dataclass(frozen=True)
class Event:
    """An event. `trusted` is false where GitHub gives no secret and a token that only reads."""

    name: str
    payload: dict[str, Any]
    trusted: bool = True
    inputs: dict[str, str] = field(default_factory=dict)
    commit: str = ""
    ref: str = "refs/heads/main"


def repository(full_name: str = REPOSITORY, *, private: bool = True) -> dict[str, Any]:
    """Return a repository as payloads tell of it."""
    owner, _, name = full_name.partition("/")
    return {
        "id": sum(full_name.encode()),
        "name": name,
        "full_name": full_name,
        "owner": {"login": owner, "type": "Organization"},
        "private": private,
        "visibility": "private" if private else "public",
        "default_branch": "main",
        "fork": full_name != REPOSITORY,
        "html_url": f"https://github.com/{full_name}",
    }


def push(commit: str, *, private: bool = True) -> Event:
    """Return a push to main."""
    payload = {
        "ref": "refs/heads/main",
        "after": commit,
        "head_commit": {"id": commit, "message": "A change"},
        "repository": repository(private=private),
        "sender": {"login": "ann"},
    }
    return Event("push", payload, commit=commit)


def pull_request(commit: str, *, number: int = 1, fork: bool = False, head: str = "", private: bool = True) -> Event:
    """Return a pull request; `commit` is what GitHub merges for the check, `head` the branch's own newest."""
    source = "mallory/parcels" if fork else REPOSITORY
    payload = {
        "action": "synchronize",
        "number": number,
        "pull_request": {
            "number": number,
            "state": "open",
            "draft": False,
            "title": "A change",
            "labels": [],
            "user": {"login": "mallory" if fork else "ann"},
            "head": {"ref": "change", "sha": head or commit, "repo": repository(source, private=private)},
            "base": {"ref": "main", "sha": "0" * 40, "repo": repository(private=private)},
            "merge_commit_sha": commit,
        },
        "repository": repository(private=private),
        "sender": {"login": "mallory" if fork else "ann"},
    }
    return Event("pull_request", payload, trusted=not fork, commit=commit, ref=f"refs/pull/{number}/merge")


def workflow_run(
    commit: str,
    head: str,
    *,
    run: int = 500,
    attempt: int = 1,
    workflow: str = "model",
    fork: bool = True,
    branch: str = "change",
    private: bool = True,
) -> Event:
    """Return the end of a run that checked a pull request; `commit` is the default branch's, `head` was checked."""
    source = repository("mallory/parcels" if fork else REPOSITORY, private=private)
    payload = {
        "action": "completed",
        "workflow_run": {
            "id": run,
            "run_attempt": attempt,
            "name": workflow,
            "path": f".github/workflows/{workflow}.yml",
            "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{run}",
            "event": "pull_request",
            "status": "completed",
            "conclusion": "success",
            "head_sha": head,
            "head_branch": branch,
            "head_repository": source,
            "pull_requests": [],
            "actor": {"login": "mallory" if fork else "ann"},
        },
        "repository": repository(private=private),
        "sender": {"login": "mallory" if fork else "ann"},
    }
    return Event("workflow_run", payload, commit=commit)


def merge_group(commit: str, *, private: bool = True) -> Event:
    """Return a run of the merge queue: no pull request is named in its payload but in the branch's name."""
    branch = f"gh-readonly-queue/main/pr-1-{commit}"
    ref = f"refs/heads/{branch}"
    payload = {
        "action": "checks_requested",
        "merge_group": {"head_sha": commit, "head_ref": ref, "base_ref": "refs/heads/main", "base_sha": "0" * 40},
        # act does not know this event, and takes the default branch for the one that is checked
        "repository": {**repository(private=private), "default_branch": branch},
        "sender": {"login": "ann"},
    }
    return Event("merge_group", payload, commit=commit, ref=ref)


def schedule(commit: str) -> Event:
    """Return the clock's own event."""
    return Event("schedule", {"schedule": "17 5 * * *", "repository": repository()}, commit=commit)


def dispatch(commit: str, **inputs: str) -> Event:
    """Return a run that somebody started by hand, or by the interface."""
    payload = {
        "ref": "refs/heads/main",
        "inputs": inputs,
        "repository": repository(),
        "sender": {"login": "ann"},
    }
    return Event("workflow_dispatch", payload, inputs=inputs, commit=commit)


def data_changed(commit: str) -> Event:
    """Return what another system says when the data changed."""
    payload = {
        "action": "data-changed",
        "client_payload": {},
        "branch": "main",
        "repository": repository(),
        "sender": {"login": "ann"},
    }
    return Event("repository_dispatch", payload, commit=commit)
