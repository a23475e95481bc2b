"""What is released: the newest version of CHANGELOG.md, its notes, and its tags.

`python scripts/release.py NOTES` writes the notes to a file and sets the step's outputs `tag` and `major`.
"""

import os
import re
import sys
from pathlib import Path

from trainstop import __version__, files
from trainstop.adapters.runner import Runner
from trainstop.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(
    r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?\n(?P<notes>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def newest(changelog: str, package: str) -> tuple[str, str]:
    """Return the newest version of a changelog, and its notes.

    Raises:
        ValueError: nothing is released there, something is still unreleased, or the version is not the package's.

    """
    sections = list(SECTION.finditer(changelog))
    waiting = [section for section in sections if section["version"] == "Unreleased" and section["notes"].strip()]
    if waiting:
        raise ValueError("there are unreleased changes: give them a version and a date first")
    dated = [section for section in sections if section["date"]]
    if not dated or not SEMVER.fullmatch(dated[0]["version"]):
        raise ValueError("there is no version with a date")
    if dated[0]["version"] != package:
        raise ValueError(f"CHANGELOG.md says {dated[0]['version']}, and the package {package}")
    return dated[0]["version"], dated[0]["notes"].strip() + "\n"


def tags(version: str) -> dict[str, str]:
    """Return the tag that never moves, and the one that always does."""
    return {"tag": f"v{version}", "major": f"v{version.split('.', maxsplit=1)[0]}"}


def main() -> int:
    """Say what is released, or why nothing is."""
    try:
        version, notes = newest((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), __version__)
    except ValueError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    files.write_text(Path(sys.argv[1]), notes)
    Runner.from_settings(Settings.from_environ(os.environ), sys.stderr).set_outputs(tags(version))
    print(tags(version)["tag"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
