"""A release is what CHANGELOG.md says, or nothing."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
SECTIONS = (
    "## [Unreleased]\n",
    "## [1.2.0] - 2026-11-24\n\n### Added\n\n- More.\n",
    "## [1.1.0] - 2026-10-01\n\nOld.\n",
)
CHANGELOG = "\n".join(("# Changelog\n", *SECTIONS))


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"script_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_newest_version_is_released_with_its_own_notes() -> None:
    assert script("release").newest(CHANGELOG, "1.2.0") == ("1.2.0", "### Added\n\n- More.\n")


def test_a_release_has_a_tag_that_stays_and_one_that_moves() -> None:
    assert script("release").tags("1.2.0") == {"tag": "v1.2.0", "major": "v1"}


@pytest.mark.parametrize(
    ("changelog", "package"),
    [
        ("", "1.2.0"),
        (CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n- Something.\n"), "1.2.0"),
        (CHANGELOG, "1.1.0"),
        (CHANGELOG.replace("[1.2.0]", "[1.2]"), "1.2"),
        (CHANGELOG.replace("[1.2.0]", "[01.2.0]"), "01.2.0"),
    ],
    ids=["empty", "unreleased", "other package", "no patch", "leading zero"],
)
def test_what_is_not_ready_is_not_released(changelog: str, package: str) -> None:
    with pytest.raises(ValueError, match=r"unreleased|version|says"):
        script("release").newest(changelog, package)


def test_our_own_changelog_can_be_read() -> None:
    release = script("release")
    assert release.SECTION.search((SCRIPTS.parent / "CHANGELOG.md").read_text())
