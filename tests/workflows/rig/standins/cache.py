"""Stands in for actions/cache: a key holds once, a scope a branch, the default branch's readable by everybody.

The real one takes a key only together with the same text of `path`. The folder for temporary files has another name in
each run here, so that part of the text is left out of the comparison.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from step import fail, given, set_outputs

KEPT = Path(os.environ["RIG_CACHES"])
DEFAULT = "refs/heads/main"


def entries(ref: str) -> Iterator[tuple[dict[str, str], Path]]:
    """Yield what a scope holds, the newest first."""
    for path in sorted(KEPT.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        about = json.loads(path.read_text())
        if about["ref"] == ref and about["path"] == where():
            yield about, path.with_suffix("")


def where() -> str:
    """Return `path` as it is compared."""
    return given("path").replace(os.environ["RUNNER_TEMP"], "<temp>")


def save() -> None:
    """Keep the folder, unless the key is taken."""
    ref, key, folder = os.environ["GITHUB_REF"], given("key"), Path(given("path"))
    if len(key) > 512 or "," in key:
        fail(f"Key Validation Error: {key}")
    if os.environ["RIG_TRUSTED"] != "true":
        print("::warning::cache write denied: this run's token only reads")
        return
    if not folder.exists():
        print("::warning::Path Validation Error: Path(s) specified in the action for caching do(es) not exist")
        return
    if any(about["key"] == key for about, _ in entries(ref)):
        print(f"::warning::Failed to save: Unable to reserve cache with key {key}")
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns()}"
    shutil.copytree(folder, KEPT / name)
    (KEPT / f"{name}.json").write_text(json.dumps({"ref": ref, "key": key, "path": where()}))


def restore() -> None:
    """Give back what the first fitting key holds: this branch's before the default branch's."""
    wanted = given("key")
    starts = [line.strip() for line in given("restore-keys").splitlines() if line.strip()]
    set_outputs(cache_primary_key=wanted)
    for ref in dict.fromkeys((os.environ["GITHUB_REF"], DEFAULT)):
        for start in (wanted, *starts):
            for about, kept in entries(ref):
                if about["key"].startswith(start):
                    shutil.copytree(kept, given("path"), dirs_exist_ok=True)
                    set_outputs(cache_hit=str(about["key"] == wanted).lower(), cache_matched_key=about["key"])
                    print(f"Cache restored from key: {about['key']}")
                    return
    set_outputs(cache_hit="")
    print(f"Cache not found for input keys: {', '.join((wanted, *starts))}")


save() if sys.argv[1] == "save" else restore()
