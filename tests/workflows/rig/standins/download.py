"""Stands in for actions/download-artifact: by name, by ids or by pattern; modes as in a new file; checks the digest."""

import fnmatch
import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from step import fail, given, set_outputs, truth


def chosen(store: Path) -> list[dict[str, Any]]:
    """Return the artifacts that are meant."""
    kept = [json.loads(path.read_text()) for path in sorted(store.glob("*.json"))]
    kept = [about for about in kept if about["run"] == given("run-id")]
    if name := given("name"):
        found = [about for about in kept if about["name"] == name]
        if not found:
            fail(f"Unable to download artifact(s): Artifact not found for name: {name}")
        return found
    if ids := given("artifact-ids").replace(",", " ").split():
        return [about for about in kept if str(about["id"]) in ids]
    return [about for about in kept if fnmatch.fnmatch(about["name"], given("pattern", "*"))]


def main() -> None:
    """Download."""
    store = Path(os.environ["RIG_STATE"]) / "artifacts"
    target = Path(os.environ["GITHUB_WORKSPACE"]) / Path(given("path", ".")).expanduser()
    target.mkdir(parents=True, exist_ok=True)
    found = chosen(store)
    flat = bool(given("name")) or truth("merge-multiple") or (bool(given("artifact-ids")) and len(found) == 1)
    for about in found:
        archive = store / f"{about['name']}.zip"
        if hashlib.sha256(archive.read_bytes()).hexdigest() != about["digest"]:
            fail(f"The digest of {about['name']} is not the expected one")
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(target if flat else target / about["name"])
    set_outputs(download_path=target)


main()
