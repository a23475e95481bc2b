"""The fake GitHub as the workflows see it: real time, and rights that are those of the job that runs right now."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes.github.server import FakeGitHub, running
from tests.fakes.github.world import World
from tests.workflows.rig.events import REPOSITORY

from trainstop.adapters.clock import SystemClock

REVIEWER = "grace"


def rights_of(folder: Path) -> dict[str, str]:
    """Return what the job that runs now may do: the newest `permissions.json` below a machine's folder."""
    found = sorted(folder.glob("run-*/permissions.json"), key=lambda path: path.stat().st_mtime_ns)
    return dict(json.loads(found[-1].read_text())) if found else {}


@contextmanager
def github(folder: Path) -> Iterator[FakeGitHub]:
    """Run a fake GitHub whose token may do what the running job was granted, on the machine in `folder`."""
    world = World(SystemClock(), repository=REPOSITORY)  # type: ignore[arg-type]  # real time instead of the virtual
    world.pull(1)
    world.environments["production"] = {
        "protection_rules": [
            {
                "id": 1,
                "node_id": "R1",
                "type": "required_reviewers",
                "prevent_self_review": True,
                "reviewers": [{"type": "User", "reviewer": {"login": REVIEWER, "id": 5}}],
            }
        ],
        "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False},
        "can_admins_bypass": False,
    }
    world.approvals = [
        {
            "state": "approved",
            "comment": "go on",
            "user": {"login": REVIEWER, "id": 5},
            "environments": [{"id": 1, "name": "production"}],
        }
    ]
    with running(world) as fake:

        def before(asked: Any) -> None:
            del asked
            world.rights = rights_of(folder)

        fake.before = before
        yield fake
