"""What a request is for, told by its method and path: faults are planned by it, so that a plan hits what it names."""

import re

PULL = 7
"""The pull request that the reports are about."""
KINDS: tuple[tuple[str, str, str], ...] = (
    ("look for comments", "GET", rf"/issues/{PULL}/comments"),
    ("create comment", "POST", rf"/issues/{PULL}/comments"),
    ("look for news", "GET", r"/issues/\d+/comments"),
    ("tell news", "POST", r"/issues/\d+/comments"),
    ("edit comment", "PATCH", r"/issues/comments/\d+"),
    ("remove comment", "DELETE", r"/issues/comments/\d+"),
    ("look for issues", "GET", r"/issues"),
    ("open issue", "POST", r"/issues"),
    ("read issue", "GET", r"/issues/\d+"),
    ("edit issue", "PATCH", r"/issues/\d+"),
    ("look for pull requests", "GET", r"/pulls"),
    ("look for artifacts", "GET", r"/actions/runs/\d+/artifacts"),
    ("ask for artifact", "GET", r"/actions/artifacts/\d+/zip"),
    ("read pull request", "GET", r"/pulls/\d+"),
)


def kind_of(method: str, path: str) -> str:
    """Return what a request is for; empty for any other."""
    below = re.sub(r"^/repos/[^/]+/[^/]+", "", path)
    return next((kind for kind, by, pattern in KINDS if by == method and re.fullmatch(pattern, below)), "")
