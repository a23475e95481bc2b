"""What the fake GitHub holds: one repository, and the rules by which it changes."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.github.clock import VirtualClock

BOT = "github-actions[bot]"
FORBIDDEN = "Resource not accessible by integration"
LONGEST = 65_536
DOCS = "https://docs.github.com/rest"


@dataclass
class Answer:
    """What goes back: `body` holds what the fake has to say, the contract adds what GitHub always says."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def failure(status: int, message: str) -> Answer:
    return Answer(status, {"message": message, "documentation_url": DOCS, "status": str(status)})


@dataclass
class World:
    """One repository. `rights` is what the token may do; `people` maps tokens of persons to their logins."""

    clock: VirtualClock
    repository: str = "acme/flights"
    former: str = ""
    """A name that the repository had before."""
    rights: dict[str, str] = field(
        default_factory=lambda: {"issues": "write", "pull-requests": "write", "actions": "write"}
    )
    people: dict[str, str] = field(default_factory=dict)
    apps: dict[str, str] = field(default_factory=dict)
    issues_on: bool = True
    archived: bool = False
    labels: set[str] | None = None
    """Labels that exist; any label may be used when None."""
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    patterns: dict[str, list[str]] = field(default_factory=dict)
    approvals: list[dict[str, Any]] = field(default_factory=list)
    workflows: dict[str, set[str]] = field(default_factory=dict)
    """File names of workflows that can be started, each with the inputs it knows."""
    lag: int = 0
    """How many of the next lists do not show what was made last."""
    run_names: bool = True
    """Whether workflows show their reason as the run's name."""
    runs: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By id: `run`, `name`, `content`; `says` when its size is told wrongly; `expired`, `gone`."""
    storage: str = ""
    """Address of the server that artifacts lie on, which is another one."""
    next_id: int = 1000

    def __post_init__(self) -> None:
        self.pull(7)

    def pull(self, number: int, **changes: Any) -> dict[str, Any]:
        """Put a pull request there."""
        self.issues[number] = {
            "number": number,
            "id": number,
            "title": f"change {number}",
            "body": "",
            "state": "open",
            "user": {"login": "ada"},
            "labels": [],
            "locked": False,
            "merged": False,
            "sha": "0" * 40,
            "head": ("mallory", "change"),
            "head_repository": 5,
            "is_pull": True,
            **changes,
        }
        return self.issues[number]

    def artifact(self, run: int, name: str, content: bytes, **changes: Any) -> int:
        """Put an artifact there, as if a run had left it."""
        self.next_id += 1
        self.artifacts[self.next_id] = {"run": run, "name": name, "content": content, **changes}
        return self.next_id

    def comment(self, number: int, body: str, author: str = BOT) -> int:
        """Put a comment there, as if it had been written."""
        self.next_id += 1
        self.comments[self.next_id] = {"id": self.next_id, "issue": number, "body": body, "user": {"login": author}}
        return self.next_id

    def open_issue(self, title: str, body: str, author: str = BOT, **changes: Any) -> int:
        """Put an issue there, as if it had been opened."""
        self.next_id += 1
        number = max(self.issues) + 1
        self.issues[number] = {
            "number": number,
            "id": self.next_id,
            "title": title,
            "body": body,
            "state": "open",
            "user": {"login": author},
            "labels": [],
            "locked": False,
            "is_pull": False,
            **changes,
        }
        return number

    def login(self, token: str) -> str:
        """Return whom a token writes as."""
        return self.people.get(token) or self.apps.get(token) or BOT

    def bodies(self, number: int, author: str = BOT) -> list[str]:
        """Return the comments of an author, oldest first."""
        return [
            each["body"]
            for each in self.comments.values()
            if each["issue"] == number and each["user"]["login"] == author
        ]

    def may(self, right: str) -> bool:
        return self.rights.get(right) == "write"

    def may_read(self, *rights: str) -> bool:
        """Say whether the token may read what one of some rights is enough for."""
        return any(self.rights.get(right) in {"read", "write"} for right in rights)
