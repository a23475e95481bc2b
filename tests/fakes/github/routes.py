"""The few endpoints that trainstop uses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

from tests.fakes.github.world import FORBIDDEN, LONGEST, Answer, World, failure

Handler = Callable[["Asked", World], Answer]
READS = {
    r"/issues(/.*)?": ("issues", "pull-requests"),
    r"/pulls(/.*)?": ("pull-requests",),
    r"/environments/.*": ("actions",),
    r"/actions/.*": ("actions",),
}
"""Rights of which one is needed to read something; a private repository shows nothing to a token without any."""
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    token: str
    parts: tuple[str, ...] = ()


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    def keep(handler: Handler) -> Handler:
        ROUTES.append((method, re.compile(path), handler))
        return handler

    return keep


def handle(asked: Asked, world: World) -> Answer:
    """Answer a request. A repository that was renamed answers reads with 301 and writes with 307."""
    below = re.match(r"/repos/([^/]+/[^/]+)(/.*)?$", asked.path)
    if below and below[1] == world.former:
        place = f"/repos/{world.repository}{below[2] or ''}"
        status = 301 if asked.method == "GET" else 307
        answer = failure(status, "Moved Permanently")
        return Answer(status, {**answer.body, "url": place}, {"location": place})
    if below and below[1] != world.repository:
        return failure(404, "Not Found")
    rest = below[2] or "" if below else asked.path
    for method, pattern, handler in ROUTES:
        found = pattern.fullmatch(rest)
        if method == asked.method and found:
            asked.parts = tuple(unquote(part) for part in found.groups())
            enough = next((rights for pattern, rights in READS.items() if re.fullmatch(pattern, rest)), ())
            if asked.method == "GET" and enough and not world.may_read(*enough):
                return failure(403, FORBIDDEN)
            return handler(asked, world)
    return failure(404, "Not Found")


@route("GET", "/user")
def user(asked: Asked, world: World) -> Answer:
    if asked.token in world.people:
        return Answer(200, {"login": world.people[asked.token], "type": "User"})
    return failure(403, FORBIDDEN)


@route("GET", "")
def repository(asked: Asked, world: World) -> Answer:
    names = {"full_name": world.repository, "name": world.repository.split("/")[1], "default_branch": "main"}
    return Answer(200, {**names, "archived": world.archived, "has_issues": world.issues_on})


@route("GET", r"/issues/(\d+)/comments")
def list_comments(asked: Asked, world: World) -> Answer:
    number = int(asked.parts[0])
    if number not in world.issues:
        return failure(404, "Not Found")
    found = [shown_comment(each) for each in world.comments.values() if each["issue"] == number]
    return paged(asked, world, found)


@route("POST", r"/issues/(\d+)/comments")
def create_comment(asked: Asked, world: World) -> Answer:
    number = int(asked.parts[0])
    if number not in world.issues:
        return failure(404, "Not Found")
    issue = world.issues[number]
    if not (world.may("issues") or (issue["is_pull"] and world.may("pull-requests"))):
        return failure(403, FORBIDDEN)
    if world.archived:
        return failure(403, "Repository was archived so is read-only.")
    if issue["locked"]:
        return failure(403, "Unable to create comment because issue is locked.")
    if len(asked.body["body"]) > LONGEST:
        return failure(422, "Validation Failed")
    made = world.comment(number, asked.body["body"], world.login(asked.token))
    return Answer(201, shown_comment(world.comments[made]))


@route("PATCH", r"/issues/comments/(\d+)")
def edit_comment(asked: Asked, world: World) -> Answer:
    comment = world.comments.get(int(asked.parts[0]))
    if comment is None:
        return failure(404, "Not Found")
    if comment["user"]["login"] != world.login(asked.token) or not (world.may("issues") or world.may("pull-requests")):
        return failure(403, FORBIDDEN)
    if len(asked.body["body"]) > LONGEST:
        return failure(422, "Validation Failed")
    comment["body"] = asked.body["body"]
    return Answer(200, shown_comment(comment))


@route("DELETE", r"/issues/comments/(\d+)")
def delete_comment(asked: Asked, world: World) -> Answer:
    comment = world.comments.get(int(asked.parts[0]))
    if comment is None:
        return failure(404, "Not Found")
    if comment["user"]["login"] != world.login(asked.token):
        return failure(403, FORBIDDEN)
    del world.comments[int(asked.parts[0])]
    return Answer(204)


@route("GET", "/issues")
def list_issues(asked: Asked, world: World) -> Answer:
    """Lists issues and pull requests; GitHub lists open ones, newest first, unless told otherwise."""
    if not world.issues_on:
        return failure(410, "Issues are disabled for this repo")
    state, creator = asked.query.get("state", "open"), asked.query.get("creator")
    found = [
        shown_issue(each, world)
        for each in world.issues.values()
        if state in ("all", each["state"]) and creator in (None, each["user"]["login"])
    ]
    found.sort(key=lambda each: each["number"], reverse=asked.query.get("direction", "desc") == "desc")
    return paged(asked, world, found)


@route("GET", r"/issues/(\d+)")
def get_issue(asked: Asked, world: World) -> Answer:
    issue = world.issues.get(int(asked.parts[0]))
    return failure(404, "Not Found") if issue is None else Answer(200, shown_issue(issue, world))


@route("POST", "/issues")
def create_issue(asked: Asked, world: World) -> Answer:
    if not world.issues_on:
        return failure(410, "Issues has been disabled in this repository.")
    if not world.may("issues"):
        return failure(403, FORBIDDEN)
    labels = asked.body.get("labels", [])
    if world.labels is not None and not set(labels) <= world.labels:
        return failure(422, "Validation Failed")
    if len(asked.body.get("body", "")) > LONGEST or len(asked.body["title"]) > 256:
        return failure(422, "Validation Failed")
    made = world.open_issue(asked.body["title"], asked.body.get("body", ""), world.login(asked.token), labels=labels)
    return Answer(201, shown_issue(world.issues[made], world))


@route("PATCH", r"/issues/(\d+)")
def edit_issue(asked: Asked, world: World) -> Answer:
    issue = world.issues.get(int(asked.parts[0]))
    if issue is None:
        return failure(404, "Not Found")
    if not world.may("issues"):
        return failure(403, FORBIDDEN)
    if len(asked.body.get("body") or "") > LONGEST:
        return failure(422, "Validation Failed")
    issue.update({name: asked.body[name] for name in ("title", "body", "state") if name in asked.body})
    return Answer(200, shown_issue(issue, world))


@route("GET", "/pulls")
def list_pulls(asked: Asked, world: World) -> Answer:
    """Lists open pull requests unless told otherwise; a `head` that is not `owner:branch` filters nothing."""
    owner, colon, branch = asked.query.get("head", "").partition(":")
    found = [
        shown_pull(each)
        for each in world.issues.values()
        if each["is_pull"]
        and asked.query.get("state", "open") in ("all", each["state"])
        and (not colon or each["head"] == (owner, branch))
    ]
    return paged(asked, world, found)


@route("GET", r"/actions/runs/(\d+)/artifacts")
def list_artifacts(asked: Asked, world: World) -> Answer:
    run, name = int(asked.parts[0]), asked.query.get("name")
    found = [
        shown_artifact(number, each, world)
        for number, each in sorted(world.artifacts.items(), reverse=True)
        if each["run"] == run and name in (None, each["name"])
    ]
    return Answer(200, {"total_count": len(found), "artifacts": found})


@route("GET", r"/actions/artifacts/(\d+)/zip")
def download_artifact(asked: Asked, world: World) -> Answer:
    found = world.artifacts.get(int(asked.parts[0]))
    if found is None:
        return failure(404, "Not Found")
    if found.get("gone"):
        return failure(410, "Artifact has expired")
    return Answer(302, None, {"location": found.get("place", f"{world.storage}/blob/{asked.parts[0]}?sig=key")})


@route("GET", r"/pulls/(\d+)")
def get_pull(asked: Asked, world: World) -> Answer:
    issue = world.issues.get(int(asked.parts[0]))
    if issue is None or not issue["is_pull"]:
        return failure(404, "Not Found")
    taken = {name: issue[name] for name in ("number", "title", "state", "locked", "merged")}
    return Answer(200, {**taken, "head": {"sha": issue["sha"]}, "user": {"login": issue["user"]["login"]}})


@route("GET", r"/environments/([^/]+)")
def get_environment(asked: Asked, world: World) -> Answer:
    found = world.environments.get(asked.parts[0])
    if found is None:
        return failure(404, "Not Found")
    return Answer(200, {"name": asked.parts[0], "html_url": "https://github.com/acme/flights/settings", **found})


@route("GET", r"/environments/([^/]+)/deployment-branch-policies")
def get_patterns(asked: Asked, world: World) -> Answer:
    names = world.patterns.get(asked.parts[0], [])
    return Answer(200, {"total_count": len(names), "branch_policies": [{"name": name} for name in names]})


@route("GET", r"/actions/runs/(\d+)/approvals")
def get_approvals(asked: Asked, world: World) -> Answer:
    return Answer(200, world.approvals)


@route("GET", r"/actions/workflows/([^/]+)/runs")
def list_runs(asked: Asked, world: World) -> Answer:
    if asked.parts[0] not in world.workflows:
        return failure(404, "Not Found")
    since = asked.query.get("created", ">=").removeprefix(">=")
    found = [each for each in world.runs if each["file"] == asked.parts[0] and each["created_at"] >= since]
    shown = [{name: value for name, value in each.items() if name != "file"} for each in reversed(found)]
    return Answer(200, {"total_count": len(shown), "workflow_runs": shown})


@route("POST", r"/actions/workflows/([^/]+)/dispatches")
def dispatch(asked: Asked, world: World) -> Answer:
    known = world.workflows.get(asked.parts[0])
    if known is None:
        return failure(404, "Not Found")
    if not world.may("actions"):
        return failure(403, FORBIDDEN)
    inputs = asked.body.get("inputs", {})
    if not set(inputs) <= known:
        return failure(422, f"Unexpected inputs provided: {sorted(set(inputs) - known)}")
    world.next_id += 1
    run = {
        "id": world.next_id,
        "file": asked.parts[0],
        "html_url": f"https://github.com/{world.repository}/actions/runs/{world.next_id}",
        "created_at": world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "display_title": inputs.get("reason", "") if world.run_names else "Retrain",
        "head_branch": asked.body["ref"],
        "event": "workflow_dispatch",
        "actor": {"login": world.login(asked.token)},
    }
    world.runs.append(run)
    if not asked.body.get("return_run_details"):
        return Answer(204)
    return Answer(200, {"workflow_run_id": run["id"], "run_url": run["html_url"], "html_url": run["html_url"]})


def shown_comment(comment: dict[str, Any]) -> dict[str, Any]:
    address = f"https://github.com/acme/flights/pull/{comment['issue']}#issuecomment-{comment['id']}"
    return {"id": comment["id"], "body": comment["body"], "user": comment["user"], "html_url": address}


def shown_issue(issue: dict[str, Any], world: World) -> dict[str, Any]:
    hidden = {"sha", "merged", "is_pull", "labels", "state_reason", "head", "head_repository"}
    shown: dict[str, Any] = {name: value for name, value in issue.items() if name not in hidden}
    shown["labels"] = [{"name": name} for name in issue["labels"]]
    shown["comments"] = sum(each["issue"] == issue["number"] for each in world.comments.values())
    shown["html_url"] = f"https://github.com/{world.repository}/issues/{issue['number']}"
    if issue["is_pull"]:
        shown["pull_request"] = {}
    return shown


def shown_pull(pull: dict[str, Any]) -> dict[str, Any]:
    taken = {name: pull[name] for name in ("number", "id", "title", "state", "locked")}
    repository = {"id": pull["head_repository"]} if pull["head_repository"] else None
    owner, branch = pull["head"]
    return {**taken, "head": {"label": f"{owner}:{branch}", "ref": branch, "sha": pull["sha"], "repo": repository}}


def shown_artifact(number: int, artifact: dict[str, Any], world: World) -> dict[str, Any]:
    return {
        "id": number,
        "name": artifact["name"],
        "size_in_bytes": artifact.get("says", len(artifact["content"])),
        "expired": artifact.get("expired", False),
        "created_at": world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "workflow_run": {"id": artifact.get("of", artifact["run"])},
    }


def paged(asked: Asked, world: World, found: list[Any]) -> Answer:
    """Return one page, with the link to the next."""
    if world.lag and found:
        world.lag -= 1
        found = [each for each in found if each["id"] != world.next_id]
    size, page = int(asked.query.get("per_page", "30")), int(asked.query.get("page", "1"))
    shown = found[(page - 1) * size : page * size]
    if page * size >= len(found):
        return Answer(200, shown)
    query = urlencode({**asked.query, "page": str(page + 1)})
    return Answer(200, shown, {"link": f'<{asked.path}?{query}>; rel="next"'})
