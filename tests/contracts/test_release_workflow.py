"""The steps of `self-release.yml` that write, run for real against a `gh` that remembers: which commit `v1` names."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.contracts import yaml_rules

WORKFLOW = Path(__file__).parents[2] / ".github" / "workflows" / "self-release.yml"
FIRST, LATER = "a" * 40, "b" * 40
GH = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path
place = Path(os.environ["GH_STATE"]); state = json.loads(place.read_text())
words = sys.argv[1:]; given = dict(word.split("=", 1) for word in words if "=" in word)
newest = [name for name, release in state["releases"].items() if not release["draft"]][-1:]
def end(text="", code=0):
    place.write_text(json.dumps(state)); print(text); sys.exit(code)
match words[:2]:
    case ["api", "--method"]:
        tag = (given.get("ref") or words[3]).rpartition("/")[2]
        if words[2] == "PATCH" and tag not in state["tags"]:
            end("not found", 1)
        state["tags"][tag] = given["sha"]; end()
    case ["api", path]:
        sha = state["tags"].get(path.rpartition("/")[2]); end(sha or "not found", 0 if sha else 1)
    case ["release", "view"]:
        name = words[2] if not words[2].startswith("--") else (newest or [""])[0]
        if name not in state["releases"]:
            end("not found", 1)
        end(name if "tagName" in words else str(state["releases"][name]["draft"]).lower())
    case ["release", "create"]:
        state["tags"].setdefault(words[2], words[words.index("--target") + 1])
        state["releases"][words[2]] = dict(draft=False, files=[Path(word).name for word in words if ".whl" in word])
        end()
    case ["release", "delete"]:
        del state["releases"][words[2]]; end()
end("unknown: " + " ".join(words), 2)
"""


class Shop:
    """A repository's tags and releases, and the jobs `build` and `release` over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(GH)
        (folder / "bin" / "gh").chmod(0o755)
        self.keep({"tags": {}, "releases": {}})

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "state.json").read_text()))

    def keep(self, state: dict[str, Any]) -> None:
        (self.folder / "state.json").write_text(json.dumps(state))

    def release(self, tag: str, commit: str, *, tamper: bool = False) -> tuple[bool, str]:
        """Run the scripts of both jobs, in their order; say whether all were green, and what was said."""
        dist = self.folder / "dist"
        dist.mkdir(exist_ok=True)
        (dist / f"trainstop-{tag[1:]}.whl").write_text(tag)
        (dist / "notes.md").write_text("- What changed.\n")
        self.folder.joinpath("output").write_text("")
        said = self.step("build", "Digest of what was built", tag, commit)[1]
        if tamper:
            (dist / "notes.md").write_text("- Nothing.\n")
        for step in yaml_rules.load(WORKFLOW)["jobs"]["release"]["steps"]:
            if "run" in step:
                green, text = self.step("release", step["name"], tag, commit)
                said += text
                if not green:
                    return False, said
        return True, said

    def step(self, job: str, name: str, tag: str, commit: str) -> tuple[bool, str]:
        (script,) = (
            step["run"] for step in yaml_rules.load(WORKFLOW)["jobs"][job]["steps"] if step.get("name") == name
        )
        digest = (self.folder / "output").read_text().strip().removeprefix("digest=")
        environment = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GH_STATE": str(self.folder / "state.json"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_SHA": commit,
            "TAG": tag,
            "MAJOR": tag.partition(".")[0],
            "DIGEST": digest,
        }
        command = ["bash", "--noprofile", "--norc", "-e", "-c", script]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_release_has_its_own_tag_and_the_major_one_follows(shop: Shop) -> None:
    assert shop.release("v1.2.3", FIRST)[0]
    assert shop.state["tags"] == {"v1.2.3": FIRST, "v1": FIRST}
    assert shop.release("v1.2.4", LATER)[0]
    assert shop.state["tags"] == {"v1.2.3": FIRST, "v1.2.4": LATER, "v1": LATER}
    assert shop.state["releases"]["v1.2.4"]["files"] == ["trainstop-1.2.3.whl", "trainstop-1.2.4.whl"]


def test_the_same_changelog_on_a_later_commit_releases_nothing_and_moves_nothing(shop: Shop) -> None:
    shop.release("v1.2.3", FIRST)
    before = shop.state
    green, said = shop.release("v1.2.3", LATER)
    assert not green
    assert "a new version" in said
    assert shop.state == before


def test_a_tag_without_its_release_at_another_commit_is_not_taken_for_this_one(shop: Shop) -> None:
    shop.keep({"tags": {"v1.2.3": FIRST}, "releases": {}})
    assert not shop.release("v1.2.3", LATER)[0]
    assert shop.state["releases"] == {}


def test_an_attempt_that_ended_halfway_is_finished_by_the_next(shop: Shop) -> None:
    shop.keep({"tags": {}, "releases": {"v1.2.3": {"draft": True, "files": []}}})
    assert shop.release("v1.2.3", FIRST)[0]
    assert shop.state["releases"]["v1.2.3"] == {"draft": False, "files": ["trainstop-1.2.3.whl"]}
    assert shop.release("v1.2.3", FIRST)[0], "and once more changes nothing"
    assert shop.state["tags"] == {"v1.2.3": FIRST, "v1": FIRST}


def test_run_again_for_an_older_release_the_major_tag_stays_at_the_newest(shop: Shop) -> None:
    shop.release("v1.2.3", FIRST)
    shop.release("v1.2.4", LATER)
    green, said = shop.release("v1.2.3", FIRST)
    assert green
    assert "v1 stays where it is" in said
    assert shop.state["tags"]["v1"] == LATER


def test_files_that_changed_between_the_jobs_are_not_released(shop: Shop) -> None:
    assert not shop.release("v1.2.3", FIRST, tamper=True)[0]
    assert shop.state == {"tags": {}, "releases": {}}
