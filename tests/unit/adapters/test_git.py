"""Where a run happens is known without asking a person, and never with credentials."""

from pathlib import Path

import pytest

from trainstop.adapters.git import provenance, repository_of
from trainstop.settings import Settings


@pytest.mark.parametrize(
    ("remote", "repository"),
    [
        ("https://github.com/owner/name.git", "owner/name"),
        ("https://user:secret@github.com/owner/name", "owner/name"),
        ("git@github.com:owner/name.git", "owner/name"),
        ("ssh://git@host:22/owner/name/", "owner/name"),
        ("/some/folder/name", ""),
        ("", ""),
    ],
)
def test_a_remote_names_its_repository_without_host_or_credentials(remote: str, repository: str) -> None:
    assert repository_of(remote) == repository


def test_a_folder_without_git_is_named_by_itself(tmp_path: Path) -> None:
    found = provenance(Settings.from_environ({}), tmp_path)
    assert (found.repository, found.commit, found.dirty) == (tmp_path.name, "", False)


def test_the_runner_is_believed_first(tmp_path: Path) -> None:
    environ = {"GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": "abc", "GITHUB_ACTOR": "me", "GITHUB_REF": ""}
    found = provenance(Settings.from_environ(environ), tmp_path)
    assert (found.repository, found.commit, found.actor, found.ref) == ("o/r", "abc", "me", "")
