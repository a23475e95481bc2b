"""GitHub: where comments, issues, approvals and starts of workflows go when a job of GitHub Actions has a token."""

from trainstop.adapters.github.forge import GitHubForge

__all__ = ["GitHubForge"]
