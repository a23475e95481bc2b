"""Where a run happens is known without asking a person, and never with credentials."""

import shutil
import subprocess
from pathlib import Path

import pytest

from trainstop.adapters.git import Standing, provenance, repository_of, require_own, standing
from trainstop.errors import ConfigurationError
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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder of a repository, as in a monorepo."""
    project = tmp_path / "repository" / "model"
    project.mkdir(parents=True)
    (project / "train.py").write_text("")
    git(project.parent, "init", "--quiet")
    git(project.parent, "add", ".")
    return project


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, timeout=30)


def commit(project: Path) -> str:
    """Commit everything; return the commit."""
    git(project.parent, "add", ".")
    git(project.parent, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "more")
    return said(project, "rev-parse", "HEAD")


def said(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_project_stands_where_git_says(project: Path) -> None:
    git(project.parent, "symbolic-ref", "HEAD", "refs/heads/a/b(c)")
    assert standing(project) == Standing(ref="refs/heads/a/b(c)", dirty=True)
    first = commit(project)
    assert standing(project) == Standing(commit=first, ref="refs/heads/a/b(c)")
    git(project.parent, "remote", "add", "origin", "https://github.com/o/r")
    git(project.parent, "checkout", "--quiet", "--detach")
    assert standing(project) == Standing("https://github.com/o/r", first)


def test_a_project_is_dirty_by_its_own_tracked_files(project: Path) -> None:
    commit(project)
    (project / "untracked.py").touch()
    (project.parent / "README.md").write_text("beside it")
    git(project.parent, "add", "README.md")
    assert not standing(project).dirty
    (project / "train.py").write_text("changed")
    assert standing(project).dirty


def test_a_broken_index_hides_no_commit(project: Path) -> None:
    first = commit(project)
    (project.parent / ".git/index").write_bytes(b"DIRCxxxx")
    assert standing(project) == Standing(commit=first, ref=said(project, "symbolic-ref", "HEAD"))


@pytest.mark.parametrize(
    "name", ["n\u2028# branch.oid evil", "n\u2028# branch.head evil", "n\x85# branch.oid", "a\nb", "a b"]
)
def test_a_files_name_says_nothing_of_where_a_project_stands(project: Path, name: str) -> None:
    git(project.parent, "config", "core.quotePath", "false")
    (project / name).touch()
    first = commit(project)
    (project / name).write_text("changed")
    assert standing(project) == Standing(commit=first, ref=said(project, "symbolic-ref", "HEAD"), dirty=True)


@pytest.mark.parametrize(
    "ref", ["refs/tags/v1", "refs/heads/(detached)", "refs/heads/a\u2028b", "refs/remotes/origin/m"]
)
def test_a_ref_is_what_head_says(project: Path, ref: str) -> None:
    first = commit(project)
    git(project.parent, "update-ref", ref, first)
    git(project.parent, "symbolic-ref", "HEAD", ref)
    assert standing(project) == Standing(commit=first, ref=ref)


def test_a_name_that_is_no_text_is_shown_as_what_it_is(project: Path) -> None:
    git(project.parent, "config", "core.quotePath", "false")
    (project / "n\udcff").touch()
    first = commit(project)
    (project / "n\udcff").write_text("changed")
    git(project.parent, "checkout", "--quiet", "-b", "b\udcff")
    assert standing(project) == Standing(commit=first, ref="refs/heads/b\\xff", dirty=True)


def test_an_older_git_knows_the_same(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = commit(project)
    (project / "train.py").write_text("changed")
    known = standing(project)
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncase "$*" in *ahead-behind*) exit 129;; esac\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    assert standing(project) == known
    assert (known.commit, known.dirty) == (first, True)


def kept(project: Path, name: str = "results/evaluate.json") -> Path:
    """Keep something in the project's `.trainstop`."""
    file = project / ".trainstop" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}")
    return project / ".trainstop"


def test_a_folder_that_came_with_the_checkout_is_refused(project: Path) -> None:
    folder = kept(project, "results/a b\n.json")
    git(project, "add", "--force", ".trainstop")
    with pytest.raises(ConfigurationError) as refusal:
        require_own(folder)
    assert "results" in refusal.value.where
    assert "git rm -r --cached" in refusal.value.fix


def test_one_that_an_earlier_verb_made_is_taken(project: Path) -> None:
    require_own(project / ".trainstop")
    require_own(kept(project))


def test_another_projects_folder_does_not_matter(project: Path) -> None:
    other = project.with_name("other")
    other.mkdir()
    kept(other)
    git(project.parent, "add", "--force", ".")
    require_own(kept(project))


def test_a_link_is_refused_wherever_it_leads(project: Path, tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "nowhere"):
        link = project / ".trainstop"
        link.symlink_to(target)
        with pytest.raises(ConfigurationError, match="link"):
            require_own(link)
        link.unlink()


def test_a_repository_in_the_folder_does_not_speak_for_it(project: Path) -> None:
    folder = kept(project)
    git(project, "add", "--force", ".trainstop")
    git(folder, "init", "--quiet")
    with pytest.raises(ConfigurationError):
        require_own(folder)


def test_somebody_elses_repository_is_read_all_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept(project)
    git(project, "add", "--force", ".trainstop")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ConfigurationError):
        require_own(folder)


def test_a_project_without_a_repository_has_nothing_to_fear(tmp_path: Path) -> None:
    require_own(kept(tmp_path))


def disguised(project: Path) -> Path:
    """Put the files of a bare repository among the project's, whose monitor of changes would be a command."""
    seen = project / "seen"
    for name in ("objects/.keep", "refs/.keep"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
    (project / "HEAD").write_text("ref: refs/heads/main\n")
    monitor = f"sh -c 'env > {seen}'"
    (project / "config").write_text(
        f'[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = "{monitor}"\n'
        '[remote "origin"]\n\turl = https://github.com/evil/other.git\n'
    )
    git(project.parent, "add", "--force", ".")
    return seen


def test_files_of_a_checkout_that_look_like_a_repository_are_none(project: Path) -> None:
    seen, folder = disguised(project), kept(project)
    git(project.parent, "add", "--force", ".")
    found = provenance(Settings.from_environ({}), project)
    assert not seen.exists(), "a command of the checkout's was run"
    assert found.repository == "model"
    with pytest.raises(ConfigurationError, match="came with the checkout"):
        require_own(folder)
    assert not seen.exists()


def test_git_sees_no_secret(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nenv >> {seen}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cr3t-of-the-registry")
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    provenance(Settings.from_environ({}), project)
    assert "PATH=" in seen.read_text()
    assert "s3cr3t" not in seen.read_text()
    assert "elsewhere" not in seen.read_text()


@pytest.mark.parametrize("checkout", ["with .git", "without"])
def test_where_git_is_missing_nothing_is_proved(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: str
) -> None:
    folder = kept(project if checkout == "with .git" else tmp_path / "downloaded")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigurationError, match="git does not say"):
        require_own(folder)
