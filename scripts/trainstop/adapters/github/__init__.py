"""GitHub: where comments, issues, approvals and starts of workflows go when a job of GitHub Actions has a token."""

from trainstop.adapters.github.forge import GitHubForge
from trainstop.adapters.github.inbox import GitHubInbox

__all__ = ["GitHubForge", "GitHubInbox"]
