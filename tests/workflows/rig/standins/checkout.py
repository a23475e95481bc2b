"""Stands in for actions/checkout: one commit, and its token left behind unless told not to."""

import base64
import os
import subprocess
from pathlib import Path

from step import fail, given, set_outputs, truth


def git(folder: Path, *arguments: str) -> str:
    """Run git; end the step when it fails."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        fail(f"The process 'git {arguments[0]}' failed with exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def main() -> None:
    """Check out."""
    workspace = Path(os.environ["GITHUB_WORKSPACE"]).resolve()
    folder = (workspace / given("path", ".")).resolve()
    if not folder.is_relative_to(workspace):
        fail(f"Repository path '{folder}' is not under '{workspace}'")
    token, repository = given("token"), given("repository")
    if not token:
        fail("Input required and not supplied: token")
    own = repository == os.environ["GITHUB_REPOSITORY"]
    wanted = given("ref") or (os.environ["GITHUB_SHA"] if own else "HEAD")
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "remote", "add", "origin", (Path(os.environ["RIG_REMOTES"]) / repository).as_uri())
    depth = given("fetch-depth", "1")
    if depth == "0":
        git(folder, "fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
    shallow = () if depth == "0" else (f"--depth={depth}", "--no-tags")
    git(folder, "fetch", "--quiet", *shallow, "origin", wanted)
    git(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--force", "FETCH_HEAD")
    if truth("persist-credentials"):
        word = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        git(folder, "config", "http.https://github.com/.extraheader", f"AUTHORIZATION: basic {word}")
    set_outputs(ref=given("ref"), commit=git(folder, "rev-parse", "HEAD"))


main()
