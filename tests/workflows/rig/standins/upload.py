"""Stands in for actions/upload-artifact: a name once a run, hidden files only when asked, modes lost, a digest.

Stricter than the real one where a path itself lies in a hidden folder: that also counts as hidden here.
"""

import glob
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from step import fail, given, set_outputs, truth

FORBIDDEN = '":<>|*?\r\n\\/'


def files_below(pattern: str) -> Iterator[Path]:
    """Yield the files that a line of `path` means."""
    for hit in sorted(glob.glob(pattern, recursive=True, include_hidden=True)):  # noqa: PTH207  # hidden files too
        path = Path(hit)
        yield from [path] if path.is_file() else sorted(entry for entry in path.rglob("*") if entry.is_file())


def chosen(workspace: Path) -> tuple[Path, list[Path]]:
    """Return the folder that names in the artifact begin below, and the files."""
    lines = [line.strip() for line in given("path").splitlines() if line.strip()]
    wanted = [os.path.normpath(workspace / Path(line).expanduser()) for line in lines if not line.startswith("!")]
    unwanted = {path for line in lines if line.startswith("!") for path in files_below(str(workspace / line[1:]))}
    found = [path for pattern in wanted for path in files_below(pattern) if path not in unwanted]
    if len(wanted) == 1 and not any(sign in wanted[0] for sign in "*?["):
        root = Path(wanted[0]) if Path(wanted[0]).is_dir() else Path(wanted[0]).parent
    else:
        root = Path(os.path.commonpath([path.parent for path in found])) if found else workspace
    if not truth("include-hidden-files"):
        found = [path for path in found if not is_hidden(path, workspace)]
    return root, sorted(set(found))


def is_hidden(path: Path, workspace: Path) -> bool:
    """Say whether any part of a path, looked at from where the search began, begins with a dot."""
    names = path.relative_to(workspace).parts if path.is_relative_to(workspace) else path.parts
    return any(name.startswith(".") for name in names)


def main() -> None:
    """Upload."""
    name = given("name", "artifact")
    if any(sign in name for sign in FORBIDDEN):
        fail(f"The artifact name is not valid: {name}")
    kept = Path(os.environ["RIG_STATE"]) / "artifacts" / f"{name}.zip"
    root, files = chosen(Path(os.environ["GITHUB_WORKSPACE"]))
    if not files:
        message = f"No files were found with the provided path: {given('path')}. No artifacts will be uploaded."
        match given("if-no-files-found", "warn"):
            case "error":
                fail(message)
            case "warn":
                print(f"::warning::{message}")
        return
    if kept.exists() and not truth("overwrite"):
        fail("Failed to CreateArtifact: (409) Conflict: an artifact with this name already exists on the workflow run")
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.relative_to(root).as_posix()), path.read_bytes())
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    number = 1000 + len(list(kept.parent.glob("*.zip")))
    server, repository, run = (os.environ[f"GITHUB_{name}"] for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    about = {"id": number, "name": name, "digest": digest, "run": run}
    about |= {"files": [path.relative_to(root).as_posix() for path in files], "retention": given("retention-days")}
    kept.with_suffix(".json").write_text(json.dumps(about, indent=1))
    set_outputs(
        artifact_id=number,
        artifact_digest=digest,
        artifact_url=f"{server}/{repository}/actions/runs/{run}/artifacts/{number}",
    )


main()
